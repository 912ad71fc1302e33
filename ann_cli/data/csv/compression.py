"""Compressed tables: inflated as they are read, and not beyond what a table comes to.

A few kilobytes of gzip or zstd can hold terabytes. What inflates to more than RATIO times its size
is no table that a person keeps; only the first FREE bytes, at which a look costs nothing, may.
"""

import gzip
import io
import os
import sys
import zlib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from ann_cli.config.locations import plain_name, without_secrets
from ann_cli.errors import DataError

FREE = 1 << 22
RATIO = 200
WINDOW = 1 << 23
"""The memory that a zstd file may ask for: what RFC 8878 wants every reader to grant."""

MORSEL = 1 << 10
"""The bytes that go into zstd at once; each four may come out as 128 KiB."""


def inflated(stream: BinaryIO, path: str) -> BinaryIO:
    """Return the bytes, inflated where the path ends in .gz or .zst. Raises DataError."""
    form = FORMATS.get(ending(path))
    return io.BufferedReader(_Inflated(stream, path, form), 1 << 16) if form else stream


def ending(path: str) -> str:
    """Return how a file's name ends, from its last point on, in small letters."""
    return Path(plain_name(path)).suffix.lower()


def is_compressed(path: str) -> bool:
    """Whether a file is inflated as it is read, by its name."""
    return ending(path) in FORMATS


def size_about(stream: BinaryIO) -> float:
    """Return the bytes to come from a file just opened; guessed by the first, if compressed."""
    inner = getattr(stream, "raw", None)
    return inner.size_about() if isinstance(inner, _Inflated) else stream.seek(0, os.SEEK_END)


def packed(stream: BinaryIO) -> BinaryIO:
    """Return the file that a stream comes from: what is inflated as it is read, or itself."""
    inner = getattr(stream, "raw", None)
    return inner.source if isinstance(inner, _Inflated) else stream


def _gzip(stream: Any, place: str) -> Any:
    return gzip.GzipFile(fileobj=stream, mode="rb")


def _zstd(stream: Any, place: str) -> Any:
    if sys.version_info >= (3, 14):
        zstd = import_module("compression.zstd")
        most = {zstd.DecompressionParameter.window_log_max: WINDOW.bit_length() - 1}
        return zstd.ZstdFile(stream, options=most)
    try:
        zstandard = import_module("zstandard")
    except ImportError as error:
        raise DataError(
            "zstd needs the package zstandard, which is not installed",
            place=place,
            remedy="pip install zstandard, or decompress it: unzstd IN",
        ) from error
    return _Zstd(stream, zstandard.ZstdDecompressor(max_window_size=WINDOW).decompressobj)


FORMATS: dict[str, Callable[[Any, str], Any]] = {".gz": _gzip, ".zst": _zstd}
"""By the ending of a file's name: inflating is asked for, never guessed."""


class _Counted:
    """A stream that counts what was read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.passed = stream, 0

    def read(self, size: int = -1) -> bytes:
        content = self.stream.read(size)
        self.passed += len(content)
        return content


class _Zstd:
    """Reads frame after frame. The package's own reader takes a file cut short for a whole one."""

    def __init__(self, stream: _Counted, new_frame: Callable[[], Any]) -> None:
        self._stream, self._new_frame = stream, new_frame
        self._frame: Any = None
        self._behind = b""  # what came with the last morsel and belongs to the next frame
        self._made = memoryview(b"")

    def read(self, size: int) -> bytes:
        while not self._made:
            morsel = self._behind or self._stream.read(MORSEL)
            if not morsel and self._frame:
                raise EOFError("it ends in the middle of a frame")
            if not morsel:
                return b""
            self._frame = self._frame or self._new_frame()
            self._made = memoryview(self._frame.decompress(morsel))
            self._behind = self._frame.unused_data
            if self._frame.eof:
                self._frame = None
        content, self._made = self._made[:size], self._made[size:]
        return bytes(content)


class _Inflated(io.RawIOBase):
    def __init__(self, stream: BinaryIO, path: str, form: Callable[[Any, str], Any]) -> None:
        self._source, self._place = _Counted(stream), without_secrets(path)
        self._inflated = form(self._source, self._place)
        self._passed = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            content = self._inflated.read(len(buffer))
        except OSError as error:
            if error.errno is not None:
                raise
            raise self._damaged(error) from error
        except (EOFError, zlib.error) as error:
            raise self._damaged(error) from error
        except Exception as error:  # a ZstdError, whose module is imported where it is needed
            if type(error).__name__ != "ZstdError":
                raise
            raise self._damaged(error) from error
        self._passed += len(content)
        if self._passed > max(FREE, RATIO * self._source.passed):
            raise DataError(
                f"inflates to more than {RATIO} times its size, as what is made to harm does",
                place=self._place,
                remedy="if it is yours, inflate it and see: gunzip -c IN > OUT, unzstd IN",
            )
        buffer[: len(content)] = content
        return len(content)

    @property
    def source(self) -> BinaryIO:
        """The file."""
        return self._source.stream

    def size_about(self) -> float:
        """Return the inflated size, as if all of it were like what inflates first."""
        while self._passed < FREE and self.read(1 << 16):
            pass
        passed = self._source.stream.tell()
        whole = self._source.stream.seek(0, os.SEEK_END)
        self._source.stream.seek(passed)
        return whole * self._passed / max(self._source.passed, 1)

    def close(self) -> None:
        self._source.stream.close()
        super().close()

    def _damaged(self, error: Exception) -> DataError:
        form, reason = ending(self._place), str(error).lower()
        remedy = f"the file is damaged or cut, or is no {form} in spite of its name"
        if "memory" in reason:
            remedy = "was it made with --long or --ultra? decompress it: unzstd --long=31 IN"
        return DataError(
            f"cannot be inflated: {reason}",
            place=self._place,
            remedy=remedy,
        )
