"""The column to predict, as the network's outputs, and back."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, log10

import numpy as np
import pandas as pd

from ann_cli.data.cells.notation import PLAIN, TEXT, Notation
from ann_cli.data.cells.values import SHOWN, Array, Categories, codes, counts, read
from ann_cli.data.columns.scaling import center_and_scale, scaled
from ann_cli.data.columns.statistics import MOST_VALUES, Numbers, Values
from ann_cli.errors import DataError, counted

MOST_DECIMALS = 15
"""More are written as all digits of float64."""

ANY_SIZE = "%.9g"
"""The digits of a float32 of any size."""

MOST_NAMES = 10
"""More different values than this, and in most rows another one, are names and no classes."""


@dataclass(frozen=True)
class NumberTarget:
    """A number, which the network sees as (y − center) / scale."""

    name: str
    center: float
    scale: float
    notation: Notation = PLAIN
    """How the training rows were written."""

    @classmethod
    def fit(cls, found: Numbers, scaling: str, notation: Notation = PLAIN) -> "NumberTarget":
        """Learn from the training rows. Raises DataError for a target that never varies."""
        _check_present(found.missing, found.name)
        moments = found.moments
        if moments.least == moments.greatest:
            raise _constant(found.name, f"{moments.least}")
        return cls(found.name, *center_and_scale(found, scaling), notation)

    def encode(self, column: pd.Series, outputs: int, dtype: str) -> Array:
        """Return rows × 1."""
        values, _ = read(column, "number", self.notation)
        _check_present(int(np.isnan(values).sum()), self.name)
        if (self.center, self.scale) == (0.0, 1.0):
            dtype = "float64"  # numbers as they are may have more digits than float32 holds
        return scaled(values, self.center, self.scale, dtype)[:, np.newaxis]

    @property
    def classes(self) -> tuple[str, ...]:
        """No labels."""
        return ()

    @property
    def number_format(self) -> str:
        """How a prediction in float32 is printed, as for the operator %; "" for all digits.

        float32 carries about 1e-7 of the target's scale: a printed number is off by half of that at
        most, and has no digits that say nothing. Where the target is left as it is, its own size
        decides.
        """
        if (self.center, self.scale) == (0.0, 1.0):
            return ANY_SIZE
        decimals = max(0, ceil(7 - log10(self.scale)))
        return f"%.{decimals}f" if decimals <= MOST_DECIMALS and self.scale < 1e15 else ""

    def decode(self, outputs: Array) -> Array:
        """Return one number a row, in the target's own units, float64."""
        return outputs.reshape(-1).astype(np.float64) * self.scale + self.center


@dataclass(frozen=True)
class ClassTarget:
    """One of some labels, each the text that stands in the file."""

    name: str
    classes: tuple[str, ...]
    notation: Notation = TEXT

    @property
    def number_format(self) -> str:
        """How a probability in float32 is printed."""
        return ANY_SIZE

    @classmethod
    def fit(cls, found: Values, notation: Notation = TEXT) -> "ClassTarget":
        """Learn the labels from the training rows. Raises DataError for a single one."""
        _check_present(found.missing, found.name)
        if found.too_many:
            raise DataError(
                f"the target has more than {MOST_VALUES:,} different values",
                place=f"column {found.name}",
                remedy="use task: regression, or name another column as data.target",
            )
        labels = _ordered(list(found.counts))
        rows = found.rows - found.missing
        if len(labels) > MOST_NAMES and 2 * len(labels) > rows:
            raise DataError(
                f"it is a name: {len(labels):,} different values in {rows:,} training rows, "
                f"such as {labels[0]!r}; what comes once cannot be learned as a class",
                place=f"column {found.name}",
                remedy="name another column as data.target",
            )
        if len(labels) < 2:
            raise _constant(found.name, labels[0])
        return cls(found.name, labels, notation)

    def encode(self, column: pd.Series, outputs: int, dtype: str) -> Array:
        """Return rows × classes, 1 for the row's class; or rows × 1, 1 for the second class."""
        _check_present(int(column.isna().sum()), self.name)
        found = codes(column, self.classes)
        if (found < 0).any():
            self.check(counts(column[found < 0]))
        if outputs == 1:
            return found.astype(dtype)[:, np.newaxis]
        return np.eye(len(self.classes), dtype=dtype)[found]

    def decode(self, outputs: Array) -> Array:
        """Return the label of each class, which is given by its number."""
        return np.array(self.classes, dtype=object)[outputs]

    def strange(self, labels: Iterable[str]) -> list[str]:
        """Return the labels that are none of the classes."""
        known = Categories(self.classes)
        return [label for label in labels if known.place(label) < 0]

    def check(self, labels: Iterable[str]) -> None:
        """Raise DataError for labels that are none of the classes."""
        strange = self.strange(labels)
        if strange:
            raise DataError(
                f"{_listed(_ordered(strange))} did not occur in training",
                place=f"column {self.name}",
                remedy=f"the classes are: {_listed(self.classes)}; leave other rows out",
            )


def _ordered(labels: list[str]) -> tuple[str, ...]:
    """Sort as numbers where all labels are, else as text."""
    try:
        values = [float(each) for each in labels]
    except ValueError:
        return tuple(sorted(labels))
    if not np.isfinite(values).all():
        return tuple(sorted(labels))
    return tuple(label for _, label in sorted(zip(values, labels, strict=True)))


def _check_present(missing: int, name: str) -> None:
    if missing:
        raise DataError(
            f"the target is missing in {counted(missing, 'row')}",
            place=f"column {name}",
            remedy="leave these rows out",
        )


def _constant(name: str, value: str) -> DataError:
    return DataError(
        f"the target is {value} in every row; there is nothing to learn",
        place=f"column {name}",
        remedy="name another column as data.target",
    )


def _listed(labels: tuple[str, ...]) -> str:
    more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
    return ", ".join(map(repr, labels[:SHOWN])) + more
