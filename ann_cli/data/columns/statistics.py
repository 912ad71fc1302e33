"""What rows say about a column, gathered part by part in memory that stays flat.

The cells are folded in groups of a fixed size, however they come: the parts in which a file is read
change no bit of a result.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from math import log
from typing import Any, cast

import numpy as np
import pandas as pd

from ann_cli.data.cells.dates import CALENDAR, calendar
from ann_cli.data.cells.distinct import counts, objects
from ann_cli.data.cells.values import Array, Kind, read
from ann_cli.data.columns.summaries import GROUP, Moments, Quantiles
from ann_cli.data.regroup import regrouped

PLACES = 65_536
"""Places in which values are counted where there are too many to be told apart."""

MOST_VALUES = 65_536
"""Different values of a column that are told apart; one input for each would be too many."""


class Numbers:
    """What the cells of a column of numbers say. `exact` keeps them all, for exact quantiles."""

    def __init__(self, name: str, kind: Kind, exact: bool = False) -> None:
        self.name, self.kind = name, kind
        self.rows = self.missing = 0
        self._folded = Moments()
        self._sketch = Quantiles()
        self._rest: list[Array] = []
        self._kept: list[Array] | None = [] if exact else None
        self._own = False
        """Whether what is kept is a copy, which can be sorted."""
        self._moments: Moments | None = None

    def add(self, column: pd.Series) -> None:
        """Add cells; those that are not of the kind are missing."""
        self._moments = None
        self._own = False
        values, _ = read(column, self.kind)
        missing = np.isnan(values)
        self.rows += len(values)
        if missing.any():
            self.missing += int(missing.sum())
            values = values[~missing]
        if self._kept is not None:
            self._kept.append(values)
        self._fold(values)

    def merge(self, other: "Numbers") -> None:
        """Add the cells that another has of the same column, neither of them exact."""
        self._moments = None
        self.rows += other.rows
        self.missing += other.missing
        self._folded.merge(other._folded)
        self._sketch.merge(other._sketch)
        for rest in other._rest:
            self._fold(rest)

    def _fold(self, values: Array) -> None:
        """Fold whole groups, and keep what is left of them."""
        groups = list(regrouped([*self._rest, values], GROUP, _joined))
        self._rest = [groups.pop()] if groups and len(groups[-1]) < GROUP else []
        for group in groups:
            self._folded.add(group)
            if self._kept is None:
                self._sketch.add(group)

    @property
    def moments(self) -> Moments:
        """Those of the numbers so far."""
        if self._moments is None:
            self._moments = replace(self._folded)
            for rest in self._rest:
                self._moments.add(rest)
        return self._moments

    def percentiles(self, *percents: float) -> list[float]:
        """Return some percentiles: estimated where there are more than GROUP numbers, else exact.

        Linear between two numbers, where exact.
        """
        return self._sketch.at(list(percents), self._unfolded())

    def sample(self) -> tuple[Array, Array | None]:
        """Return numbers in their order, and of how many each is one; None: of itself alone."""
        return self._sketch.sample(self._unfolded())

    def _unfolded(self) -> Array:
        """Return the numbers that the sketch has not, to be sorted in place."""
        rest = self._rest if self._kept is None else self._kept
        if not self._own:
            rest = [np.concatenate(rest) if rest else np.empty(0)]
        if self._kept is None:
            return rest[0]
        self._kept, self._own = rest, True
        return rest[0]


class Dates(Numbers):
    """What the cells of a column of dates say: their seconds, and the parts of them that vary."""

    def __init__(self, name: str, kind: Kind, exact: bool = False) -> None:
        super().__init__(name, kind, exact)
        self.met: dict[str, set[int]] = {part: set() for part in CALENDAR}

    def add(self, column: pd.Series) -> None:
        """Add cells."""
        super().add(column)
        values, _ = read(column, self.kind)
        moments = np.unique(values[~np.isnan(values)])
        for part, found in self.met.items():
            found.update(np.unique(calendar(moments, part)).astype(int).tolist())

    def merge(self, other: "Numbers") -> None:
        """Add the cells that another has."""
        super().merge(other)
        for part, found in self.met.items():
            found |= cast(Dates, other).met[part]


class Values:
    """What the cells of a column of text say: how often each value occurs."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows = self.missing = 0
        self.counts: Counter[str] = Counter()
        self._places: Array | None = None
        """The counts by hash, once there are too many different values."""

    def add(self, column: pd.Series | Array) -> None:
        """Add cells; beyond MOST_VALUES different values they are counted by hash alone."""
        found = counts(column)
        self.rows += len(column)
        self.missing += len(column) - sum(found.values())
        self._count(found, None)

    def merge(self, other: "Values") -> None:
        """Add the cells that another has."""
        self.rows += other.rows
        self.missing += other.missing
        self._count(other.counts, other._places)

    def _count(self, found: Mapping[str, int], places: Array | None) -> None:
        if self._places is not None or places is not None:
            more = by_place(found) if places is None else places
            told_apart, self._places = self._places is None, self.places + more
            if told_apart:
                self.counts.update(found)
            return
        self.counts.update(found)
        if self.too_many:
            self._places = by_place(self.counts)

    @property
    def too_many(self) -> bool:
        """Whether there are more different values than are counted."""
        return len(self.counts) > MOST_VALUES

    @property
    def places(self) -> Array:
        """How many cells have their hash's place: PLACES whole numbers."""
        return by_place(self.counts) if self._places is None else self._places

    @property
    def different(self) -> int:
        """How many different values there are; of too many an estimate, by what places are empty.

        Whang, Vander-Zanden & Taylor 1990, "A linear-time probabilistic counting algorithm for
        database applications".
        """
        if self._places is None:
            return len(self.counts)
        empty = int(np.count_nonzero(self._places == 0))
        return round(PLACES * log(PLACES / max(empty, 1)))


class ColumnStatistics:
    """What rows say about each column."""

    def __init__(self, kinds: Mapping[str, Kind], exact: bool = False) -> None:
        self.columns: dict[str, Any] = {
            name: Values(name)
            if kind == "category"
            else (Dates if kind == "date" else Numbers)(name, kind, exact)
            for name, kind in kinds.items()
        }
        self.rows = 0

    def add(self, frame: pd.DataFrame) -> None:
        """Add rows."""
        self.rows += len(frame)
        categories = [column for column in self.columns.values() if isinstance(column, Values)]
        cells = objects(frame, [column.name for column in categories])
        for category, its_own in zip(categories, cells, strict=True):
            category.add(its_own)
        for name, column in self.columns.items():
            if not isinstance(column, Values):
                column.add(frame[name])

    def merge(self, other: "ColumnStatistics") -> None:
        """Add the rows that another has of the same columns."""
        self.rows += other.rows
        for name, column in self.columns.items():
            column.merge(other.columns[name])


def hash_of(texts: Iterable[str]) -> Array:
    """Return a number of 32 bits for each text, which is the same everywhere and always."""
    cells = (text.encode("utf-8", "surrogatepass") for text in texts)
    return np.array(
        [int.from_bytes(blake2b(each, digest_size=4).digest(), "big") for each in cells],
        dtype=np.int64,
    )


def by_place(counts: Mapping[str, int]) -> Array:
    """Return how many cells have each place, of PLACES: the upper half of their text's hash."""
    weights = np.fromiter(counts.values(), np.float64, len(counts))
    places = hash_of(counts) // PLACES
    return np.bincount(places, weights, minlength=PLACES).astype(np.int64)


def _joined(parts: Sequence[Array]) -> Array:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
