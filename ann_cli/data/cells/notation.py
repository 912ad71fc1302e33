"""How a column writes its cells: the decimal sign, thousands, a unit, a date's form, no value."""

from dataclasses import dataclass
from decimal import Decimal
from math import inf, isnan, nan
from typing import Any, Literal

from ann_cli.data.cells.durations import duration
from ann_cli.data.cells.numerals import parts_of

Content = Literal["number", "boolean", "date", "text"]
"""What the cells are, whatever the column is used for."""

MARKERS = frozenset(
    "- -- --- – — ? ?? . .. * na n/a n.a. n.a #n/a #na <na> nan -nan null (null) <null> none nil "
    "nat unknown unk tbd tba missing (missing) blank (blank) n/k nk n.d. \\n #value! #ref! #div/0! "
    "#num! #null! #name? 0000-00-00".split()
) | {
    *("", "not available", "not applicable", "not known", "no data", "no value"),
    "0000-00-00 00:00:00",
}
"""Texts that stand for no value where the other cells are numbers, dates, or yes and no."""


@dataclass(frozen=True)
class Notation:
    """How a column writes its cells."""

    content: Content = "number"
    decimal: str = "."
    thousands: str = ""
    unit: str = ""
    """The text before or behind the numbers, in lower case."""
    scaled: bool = False
    """Whether k, M and B stand for thousands, millions and billions."""
    clock: bool = False
    """Whether the numbers are the seconds of durations: 182:02:05, 2h 50m."""
    date: str = ""
    """A date's form, as `strptime` has it, or ISO8601."""
    none: tuple[float, ...] = ()
    """Numbers that stand for no value."""
    labels: tuple[str, str] | None = None
    """How no and yes are written."""

    @property
    def plain(self) -> bool:
        """Whether numbers are written as Python writes them."""
        written = (self.decimal, self.thousands, self.unit, self.scaled, self.clock)
        return written == (".", "", "", False, False)

    def number(self, cell: str) -> float | None:
        """Return the number that a cell is; None where it is none."""
        if self.clock and (seconds := duration(cell)) is not None:
            return seconds
        parts = parts_of(cell)
        if parts is None or (parts.unit and parts.unit != self.unit):
            return None
        if parts.scale and not self.scaled:
            return None
        text = parts.plain(self.decimal, self.thousands)
        return None if text is None else float(text)

    def value(self, cell: str) -> float:
        """Return the number that a cell is, or infinity; NaN where it is neither."""
        found = self.number(cell)
        if found is None:
            return inf if cell.strip().lstrip("+-").casefold() in ("inf", "infinity") else nan
        return found


PLAIN = Notation()
TEXT, DATE = Notation("text"), Notation("date")


def is_marker(cell: str) -> bool:
    """Whether a cell among numbers stands for no value."""
    return cell.strip().casefold() in MARKERS


def is_number(cell: str) -> bool:
    """Whether Python reads a cell as a number, or as infinity."""
    try:
        return not isnan(float(cell))
    except ValueError:
        return False


def canonical(text: str) -> str:
    """Return a number as the one text for its value: 1 for 1.0 and 01, exactly."""
    value = Decimal(text)
    if value == value.to_integral_value():
        return str(int(value))
    return format(value.normalize(), "f")


def unusual(notation: Notation, usual: Notation) -> dict[str, Any]:
    """Return what JSON can hold of a notation: what is not as usual."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in vars(notation).items()
        if value != getattr(usual, name)
    }
