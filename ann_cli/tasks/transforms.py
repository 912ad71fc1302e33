"""Transforms of a target before it is scaled, for numbers of which a few are very large.

Each is increasing, so that a quantile of what is learned is that quantile of the target, and has a
value for every number, so that rows beyond the training rows' can be told and scored. What is
transformed back is like a median, and no mean: half of the rows lie above it.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from ann_cli.engine.golden_section import lowest
from ann_cli.engine.settings import Array, Entry, setting, table

SPAN = (-5.0, 5.0)
"""Where a power's exponent is looked for."""


class Transform(Entry):
    """What is learned in place of a number; fitted to the training rows."""

    of_numbers: ClassVar[str]
    """What it makes of a number, in words: its logarithm."""

    @classmethod
    def fit(cls, values: Array, weights: Array) -> Self:
        """Learn from numbers, float64, and how often each occurs."""
        raise NotImplementedError

    def forward(self, y: Array) -> Array:
        """Return what is learned in place of numbers, float64."""
        raise NotImplementedError

    def backward(self, t: Array) -> Array:
        """Return the numbers again."""
        raise NotImplementedError


@dataclass(frozen=True)
class Log(Transform):
    """log(y / u) from u on, y / u - 1 below: u is the 5th percentile of the numbers above 0.

    The two meet at u with one value and one slope. Amounts in cents and in millions are learned
    alike, which log(1 + y) does not, and 0 lies next to the smallest amounts.
    """

    name = "log"
    of_numbers = "logarithm"
    unit: float = setting(1.0, "from where on it is a logarithm", gt=0)

    @classmethod
    def fit(cls, values: Array, weights: Array) -> Self:
        """Learn the unit; 1 where no number is above 0."""
        above = values > 0
        if not above.any():
            return cls(1.0)
        order = np.argsort(values[above], kind="stable")
        upto = weights[above][order].cumsum()
        at = int(np.searchsorted(upto, 0.05 * upto[-1]))
        return cls(float(values[above][order][at]))

    def forward(self, y: Array) -> Array:
        ratio = y / self.unit
        return np.where(ratio > 1, np.log(np.maximum(ratio, 1)), ratio - 1)

    def backward(self, t: Array) -> Array:
        with np.errstate(over="ignore"):
            return self.unit * np.where(t > 0, np.exp(np.maximum(t, 0)), t + 1)


@dataclass(frozen=True)
class Power(Transform):
    """((1 + y / u)^e - 1) / e, with the e that makes the numbers most like a normal distribution.

    Below 0 it is -((1 - y / u)^(2 - e) - 1) / (2 - e). Yeo & Johnson 2000, "A new family of power
    transformations to improve normality or symmetry", equation 2.1; the exponent is the one of the
    greatest likelihood, as there in section 4. u is the median of |y|: equal tables in other units
    are learned alike.
    """

    name = "power"
    of_numbers = "power"
    unit: float = setting(1.0, "what numbers are divided by first", gt=0)
    exponent: float = setting(1.0, "1 leaves numbers as they are, 0 is a logarithm")

    @classmethod
    def fit(cls, values: Array, weights: Array) -> Self:
        """Learn unit and exponent."""
        sizes = np.abs(values)
        order = np.argsort(sizes, kind="stable")
        upto = weights[order].cumsum()
        middle = float(sizes[order][np.searchsorted(upto, upto[-1] / 2)])
        unit = middle or float(np.average(sizes, weights=weights)) or 1.0
        return cls(unit, _likeliest(values / unit, weights))

    def forward(self, y: Array) -> Array:
        return _yeo_johnson(y / self.unit, self.exponent)

    def backward(self, t: Array) -> Array:
        e = self.exponent
        with np.errstate(over="ignore", divide="ignore"):
            sizes = np.where(t >= 0, _inverse(t, e), -_inverse(-t, 2 - e))
        return self.unit * sizes


def _yeo_johnson(y: Array, e: float) -> Array:
    logs = np.log1p(np.abs(y))
    return np.where(y >= 0, _box_cox(logs, e), -_box_cox(logs, 2 - e))


def _box_cox(logs: Array, e: float) -> Array:
    """Return (x^e - 1) / e by log x."""
    with np.errstate(over="ignore"):
        return np.expm1(e * logs) / e if e else logs


def _inverse(t: Array, e: float) -> Array:
    """Return x - 1 by (x^e - 1) / e; infinite beyond the values that this has."""
    with np.errstate(invalid="ignore"):
        logs = np.log1p(np.maximum(e * t, -1.0)) / e if e else t
        return np.expm1(logs)


def _likeliest(y: Array, weights: Array) -> float:
    """Return the exponent of the greatest likelihood, by golden section from the best of a grid."""
    logs = float(np.average(np.sign(y) * np.log1p(np.abs(y)), weights=weights))

    def unlikelihood(e: float) -> float:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            t = _yeo_johnson(y, e)
            mean = np.average(t, weights=weights)
            found = (1 - e) * logs + np.log(np.average(np.square(t - mean), weights=weights)) / 2
        return float(found) if np.isfinite(found) else np.inf

    grid = np.linspace(*SPAN, 41).tolist()
    best = min(range(len(grid)), key=lambda at: unlikelihood(grid[at]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    return lowest(unlikelihood, low, high, 1e-9)


TRANSFORMS = table(Log, Power)
