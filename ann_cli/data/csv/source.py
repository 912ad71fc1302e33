"""Where a table's bytes come from: a file that can be opened again, or a stream that cannot."""

import io
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeAlias

from ann_cli.config.locations import is_remote, without_secrets
from ann_cli.data.csv.compression import inflated, packed
from ann_cli.data.csv.header import check_start
from ann_cli.data.csv.temporary import nameless
from ann_cli.data.remote import RemoteFile, open_remote
from ann_cli.errors import DataError, FileError, did_you_mean
from ann_cli.files import UnfitError, open_named

Version: TypeAlias = tuple[Any, ...]
"""What tells a file from itself once it was written to, wherever it is seen from."""


def name_of(source: str | Path) -> str:
    """Return what a person is told of a source: of an address no secret."""
    return "standard input" if str(source) == "-" else without_secrets(str(source))


def open_source(source: str | Path) -> tuple[BinaryIO, bool]:
    """Return the bytes and whether they can be read again. Raises DataError, FileError.

    And ConfigError where a package is lacking that knows an address.
    """
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
    if is_remote(str(source)):
        stream, size = open_remote(str(source))
        return inflated(stream, str(source)), size is not None
    path = Path(source)
    try:
        if path.is_dir():
            remedy = f"all of its CSVs are one table: {path}{os.sep}*.csv"
            raise DataError("is a folder, a CSV was expected", place=str(path), remedy=remedy)
        stream = open_named(path)
        return inflated(stream, str(path)), stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except UnfitError as error:
        raise DataError(f"{error.strerror}", place=str(path)) from error
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


class Passes:
    """A file's bytes, pass after pass: each of the file that was opened first, as it was then."""

    def __init__(
        self, name: str, opened: BinaryIO, anew: Callable[[], BinaryIO], hashed: bool
    ) -> None:
        """`opened` is the file, `anew` opens it again; `hashed` takes the digest of each pass."""
        self._name, self._first, self.open = name, _version(opened), anew
        self._hashed, self._digest = hashed, ""

    @property
    def version(self) -> Version:
        """The file's bytes, and when it was written: the same wherever it is seen from."""
        return self._first[:2]

    @property
    def size(self) -> int:
        """The file's bytes."""
        return int(self._first[0])

    def digest(self) -> str:
        """Return the SHA-256 of its bytes in hexadecimal; in a pass of its own, if need be."""
        if not self._digest:
            self._hashed = True
            with self.read() as stream:
                while stream.read(PIECE):
                    pass
        return self._digest

    @contextmanager
    def read(self) -> Iterator["Readable"]:
        """Open it for a pass. Raises DataError where it is another file, or was written to."""
        with self.anywhere() as stream:
            hashed = Hashed(stream) if self._hashed else None
            yield hashed or stream
        if hashed:
            digest = hashed.sha256.hexdigest()
            self._check(self._digest in ("", digest))
            self._digest = digest

    @contextmanager
    def anywhere(self) -> Iterator[BinaryIO]:
        """Open it to be read in any order, which takes no digest. Raises DataError as `read`."""
        with self.open() as stream:
            self._check(_version(stream) == self._first)
            yield stream
            self._check(_version(stream) == self._first)

    def _check(self, same: bool) -> None:
        if not same:
            raise DataError(
                "changed while it was read",
                place=self._name,
                remedy="let it rest until the command ends; read a copy if others write it",
            )


def _version(stream: BinaryIO) -> tuple[Any, ...]:
    """Return what tells one file from another, and from itself once it was written to."""
    file = packed(stream)
    remote = getattr(file, "raw", None)
    if isinstance(remote, RemoteFile):
        return remote.version
    seen = os.fstat(file.fileno())
    return seen.st_size, seen.st_mtime_ns, seen.st_dev, seen.st_ino


PIECE = 1 << 20
ROOM = 0.8
"""The share of the disk's free room that a stream may take."""


class Spool:
    """A stream's bytes in a temporary file, which has no name and so is gone when ann is."""

    def __init__(self, stream: BinaryIO, name: str, is_csv: bool = True) -> None:
        self._name, self._is_csv = name, is_csv
        try:
            self._file = nameless(self)
            self._copy(stream)
            self._file.flush()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise FileError(
                f"cannot be kept in a temporary file: {reason}",
                place=tempfile.gettempdir(),
                remedy="make room there, or name another folder: TMPDIR=FOLDER ann …",
            ) from error

    def _copy(self, stream: BinaryIO) -> None:
        """Write all that comes, as long as others find room beside it. Raises FileError."""
        content = stream.read(PIECE)
        if self._is_csv:
            check_start(content, self._name)
        if content[:4096] == bytes(4096):  # /dev/zero has no end
            raise DataError("holds NUL bytes only, and a CSV was expected", place=self._name)
        room = shutil.disk_usage(tempfile.gettempdir()).free * ROOM
        while content:
            room -= len(content)
            if room < 0:
                raise FileError(
                    f"{self._name} is longer than {ROOM:.0%} of the room in a temporary file",
                    place=tempfile.gettempdir(),
                    remedy="write it to a file and name that, or name another folder for "
                    "temporary files: TMPDIR=FOLDER ann …",
                )
            self._file.write(content)
            content = stream.read(PIECE)

    def open(self) -> BinaryIO:
        """Return the bytes from the first, independent of other readers."""
        return io.BufferedReader(_Reader(self._file.fileno()), 1 << 16)


class _Reader(io.RawIOBase):
    """Reads a descriptor at a place of its own."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._place = descriptor, 0
        self._size = os.fstat(descriptor).st_size

    def fileno(self) -> int:
        return self._descriptor

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
    path = Path(source)
    try:
        beside = [each.name for each in path.parent.iterdir() if each.is_file()]
    except (OSError, ValueError):
        return f"there is no folder {path.parent} either"
    return did_you_mean(path.name, beside)
