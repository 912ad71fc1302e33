"""A self-organizing map: units on a grid, each with a place among the rows."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ann_cli.engine.losses.loss import Loss
from ann_cli.engine.maps.grid import Grid
from ann_cli.engine.parallel import each
from ann_cli.engine.parameters import Layout, Parameter
from ann_cli.engine.settings import Array

NUMBERS, FEWEST, MOST = 1 << 19, 256, 1024
"""Distances that are found at a time, and the rows that these are of at least and at most."""

BEST, DISTANCE, SECOND = range(3)
"""The columns of what a map makes of a row."""


class Distance(Loss):
    """Distance to the nearest unit, in scaled inputs."""

    name = "distance"
    words = "distance to the nearest unit, in scaled inputs"
    kinds = ("cells",)


@dataclass(frozen=True)
class MapOutput:
    """What reads the outputs of a map: its grid, and the labels that its units met in training."""

    grid: Grid
    labels: Array
    """Units × labels, how many training rows of each label are nearest to a unit."""
    loss: ClassVar[Loss] = Distance()
    ordered: bool = True
    """Whether neighbours on the grid are to be alike; of k-means' centroids nothing is said."""


class Map:
    """Units × inputs, what a row is compared with; and what the training rows left in each unit.

    `stored` holds the weights, then hits (the training rows nearest to each unit) and their labels.
    Outputs are rows × 3: the best unit, the distance to it, the second-best unit.

    Where cells are missing (NaN) the distance is over the known ones, its square multiplied by
    inputs / known (Dixon 1979, "Pattern recognition with partly missing data", rule 2, as in
    scikit-learn's nan_euclidean_distances). Which unit is best does not depend on that factor.
    Of a row without any known cell all three are NaN.
    """

    loss: Loss = MapOutput.loss
    members = None
    work = 0
    """Products of matrices are those of parts."""
    in_parts = True
    """Whether rows pass in parts that threads take: no bit depends on how many there are."""
    block_rows = 1 << 14
    outputs = 3

    def __init__(
        self,
        grid: Grid,
        inputs: int,
        labels: int = 0,
        dtype: str = "float32",
        stored: Array | None = None,
        ordered: bool = True,
    ) -> None:
        """`stored` is where the numbers are to lie, as they are; else they begin as 0."""
        self.grid, self.inputs, self.ordered = grid, inputs, ordered
        self.layout = Layout(parameters_of(grid, inputs, labels))
        self.stored = np.zeros(self.layout.size, dtype) if stored is None else stored
        self.theta = self.stored[: self.layout.trained]
        views = self.views(self.stored)
        self.weights, self.hits = views["map.weights"], views["map.hits"]
        self.labels = views.get("map.labels", np.zeros((grid.units, 0), self.stored.dtype))

    def __reduce__(self) -> Any:
        arguments = (self.grid, self.inputs, self.labels.shape[1], self.stored.dtype.name)
        return Map, (*arguments, self.stored.copy(), self.ordered)

    @property
    def member(self) -> "Map":
        """What units are told of: itself."""
        return self

    @property
    def output(self) -> MapOutput:
        """What reads its outputs."""
        return MapOutput(self.grid, self.labels, self.ordered)

    def summary(self) -> str:
        """Say what it is in a few words."""
        grid = self.grid
        sides = f"{grid.rows} × {grid.columns} units, {grid.topology.name}"
        return f"{self.inputs} inputs → {sides}"

    def views(self, flat: Array) -> dict[str, Array]:
        """Return the numbers in a flat vector that lies as `stored` does, by name, as views."""
        return self.layout.views(flat)

    def predict(self, x: Array) -> Array:
        """Return rows × 3 for rows × inputs: the best unit, the distance, the second-best unit."""
        nearest, size = Nearest(self.weights), rows_of_part(self.grid.units)
        parts = [x[start : start + size] for start in range(0, max(len(x), 1), size)]
        return np.concatenate(each(lambda part: self._outputs(nearest, part), parts))

    def _outputs(self, nearest: "Nearest", x: Array) -> Array:
        found = np.empty((len(x), 3), self.stored.dtype)
        scores, _, known = nearest.scores(x)
        best = scores.argmax(axis=1)
        scores[np.arange(len(x)), best] = -np.inf
        found[:, BEST], found[:, SECOND] = best, scores.argmax(axis=1)
        found[:, DISTANCE] = nearest.distances(x, best, known)
        if known is not None:
            found[~known.any(axis=1)] = np.nan
        return found

    def evaluate(self, x: Array, y: Array, fold: Array | None = None) -> tuple[Array, Array]:
        """Return the outputs (rows × 3) and each row's loss: its distance, 0 where none is known.

        The mean distance is the quantization error (Kohonen 2001, "Self-organizing maps", 2.13).
        """
        outputs = self.predict(x)
        return outputs, np.nan_to_num(outputs[:, DISTANCE], nan=0.0)


def parameters_of(grid: Grid, inputs: int, labels: int) -> list[Parameter]:
    """Return what a map stores, as it lies in weights.npz; labels only where there are some."""
    found = [
        Parameter("map.weights", (grid.units, inputs)),
        Parameter("map.hits", (grid.units,), trained=False),
    ]
    counts = Parameter("map.labels", (grid.units, labels), trained=False)
    return [*found, counts] if labels else found


class Nearest:
    """Finds the unit that each row is nearest to.

    |x − w|² is least where x · w − |w|² / 2 is greatest: one product of matrices for all pairs, to
    which the last term comes by an input that is 1. Rows and units are taken from the units' mean
    first, as the product would lose the digits of columns that lie far from 0.
    """

    def __init__(self, weights: Array) -> None:
        units, inputs = weights.shape
        self.units = weights
        self.center = weights.mean(axis=0, dtype=np.float64).astype(weights.dtype)
        self._weights = np.empty((inputs + 1, units), weights.dtype)
        self._weights[:-1] = (weights - self.center).T
        self._squares = np.square(self._weights[:-1]) / 2
        self._weights[-1] = -self._squares.sum(axis=0)

    def scores(self, x: Array) -> tuple[Array, Array, Array | None]:
        """Return rows × units, more where a unit is nearer; x − center; which cells are known.

        None stands for all of them; x − center is 0 in the others.
        """
        apart = np.empty((len(x), x.shape[1] + 1), x.dtype)
        inner = apart[:, :-1]
        np.subtract(x, self.center, out=inner)
        apart[:, -1] = 1
        known = None
        # One sum tells of a NaN, in a fifth of the time of a look at each cell.
        if np.isnan(inner.sum()) and np.isnan(inner).any():
            known = ~np.isnan(inner)
            inner[~known] = 0
            apart[:, -1] = 0
        found = apart @ self._weights
        if known is not None:
            found -= known.astype(x.dtype) @ self._squares
        return found, inner, known

    def distances(self, x: Array, best: Array, known: Array | None) -> Array:
        """Return how far rows are from their units, as `Map` says; NaN where no cell is known.

        They are those of the differences themselves, which lose no digits.
        """
        apart = np.square(x - self.units[best])
        if known is None:
            return np.sqrt(apart.sum(axis=1))
        squares = np.where(known, apart, 0).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.sqrt(squares * (x.shape[1] / known.sum(axis=1)).astype(x.dtype))


def rows_of_part(units: int) -> int:
    """Return how many rows' distances to all units are found at a time: they stay in the cache."""
    return min(max(NUMBERS // units, FEWEST), MOST)
