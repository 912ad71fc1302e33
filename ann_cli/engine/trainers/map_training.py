"""The training of self-organizing maps: units come to lie among the rows, neighbours together."""

from collections.abc import Generator
from dataclasses import dataclass
from itertools import islice
from math import ceil, isfinite
from typing import Any, ClassVar, Self

import numpy as np

from ann_cli.engine.compiled.signals import signals_wait
from ann_cli.engine.maps.grid import neighbourhood
from ann_cli.engine.maps.map import BEST, Map, Nearest, rows_of_part
from ann_cli.engine.maps.plane import Plane
from ann_cli.engine.parallel import each
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.trainer import Epoch, Trainer
from ann_cli.errors import DivergedError

BLOCK_NUMBERS, MOST_ROWS = 1 << 25, 1 << 14
"""Rows of a block times units, and rows of one, at most: what is asked for between two blocks (an
end, a checkpoint) waits for less than a second."""


@dataclass
class MapTraining(Trainer):
    """What both rules have in common: the plane on which units begin, the radius, the last count.

    The radius of the neighbourhood, in the grid's own distances, shrinks by the same factor from
    step to step, from its first to its last value (Ritter, Martinetz & Schulten 1992, "Neural
    computation and self-organizing maps", equation 4.9). Units begin on the plane of the first two
    principal components (Kohonen 2001, "Self-organizing maps", section 3.7): nothing is drawn.
    """

    resumable: ClassVar[bool] = True
    judged_by: ClassVar[str | None] = None
    """No epoch is better than the last one, whose neighbourhood is the narrowest."""

    network: Map  # type: ignore[assignment]
    generators: dict[str, np.random.Generator]
    epochs: int
    radius: tuple[float, float]
    steps: int = 0
    """Steps taken so far: epochs, or rows."""
    blocks: int = 0
    """Blocks of the epoch at hand that were trained on."""
    loss: float = 0.0
    """The sum of the distances of their rows, each before its step."""

    def __post_init__(self) -> None:
        self.state = np.zeros((0, self.network.theta.size), self.network.stored.dtype)

    @property
    def planned(self) -> tuple[int, str]:
        return self.epochs, "epoch"

    def rows_in_step(self, rows: int) -> int:
        return rows_of_part(self.network.grid.units)

    @property
    def block_rows(self) -> int:
        """Rows that pass between two looks at what is asked for."""
        part = rows_of_part(self.network.grid.units)
        return max(min(BLOCK_NUMBERS // self.network.grid.units, MOST_ROWS) // part, 1) * part

    def position(self) -> dict[str, Any]:
        drawn = {name: one.bit_generator.state for name, one in self.generators.items()}
        progress = {"steps": self.steps, "blocks": self.blocks, "loss": self.loss}
        return progress | {"generators": drawn}

    def go_on_from(self, position: dict[str, Any]) -> None:
        for name, state in position["generators"].items():
            self.generators[name].bit_generator.state = state
        self.steps, self.blocks = position["steps"], position["blocks"]
        self.loss = position["loss"]

    def run(self, rows: Source) -> Generator[Epoch, None, None]:
        """Yield a record after each epoch; then count the rows of each unit."""
        done = self.done(len(rows))
        if not done and not self.blocks:
            self.begin(rows)
        for number in range(done + 1, self.epochs + 1):
            measures = self.measured(number)
            mean = self.epoch(rows, number) / max(len(rows), 1)
            self.blocks, self.loss = 0, 0.0
            if not isfinite(mean) or not np.isfinite(self.network.theta).all():
                raise DivergedError(
                    f"training diverged in epoch {number}: a distance is no finite number",
                    remedy="use data.scaling: standard",
                )
            yield Epoch(number, mean, measures)
        self.count(rows)

    def begin(self, rows: Source) -> None:
        """Place the units, before the first epoch."""
        self.network.weights[...] = Plane.of(rows).units(self.network.grid)

    def radius_after(self, share: Any) -> Any:
        """Return the radius once a share of the training has passed, or of several shares."""
        first, last = self.radius
        return first * (last / first) ** share

    def done(self, rows: int) -> int:
        """Return how many epochs have ended."""
        raise NotImplementedError

    def measured(self, number: int) -> dict[str, float]:
        """Return what is told of an epoch beside its loss."""
        raise NotImplementedError

    def epoch(self, rows: Source, number: int) -> float:
        """Train for an epoch; return the sum of the rows' distances."""
        raise NotImplementedError

    def count(self, rows: Source) -> None:
        """Count the rows nearest to each unit, and their labels; a row without any is in none."""
        network = self.network
        hits = np.zeros(network.hits.shape)
        labels = np.zeros(network.labels.shape)
        for block in rows.blocks(self.block_rows, None):
            best = network.predict(block.x)[:, BEST]
            known = np.isfinite(best)
            at = best[known].astype(np.intp)
            hits += np.bincount(at, minlength=len(hits))
            for label in range(labels.shape[1]):
                labels[:, label] += np.bincount(at, block.y[known, label], len(hits))
        network.hits[...], network.labels[...] = hits, labels


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


LEAST = 1e-200
"""What a unit's weights in the neighbourhood add up to at least, or no row reaches it."""


@dataclass
class OnlineRule(MapTraining):
    """Row by row, the best unit and those around it move towards the row.

    w_i += rate · h(i, b) · (x − w_i), with h(i, b) = exp(−d(i, b)² / 2 radius²) and b the unit
    nearest to x: Kohonen 1990, "The self-organizing map", equations 2 and 8. From row to row over
    all epochs the rate goes in a straight line to 0 while the radius shrinks. A missing cell moves
    nothing. A row of a weight has so many times the rate, at most 1.
    """

    name: ClassVar[str] = "the online rule"

    learning_rate: float = 0.5
    shuffle: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self._epoch_drawn_from = self.generators["order"].bit_generator.state

    @classmethod
    def suits(cls, config: Any) -> bool:
        return bool(config.model == "som" and config.rule == "online")

    @classmethod
    def of(cls, config: Any, network: Map, random: dict[str, np.random.Generator]) -> Self:
        rate, radius = config.learning_rate, tuple(config.radius)
        return cls(network, random, config.epochs, radius, learning_rate=rate)

    def position(self) -> dict[str, Any]:
        """Return how far it has come; an epoch's order is drawn anew from where it began."""
        found = super().position()
        if self.blocks:
            found["generators"]["order"] = self._epoch_drawn_from
        return found

    def done(self, rows: int) -> int:
        return (self.steps - bool(self.blocks)) // rows

    def check_position(self, position: dict[str, Any], rows: int, epochs: int) -> None:
        """Raise ValueError where a position is none after so many epochs of so many rows."""
        blocks = position["blocks"]
        steps = epochs * rows + min(blocks * self.block_rows, rows)
        if blocks > ceil(rows / self.block_rows) or position["steps"] != steps:
            raise ValueError("its steps are not those of its epochs")

    def measured(self, number: int) -> dict[str, float]:
        """Return the rate and the radius that the epoch begins with."""
        share = (number - 1) / self.epochs
        radius = float(self.radius_after(share))
        return {"learning_rate": self.learning_rate * (1 - share), "radius": radius}

    def course(self, rows: int, count: int) -> Array:
        """Return the rate and the radius of the next steps, count × 2."""
        share = np.arange(self.steps, self.steps + count) / (self.epochs * rows)
        return np.stack([self.learning_rate * (1 - share), self.radius_after(share)], axis=1)

    def epoch(self, rows: Source, number: int) -> float:
        order = self.generators["order"] if self.shuffle else None
        self._epoch_drawn_from = self.generators["order"].bit_generator.state
        take_steps = self._steps()
        for block in islice(rows.blocks(self.block_rows, order), self.blocks, None):
            course = self.course(len(rows), len(block))
            if block.weight is not None:
                course[:, 0] = np.minimum(course[:, 0] * block.weight, 1)
            self.loss += take_steps(block.x, course)
            self.steps += len(block)
            self.blocks += 1
        return self.loss

    def is_compiled(self, rows: int) -> bool:
        return self.engine != "numba" or _compiled().is_compiled(self.network.stored.dtype)

    def compile(self, rows: int) -> None:
        if self.engine == "numba":
            self._steps()

    def _steps(self) -> Any:
        """Return what takes a step for each row and returns the sum of their distances."""
        if self.engine == "numba":
            return _compiled().Steps(self.network)
        return lambda x, course: steps(self.network, x, course)


def _compiled() -> Any:
    with signals_wait():
        from ann_cli.engine.compiled import map_steps

    return map_steps


def steps(network: Map, x: Array, course: Array) -> float:
    """Take a step for each row, with its rate and radius; return the sum of their distances."""
    weights, grid, total = network.weights, network.grid, 0.0
    inputs = network.inputs
    for row, (rate, radius) in zip(x, course.tolist(), strict=True):
        apart = row - weights
        known = inputs
        if np.isnan(apart[0]).any():
            known = int(np.count_nonzero(~np.isnan(row)))
            if not known:
                continue
            apart[:, np.isnan(row)] = 0
        squares = np.einsum("ij,ij->i", apart, apart)
        best = int(squares.argmin())
        total += float(np.sqrt(squares[best] * (inputs / known)))
        down, right = (grid.positions - grid.positions[best]).T
        near = rate * neighbourhood(down, radius) * neighbourhood(right, radius)
        apart *= near.astype(weights.dtype)[:, np.newaxis]
        weights += apart
    return total
