"""The batch rule of self-organizing maps: all rows first, then all units at once."""

from dataclasses import dataclass
from itertools import islice
from math import ceil
from typing import Any, ClassVar, Self

import numpy as np

from ann_cli.engine.maps.map import Map, Nearest, rows_of_part
from ann_cli.engine.parallel import each
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.map_training import MapTraining

LEAST = 1e-200
"""What a unit's weights in the neighbourhood add up to at least, or no row reaches it."""


@dataclass
class BatchRule(MapTraining):
    """Each unit becomes the mean of all rows, weighted by how near to it their best units are.

    w_i = Σ_r h(i, b(r)) x_r / Σ_r h(i, b(r)), with h(i, j) = exp(−d(i, j)² / 2 radius²) and b(r)
    the unit nearest to row r: Kohonen 2013, "Essentials of the self-organizing map", equation 8.
    Summed by unit first, so that the neighbourhood is applied to units and not to rows. Where
    cells are missing both sums are over the known ones (Vesanto et al. 2000, "SOM Toolbox for
    Matlab 5", section 2.3). A row counts by its weight. `state` holds the sums of the epoch at
    hand, from the units' mean, and how many cells are in each.
    """

    name: ClassVar[str] = "the batch rule"
    told: ClassVar[tuple[str, ...]] = ("radius",)

    def __post_init__(self) -> None:
        self.state = np.zeros((2, self.network.theta.size), self.network.stored.dtype)

    @classmethod
    def suits(cls, config: Any) -> bool:
        return bool(config.model == "som" and config.rule == "batch")

    @classmethod
    def of(cls, config: Any, network: Map, random: dict[str, np.random.Generator]) -> Self:
        return cls(network, random, config.epochs, tuple(config.radius))

    def done(self, rows: int) -> int:
        return self.steps

    def check_position(self, position: dict[str, Any], rows: int, epochs: int) -> None:
        """Raise ValueError where a position is none after so many epochs of so many rows."""
        if position["steps"] != epochs or position["blocks"] > ceil(rows / self.block_rows):
            raise ValueError("its blocks are not those of its epochs")

    def measured(self, number: int) -> dict[str, float]:
        """Return the radius: the first in the first epoch, the last in the last one."""
        return {"radius": float(self.radius_after((number - 1) / max(self.epochs - 1, 1)))}

    def epoch(self, rows: Source, number: int) -> float:
        network = self.network
        nearest = Nearest(network.weights)
        if not self.blocks:
            self.state[...] = 0
        shape = network.weights.shape
        for block in islice(rows.blocks(self.block_rows, None), self.blocks, None):
            sums, loss = self._sums(nearest, block)
            self.state += sums.reshape(2, -1)
            self.loss += loss
            self.blocks += 1
        with np.errstate(under="ignore"):
            sums, counts = self.state[0].reshape(shape), self.state[1].reshape(shape)
            radius = self.measured(number)["radius"]
            counts = network.grid.smoothed(counts, radius)
            met = counts > LEAST
            means = network.grid.smoothed(sums, radius) / np.where(met, counts, 1)
        # A unit that no row reaches stays where it is.
        network.weights[...] = np.where(met, nearest.center + means, network.weights)
        self.steps += 1
        return self.loss

    def _sums(self, nearest: Nearest, block: Rows) -> tuple[Array, float]:
        """Return the sums and counts of a block by unit, in float64, and that of its distances.

        Parts of a block are added in their order, whichever thread summed them.
        """
        size, (units, inputs) = rows_of_part(self.network.grid.units), self.network.weights.shape
        every = units * inputs

        def of_part(part: Rows) -> tuple[Array, Array, float]:
            scores, apart, known = nearest.scores(part.x)
            best = scores.argmax(axis=1)
            weight = part.weight
            distances = nearest.distances(part.x, best, known)
            loss = np.nan_to_num(distances).sum(dtype=np.float64)
            at = (best[:, np.newaxis] * inputs + np.arange(inputs)).ravel()
            if weight is not None:
                apart = apart * weight[:, np.newaxis]
            sums = np.bincount(at, apart.ravel(), every)
            if known is None:
                hits = np.bincount(best, weight, units)
                return sums, np.repeat(hits, inputs), float(loss)
            counted = known if weight is None else known * weight[:, np.newaxis]
            return sums, np.bincount(at, counted.ravel(), every), float(loss)

        parts = [block[start : start + size] for start in range(0, len(block), size)]
        found, loss = np.zeros((2, every)), 0.0
        for sums, counts, distance in each(of_part, parts):
            found[0] += sums
            found[1] += counts
            loss += distance
        return found, loss
