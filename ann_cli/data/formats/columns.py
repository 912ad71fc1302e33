"""Columns whose cells have types: as numbers at once, or as the text that a CSV of them holds."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

import numpy as np

from ann_cli.data.cells.dates import seconds_of
from ann_cli.data.cells.days import Days
from ann_cli.data.cells.values import Array, Kind


class UnreadableCellError(Exception):
    """A cell of a column is a list, a mapping or bytes: no one value."""

    def __init__(self, at: int, held: str) -> None:
        super().__init__(at, held)
        self.at, self.held = at, held


class TypedColumn(Protocol):
    """The cells of a column in some rows."""

    def values(self, kind: Kind) -> Array | None:
        """Return float64, NaN where missing; None where their type is none of a kind's.

        Dates are in seconds since 1970, yes and no are 1 and 0.
        """

    def texts(self, missing: bool) -> Array:
        """Return objects, a text each, as pandas writes the cell into a CSV.

        With `missing` NaN stands where a cell is empty, or a blank; else an empty text.
        """

    def taken(self, rows: Array) -> "TypedColumn":
        """Return the cells of the rows for which a mask says so."""


@dataclass(frozen=True)
class Chunk:
    """Rows of some columns, and the place of each in the table, from 1."""

    columns: Mapping[str, TypedColumn]
    places: Sequence[int]


class Rows(Protocol):
    """One pass over the rows of a table, from the first."""

    columns: list[str]
    unreadable: Mapping[str, str]
    """What the columns hold that ann cannot read."""
    typed: Collection[str]
    """The columns that hold no text, by their type."""
    told: Sequence[str]
    """Sentences for the person."""

    def chunks(self, columns: Sequence[str], days: Days) -> Iterator[Chunk]:
        """Yield the chunks of some columns. Raises DataError."""

    def rows_about(self) -> float:
        """Return about how many rows there are."""


class GroupedRows(Rows, Protocol):
    """The same of a file whose rows lie in groups, each of which can be read by itself."""

    def group_sizes(self) -> Sequence[int]:
        """Return the number of rows of each group."""

    def chunks_of(
        self, columns: Sequence[str], days: Days, groups: Sequence[int], row: int
    ) -> Iterator[Chunk]:
        """Yield the chunks of some groups; `row` is the number of their first row in the file."""


@dataclass(frozen=True)
class ObjectColumn:
    """Cells that are Python's: of JSON, of a spreadsheet, of a database."""

    name: str
    cells: Sequence[Any]
    days: Days

    def values(self, kind: Kind) -> Array | None:
        """Return float64, where the cells' types are all the kind's."""
        types = set(map(type, self.cells))
        if not types <= TYPES.get(kind, frozenset()):
            return None
        if kind == "date":
            return seconds_of(self._moments())
        try:
            return np.array(self.cells, dtype=np.float64)  # None becomes NaN
        except OverflowError:
            return None

    def texts(self, missing: bool) -> Array:
        """Return objects, a text each. Raises UnreadableCellError for one that is no one value."""
        types = set(map(type, self.cells))
        if types <= {str, NONE}:
            return filled(self.cells, missing)
        if types <= TYPES["date"] and datetime in types:
            zoned = any(getattr(each, "tzinfo", None) for each in self.cells)
            found = self.days.texts(self.name, self._moments(), "+00:00" if zoned else "")
            return filled(found, missing)
        texts: list[str | None] = []
        for at, cell in enumerate(self.cells):
            try:
                texts.append(text_of(cell))
            except TypeError as error:
                raise UnreadableCellError(at, str(error)) from None
        return filled(texts, missing)

    def taken(self, rows: Array) -> "ObjectColumn":
        """Return the cells of the rows for which a mask says so."""
        cells = [cell for cell, wanted in zip(self.cells, rows.tolist(), strict=True) if wanted]
        return ObjectColumn(self.name, cells, self.days)

    def _moments(self) -> Array:
        return np.array([_without_zone(each) for each in self.cells], dtype="datetime64[us]")


NONE = type(None)
TYPES: dict[Kind, frozenset[type]] = {
    "number": frozenset({int, float, Decimal, NONE}),
    "boolean": frozenset({bool, NONE}),
    "date": frozenset({datetime, date, NONE}),
}
"""What Python objects are taken as they are."""


BLANKS = frozenset([None, "", " ", "  ", "   "])
"""Cells that are empty to the eye, as in a CSV."""


def filled(texts: Iterable[str | None], missing: bool) -> Array:
    """Return texts as objects; where one is missing, or with `missing` blank, what stands there."""
    if missing:
        cells: list[Any] = [np.nan if each in BLANKS else each for each in texts]
    else:
        cells = ["" if each is None else each for each in texts]
    found = np.empty(len(cells), dtype=object)
    found[:] = cells
    return found


def text_of(cell: Any) -> str | None:
    """Return a cell as text, None where it is missing. Raises TypeError for one of many parts."""
    if cell is None or cell != cell:
        return None
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return repr(float(cell))
    if isinstance(cell, bool | int | Decimal | UUID):
        return str(cell)
    if isinstance(cell, timedelta):
        return repr(cell.total_seconds())
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    raise TypeError(type(cell).__name__)


def _without_zone(moment: Any) -> Any:
    """Return a moment in UTC without a zone, as NumPy takes it."""
    zone = getattr(moment, "tzinfo", None)
    return moment if zone is None else (moment - moment.utcoffset()).replace(tzinfo=None)
