"""Small trainings that show what the article claims: a curve, a path, a boundary, a share.

Each is what `ann train` does with the config and the overrides named, but writes nothing.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
import pandas as pd

from ann_cli.config.read import load
from ann_cli.engine.network import PREDICTED_ROWS
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.back_propagation import BackPropagation
from ann_cli.engine.trainers.brute_force import Search
from ann_cli.errors import DivergedError
from ann_cli.insight.units import overall, unit_shares
from ann_cli.run import TrainingRun, begin

MARGIN = 0.4
"""How far a boundary is drawn beyond the rows, as a part of their range."""


@dataclass(frozen=True)
class Trials:
    """The loss at each value of one weight, or at each pair of two: what brute force tried."""

    inputs: tuple[str, ...]
    """The features that the weights belong to."""
    weights: Array
    """Trials × weights."""
    loss: Array


@dataclass(frozen=True)
class Descent:
    """Where steps along the gradient went on the surface of the loss over two weights."""

    rows: int
    """Rows that train."""
    rows_in_step: int
    weights: Array
    """Before the first step and after each: steps + 1, × 2."""
    loss: Array
    """The height of the surface there: of all training rows, the bias being 0."""

    @property
    def computed(self) -> Array:
        """The rows that went through the network before the first step, and until after each."""
        in_epoch = ceil(self.rows / self.rows_in_step)
        steps = np.arange(len(self.loss))
        rest = np.minimum(steps % in_epoch * self.rows_in_step, self.rows)
        return steps // in_epoch * self.rows + rest

    def rows_to(self, loss: float) -> int | None:
        """Return how many rows went through it until a loss was reached; None: it never was."""
        reached = np.flatnonzero(self.loss <= loss)
        return int(self.computed[reached[0]]) if len(reached) else None


@dataclass(frozen=True)
class Boundary:
    """What a network of two inputs predicts, on a grid and on its rows."""

    columns: tuple[str, str]
    x: Array
    y: Array
    predicted: Array
    """Points of y × points of x: the share of the second class."""
    rows: Array
    """Rows × 2."""
    actual: Array
    """0 or 1."""
    right: int
    """Rows whose class is predicted."""


def trained(config: str | Path, overrides: Sequence[str] = ()) -> TrainingRun:
    """Return a training that has ended. Raises what `begin` does."""
    started = begin(load(config, overrides), dry=True)
    for _ in started.epochs():
        pass
    return started


def trials(config: str | Path, overrides: Sequence[str] = ()) -> Trials:
    """Return what brute force tried, in the order of its trials."""
    run = trained(config, overrides)
    names = _search(run).names
    weights = [[record[name] for name in names] for record in run.progress.history]
    loss = [record["loss"] for record in run.progress.history]
    return Trials(tuple(run.model.encoder.inputs), np.array(weights), np.array(loss))


def descent(
    config: str | Path, overrides: Sequence[str], optimizer: str, batch_size: str, epochs: int
) -> Descent:
    """Return the path of a training on the surface that brute force finds with the same config.

    Its steps are those of `ann train` with this optimizer and batch_size, one at a time.
    """
    surface = begin(load(config, overrides), dry=True)
    ways = (f"optimizer={optimizer}", f"batch_size={batch_size}", f"epochs={epochs}")
    run = begin(load(config, (*overrides, *ways, "engine=numpy")), dry=True)
    trainer, training = run.trainer, run.data_set.training
    assert isinstance(trainer, BackPropagation)
    size = trainer.rows_in_step(len(training))
    weights = [run.model.network.theta[:2].copy()]
    for _ in range(epochs):
        order = trainer.generators["order"] if size < len(training) else None
        (rows,) = training.blocks(len(training), order)
        steps = trainer.single_steps(rows, size, ceil(len(rows) / size))
        weights += (run.model.network.theta[:2].copy() for _ in steps)
    passed = np.array(weights, dtype=np.float64)
    loss = _search(surface).losses(passed, surface.data_set.training)
    return Descent(len(training), size, passed, loss)


def boundary(config: str | Path, points: int = 49, overrides: Sequence[str] = ()) -> Boundary:
    """Return what a trained network of two features and one output predicts around its rows."""
    run = trained(config, overrides)
    data, encoder = run.data_set.data, run.model.encoder
    first, second = encoder.input_columns
    frame = pd.concat(data.frames("training"))
    rows = frame[[first, second]].to_numpy(np.float64)
    low, high = rows.min(axis=0), rows.max(axis=0)
    x, y = np.linspace(low - MARGIN * (high - low), high + MARGIN * (high - low), points).T
    grid = pd.DataFrame({first: np.tile(x, points), second: np.repeat(y, points)})
    predicted = run.model.network.predict(encoder.transform(grid))
    seen = run.model.network.predict(encoder.transform(frame))[:, 0]
    actual = encoder.y(frame, 1)[:, 0]
    right = int(((seen >= 0.5) == actual).sum())
    shares = predicted.reshape(points, points)
    return Boundary((first, second), x, y, shares, rows, actual, right)


def losses(config: str | Path, overrides: Sequence[str] = ()) -> list[float]:
    """Return the loss on the training rows after each epoch, until the last one that had any."""
    started = begin(load(config, overrides), dry=True)
    found = []
    with suppress(DivergedError):
        for record in started.epochs():
            found.append(record["loss"])  # noqa: PERF401  what came before it diverged is kept
    return found


def dead_shares(config: str | Path, overrides: Sequence[str] = ()) -> list[float]:
    """Return the share of the hidden units that no training row reaches, after each epoch."""
    started = begin(load(config, overrides), dry=True)
    shares = []
    for _ in started.epochs():
        blocks = started.data_set.training.blocks(PREDICTED_ROWS, None)
        found = unit_shares(started.model.member, (block.x for block in blocks))
        shares.append(overall(found.values())[0])
    return shares


def _search(run: TrainingRun) -> Search:
    assert isinstance(run.trainer, Search)
    return run.trainer
