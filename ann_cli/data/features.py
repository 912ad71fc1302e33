"""One column of the table and the inputs of the network that it becomes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ann_cli.data.scaling import center_and_scale, scaled
from ann_cli.data.statistics import Numbers, Values
from ann_cli.data.values import ABSENT, UNSEEN, Array, Kind, codes, read

MISSING = "(missing)"


@dataclass(frozen=True)
class NumberFeature:
    """A number, or a boolean as 0 and 1: filled where missing, then (x − center) / scale."""

    name: str
    kind: Kind
    fill: float
    center: float
    scale: float
    was_missing: bool
    """Whether a second input says, by 0 or 1, that the cell was missing."""

    @classmethod
    def fit(cls, found: Numbers, scaling: str) -> "NumberFeature":
        """Learn from what the training rows say."""
        center, scale = center_and_scale(found, scaling)
        (median,) = found.percentiles(50)
        return cls(found.name, found.kind, median, center, scale, found.missing > 0)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return (self.name, f"{self.name} was missing") if self.was_missing else (self.name,)

    def encode(self, column: pd.Series, out: Array) -> None:
        """Write rows × inputs into `out`, which is all 0."""
        values = read(column, self.name, self.kind)
        missing = np.isnan(values)
        if missing.any():
            values = np.where(missing, self.fill, values)
        out[:, 0] = scaled(values, self.center, self.scale, out.dtype)
        if self.was_missing:
            out[:, 1] = missing

    def unknown(self, column: pd.Series) -> int:
        """Return 0: a number is never new."""
        return 0


@dataclass(frozen=True)
class CategoryFeature:
    """One input a value, 1 where the cell holds it; a value not seen in training is all 0."""

    name: str
    kind: Kind
    categories: tuple[str, ...]
    was_missing: bool
    """Whether a missing cell is a value of its own, the last."""

    @classmethod
    def fit(cls, found: Values) -> "CategoryFeature":
        """Learn the values from what the training rows say."""
        return cls(found.name, "category", tuple(sorted(found.counts)), found.missing > 0)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        values = (*self.categories, MISSING) if self.was_missing else self.categories
        return tuple(f"{self.name}={each}" for each in values)

    def encode(self, column: pd.Series, out: Array) -> None:
        """Write rows × inputs into `out`, which is all 0."""
        found = self._found(column)
        rows = np.flatnonzero(found >= 0)
        out[rows, found[rows]] = 1

    def unknown(self, column: pd.Series) -> int:
        """Return the number of cells whose value was not seen in training."""
        return int(np.count_nonzero(self._found(column) < 0))

    def unseen(self, found: Values) -> int:
        """Return the same for rows of which only this is known."""
        known = sum(found.counts[each] for each in self.categories)
        return found.rows - known - found.missing * self.was_missing

    def _found(self, column: pd.Series) -> Array:
        found = codes(column, self.categories)
        missing = len(self.categories) if self.was_missing else UNSEEN
        return np.where(found == ABSENT, missing, found)


Feature = NumberFeature | CategoryFeature
