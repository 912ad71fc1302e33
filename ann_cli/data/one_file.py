"""A table by its source, one file or one answer: the first kind that reads it opens it."""

from pathlib import Path
from typing import TypeAlias

from ann_cli.config.locations import is_database
from ann_cli.data.csv.table import CsvTable
from ann_cli.data.formats.kinds import start_of
from ann_cli.data.formats.sql import QueryTable
from ann_cli.data.formats.table import FileTable
from ann_cli.data.opening import Opening

TABLES = (QueryTable, FileTable, CsvTable)
"""The kinds of tables, the most particular first; what is of no other kind is a CSV."""

Opened: TypeAlias = QueryTable | FileTable | CsvTable


def open_one(source: str | Path, opening: Opening) -> Opened:
    """Open a table of one file. Raises AnnError."""
    start = b"" if is_database(str(source)) else start_of(source)
    for kind in TABLES:
        found: Opened | None = kind.opened(source, start, opening)
        if found is not None:
            return found
    raise AssertionError("what is of no other kind is a CSV")
