"""Intervals: how far a mean of few values can be trusted."""

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from ann_cli.engine.settings import Array


@dataclass(frozen=True)
class Interval:
    """A mean, and the interval that covers the true one in 95 of 100 cases."""

    mean: float
    low: float
    high: float


def mean_interval(values: Array) -> Interval:
    """Return the mean of independent values and its 95% interval (Student 1908).

    A single value has no interval: low and high are the value itself.
    """
    mean, count = float(np.mean(values)), len(values)
    if count < 2:
        return Interval(mean, mean, mean)
    reach = _student(count - 1) * float(np.std(values, ddof=1)) / sqrt(count)
    return Interval(mean, mean - reach, mean + reach)


def _student(degrees: int) -> float:
    """Return the number that |t| exceeds in 1 of 20 cases.

    With t = √ν tan θ the density of t becomes that of θ, which is proportional to cos^(ν - 1) θ.
    """
    theta = np.linspace(0, pi / 2, 200_001)
    density = np.cos(theta) ** (degrees - 1)
    below = np.concatenate([[0], np.cumsum(density[1:] + density[:-1])])
    return sqrt(degrees) * float(np.tan(np.interp(0.95 * below[-1], below, theta)))
