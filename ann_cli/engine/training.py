"""Training: an iterator of epochs. Whoever wants to watch, save or stop reads what it yields."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from math import ceil, isfinite, sqrt

import numpy as np

from ann_cli.engine.network import Network
from ann_cli.engine.optimizers import Optimizer
from ann_cli.engine.schedules import Constant, Schedule
from ann_cli.engine.settings import Array
from ann_cli.errors import DivergedError

GATHERED_ROWS = 1024
"""Rows brought into the shuffled order at a time: a buffer that stays in the cache."""

PURPOSES = ("split", "initialization", "order", "dropout")


def generators(seed: int) -> dict[str, np.random.Generator]:
    """Return one independent generator for each purpose, all from one seed."""
    spawned = np.random.SeedSequence(seed).spawn(len(PURPOSES))
    return {name: np.random.default_rng(one) for name, one in zip(PURPOSES, spawned, strict=True)}


@dataclass(frozen=True)
class Epoch:
    """What one pass over the rows came to; `loss` is the mean over its steps as they were taken."""

    number: int
    loss: float
    learning_rate: float


@dataclass
class Training:
    """How a network is trained, and how far it has come.

    The gradient is that of the mean loss over a batch plus ½ l2 ‖weights‖²; l1 acts as a proximal
    step after the optimizer's (Parikh & Boyd 2014, "Proximal algorithms", section 6.5.2), which
    makes exact zeros. Neither touches biases.
    """

    network: Network
    optimizer: Optimizer
    generators: dict[str, np.random.Generator]
    epochs: int
    batch_size: int | None = 32
    """Rows a step; None for all of them."""
    schedule: Schedule = field(default_factory=Constant)
    shuffle: bool = True
    l1: float = 0.0
    l2: float = 0.0
    gradient_clip: float | None = None
    steps: int = 0
    """Steps taken so far."""

    def __post_init__(self) -> None:
        self.state = self.optimizer.new_state(self.network.theta)

    def run(self, x: Array, y: Array, weight: Array | None = None) -> Generator[Epoch, None, None]:
        """Yield a record after each epoch over `x` (rows × inputs) and `y` (rows × outputs).

        `weight` is one number a row, of mean 1. Raises DivergedError when the loss is not finite.
        """
        size = min(self.batch_size or len(x), len(x))
        in_epoch = ceil(len(x) / size)
        for number in range(self.steps // in_epoch + 1, self.epochs + 1):
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                loss = self._epoch(x, y, weight, size, in_epoch)
            if not isfinite(loss) or not np.isfinite(self.network.theta).all():
                raise DivergedError(
                    f"training diverged in epoch {number}: the loss is no longer a finite number",
                    remedy="try a smaller optimizer.learning_rate, or gradient_clip: 1.0",
                )
            yield Epoch(number, loss, self._rate(self.steps - 1, in_epoch))

    def _rate(self, step: int, in_epoch: int) -> float:
        factor = self.schedule(step / in_epoch, self.epochs, 1 / in_epoch)
        return self.optimizer.learning_rate * factor

    def _epoch(self, x: Array, y: Array, weight: Array | None, size: int, in_epoch: int) -> float:
        total = 0.0
        for rows, targets, weights in self._batches(x, y, weight, size):
            loss = self.network.gradient(rows, targets, weights, self.generators["dropout"])
            total += loss * len(rows)
            self._step(self._rate(self.steps, in_epoch))
        return total / len(x)

    def _batches(
        self, x: Array, y: Array, weight: Array | None, size: int
    ) -> Iterator[tuple[Array, Array, Array | None]]:
        if not self.shuffle or size == len(x):
            for start in range(0, len(x), size):
                batch = slice(start, start + size)
                yield x[batch], y[batch], None if weight is None else weight[batch]
            return
        order = self.generators["order"].permutation(len(x))
        block = ceil(GATHERED_ROWS / size) * size
        for start in range(0, len(x), block):
            gathered = order[start : start + block]
            rows, targets = x.take(gathered, axis=0), y.take(gathered, axis=0)
            weights = None if weight is None else weight.take(gathered)
            for first in range(0, len(gathered), size):
                batch = slice(first, first + size)
                yield rows[batch], targets[batch], None if weights is None else weights[batch]

    def _step(self, rate: float) -> None:
        theta, grad = self.network.theta, self.network.grad
        penalized = slice(self.network.weights_size)
        if self.l2:
            grad[penalized] += self.l2 * theta[penalized]
        if self.gradient_clip is not None:
            norm = sqrt(float(grad @ grad))
            if norm > self.gradient_clip:
                grad *= self.gradient_clip / norm
        self.steps += 1
        self.optimizer.step(theta, grad, self.state, self.steps, rate)
        if self.l1:
            weights = theta[penalized]
            size = np.maximum(np.abs(weights) - rate * self.l1, 0)
            np.copysign(size, weights, out=weights)
