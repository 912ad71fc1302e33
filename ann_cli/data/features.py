"""One column of the table and the inputs of the network that it becomes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ann_cli.data.scaling import center_and_scale, scaled
from ann_cli.data.values import (
    ABSENT,
    LARGEST,
    UNSEEN,
    Array,
    Kind,
    booleans,
    codes,
    numbers,
    texts,
)
from ann_cli.errors import DataError, Problem

MISSING = "(missing)"
SHOWN = 5
READING: dict[str, Callable[[pd.Series], tuple[Array, Array]]] = {
    "number": numbers,
    "boolean": booleans,
}


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
    def fit(cls, column: pd.Series, name: str, kind: Kind, scaling: str) -> "NumberFeature":
        """Learn from the training rows. Raises DataError for cells that are not numbers."""
        values = read(column, name, kind)
        center, scale = center_and_scale(values, scaling)
        missing = bool(np.isnan(values).any())
        return cls(name, kind, float(np.nanmedian(values)), center, scale, missing)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return (self.name, f"{self.name} was missing") if self.was_missing else (self.name,)

    def encode(self, column: pd.Series, out: Array) -> None:
        """Write rows × inputs into `out`, which is all 0."""
        values = read(column, self.name, self.kind)
        missing = np.isnan(values)
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
    def fit(cls, column: pd.Series, name: str) -> "CategoryFeature":
        """Learn the values from the training rows."""
        return cls(name, "category", tuple(sorted(texts(column))), bool(column.isna().any()))

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

    def _found(self, column: pd.Series) -> Array:
        found = codes(column, self.categories)
        missing = len(self.categories) if self.was_missing else UNSEEN
        return np.where(found == ABSENT, missing, found)


Feature = NumberFeature | CategoryFeature


def read(column: pd.Series, name: str, kind: Kind) -> Array:
    """Return a column as float64, NaN where missing. Raises DataError naming cells that are not."""
    values, bad = READING[kind](column)
    with np.errstate(invalid="ignore"):
        bad = bad | (np.abs(values) > LARGEST)
    if not bad.any():
        return values
    cells = ", ".join(map(repr, column[bad].astype(object).tolist()[:SHOWN]))
    raise DataError.of(
        [
            Problem(
                f"not a finite {kind} in {int(bad.sum()):,} rows: {cells}",
                f"column {name}",
                "fix these cells, or leave them empty if they are not known",
            )
        ]
    )
