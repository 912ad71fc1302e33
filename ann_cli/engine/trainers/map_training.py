"""The training of self-organizing maps: units come to lie among the rows, neighbours together."""

from collections.abc import Generator
from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar

import numpy as np

from ann_cli.engine.maps.map import BEST, Map, rows_of_part
from ann_cli.engine.maps.plane import Plane
from ann_cli.engine.rows import Source, uncounted
from ann_cli.engine.trainers.block_trainer import BlockTrainer
from ann_cli.engine.trainers.trainer import Epoch, Record
from ann_cli.errors import DivergedError

BLOCK_NUMBERS, MOST_ROWS = 1 << 25, 1 << 14
"""Rows of a block times units, and rows of one, at most: what is asked for between two blocks (an
end, a checkpoint) waits for less than a second."""


@dataclass
class MapTraining(BlockTrainer):
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

    def rows_in_step(self, rows: int) -> int:
        return rows_of_part(self.network.grid.units)

    @property
    def block_rows(self) -> int:
        """Rows that pass between two looks at what is asked for."""
        part = rows_of_part(self.network.grid.units)
        return max(min(BLOCK_NUMBERS // self.network.grid.units, MOST_ROWS) // part, 1) * part

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
        self.network.weights[...] = Plane.of(uncounted(rows)).units(self.network.grid)

    def radius_after(self, share: Any) -> Any:
        """Return the radius once a share of the training has passed, or of several shares."""
        first, last = self.radius
        return first * (last / first) ** share

    def summary(self, best: Record, done: int) -> dict[str, Any]:
        """Return the grid, and how many of its units have no row."""
        grid = self.network.grid
        empty = int((self.network.hits == 0).sum())
        told = {"grid": [grid.rows, grid.columns], "topology": grid.topology.name}
        return {"map": {**told, "units": grid.units, "units_without_rows": empty}}

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
        hits, labels = (np.zeros_like(one, np.float64) for one in (network.hits, network.labels))
        for block in uncounted(rows).blocks(self.block_rows, None):
            best = network.predict(block.x)[:, BEST]
            known = np.isfinite(best)
            at = best[known].astype(np.intp)
            hits += np.bincount(at, minlength=len(hits))
            for label in range(labels.shape[1]):
                labels[:, label] += np.bincount(at, block.y[known, label], len(hits))
        network.hits[...], network.labels[...] = hits, labels
