"""A column of dates, as inputs of the network."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, pi
from typing import ClassVar

import numpy as np
import pandas as pd

from ann_cli.data.cells.dates import CALENDAR, YEAR, calendar, is_time_of_day
from ann_cli.data.cells.notation import DATE, Notation
from ann_cli.data.cells.values import Array, Kind, read
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.number_feature import NO_ENCODING, NumberFeature
from ann_cli.data.columns.scaling import bent, limited
from ann_cli.data.columns.statistics import Dates
from ann_cli.engine.encodings import Curves, Encoding


@dataclass(frozen=True)
class DateFeature(Feature):
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
    limit: float | None = None
    encoding: Curves | None = None

    @classmethod
    def fit(
        cls,
        found: Dates,
        scaling: str,
        notation: Notation = DATE,
        encoding: Encoding = NO_ENCODING,
    ) -> "DateFeature":
        """Learn from what the training rows say."""
        own = NumberFeature.fit(found, scaling, notation, encoding)
        return cls(**vars(own), parts=tuple(_covered(found, notation)))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        names = [self.name]
        for part in self.parts:
            waves = ("sine", "cosine") if CALENDAR[part] else ("",)
            names += [f"{self.name}: {part} {wave}".rstrip() for wave in waves]
        return (*names, f"{self.name} was missing") if self.was_missing else tuple(names)

    def encode(self, column: pd.Series, out: Array, beside: Array | None = None) -> None:
        """Write rows × inputs into `out`, those of its encoding into `beside`; both are all 0."""
        values, _ = read(column, self.kind, self.notation)
        missing = np.isnan(values)
        values = np.where(missing, self.fill, values) if missing.any() else values
        values = np.clip(values, self.low, self.high)
        limit = inf if self.limit is None else self.limit
        out[:, 0] = limited(values, self.center, self.scale, limit, out.dtype)
        if self.encoding is not None and beside is not None:
            beside[...] = self.encoding(out[:, 0])
            beside[missing] = 0
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
                out[:, at] = limited(found, middle, self.scale / YEAR, limit, out.dtype)
                at += 1
        if self.was_missing:
            out[:, at] = missing

    def how(self) -> str:
        """Return how a cell becomes its first input."""
        line = f"days, (x − {self.center / 86400:.6g}) / {self.scale / 86400:.4g}"
        return bent(line, self.limit)


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
