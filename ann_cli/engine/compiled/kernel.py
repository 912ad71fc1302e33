"""Machine code: compiled by numba once, kept for the next process, and run without numba.

What is kept is an object file, as any compiler writes it. LLVM's binding, which comes with numba,
puts it in memory in a tenth of the time that it takes to import numba.
"""

import ctypes
import sys
from collections.abc import Callable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
from llvmlite import binding as llvm

from ann_cli.engine.compiled.formulas import rational_tanh
from ann_cli.engine.compiled.kept_code import keep, kept
from ann_cli.engine.compiled.signals import signals_wait
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError

# Sums in any order, as vector instructions need them; a NaN stays one, so that divergence shows.
OPTIONS = {
    "fastmath": {"nsz", "arcp", "contract", "afn", "reassoc"},
    "error_model": "numpy",
}
INNER = OPTIONS | {"forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""For what a kernel calls: nobody else does."""

ROOM = Path(__file__).parent
"""What is compiled is known by the text of the files here, too."""

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

ARRAYS = 6
"""How many arrays a kernel takes; after them it takes a whole number, and it returns a number."""

Kernel = Callable[..., Callable[[int], float]]
"""Called with arrays it gives what is called with the number; the arrays are to stay."""


def kernel(block: Any, dtype: Any, key: str, unrolled: bool) -> Kernel:
    """Return `block` compiled for arrays of a type, from the cache if it is there.

    `key` says all that decides what `block` computes. With `unrolled`, loops that were unrolled are
    vectorised.
    """
    name = _name(key)
    code = kept(name)
    engine, address = _loaded(code) if code else (None, 0)
    if not address:  # none was kept, or an object file that is none of ours
        code = _processor().emit_object(_module(block, dtype, unrolled))
        keep(name, code)
        engine, address = _loaded(code)
    arguments = [ctypes.c_void_p, ctypes.c_int64] * ARRAYS
    function: Any = ctypes.CFUNCTYPE(ctypes.c_double, *arguments, ctypes.c_int64)(address)
    function.engine = engine  # the code lies in its memory

    def on(*arrays: Array) -> Callable[[int], float]:
        places = [each for array in arrays for each in (array.ctypes.data, array.size)]
        converted = [kind(each) for kind, each in zip(arguments, places, strict=True)]

        def call(number: int) -> float:
            assert arrays  # they are to stay, as their places are kept
            result: float = function(*converted, number)
            return result

        return call

    return on


def is_kept(key: str) -> bool:
    """Whether a kernel was compiled before, and its code is there."""
    return kept(_name(key)) is not None


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
        with signals_wait():
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


def _name(key: str) -> str:
    """Return the name by which code is kept: of a key, and of what else decides the code."""
    versions = (version("numba"), version("llvmlite"), np.__version__, sys.version_info[:3])
    texts = [sha256(source.read_bytes()).hexdigest() for source in sorted(ROOM.glob("*.py"))]
    return sha256(repr((key, texts, versions, _processor_name())).encode()).hexdigest()[:32]
