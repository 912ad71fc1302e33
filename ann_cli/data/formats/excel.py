"""Spreadsheets: the one file that knows calamine."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, BinaryIO

from ann_cli.data.cells.days import Days
from ann_cli.data.formats.columns import Chunk, ObjectColumn
from ann_cli.data.formats.kinds import missing_package
from ann_cli.errors import DataError

ROWS = 1 << 14
"""Rows of a chunk; the sheet as a whole is in memory, of a million rows at most."""


@contextmanager
def sheet(stream: BinaryIO, name: str) -> Iterator["Sheet"]:
    """Open a pass over the first sheet of a workbook. Raises ConfigError, DataError."""
    try:
        import python_calamine
    except ImportError:
        raise missing_package("a spreadsheet", "python-calamine", "excel", name) from None
    try:
        with python_calamine.CalamineWorkbook.from_filelike(stream) as book:
            yield Sheet(book, name)
    except (python_calamine.CalamineError, python_calamine.ZipError, OSError) as error:
        raise DataError(
            f"cannot be read as a spreadsheet: {str(error).splitlines()[0][:200]}",
            place=name,
            remedy="is it whole, and without a password? save it as .xlsx anew, or as CSV",
        ) from error


class Sheet:
    """One pass over the rows of a workbook's first sheet; its first row that is not blank names."""

    unreadable: Mapping[str, str] = {}
    typed: Collection[str] = ()

    def __init__(self, book: Any, name: str) -> None:
        found = book.get_sheet_by_index(0)
        self._height = found.total_height
        others = len(book.sheet_names) - 1
        self.told = [f"sheet {found.name} is read, and {others} more are not"] if others else []
        self._rows = (
            (place, row)
            for place, row in enumerate(found.to_python(), (found.start or (0, 0))[0] + 1)
            if any(cell != "" for cell in row)
        )
        _, head = next(self._rows, (0, []))
        while head and head[-1] == "":
            head = head[:-1]
        if not head:
            raise DataError("its first sheet is empty", place=name)
        self.columns = ["" if cell == "" else str(_cell(cell)) for cell in head]

    def rows_about(self) -> float:
        """Return how many rows there are at most."""
        return float(self._height)

    def chunks(self, columns: Sequence[str], days: Days) -> Iterator[Chunk]:
        """Yield the chunks of some columns."""
        at = {name: place for place, name in enumerate(self.columns)}
        while some := list(islice(self._rows, ROWS)):
            own = {
                name: ObjectColumn(name, [_cell(row[at[name]]) for _, row in some], days)
                for name in columns
            }
            yield Chunk(own, [place for place, _ in some])


def _cell(cell: Any) -> Any:
    """Return a cell; a spreadsheet has no whole numbers, and 3 is not to be 3.0."""
    if type(cell) is float and cell.is_integer():
        return int(cell)
    return None if cell == "" else cell
