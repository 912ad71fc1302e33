"""The step of time from one row of a series to the next: recognised, counted and written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

import numpy as np

from ann_cli.data.cells.values import Array

Unit: TypeAlias = Literal["month", "second", "number"]
"""Months of the calendar, seconds, or what a column of numbers counts."""

DAY = 86_400
NAMES = ((7 * DAY, "week"), (DAY, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
SEASONS = {
    ("month", 1): (12,),
    ("month", 3): (4,),
    ("month", 6): (2,),
    ("second", 7 * DAY): (52,),
    ("second", DAY): (7, 365),
}
"""How many steps may make a season: a year, a week; of less than a day a day and a week."""


@dataclass(frozen=True)
class Step:
    """What lies between two moments of a series."""

    unit: Unit
    count: float
    """How many of the unit."""

    @classmethod
    def of(cls, moments: Sequence[Array], dates: bool) -> "Step | None":
        """Return the most frequent step of some series' moments, each in order; None of no step.

        `dates` are seconds since 1970; other moments are numbers. Dates on one day of each month,
        or on each one's last, are steps of the calendar.
        """
        calendar = dates and all(map(_of_calendar, moments))
        unit: Unit = "month" if calendar else "second" if dates else "number"
        times: Counter[float] = Counter()
        for each in moments:
            own = _months(each) if calendar else each
            # Numbers such as 1749.083 are no exact multiples of their step.
            differences = np.diff(own).round(0 if dates else 6)
            found, counts = np.unique(differences[differences > 0], return_counts=True)
            times.update(dict(zip(found.tolist(), counts.tolist(), strict=True)))
        return cls(unit, times.most_common(1)[0][0]) if times else None

    def positions(self, moments: Array, first: float) -> Array:
        """Return how many steps moments lie after the first, whole or not."""
        if self.unit == "month":
            return (_months(moments) - _months(np.array([first]))) / self.count
        found = (moments - first) / self.count
        near = np.round(found)
        # Half a thousandth of a step is how numbers are written.
        return np.where(np.abs(found - near) < 1e-3 * np.maximum(1, 1e-3 * near), near, found)

    def moment(self, first: float, position: int) -> float:
        """Return the moment so many steps after the first."""
        if self.unit != "month":
            return first + position * self.count
        start = moment_of(first)
        months = start.year * 12 + start.month - 1 + round(position * self.count)
        year, month = divmod(months, 12)
        last = _last_day(year, month + 1)
        at_end = start.day == _last_day(start.year, start.month)
        day = last if at_end and start.day > 28 else min(start.day, last)
        return start.replace(year=year, month=month + 1, day=day).timestamp()

    @property
    def name(self) -> str:
        """What a person calls it."""
        if self.unit == "month":
            years, rest = divmod(round(self.count), 12)
            return _counted(self.count, "month") if rest else _counted(years, "year")
        if self.unit == "number":
            return f"{self.count:g}"
        size, name = next(each for each in NAMES if self.count % each[0] == 0 or each[0] == 1)
        return _counted(self.count / size, name)

    @property
    def seasons(self) -> tuple[int, ...]:
        """How many steps may make a season."""
        if self.unit == "second" and self.count < DAY and DAY % self.count == 0:
            a_day = round(DAY / self.count)
            return a_day, 7 * a_day
        return SEASONS.get((self.unit, round(self.count)), ()) if self.unit != "number" else ()


def moment_of(seconds: float) -> datetime:
    """Return the moment in UTC, of years before 1970, too."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def _counted(count: float, name: str) -> str:
    return f"1 {name}" if count == 1 else f"{count:g} {name}s"


def _months(moments: Array) -> Array:
    return _seconds(moments).astype("datetime64[M]").astype(np.int64).astype(np.float64)


def _seconds(moments: Array) -> Array:
    return np.round(moments).astype(np.int64).astype("datetime64[s]")


def _of_calendar(moments: Array) -> bool:
    """Whether moments are on one day of their months, or on the last, at one time of the day."""
    if len(moments) < 2:
        return True
    seconds = _seconds(moments)
    months = seconds.astype("datetime64[M]")
    within = (seconds - months.astype("datetime64[s]")).astype(np.int64)
    to_end = ((months + 1).astype("datetime64[s]") - seconds).astype(np.int64)
    is_one = (within == within[0]).all() or (to_end == to_end[0]).all()
    return bool(is_one and len(np.unique(months)) == len(np.unique(seconds)))


def _last_day(year: int, month: int) -> int:
    after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return (after - timedelta(days=1)).day
