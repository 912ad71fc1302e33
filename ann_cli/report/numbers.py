"""Numbers and long tables, cut to what a person reads."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from math import floor, log10
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ann_cli.insight.intervals import Interval

Row = tuple[str, ...]

LARGE = 10_000
"""From here on a number without units is shown to four digits: an R² of -4.645e+14."""


def number(value: float, digits: int = 4) -> str:
    """Return a number to so many digits, as short as that goes."""
    return format(value, f".{digits}g")


def places(best: float) -> int:
    """Return the decimals that show four digits of the best, and of all the others as many."""
    return max(0, 3 - floor(log10(best))) if best > 0 else 4


def value(value: Any) -> str:
    """Return a prediction: a label as it is, a number in its own units."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else number(value)


def score(name: str, value: float | None) -> str:
    """Return a metric's value, or a difference of two, as a person reads it."""
    from ann_cli.tasks.metrics import METRICS

    if value is None:
        return "-"
    if METRICS[name].own_units:
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return share(value)


def share(value: float) -> str:
    """Return a share or a loss to four decimals, and what is far from one to four digits."""
    return f"{value:.4f}" if abs(value) < LARGE else number(value)


def with_interval(found: "Interval", form: Callable[[float], str]) -> str:
    """Return a mean and its interval: by ± where both ends are as far, else by the two ends.

    An end that is a limit of the metric needs no decimals.
    """
    below, above = form(found.mean - found.low), form(found.high - found.mean)
    if below == above:
        return f"{form(found.mean)} ± {above.removeprefix('+')}"
    return f"{form(found.mean)} ({_whole(form(found.low))} to {_whole(form(found.high))})"


def _whole(text: str) -> str:
    """Return a number without its decimals where all of them are 0."""
    whole, _, decimals = text.partition(".")
    return text if decimals.strip("0") else whole


def quantile_row(told: Mapping[str, Any]) -> Row:
    """Return what is told of a predicted quantile as a row: its target and share, what came."""
    name = " ".join([*told["target"].split(), f"{told['quantile']:g}"])
    return name, f"{told['rows_below']:.1%}", score("pinball_loss", told["pinball_loss"])


def cut(rows: Iterable[Row], most: int, what: str, count: int) -> list[Row]:
    """Return the first rows, and one that says how many more of the `count` there are."""
    shown = list(islice(rows, most if count > most + 1 else count))
    more = count - len(shown)
    return [*shown, (f"… {more:,} more {what}",)] if more else shown
