"""The kinds of tables that are no CSV: how each is told, and what opens it."""

import os
import re
import stat
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

from ann_cli.config.locations import is_remote, plain_name
from ann_cli.data.csv.compression import FORMATS
from ann_cli.data.formats.columns import Rows
from ann_cli.data.remote import first_bytes
from ann_cli.errors import ConfigError
from ann_cli.files import open_named

Opener = Callable[[BinaryIO, str], AbstractContextManager[Rows]]
"""Opens a pass over a file's rows; an error names the file so."""


@dataclass(frozen=True)
class Kind:
    """A kind of files, each a table."""

    name: str
    endings: tuple[str, ...]
    start: bytes
    """The expression that its first bytes match, and those of no CSV; none where there is none."""
    opener: str
    """The function in this folder that opens one, whose file is imported when it is needed."""
    extra: str = ""
    """The extra of ann-cli that brings what it needs."""
    by_line: bool = False
    """Whether it is text, of which a person looks for a line."""
    grouped: bool = False
    """Whether its rows lie in groups, each of which can be read by itself."""
    open_ended: bool = False
    """Whether a column that a file lacks is one in which every cell is missing."""

    @property
    def open(self) -> Opener:
        """What opens a pass over the rows of a file."""
        file, _, function = self.opener.partition(".")
        opener: Opener = getattr(import_module(f"ann_cli.data.formats.{file}"), function)
        return opener


KINDS = (
    Kind("Parquet", (".parquet", ".pq"), rb"PAR1", "arrow.parquet", "parquet", grouped=True),
    Kind(
        *("Feather", (".feather", ".arrow"), rb"ARROW1|FEA1", "arrow.feather", "parquet"),
        grouped=True,
    ),
    Kind("Excel", (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), b"", "excel.sheet", "excel"),
    Kind(
        *("JSON lines", (".jsonl", ".ndjson"), rb'\s*\{\s*"', "json_lines.lines"),
        by_line=True,
        open_ended=True,
    ),
)
"""What is none of these is a CSV."""

START = 64
"""Bytes by which a kind is told."""


def kind_of(source: str | Path, start: bytes) -> Kind | None:
    """Return the kind of a file by its first bytes, else by its name; None of a CSV."""
    name = Path(plain_name(str(source))).name.lower()
    for ending in FORMATS:
        name = name.removesuffix(ending)
    told = (kind for kind in KINDS if kind.start and re.match(kind.start, start))
    return next(told, None) or next((kind for kind in KINDS if name.endswith(kind.endings)), None)


def start_of(source: str | Path) -> bytes:
    """Return the first bytes of a file or of standard input; none of what has to be waited for."""
    if str(source) == "-":
        stream = sys.stdin and sys.stdin.buffer
        peek = getattr(stream, "peek", None)
        return b"" if peek is None or stream.isatty() else peek(START)[:START]
    if is_remote(str(source)):
        return first_bytes(str(source), START)
    try:
        if not stat.S_ISREG(os.stat(source).st_mode):
            return b""
        with open_named(source) as file:
            return file.read(START)
    except (OSError, ValueError):  # who opens it says what is wrong
        return b""


def check_installed(package: str, what: str, extra: str, place: str) -> None:
    """Raise ConfigError where a package is not installed, without importing it."""
    if sys.modules.get(package) is None and find_spec(package) is None:
        raise missing_package(what, package, extra, place)


def missing_package(what: str, package: str, extra: str, place: str) -> ConfigError:
    """Return the error that says what a kind of tables needs, and how it is installed."""
    return ConfigError(
        f"{what} needs the package {package}, which is not installed",
        place=place,
        remedy=f'pip install "ann-cli[{extra}]", or pip install {package}',
    )
