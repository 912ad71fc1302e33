"""Where a table's bytes come from: a file that can be opened again, or a stream that cannot."""

import io
import os
import shutil
import stat
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from ann_cli.data.compressed import inflated
from ann_cli.data.temporary import nameless
from ann_cli.errors import DataError, FileError, did_you_mean


def open_source(source: str | Path) -> tuple[BinaryIO, bool]:
    """Return the bytes and whether they can be read again. Raises DataError, FileError."""
    if str(source) == "-":
        if sys.stdin is None:
            raise DataError("is closed", place="standard input")
        if sys.stdin.buffer.isatty():
            raise DataError(
                "is a terminal, and a CSV was expected",
                place="standard input",
                remedy="redirect a file into it: - < data.csv",
            )
        return sys.stdin.buffer, False
    path = Path(source)
    try:
        if path.is_dir():
            raise DataError("is a folder, a CSV was expected", place=str(path))
        stream = path.open("rb")
        return inflated(stream, path), stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise DataError("no such file", place=str(source), remedy=_remedy(str(source))) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FileError(f"cannot be read: {reason}", place=str(path)) from error


def close(stream: BinaryIO) -> None:
    """Close a stream that is ours: standard input is not."""
    if sys.stdin is None or stream is not sys.stdin.buffer:
        stream.close()


class Readable(Protocol):
    """What blocks are cut from."""

    def read(self, size: int, /) -> bytes:
        """Return so many bytes, or the fewer that are left."""


class Hashed:
    """A stream whose bytes are hashed as they are read, which takes no pass of its own."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self.sha256 = sha256()

    def read(self, size: int, /) -> bytes:
        """Return so many bytes, or the fewer that are left."""
        content = self._stream.read(size)
        self.sha256.update(content)
        return content


class Spool:
    """A stream's bytes in a temporary file, which has no name and so is gone when ann is."""

    def __init__(self, stream: BinaryIO) -> None:
        try:
            self._file = nameless(self)
            shutil.copyfileobj(stream, self._file, 1 << 20)
            self._file.flush()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise FileError(
                f"cannot be kept in a temporary file: {reason}",
                place=tempfile.gettempdir(),
                remedy="make room there, or name another folder: TMPDIR=FOLDER ann …",
            ) from error

    def open(self) -> BinaryIO:
        """Return the bytes from the first, independent of other readers."""
        return io.BufferedReader(_Reader(self._file.fileno()), 1 << 16)


class _Reader(io.RawIOBase):
    """Reads a descriptor at a place of its own."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._place = descriptor, 0
        self._size = os.fstat(descriptor).st_size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = start + place
        return self._place

    def readinto(self, buffer: Any) -> int:
        content = os.pread(self._descriptor, len(buffer), self._place)
        buffer[: len(content)] = content
        self._place += len(content)
        return len(content)


def _remedy(source: str) -> str:
    if "://" in source:
        return "ann reads local files; download it first"
    path = Path(source)
    try:
        beside = [each.name for each in path.parent.iterdir() if each.is_file()]
    except (OSError, ValueError):
        return f"there is no folder {path.parent} either"
    return did_you_mean(path.name, beside)
