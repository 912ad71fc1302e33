"""Cells that count as missing although something stands in them: counted, told or refused."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from ann_cli.data.cells.notation import is_number
from ann_cli.data.cells.values import LARGEST, Kind, cited, listed
from ann_cli.errors import DataError, Problem, counted

Place: TypeAlias = Literal["line", "row"]
"""What tells where in a file a cell is: of what is no text, the row."""

EXPECTED = {
    "number": "a number",
    "boolean": "true or false, yes or no",
    "date": "a date",
}
SHOWN = 10
"""Errors of one file that are listed."""

MOST_KEPT = 1000
"""Different odd cells of a column that are told apart."""


class Spot(NamedTuple):
    """Where a cell is in a table of several files."""

    file: int
    """The number of the file."""
    number: int
    """The line of the file, or the row."""
    words: str
    """The same for a person: sales/3.csv:17."""


@dataclass
class Odd:
    """Cells that were read as missing although something stands in them, by their text."""

    markers: Counter[str] = field(default_factory=Counter)
    """Cells such as NA, which say that there is no value."""
    others: Counter[str] = field(default_factory=Counter)
    """Cells that are not what the column holds."""
    places: dict[str, Any] = field(default_factory=dict)
    """The file's line, or the row, where each of the others stands first; or a Spot."""
    immense: set[str] = field(default_factory=set)
    """Numbers so large that they may stand for no value."""

    @property
    def texts(self) -> list[str]:
        """The markers that are no numbers."""
        return [text for text in self.markers if not is_number(text)]

    def add(self, more: "Odd") -> None:
        """Add those of a later block."""
        self.markers.update(more.markers)
        self.immense |= more.immense
        for text, count in more.others.items():
            if text in self.others or len(self.others) < MOST_KEPT:
                self.others[text] += count
                self.places.setdefault(text, more.places[text])


def told(odd: Mapping[str, Odd], columns: Iterable[str], place: Place = "line") -> list[str]:
    """Return a sentence on the texts that stand for no value, and one a column on odd cells."""
    notes = []
    markers: dict[tuple[str, ...], list[str]] = {}
    for column in columns:
        if column in odd and odd[column].markers:
            found = [
                f"{text} ({counted(count, 'cell')})" for text, count in odd[column].markers.items()
            ]
            markers.setdefault(tuple(found), []).append(column)
    for texts, names in markers.items():
        several = "columns" if len(names) > 1 else "column"
        notes.append(f"{several} {listed(names, 5)}: {listed(texts, 5)} counted as missing")
    for column in columns:
        if column in odd and odd[column].others:
            others, places = odd[column].others, odd[column].places
            cells = [
                f"{cited(text)} ({_told(place, places[text])}; {counted(count, 'cell')})"
                for text, count in others.most_common(3)
            ]
            more = f" and {len(others) - 3} other texts" if len(others) > 3 else ""
            notes.append(
                f"column {column}: {counted(others.total(), 'cell')} counted as missing, as they "
                f"are not what the column holds: {', '.join(cells)}{more}"
            )
    return notes


def _told(place: Place, number: Any) -> str:
    return number.words if isinstance(number, Spot) else f"{place} {number}"


def refuse_mostly_odd(
    odd: Mapping[str, Odd],
    rows: int,
    kinds: Mapping[str, Kind],
    name: str,
    place: Place = "line",
    dates: Mapping[str, str] = {},
) -> None:
    """Raise DataError where most of so many rows' cells of a column are not what it holds.

    `dates` are the forms of dates that the config names.
    """
    mostly = {column: one for column, one in odd.items() if 2 * one.others.total() > rows}
    if mostly:
        remedy = "most cells are so: say in data.types what the column is, or fix the cells"
        raise refusal(mostly, kinds, name, place, dates, remedy)


def refusal(
    odd: Mapping[str, Odd],
    kinds: Mapping[str, Kind],
    name: str,
    place: Place = "line",
    dates: Mapping[str, str] = {},
    usual: str = "fix the cell, or leave it empty if it is not known",
) -> DataError:
    """Return the error that names the cells that are not what their columns hold.

    `usual` is what to do about a cell that is no number beyond the largest.
    """
    count = sum(each.others.total() for each in odd.values())
    first = sorted(
        (line, column, cell) for column, each in odd.items() for cell, line in each.places.items()
    )
    problems = []
    for line, column, cell in first[:SHOWN]:
        where = f"{name}:{line}" if place == "line" else f"{name}, row {line}"
        where = line.words if isinstance(line, Spot) else where
        form = f" as {dates[column]}" if column in dates else ""
        message = f"{cited(cell)}, where {EXPECTED[kinds[column]]}{form} was expected"
        remedy = usual
        if _is_beyond(cell):
            message = f"{cell} is beyond ±{LARGEST:.1e}"
            remedy = "give a finite number, or leave the cell empty if it is not known"
        problems.append(Problem(message, f"{where}, column {column}", remedy))
    if count > len(problems):
        problems.append(Problem(f"and at least {count - len(problems):,} more such cells", name))
    return DataError.of(problems)


def _is_beyond(cell: str) -> bool:
    return is_number(cell) and not abs(float(cell)) <= LARGEST
