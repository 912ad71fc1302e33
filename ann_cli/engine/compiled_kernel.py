"""Machine code: compiled by numba once, kept in the user's cache folder, and run without numba.

What is kept is an object file, as any compiler writes it. LLVM's binding, which comes with numba,
puts it in memory in a tenth of the time that it takes to import numba.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
from llvmlite import binding as llvm

from ann_cli.engine.compiled_formulas import rational_tanh
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError
from ann_cli.files import FOLDER, OTHERS, UnfitError, create, read_own

# Sums in any order, as vector instructions need them; a NaN stays one, so that divergence shows.
OPTIONS = {
    "fastmath": {"nsz", "arcp", "contract", "afn", "reassoc"},
    "error_model": "numpy",
}
INNER = OPTIONS | {"forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""For what a kernel calls: nobody else does."""

SYMBOL = "ann_kernel"
MATHEMATICS = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "sqrt", "fma", "fmod", "fmin",
    "fmax", "floor", "ceil", "trunc", "rint", "nearbyint", "round", "ldexp", "frexp", "sin", "cos",
    "tan", "sinh", "cosh", "tanh",
)  # fmt: skip
CALLED = (*MATHEMATICS, *(f"{name}f" for name in MATHEMATICS), "memset", "memcpy", "memmove")
"""Functions of the C library that machine code may call."""

UNREACHED = (
    "PyErr_Clear", "PyErr_SetNone", "PyErr_SetString", "PyErr_WriteUnraisable", "Py_DecRef",
    "PyUnicode_FromString", "PyExc_StopIteration", "PyExc_SystemError", "NRT_MemInfo_call_dtor",
    "numba_gil_ensure", "numba_gil_release",
)  # fmt: skip
"""What code calls that raises an error, which a kernel has none of."""

ELF = struct.Struct("<16s2HI3QI6H")
SECTION = struct.Struct("<2I4Q2I2Q")
RELOCATABLE = 1
NO_BITS = 8
"""The type of a section that takes no room in the file."""

LARGEST = 1 << 24
"""Bytes of an object file, at most."""

MOST = 500
"""Kernels to keep, of some 20 kB each."""
ARRAYS = 6
"""How many arrays a kernel takes; after them it takes a whole number, and it returns a number."""

Kernel = Callable[..., float]


def kernel(block: Any, dtype: Any, key: str, unrolled: bool) -> Kernel:
    """Return `block` compiled for arrays of a type, from the cache if it is there.

    `key` says all that decides what `block` computes. With `unrolled`, loops that were unrolled are
    vectorised.
    """
    path = _path(key)
    code = _kept(path)
    engine, address = _loaded(code) if code else (None, 0)
    if not address:  # none was kept, or an object file that is none of ours
        code = _processor().emit_object(_module(block, dtype, unrolled))
        _keep(path, code)
        engine, address = _loaded(code)
    arguments = [ctypes.c_void_p, ctypes.c_int64] * ARRAYS
    function: Any = ctypes.CFUNCTYPE(ctypes.c_double, *arguments, ctypes.c_int64)(address)
    function.engine = engine  # the code lies in its memory

    def call(*arrays: Array, number: int) -> float:
        places = (each for array in arrays for each in (array.ctypes.data, array.size))
        return function(*places, number)

    return call


def is_kept(key: str) -> bool:
    """Whether a kernel was compiled before, and its code is there."""
    return _kept(_path(key)) is not None


def _loaded(code: bytes) -> tuple[Any, int]:
    """Return what keeps an object file's code in memory, and where its kernel lies."""
    process = ctypes.CDLL(None)
    for name in (*CALLED, *UNREACHED):
        # The linker takes what it does not find for a function at address 0.
        if llvm.address_of_symbol(name) is None:
            function = getattr(process, name, process.abort)
            llvm.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _processor())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine, engine.get_function_address(SYMBOL)


