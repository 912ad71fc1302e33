"""Tables by their source: the first kind that reads it opens it."""

from pathlib import Path

from ann_cli.data.cells.writing import Written
from ann_cli.data.csv.table import CsvTable
from ann_cli.data.table import Table

TABLES = (CsvTable,)
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
