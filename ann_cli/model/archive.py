"""The arrays in an .npz file, read with nothing taken on trust.

numpy.load believes what a file says of itself: a few kilobytes may claim, or inflate to, gigabytes.
Here the members are stored as they are, never compressed, so that no more is ever read than the
file is long; and a header is compared with the one expected, not interpreted.
"""

import struct
import zipfile
from math import prod
from typing import BinaryIO

import numpy as np

from ann_cli.engine.settings import Array

END = struct.Struct("<4s4H2LH")
"""The zip's last record: signature, disks (2), entries (2), the directory's size and place, and the
length of a comment."""

END_64 = b"PK\x06\x07"
"""Begins the 20 bytes before it, in a file of more than 4 GiB only."""

LARGEST_DIRECTORY = 1 << 20
MAGIC = b"\x93NUMPY\x01\x00"
HEADER = 1024
"""More than the header of any of our arrays takes, in bytes; NumPy pads it to 128."""

CHARACTER = 4
"""Bytes that a character takes in an array of text."""


class Archive:
    """The members of a zip file by name, without ".npy". Raises ValueError or BadZipFile."""

    def __init__(self, file: BinaryIO) -> None:
        _check_end(file)
        self._zip = zipfile.ZipFile(file)
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in self._zip.infolist():
            name = member.filename.removesuffix(".npy")
            if name == member.filename:
                raise ValueError(f"{name} is not an array")
            if name in self._members:
                raise ValueError(f"{name} is there twice")
            if (
                member.compress_type != zipfile.ZIP_STORED
                or member.file_size != member.compress_size
                or member.flag_bits & 1
            ):
                raise ValueError(f"{name} is compressed or encrypted")
            self._members[name] = member

    @property
    def names(self) -> set[str]:
        """The arrays' names."""
        return set(self._members)

    def check_size(self, name: str, shape: tuple[int, ...], dtype: str) -> None:
        """Raise ValueError where a member's size is not that of such an array; reads nothing."""
        size = prod(shape) * np.dtype(dtype).itemsize
        if not size < self._members[name].file_size <= size + HEADER:
            raise ValueError(f"{name} is not the size of {dtype} {shape}")

    def array(self, name: str, shape: tuple[int, ...], dtype: str) -> Array:
        """Return an array, which has to be of this shape and type."""
        self.check_size(name, shape, dtype)
        header, values = self._read(name)
        kind = np.dtype(dtype).str
        if header != f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}":
            raise ValueError(f"{name} is not {dtype} {shape}")
        return np.frombuffer(values, dtype).reshape(shape)

    def text(self, name: str, longest: int) -> str:
        """Return an array that is one text of at most `longest` characters."""
        if self._members[name].file_size > HEADER + CHARACTER * longest:
            raise ValueError(f"{name} is longer than {longest:,} characters")
        header, values = self._read(name)
        kind = f"<U{len(values) // CHARACTER}"
        if header != f"{{'descr': '{kind}', 'fortran_order': False, 'shape': (), }}":
            raise ValueError(f"{name} is not a text")
        return values.tobytes().decode("utf-32-le", "surrogatepass").rstrip("\0")

    def _read(self, name: str) -> tuple[str, memoryview]:
        """Return a member's header and what follows it; the zip's checksum is checked."""
        content = memoryview(self._zip.read(self._members[name]))
        start = len(MAGIC) + 2
        stop = start + int.from_bytes(content[len(MAGIC) : start], "little")
        if content[: len(MAGIC)] != MAGIC:
            raise ValueError(f"{name} is not an array that ann writes")
        return content[start:stop].tobytes().decode("latin-1").rstrip(), content[stop:]


def _check_end(file: BinaryIO) -> None:
    """Raise ValueError for a directory that is not small and at the end, before it is read."""
    size = file.seek(0, 2)
    file.seek(max(0, size - END.size - 20))
    tail = file.read()
    if len(tail) < END.size + 20:
        raise ValueError("cut short")
    signature, *_, directory, start, comment = END.unpack(tail[20:])
    if signature != b"PK\x05\x06" or comment:
        raise ValueError("cut short")
    large = tail.startswith(END_64) and size > 0xFFFFFFFF
    if directory > LARGEST_DIRECTORY or (not large and start + directory + END.size != size):
        raise ValueError("its directory is not where it belongs")
