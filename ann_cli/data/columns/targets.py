"""The column to predict, as the network's outputs, and back."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, log10

import numpy as np
import pandas as pd

from ann_cli.data.cells.distinct import counts
from ann_cli.data.cells.notation import PLAIN, TEXT, Notation
from ann_cli.data.cells.values import SHOWN, Array, Categories, codes, read
from ann_cli.data.columns.scaling import center_and_scale, scaled, transformed, weighted
from ann_cli.data.columns.statistics import MOST_VALUES, Numbers, Values
from ann_cli.errors import DataError, counted
from ann_cli.tasks.transforms import TRANSFORMS, Transform

MOST_DECIMALS = 15
"""More are written as all digits of float64."""

ANY_SIZE = "%.9g"
"""The digits of a float32 of any size."""

MOST_NAMES = 10
"""More different values than this, and in most rows another one, are names and no classes."""


Range = tuple[float | None, float | None]
"""The least and the greatest prediction; None where there is none."""


@dataclass(frozen=True)
class TargetForm:
    """What a target of numbers is learned as, and where its predictions end."""

    transform: str = "none"
    """What is done to it before it is scaled: the name of one of TRANSFORMS, or none."""
    range: str | Range = "none"
    """auto, trained or none; or the two ends themselves."""
    domain: str = ""
    """What its numbers must be, as the loss says; they are then divided by their mean alone."""


@dataclass(frozen=True)
class NumberTarget:
    """A number, which the network sees as (t(y) − center) / scale: t is its transform, if any."""

    name: str
    center: float
    scale: float
    notation: Notation = PLAIN
    """How the training rows were written."""
    transform: Transform | None = None
    low: float | None = None
    """The least prediction; None where there is none."""
    high: float | None = None
    domain: str | None = None
    """What its numbers must be: "at least 0", "above 0"; None: any."""
    left: tuple[float, ...] | None = None
    """What a trained network leaves of its transformed rows, where it predicts their means."""
    naive: float | None = None
    """Of a step of a series: the seasonal naive forecast's error, by which others are divided."""

    @classmethod
    def fit(
        cls,
        found: Numbers,
        scaling: str,
        notation: Notation = PLAIN,
        form: TargetForm = TargetForm(),
    ) -> "NumberTarget":
        """Learn from the training rows. Raises DataError for a target that never varies."""
        _check_present(found.missing, found.name)
        moments = found.moments
        if moments.least == moments.greatest:
            raise _constant(found, f"{moments.least}")
        low, high = _range(moments.least, moments.greatest, form)
        if form.domain:
            # A mean that is not above 0 has numbers that are refused by their rows.
            scale = 1.0 if scaling == "none" or moments.mean <= 0 else moments.mean
            return cls(found.name, 0.0, scale, notation, None, low, high, form.domain)
        if form.transform == "none":
            center, scale = center_and_scale(found, scaling)
            return cls(found.name, center, scale, notation, None, low, high)
        if form.transform == "log" and moments.least < 0:
            raise DataError(
                f"its least number is {moments.least:.6g}, and a number below 0 has no logarithm",
                place=f"column {found.name}",
                remedy="use data.target_transform: power",
            )
        transform = TRANSFORMS[form.transform].fit(*weighted(found))
        center, scale = transformed(found, transform, scaling)
        return cls(found.name, center, scale, notation, transform, low, high)

    def encode(self, column: pd.Series, outputs: int, dtype: str) -> Array:
        """Return rows × 1. Raises DataError for a number missing, or not in the domain."""
        values, _ = read(column, "number", self.notation)
        _check_present(int(np.isnan(values).sum()), self.name)
        self.check_domain([column])
        if (self.center, self.scale) == (0.0, 1.0):
            dtype = "float64"  # numbers as they are may have more digits than float32 holds
        return self.outputs_of(values, dtype)[:, np.newaxis]

    def outputs_of(self, values: Array, dtype: str = "float64") -> Array:
        """Return numbers as the network sees them."""
        if self.transform is not None:
            values = self.transform.forward(values)
        return scaled(values, self.center, self.scale, dtype)

    def check_domain(self, parts: Iterable[pd.Series]) -> None:
        """Raise DataError with the rows whose numbers the loss has no value for."""
        if self.domain is None:
            return
        found = list[pd.Series]()
        for column in parts:
            values, _ = read(column, "number", self.notation)
            bad = values <= 0 if self.domain == "above 0" else values < 0
            found += [pd.Series(values[bad], column.index[bad])] if bad.any() else []
        if not found:
            return
        bad = pd.concat(found)
        told = ", ".join(f"{value:.6g} in row {row + 1:,}" for row, value in bad[:SHOWN].items())
        more = f", and {len(bad) - SHOWN:,} more" if len(bad) > SHOWN else ""
        raise DataError(
            f"the loss needs every number to be {self.domain}, and there is {told}{more}",
            place=f"column {self.name}",
            remedy="leave these rows out, or use "
            + ("loss: poisson or " if self.domain == "above 0" and (bad >= 0).all() else "")
            + "loss: half_squared_error",
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """No labels."""
        return ()

    @property
    def number_format(self) -> str:
        """How a prediction in float32 is printed, as for the operator %; "" for all digits.

        float32 carries about 1e-7 of the target's scale: a printed number is off by half of that at
        most, and has no digits that say nothing. Where the target is left as it is, its own size
        decides, as it does where a transform makes errors relative.
        """
        if (self.center, self.scale) == (0.0, 1.0) or self.transform is not None:
            return ANY_SIZE
        decimals = max(0, ceil(7 - log10(self.scale)))
        return f"%.{decimals}f" if decimals <= MOST_DECIMALS and self.scale < 1e15 else ""

    def decode(self, outputs: Array) -> Array:
        """Return one number a row, in the target's own units, float64."""
        values = outputs.reshape(-1).astype(np.float64) * self.scale + self.center
        return values if self.transform is None else self.transform.backward(values)

    def predictions(self, outputs: Array) -> Array:
        """Return the same for what was predicted: the mean of what may be, within the range."""
        if self.left is None:
            values = self.decode(outputs)
        else:
            values = np.zeros(outputs.size)
            for each in self.left:
                values += self.decode(outputs.astype(np.float64) + each) / len(self.left)
        return self._within_range(values)

    def quantiles(self, outputs: Array) -> Array:
        """Return the same for quantiles, which a transform keeps as it keeps no mean."""
        return self._within_range(self.decode(outputs))

    def _within_range(self, values: Array) -> Array:
        if self.low is None and self.high is None:
            return values
        return np.clip(values, self.low, self.high)


@dataclass(frozen=True)
class ClassTarget:
    """One of some labels, each the text that stands in the file."""

    name: str
    classes: tuple[str, ...]
    notation: Notation = TEXT

    @property
    def domain(self) -> None:
        """None: a class is no number."""

    @property
    def transform(self) -> None:
        """Nothing: a class is learned as it is."""

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
        labels = ordered(list(found.counts))
        rows = found.rows - found.missing
        if len(labels) > MOST_NAMES and 2 * len(labels) > rows:
            raise DataError(
                f"it is a name: {len(labels):,} different values in {rows:,} training rows, "
                f"such as {labels[0]!r}; what comes once cannot be learned as a class",
                place=f"column {found.name}",
                remedy="name another column as data.target",
            )
        if len(labels) < 2:
            raise _constant(found, labels[0])
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

    predictions = decode

    def strange(self, labels: Iterable[str]) -> list[str]:
        """Return the labels that are none of the classes."""
        known = Categories(self.classes)
        return [label for label in labels if known.place(label) < 0]

    def check(self, labels: Iterable[str]) -> None:
        """Raise DataError for labels that are none of the classes."""
        strange = self.strange(labels)
        if strange:
            raise DataError(
                f"{_listed(ordered(strange))} did not occur in training",
                place=f"column {self.name}",
                remedy=f"the classes are: {_listed(self.classes)}; leave other rows out",
            )


def _range(least: float, greatest: float, form: TargetForm) -> Range:
    """Return where the predictions of a target that was trained between two numbers end.

    auto: what is never negative stays so, and shares stay shares. A transform turns a small step
    beyond what was trained into a large one, so that its predictions end where training did.
    """
    if isinstance(form.range, tuple):
        return form.range
    if form.range == "trained":
        return least, greatest
    if form.range == "none":
        return None, None
    share = least >= 0 and greatest <= 1
    end = 1.0 if share else greatest if form.transform != "none" else None
    if least >= 0:
        return 0.0, end
    return (least, end) if form.transform != "none" else (None, end)


def ordered(labels: list[str]) -> tuple[str, ...]:
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


def _constant(found: Numbers | Values, value: str) -> DataError:
    return DataError(
        f"the target is {value} in all {counted(found.rows, 'training row')}: nothing to learn",
        place=f"column {found.name}",
        remedy="name another column as data.target",
    )


def _listed(labels: tuple[str, ...]) -> str:
    more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
    return ", ".join(map(repr, labels[:SHOWN])) + more
