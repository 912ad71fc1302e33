"""The plane along which rows differ most: its sides give a map its shape and its first units."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from ann_cli.engine.maps.grid import Grid
from ann_cli.engine.moments import apart_from, covariance_of, mean_of, weighted_blocks
from ann_cli.engine.rows import Source
from ann_cli.engine.settings import Array

WIDE = 1024
"""Inputs up to which all their covariances are summed."""

DIRECTIONS, PASSES = 8, 12
"""Directions that are followed in wider rows, and passes in which they turn to the greatest."""

MOST_SIDES = 8.0
"""A side of the grid is this many times the other at most, where the rows lie along a line."""


@dataclass(frozen=True)
class Plane:
    """The mean of rows and their first two principal components.

    Pearson 1901, "On lines and planes of closest fit to systems of points in space".
    """

    mean: Array
    directions: Array
    """2 × inputs, each of length 1, or 0 where the rows do not differ along a second one."""
    deviations: Array
    """The standard deviation along each."""

    @classmethod
    def of(cls, rows: Source) -> "Plane":
        """Find it in one pass over the rows, or of many inputs in some; a missing cell is a mean.

        Sums are in float64 over blocks of one size in the rows' own order, so that rows from a
        file give the same bits as those in memory.
        """
        mean, total = mean_of(rows)
        if len(mean) <= WIDE:
            values, vectors = np.linalg.eigh(covariance_of(rows, mean, total))
            directions, variances = vectors.T[::-1], values[::-1]
        else:
            directions, variances = _followed(rows, mean, total)
        return cls._signed(mean, directions[:2], variances[:2])

    @classmethod
    def _signed(cls, mean: Array, directions: Array, variances: Array) -> "Plane":
        """Return the plane; of the two ways along a direction the one of its greatest number."""
        found, deviations = np.zeros((2, len(mean))), np.zeros(2)
        count = len(directions)
        greatest = np.abs(directions).argmax(axis=1)
        signs = np.sign(directions[np.arange(count), greatest])[:, np.newaxis]
        found[:count] = directions * signs
        deviations[:count] = np.sqrt(np.maximum(variances, 0))
        found[deviations <= 1e-9 * deviations[0]] = 0
        return cls(mean, found, deviations)

    def sides(self, units: int) -> tuple[int, int]:
        """Return rows and columns of about so many units, as the plane is long and wide.

        The sides are as the standard deviations (Vesanto et al. 2000, "SOM Toolbox for Matlab 5",
        som_topol_struct: as the roots of the two greatest eigenvalues); the longer one is the rows.
        """
        first, second = self.deviations.tolist()
        times = min(first / second, MOST_SIDES) if second > first / MOST_SIDES else MOST_SIDES
        columns = max(1, round(sqrt(units / times)))
        return max(1, round(units / columns)), columns

    def units(self, grid: Grid) -> Array:
        """Return units × inputs on the plane: the mean, and to both sides along each direction.

        A grid's longer side lies along the first direction, from −2 to 2 standard deviations at
        its ends; the other side along the second.
        """
        along = 0 if grid.rows >= grid.columns else 1
        ends = grid.positions.max(axis=0)
        places = grid.positions / np.where(ends > 0, ends, 1) - np.where(ends > 0, 0.5, 0)
        places = places[:, [along, 1 - along]] * 4 * self.deviations
        return self.mean + places @ self.directions


def _followed(rows: Source, mean: Array, total: float) -> tuple[Array, Array]:
    """Return the first principal directions of wide rows and the variance along each.

    Orthogonal iteration (Golub & Van Loan 2013, "Matrix computations", section 8.2.4).
    """
    count = min(DIRECTIONS, len(mean))
    found = np.linalg.qr(np.random.default_rng(0).normal(size=(len(mean), count)))[0]
    variances = np.zeros(count)
    for _ in range(PASSES):
        products = np.zeros_like(found)
        for x, weight in weighted_blocks(rows):
            apart = apart_from(mean, x)
            products += apart.T @ ((apart @ found) * weight)
        found, sizes = np.linalg.qr(products / total)
        variances = np.abs(np.diag(sizes))
    order = np.argsort(-variances, kind="stable")
    return found[:, order].T, variances[order]