def _processor() -> Any:
    """Return LLVM's view of the processor that this process runs on; an engine owns its own."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        *_processor_name(), opt=3, codemodel="jitdefault", jit=True
    )


def _processor_name() -> tuple[str, str]:
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


# ---- To compile


def _module(block: Any, dtype: Any, unrolled: bool) -> Any:
    """Return the compiled and optimised module, with `block` as its function SYMBOL.

    Raises ConfigError where numba cannot be imported.
    """
    try:
        import numba
        from numba.core import config
    except ImportError as error:
        raise ConfigError(
            f"numba is installed, but cannot be imported: {error}",
            place="engine",
            remedy="use engine: numpy, or reinstall numba",
        ) from error
    numba.extending.register_jitable(**INNER)(rational_tanh)
    inner = _compiled(block, {})

    def entry(w, nw, x, nx, y, ny, weight, nweight, draws, ndraws, table, ntable, number):  # type: ignore[no-untyped-def]
        array = numba.carray
        return inner(
            array(w, nw),
            array(x, nx),
            array(y, ny),
            array(weight, nweight),
            array(draws, ndraws),
            array(table, ntable),
            number,
        )

    pointer = numba.types.CPointer(numba.from_dtype(dtype))
    arguments = [pointer, numba.int64] * ARRAYS
    before = config.SLP_VECTORIZE
    config.SLP_VECTORIZE = unrolled
    try:
        compiled = numba.cfunc(numba.float64(*arguments, numba.int64), **OPTIONS)(entry)
    finally:
        config.SLP_VECTORIZE = before
    text = compiled.inspect_llvm()
    module = llvm.parse_assembly(text.replace(compiled.native_name, SYMBOL))
    module.verify()
    declared = {each.name for each in module.functions if each.is_declaration}
    unknown = {each for each in declared if not each.startswith("llvm.")} - {*CALLED, *UNREACHED}
    assert not unknown, f"a kernel needs {unknown}, which processes without numba do not have"
    return module


def _compiled(function: FunctionType, done: dict[FunctionType, Any]) -> Any:
    """Return the compiler's form of a function, with that of all that it calls in its place."""
    import numba

    if function not in done:
        for cell in function.__closure__ or ():
            if isinstance(cell.cell_contents, FunctionType):
                cell.cell_contents = _compiled(cell.cell_contents, done)
        done[function] = numba.njit(**INNER)(function)
    return done[function]


# ---- To keep


def _kept(path: Path) -> bytes | None:
    """Return the code in a file, or None where there is none or it is not what was written."""
    try:
        with _own_folder(path.parent) as folder:
            kept = read_own(path.name, LARGEST, folder, private=True)
    except OSError:
        return None
    digest, code = kept[:32], kept[32:]
    return code if sha256(code).digest() == digest and _is_object(code) else None


@contextmanager
def _own_folder(path: Path) -> Iterator[int]:
    """Open the folder that code is kept in. Raises OSError where others may write in it.

    Code from there is run: the digest in a file tells of damage, and not of who wrote it.
    """
    folder = os.open(path, FOLDER | os.O_NOFOLLOW)
    try:
        seen = os.fstat(folder)
        if seen.st_uid != os.geteuid() or seen.st_mode & OTHERS:
            raise UnfitError("can be changed by other users", path)
        yield folder
    finally:
        os.close(folder)


def _is_object(code: bytes) -> bool:
    """Whether the parts of an object file lie within it; LLVM's binding crashes where they do not.

    For ELF by its section headers (System V ABI, chapter 4); elsewhere only by how it begins.
    """
    if not code.startswith(b"\x7fELF"):
        return sys.platform != "linux" and code[:4] in (b"\xcf\xfa\xed\xfe", b"\x64\x86")
    if len(code) < ELF.size:
        return False
    _, kind, *_, start, _, header, _, _, entry, count, names = ELF.unpack_from(code)
    if (kind, header, entry) != (RELOCATABLE, ELF.size, SECTION.size) or not names < count:
        return False
    if start + count * SECTION.size > len(code):
        return False
    for at in range(count):
        _, what, _, _, place, size, *_ = SECTION.unpack_from(code, start + at * SECTION.size)
        if what != NO_BITS and place + size > len(code):
            return False
    return True


def _keep(path: Path, code: bytes) -> None:
    """Write code to a file, if the folder lets us, and remove what is oldest."""
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _own_folder(path.parent) as folder:
            temporary = f".{path.name}.{os.urandom(4).hex()}"
            try:
                create(temporary, sha256(code).digest() + code, folder, 0o600)
                os.replace(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=folder)
                raise
            _remove_oldest(folder)


def _remove_oldest(folder: int) -> None:
    """Remove what was kept longest, beyond MOST."""
    kept = [name for name in os.listdir(folder) if name.endswith(".kernel")]
    if len(kept) > MOST:
        kept.sort(key=lambda name: os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime)
        for old in kept[:-MOST]:
            os.unlink(old, dir_fd=folder)


def _path(key: str) -> Path:
    versions = (version("numba"), version("llvmlite"), np.__version__, sys.version_info[:3])
    name = sha256(repr((key, versions, _processor_name())).encode()).hexdigest()
    return cache_folder() / f"{name[:32]}.kernel"


def cache_folder() -> Path:
    """Return the user's folder for what can be made again."""
    home = Path(os.path.expanduser("~"))  # stays as it is where there is no home
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "ann"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "ann" / "Cache"
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    # "All paths must be absolute": XDG Base Directory Specification.
    return (Path(chosen) if os.path.isabs(chosen) else home / ".cache") / "ann"
