"""One column of the table and the inputs of the network that it becomes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import pi
from typing import ClassVar

import numpy as np
import pandas as pd

from ann_cli.data.cells.dates import CALENDAR, YEAR, calendar, is_time_of_day
from ann_cli.data.cells.notation import DATE, PLAIN, TEXT, Notation
from ann_cli.data.cells.values import ABSENT, LARGEST, UNSEEN, Array, Kind, codes, read
from ann_cli.data.columns.scaling import center_and_scale, scaled
from ann_cli.data.columns.statistics import Dates, Numbers, Values

MISSING = "(missing)"
REACH = 1000
"""How many ranges of the training rows a cell may lie beyond them before it is cut off."""


@dataclass(frozen=True)
class NumberFeature:
    """A number, or a boolean as 0 and 1: filled where missing, then (x − center) / scale."""

    stored: ClassVar[tuple[str, ...]] = ("name", "kind", "fill", "center", "scale", "was_missing")
    """The fields that every record of it in a weights file has."""

    name: str
    kind: Kind
    fill: float
    center: float
    scale: float
    was_missing: bool
    """Whether a second input says, by 0 or 1, that the cell was missing."""
    low: float | None = None
    """The least number that enters as it is: far below the training rows; None: any."""
    high: float | None = None
    notation: Notation = PLAIN
    """How the training rows were written."""

    @classmethod
    def fit(cls, found: Numbers, scaling: str, notation: Notation = PLAIN) -> "NumberFeature":
        """Learn from what the training rows say."""
        center, scale = center_and_scale(found, scaling)
        (median,) = found.percentiles(50)
        low, high = _reach(found)
        missing = found.missing > 0
        return cls(found.name, found.kind, median, center, scale, missing, low, high, notation)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return (self.name, f"{self.name} was missing") if self.was_missing else (self.name,)

    def how(self) -> str:
        """Return how a cell becomes its first input."""
        if self.center == 0 and self.scale == 1:
            return "as it is"
        return f"(x − {self.center:.4g}) / {self.scale:.4g}"

    def unknown(self, column: pd.Series) -> int:
        """Return 0: a number is never new."""
        return 0

    def beyond(self, column: pd.Series) -> int:
        """Return the number of cells that are cut off, as they lie far beyond the training rows."""
        if self.low is None or self.high is None:
            return 0
        values, _ = read(column, self.kind, self.notation)
        return int(np.count_nonzero((values < self.low) | (values > self.high)))


@dataclass(frozen=True)
class DateFeature:
    """A date or a time: the seconds that have passed, and the parts of the calendar that vary.

    A part that begins anew, as months do, becomes a sine and a cosine, so that December lies beside
    January.
    """

    stored: ClassVar[tuple[str, ...]] = (*NumberFeature.stored, "parts")
    """The fields that every record of it in a weights file has."""

    name: str
    kind: Kind
    fill: float
    center: float
    scale: float
    was_missing: bool
    parts: tuple[str, ...]
    low: float | None = None
    high: float | None = None
    notation: Notation = DATE

    @classmethod
    def fit(cls, found: Dates, scaling: str, notation: Notation = DATE) -> "DateFeature":
        """Learn from what the training rows say."""
        center, scale = (0.0, 86400.0) if scaling == "none" else center_and_scale(found, scaling)
        (median,) = found.percentiles(50)
        parts = tuple(_covered(found, notation))
        low, high = _reach(found)
        missing = found.missing > 0
        return cls(
            found.name, found.kind, median, center, scale, missing, parts, low, high, notation
        )

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        names = [self.name]
        for part in self.parts:
            waves = ("sine", "cosine") if CALENDAR[part] else ("",)
            names += [f"{self.name}: {part} {wave}".rstrip() for wave in waves]
        return (*names, f"{self.name} was missing") if self.was_missing else tuple(names)

    def encode(self, column: pd.Series, out: Array) -> None:
        """Write rows × inputs into `out`, which is all 0."""
        values, missing = _filled(column, self.kind, self.notation, self.fill)
        values = np.clip(values, self.low, self.high)
        out[:, 0] = scaled(values, self.center, self.scale, out.dtype)
        at = 1
        for part in self.parts:
            found, period = calendar(values, part), CALENDAR[part]
            if period:
                out[:, at] = np.sin(2 * pi * found / period)
                out[:, at + 1] = np.cos(2 * pi * found / period)
                at += 2
            else:
                # A year is scaled as the seconds are.
                middle = 1970 + self.center / YEAR
                out[:, at] = scaled(found, middle, self.scale / YEAR, out.dtype)
                at += 1
        if self.was_missing:
            out[:, at] = missing

    def how(self) -> str:
        """Return how a cell becomes its first input."""
        return f"days, (x − {self.center / 86400:.6g}) / {self.scale / 86400:.4g}"

    def unknown(self, column: pd.Series) -> int:
        """Return 0: a date is never new."""
        return 0

    def beyond(self, column: pd.Series) -> int:
        """Return 0: dates are cut off in silence only where no calendar goes."""
        return 0


@dataclass(frozen=True)
class CategoryFeature:
    """One input a value, 1 where the cell holds it; a value not seen in training is all 0."""

    stored: ClassVar[tuple[str, ...]] = ("name", "kind", "categories", "was_missing")
    """The fields that every record of it in a weights file has."""

    name: str
    kind: Kind
    categories: tuple[str, ...]
    was_missing: bool
    """Whether a missing cell is a value of its own, the last."""
    notation: Notation = TEXT

    @classmethod
    def fit(
        cls, found: Values, scaling: str = "standard", notation: Notation = TEXT
    ) -> "CategoryFeature":
        """Learn the values from what the training rows say; there is nothing to scale."""
        values = tuple(sorted(found.counts))
        return cls(found.name, "category", values, found.missing > 0, notation)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        names = tuple(f"{self.name}={each}" for each in self.categories)
        if not self.was_missing:
            return names
        # A category may be called (missing), too.
        missing = f"{self.name}={MISSING}"
        return (*names, f"{self.name} was missing" if missing in names else missing)

    def encode(self, column: pd.Series, out: Array) -> None:
        """Write rows × inputs into `out`, which is all 0."""
        found = self._found(column)
        rows = np.flatnonzero(found >= 0)
        out[rows, found[rows]] = 1

    def how(self) -> str:
        """Return how a cell becomes its first input."""
        return "1 for its value"

    def unknown(self, column: pd.Series) -> int:
        """Return the number of cells whose value was not seen in training."""
        return int(np.count_nonzero(self._found(column) < 0))

    def beyond(self, column: pd.Series) -> int:
        """Return 0: a category has no size."""
        return 0

    def unseen(self, found: Values) -> int:
        """Return the number of unknown cells in rows of which only this is known."""
        places = codes(pd.Series(list(found.counts), dtype=object), self.categories)
        times = np.array(list(found.counts.values()))
        return int(times[places < 0].sum()) + found.missing * (not self.was_missing)

    def _found(self, column: pd.Series) -> Array:
        found = codes(column, self.categories)
        missing = len(self.categories) if self.was_missing else UNSEEN
        return np.where(found == ABSENT, missing, found)


def encode_numbers(
    features: Sequence[NumberFeature], frame: pd.DataFrame, out: Array, places: Mapping[str, int]
) -> None:
    """Write the inputs of all columns of numbers into `out`, rows × inputs, which is all 0.

    `places` says where a column's inputs start.
    """
    if not features:
        return
    values = _numbers(features, frame)
    missing = np.isnan(values)
    fill, center, scale = (
        np.array([getattr(each, name) for each in features]) for name in ("fill", "center", "scale")
    )
    low = np.array([-np.inf if each.low is None else each.low for each in features])
    high = np.array([np.inf if each.high is None else each.high for each in features])
    if missing.any():
        values = np.where(missing, fill, values)
    np.clip(values, low, high, out=values)
    own = np.array([places[each.name] for each in features], dtype=np.intp)
    out[:, own] = scaled(values, center, scale, out.dtype)
    gaps = [each.was_missing for each in features]
    out[:, own[gaps] + 1] = missing[:, gaps]


def _numbers(features: Sequence[NumberFeature], frame: pd.DataFrame) -> Array:
    """Return rows × features in float64, NaN where a number is missing or beyond float32."""
    values = np.empty((len(frame), len(features)), order="F")
    as_read = [  # by the table, which has done all that `read` does
        each.kind == "number" and not each.notation.none and dtype == np.float64
        for each, dtype in zip(
            features, frame.dtypes[[each.name for each in features]], strict=True
        )
    ]
    names = [each.name for each, is_read in zip(features, as_read, strict=True) if is_read]
    values[:, as_read] = frame[names].to_numpy(np.float64)
    values[np.abs(values) > LARGEST] = np.nan
    for at, each in enumerate(features):
        if not as_read[at]:
            values[:, at], _ = read(frame[each.name], each.kind, each.notation)
    return values


Feature = NumberFeature | DateFeature | CategoryFeature

FEATURES: dict[Kind, type[Feature]] = {
    "number": NumberFeature,
    "boolean": NumberFeature,
    "date": DateFeature,
    "category": CategoryFeature,
}
"""What a column becomes, by its kind."""


def _filled(column: pd.Series, kind: Kind, notation: Notation, fill: float) -> tuple[Array, Array]:
    values, _ = read(column, kind, notation)
    missing = np.isnan(values)
    return np.where(missing, fill, values) if missing.any() else values, missing


def _reach(found: Numbers) -> tuple[float | None, float | None]:
    """Return how far a number may lie from the training rows' to enter as it is."""
    moments = found.moments
    width = (moments.greatest - moments.least) or abs(moments.greatest) or 1.0
    low, high = moments.least - REACH * width, moments.greatest + REACH * width
    return (low, high) if np.isfinite([low, high]).all() else (None, None)


def _covered(found: Dates, notation: Notation) -> Iterator[str]:
    """Yield the parts of the calendar that the training rows cover."""
    moments, met = found.moments, found.met
    span = moments.greatest - moments.least
    whole_years = span >= YEAR * 0.99
    if not is_time_of_day(notation.date):
        if whole_years and len(met["year"]) > 1:
            yield "year"
        if whole_years and len(met["month"]) > 1:
            yield "month"
        if len(met["day of week"]) > 1 and len(met["day of year"]) > 24:
            yield "day of week"
        if whole_years and len(met["day of year"]) > 24:
            yield "day of year"
    if len(met["hour"]) > 1:
        yield "hour"
