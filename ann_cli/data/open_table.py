"""Tables by their source: the first kind that reads it opens it."""

from pathlib import Path

from ann_cli.data.cells.values import Array
from ann_cli.data.cells.writing import Written
from ann_cli.data.csv.some_rows import SomeRows
from ann_cli.data.csv.table import CsvTable
from ann_cli.data.formats.sql import QueryTable
from ann_cli.data.formats.table import FileTable
from ann_cli.data.table import Table

TABLES = (QueryTable, FileTable, CsvTable)
"""The kinds of tables, the most particular first; what is of no other kind is a CSV."""


def open_table(
    source: str | Path,
    spooled: bool = False,
    hashed: bool = False,
    written: Written = Written(),  # noqa: B008 - frozen
    strict: bool = False,
) -> Table:
    """Open a table; "-" is standard input. Raises DataError, FileError.

    `spooled` keeps what passes once, so that it can be read again and again. `hashed` takes the
    digest while the rows are read. `written` is what is known of how cells are written; `strict`
    refuses cells that are not what their column holds, which otherwise count as missing.
    """
    kind = next(each for each in TABLES if each.reads(source))
    return kind(source, spooled, hashed, written, strict)


def open_rows(source: str | Path, rows: Array, written: Written) -> Table:
    """Open a file's table with some of its rows alone. Raises DataError, FileError.

    `rows` says of each row of the file whether it is there.
    """
    for kind in (QueryTable, FileTable):
        if kind.reads(source):
            return kind(source, written=written, rows=rows)
    return SomeRows(source, rows, written)
