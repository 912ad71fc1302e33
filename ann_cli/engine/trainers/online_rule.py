"""The online rule of self-organizing maps: row by row, the units around the nearest one move."""

from dataclasses import dataclass
from itertools import islice
from math import ceil
from typing import Any, ClassVar, Self

import numpy as np

from ann_cli.engine.choice import START
from ann_cli.engine.compiled.signals import signals_wait
from ann_cli.engine.maps.grid import neighbourhood
from ann_cli.engine.maps.map import Map
from ann_cli.engine.rows import Source
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.map_training import MapTraining


@dataclass
class OnlineRule(MapTraining):
    """Row by row, the best unit and those around it move towards the row.

    w_i += rate · h(i, b) · (x − w_i), with h(i, b) = exp(−d(i, b)² / 2 radius²) and b the unit
    nearest to x: Kohonen 1990, "The self-organizing map", equations 2 and 8. From row to row over
    all epochs the rate goes in a straight line to 0 while the radius shrinks. A missing cell moves
    nothing. A row of a weight has so many times the rate, at most 1.
    """

    name: ClassVar[str] = "the online rule"
    told: ClassVar[tuple[str, ...]] = ("learning_rate", "radius")

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

    def seconds(self, rows: int) -> dict[str, float]:
        """Return about how long each engine takes, as measured with 400 units of 20 inputs."""
        steps, numbers = self.epochs * rows, self.network.theta.size
        numpy = steps * (40 + 0.01 * numbers) / 1e6
        return {"numpy": numpy, "numba": START + steps * (1 + 0.0007 * numbers) / 1e6}

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
    down, right = grid.topology.down * np.arange(grid.rows), np.arange(grid.columns)
    shifts = grid.shifts[:, np.newaxis] if grid.topology.shift else np.zeros((1, 1))
    known = ~np.isnan(x)
    counts = known.sum(axis=1).tolist()
    for row, cells, count, (rate, radius) in zip(x, known, counts, course.tolist(), strict=True):
        if not count:
            continue
        apart = row - weights
        if count < len(row):
            apart[:, ~cells] = 0
        squares = np.einsum("ij,ij->i", apart, apart)
        best = int(squares.argmin())
        total += float(np.sqrt(squares[best] * (len(row) / count)))
        line, place = divmod(best, grid.columns)
        own = shifts[line] if len(shifts) > 1 else 0.0
        # exp(−(down² + right²)) is a product, as in `Grid.smoothed`.
        across = rate * neighbourhood(down - down[line], radius)
        along = neighbourhood(right + (shifts - (place + own)), radius)
        near = (across[:, np.newaxis] * along).astype(weights.dtype)
        apart *= near.reshape(-1, 1)
        weights += apart
    return total
