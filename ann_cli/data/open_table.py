"""Tables by their source: one file, several as one table, the answer of a database."""

from pathlib import Path

from ann_cli.config.locations import is_database, is_remote, without_secrets
from ann_cli.data.cells.values import Array
from ann_cli.data.cells.writing import Written
from ann_cli.data.many_files import FilesTable
from ann_cli.data.one_file import open_one
from ann_cli.data.opening import Opening
from ann_cli.data.remote import files_at
from ann_cli.data.table import Table
from ann_cli.errors import DataError
from ann_cli.files import files_of


def open_table(
    source: str | Path,
    spooled: bool = False,
    hashed: bool = False,
    written: Written = Written(),  # noqa: B008 - frozen
    strict: bool = False,
    rows: Array | None = None,
) -> Table:
    """Open a table; "-" is standard input, sales/*.csv all these files. Raises AnnError.

    `spooled` keeps what passes once, so that it can be read again and again. `hashed` takes the
    digest while the rows are read. `written` is what is known of how cells are written; `strict`
    refuses cells that are not what their column holds, which otherwise count as missing. `rows`
    says of each row, in order, whether it is there; None: all are.
    """
    files, opening = files_named(str(source)), Opening(spooled, hashed, written, strict, rows)
    if len(files) > 1:
        return FilesTable(without_secrets(str(source)), files, opening)
    return open_one(files[0], opening)


def files_named(source: str) -> list[str]:
    """Return the files that a source stands for. Raises DataError where there are none."""
    if source == "-" or is_database(source):
        return [source]
    found = files_at(source) if is_remote(source) else files_of(source)
    if not found:
        raise DataError(
            "no such files: none has a name like this",
            place=without_secrets(source),
            remedy="is the folder right? * stands for any characters but /, ** for folders, too",
        )
    return found
