"""A table by its source, one file or one answer: the first kind that reads it opens it."""

from pathlib import Path
from typing import Any, TypeAlias

from ann_cli.config.locations import is_database
from ann_cli.data.cells.values import Array
from ann_cli.data.cells.writing import Written
from ann_cli.data.csv.table import CsvTable
from ann_cli.data.formats.kinds import start_of
from ann_cli.data.formats.sql import QueryTable
from ann_cli.data.formats.table import FileTable

TABLES = (QueryTable, FileTable, CsvTable)
"""The kinds of tables, the most particular first; what is of no other kind is a CSV."""

Opened: TypeAlias = QueryTable | FileTable | CsvTable


def open_one(
    source: str | Path,
    spooled: bool = False,
    hashed: bool = False,
    written: Written = Written(),  # noqa: B008 - frozen
    strict: bool = False,
    rows: Array | None = None,
) -> Opened:
    """Open a table of one file, as `open_table` does. Raises AnnError."""
    start = b"" if is_database(str(source)) else start_of(source)
    kind: Any = next(each for each in TABLES if each.reads(source, start))
    found: Opened = kind(source, spooled, hashed, written, strict, rows)
    return found
