"""Where a table's bytes come from: a file that can be opened again, or a stream that cannot."""

import stat
import sys
from pathlib import Path
from typing import BinaryIO

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
        return stream, stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise DataError("no such file", place=str(source), remedy=_remedy(str(source))) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FileError(f"cannot be read: {reason}", place=str(path)) from error


def close(stream: BinaryIO) -> None:
    """Close a stream that is ours: standard input is not."""
    if sys.stdin is None or stream is not sys.stdin.buffer:
        stream.close()


def _remedy(source: str) -> str:
    if "://" in source:
        return "ann reads local files; download it first"
    path = Path(source)
    try:
        beside = [each.name for each in path.parent.iterdir() if each.is_file()]
    except (OSError, ValueError):
        return f"there is no folder {path.parent} either"
    return did_you_mean(path.name, beside)
