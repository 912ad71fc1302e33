"""What many numbers come to, group by group in memory that stays flat: moments and quantiles."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, sqrt

import numpy as np

from ann_cli.data.cells.values import Array

GROUP = 65_536
KEPT = 4096
"""Numbers of a group that its quantiles are estimated from."""


@dataclass
class Moments:
    """Count, mean, sum of squared deviations and range, merged group by group.

    Chan, Golub & LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample
    variances", equation 2.1.
    """

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    least: float = inf
    greatest: float = -inf

    def add(self, values: Array) -> None:
        """Add one group of numbers, float64, none of them NaN."""
        count = len(values)
        if not count:
            return
        mean = float(values.mean())
        deviations = values - mean
        # Not the dot product, for which BLAS wakes its threads.
        squares = float(np.square(deviations, out=deviations).sum())
        self.merge(Moments(count, mean, squares, float(values.min()), float(values.max())))

    def merge(self, other: "Moments") -> None:
        """Add the numbers that another has."""
        total, shift = self.count + other.count, other.mean - self.mean
        if not other.count:
            return
        self.squares += other.squares + shift * shift * self.count * other.count / total
        self.mean += shift * other.count / total
        self.count = total
        self.least = min(self.least, other.least)
        self.greatest = max(self.greatest, other.greatest)

    @property
    def deviation(self) -> float:
        """The standard deviation; 0 for equal numbers, whose mean may differ in its last bit."""
        return sqrt(self.squares / self.count) if self.least < self.greatest else 0.0


@dataclass
class Quantiles:
    """A sketch: samples of whole groups, thinned by half whenever two of one weight meet.

    Manku, Rajagopalan & Lindsay 1998, "Approximate medians and other quantiles in one pass and with
    limited memory". A group's sample is off by half its step, 8 ranks of 65,536; each round of
    thinning by at most 1 in 2 × KEPT of all ranks. That is 0.3% for 10^12 numbers.
    """

    levels: dict[int, Array] = field(default_factory=dict)
    """By the number of times it was thinned, one sorted sample at most."""
    odd: bool = False

    def add(self, group: Array) -> None:
        """Add GROUP numbers."""
        step = GROUP // KEPT
        self._take(np.sort(group)[step // 2 :: step], 0)

    def merge(self, other: "Quantiles") -> None:
        """Add the groups that another has."""
        for level, sample in sorted(other.levels.items()):
            self._take(sample, level)

    def _take(self, sample: Array, level: int) -> None:
        while level in self.levels:
            both = np.sort(np.concatenate([self.levels.pop(level), sample]))
            sample = both[int(self.odd) :: 2]
            self.odd = not self.odd  # else each round would lean to the same side
            level += 1
        self.levels[level] = sample

    def sample(self, rest: Array) -> tuple[Array, Array | None]:
        """Return numbers in their order, and of how many each is one; None: of itself alone.

        `rest` are numbers that fill no group; it is sorted in place.
        """
        if not self.levels:
            rest.sort()  # several times faster than NumPy's search for percentiles
            return rest, None
        samples = [*self.levels.values(), rest]
        weights = [*(GROUP // KEPT << level for level in self.levels), 1]
        values = np.concatenate(samples)
        order = values.argsort(kind="stable")
        return values[order], np.repeat(weights, list(map(len, samples)))[order]

    def at(self, percents: list[float], rest: Array) -> list[float]:
        """Return the percentiles of all groups and of `rest`, which is sorted in place."""
        return percentiles_of(percents, *self.sample(rest))


def percentiles_of(percents: Sequence[float], values: Array, counts: Array | None) -> list[float]:
    """Return percentiles of numbers in their order, and of how many each is one."""
    if counts is None:
        ranks = np.array(percents) / 100 * (len(values) - 1)
        below = ranks.astype(np.intp)
        low, high = values[below], values[np.minimum(below + 1, len(values) - 1)]
        return (low + (ranks - below) * (high - low)).tolist()
    upto = counts.cumsum()
    ranks = np.array(percents) / 100 * (upto[-1] - 1)
    return values[np.searchsorted(upto, ranks, side="right")].tolist()
