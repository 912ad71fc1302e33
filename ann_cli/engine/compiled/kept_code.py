"""Machine code kept in the user's cache folder, from where nobody else can write only."""

import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from ann_cli.files import FOLDER, OTHERS, UnfitError, create, read_own

ENDING = ".kernel"
ELF = struct.Struct("<16s2HI3QI6H")
SECTION = struct.Struct("<2I4Q2I2Q")
RELOCATABLE = 1
NO_BITS = 8
"""The type of a section that takes no room in the file."""

LARGEST = 1 << 24
"""Bytes of an object file, at most."""

MOST = 500
"""Kernels to keep, of some 20 kB each."""


def kept(name: str) -> bytes | None:
    """Return the code in a file, or None where there is none or it is not what was written."""
    try:
        with _own_folder(cache_folder()) as folder:
            found = read_own(f"{name}{ENDING}", LARGEST, folder, private=True)
    except OSError:
        return None
    digest, code = found[:32], found[32:]
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


def keep(name: str, code: bytes) -> None:
    """Write code to a file, if the folder lets us, and remove what is oldest."""
    own = f"{name}{ENDING}"
    with suppress(OSError), _made_folder() as folder:
        temporary = f".{own}.{os.urandom(4).hex()}"
        try:
            create(temporary, sha256(code).digest() + code, folder, 0o600)
            os.replace(temporary, own, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=folder)
            raise
        _remove_oldest(folder)


def can_keep() -> bool:
    """Whether the folder lets us write, so that what is compiled now is there the next time."""
    try:
        with _made_folder() as folder:
            return os.access(".", os.W_OK, dir_fd=folder)
    except OSError:
        return False


@contextmanager
def _made_folder() -> Iterator[int]:
    """Open the folder that code is kept in; make it where it is not there. Raises OSError."""
    place = cache_folder()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _own_folder(place) as folder:
        yield folder


def _remove_oldest(folder: int) -> None:
    """Remove what was kept longest, beyond MOST."""
    kept = [name for name in os.listdir(folder) if name.endswith(ENDING)]
    if len(kept) > MOST:
        kept.sort(key=lambda name: os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime)
        for old in kept[:-MOST]:
            os.unlink(old, dir_fd=folder)


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
