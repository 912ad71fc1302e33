"""Machine code kept in the user's cache folder, looked at before it is run.

It runs with all that the user may do, and may crash the process. So it comes from a folder and a
file alone that this user owns and nobody else may write (`cache`); the digest there tells of
damage, and `_is_object` of files that LLVM's binding cannot read. Well-formed code that the user
has altered, under a digest of it, is run: that file is as trusted as the user's own Python files,
which whoever can write the one can write, too. A key for the digest would lie beside it.
"""

import struct
import sys

from ann_cli import cache

ENDING = ".kernel"
ELF = struct.Struct("<16s2HI3QI6H")
SECTION = struct.Struct("<2I4Q2I2Q")
RELOCATABLE = 1
NO_BITS = 8
"""The type of a section that takes no room in the file."""

MOST = 500
"""Kernels to keep, of some 20 kB each."""


def kept(name: str) -> bytes | None:
    """Return the code of a name, or None where there is none or it is not what was written."""
    code = cache.kept(f"{name}{ENDING}")
    return code if code is not None and _is_object(code) else None


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
    cache.keep(f"{name}{ENDING}", code, MOST)
