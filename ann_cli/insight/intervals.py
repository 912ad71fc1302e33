"""Intervals: how far a mean of a few numbers may be from the truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, inf, pi, sin, sqrt, tan
from statistics import NormalDist, fmean, stdev

MANY = 10_000
"""Degrees of freedom from which Student's t is the normal distribution's, to four digits."""


@dataclass(frozen=True)
class Interval:
    """A mean, and the interval that covers the true one in 95 of 100 cases."""

    mean: float
    low: float
    high: float

    @property
    def margin(self) -> float:
        """How far it reaches to either side."""
        return self.high - self.mean

    def within(self, least: float, most: float) -> "Interval":
        """Return what of it the true mean can be, which lies between the least and the most."""
        low, high = max(self.low, least), min(self.high, most)
        return Interval(self.mean, min(low, self.mean), max(high, self.mean))


def mean_interval(
    values: Sequence[float], confidence: float = 0.95, overlap: float = 0.0
) -> Interval:
    """Return the mean of independent values and its interval (Student 1908).

    Scores of trainings that share rows are not independent: `overlap` is then the number of rows
    that each tests by the number that it is trained on (Nadeau & Bengio 2003, "Inference for the
    generalization error", section 3: the corrected resampled t-test). A single value says nothing
    of the spread: its interval is endless.
    """
    mean, count = fmean(values), len(values)
    margin = inf
    if count > 1:
        margin = t_quantile(count - 1, confidence) * stdev(values) * sqrt(1 / count + overlap)
    return Interval(mean, mean - margin, mean + margin)


def t_quantile(degrees: int, confidence: float = 0.95) -> float:
    """Return the t within ± which Student's distribution holds a share of `confidence`."""
    if degrees > MANY:
        return NormalDist().inv_cdf((1 + confidence) / 2)
    low, high = 0.0, pi / 2
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if _share(middle, degrees) < confidence else (low, middle)
    return sqrt(degrees) * tan(low)


def _share(angle: float, degrees: int) -> float:
    """Return the share within ± t, for angle = atan(t / √degrees).

    Abramowitz & Stegun 1964, equations 26.7.3 and 26.7.4, exact for whole degrees of freedom.
    """
    odd = degrees % 2
    term, total = (cos(angle) if odd else 1.0), 0.0
    for power in range(odd, degrees - 1, 2):
        total += term
        term *= cos(angle) ** 2 * (power + 1) / (power + 2)
    return (angle + sin(angle) * total) * 2 / pi if odd else sin(angle) * total
