"""Back-propagation: gradients of batches of rows, and steps by an optimizer."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from itertools import islice
from math import ceil, isfinite, sqrt
from typing import Any, ClassVar, Literal, Self, TypeAlias

import numpy as np

from ann_cli.engine.augmentation import Change, change_of
from ann_cli.engine.compiled.refusal import in_parts
from ann_cli.engine.compiled.signals import signals_wait
from ann_cli.engine.network import Network
from ann_cli.engine.optimizers import Optimizer
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.schedules import Constant, Schedule
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.block_trainer import BlockTrainer
from ann_cli.engine.trainers.trainer import Epoch
from ann_cli.errors import DivergedError

TakeSteps: TypeAlias = Callable[[Rows, Array], float]
"""Takes a step for each row of a `course`, and returns the sum of the rows' losses."""

GATHERED = 1 << 18
"""Numbers brought into an epoch's order at a time: a buffer that stays in the cache."""

MOST_ROWS, WORK = 16_384, 1 << 25
"""Rows of a block at most, and rows times multiplications, about: what is asked for between two
blocks (an end, a checkpoint, how far it is) waits for less than a second."""


@dataclass
class BackPropagation(BlockTrainer):
    """How a network is trained by its gradient, and how far it has come.

    The gradient is that of the mean loss over a batch plus ½ l2 ‖weights‖²; l1 acts as a proximal
    step after the optimizer's (Parikh & Boyd 2014, "Proximal algorithms", section 6.5.2), which
    makes exact zeros. Neither touches biases.
    """

    name: ClassVar[str] = "back-propagation"
    resumable: ClassVar[bool] = True
    takes_steps: ClassVar[bool] = True
    explained: ClassVar[bool] = True

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
    weight_decay_schedule: Schedule = field(default_factory=Constant)
    dropout_schedule: Schedule = field(default_factory=Constant)
    engine: Literal["numpy", "numba"] = "numpy"
    compiled_pools: bool = False
    augmentation: Change | None = None
    """What is done to the rows of a step before it is taken."""
    steps: int = 0
    """Steps taken so far."""
    blocks: int = 0
    """Blocks of the epoch at hand that were trained on."""
    loss: float = 0.0
    """The sum of the losses of their rows."""

    def __post_init__(self) -> None:
        self.state = self.optimizer.new_state(self.network.theta)
        self._epoch_drawn_from = self.generators["order"].bit_generator.state
        self._optimizers = self.optimizers(1.0)
        self._compiled: tuple[int, TakeSteps] | None = None
        """The rows of a step, and the compiled code that takes such steps."""

    @classmethod
    def of(cls, config: Any, network: Network, random: dict[str, np.random.Generator]) -> Self:
        return cls(
            network,
            config.optimizer,
            random,
            config.epochs,
            None if config.batch_size == "full" else config.batch_size,
            config.schedule,
            config.shuffle,
            config.l1,
            float(config.l2),
            config.gradient_clip,
            config.weight_decay_schedule,
            config.dropout_schedule,
            augmentation=change_of(config, network.chain.inputs),
        )

    def run(self, rows: Source) -> Generator[Epoch, None, None]:
        """Yield a record after each epoch. Raises DivergedError when the loss is not finite."""
        size = self.rows_in_step(len(rows))
        in_epoch = ceil(len(rows) / size)
        self.compile(len(rows))
        finished = (self.steps - bool(self.blocks)) // in_epoch
        for number in range(finished + 1, self.epochs + 1):
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                loss = self._epoch(rows, size, in_epoch)
            if not isfinite(loss) or not np.isfinite(self.network.stored).all():
                raise DivergedError(
                    f"training diverged in epoch {number}: the loss is no longer a finite number",
                    remedy="try a smaller optimizer.learning_rate, or gradient_clip: 1.0",
                )
            rate = float(self.course(self.steps - 1, 1, in_epoch)[0, 0])
            yield Epoch(number, loss, {"learning_rate": rate})

    def is_compiled(self, rows: int) -> bool:
        """Whether the steps on so many rows need no compiling now."""
        if self.engine != "numba":
            return not self.compiled_pools or _pooling().are_kept(self.network)
        if in_parts(self.network):
            leaves, dtype = self.network.chain.leaves(), self.network.theta.dtype
            return all(layer.is_compiled(dtype) for _, layer in leaves)
        with signals_wait():
            from ann_cli.engine.compiled.steps import is_compiled

        return is_compiled(self, rows)

    def compile(self, rows: int) -> None:
        """Compile the steps on so many rows now, and not when the first is taken."""
        self._steps_of(self.rows_in_step(rows))

    def rows_in_block(self, size: int) -> int:
        """Return how many rows are brought into order at a time: whole steps."""
        network = self.network
        width = network.inputs + network.outputs
        # Layers that use their weights many times a row do more than one multiplication with each.
        work = max(network.theta.size, network.chain.work * (network.members or 1))
        wanted = min(MOST_ROWS, GATHERED // width, WORK // work)
        return max(1, ceil(wanted / size)) * size

    def single_steps(
        self, rows: Rows, size: int, in_epoch: int
    ) -> Generator[tuple[Rows, float], None, None]:
        """Take a step at a time; yield its rows and their mean loss before it, finite or not.

        `in_epoch` is the number of steps of an epoch, which the schedules count by.
        """
        take_steps = self._steps_of(size)
        for start in range(0, len(rows), size):
            batch = rows[start : start + size]
            yield batch, take_steps(batch, self.course(self.steps, 1, in_epoch)) / len(batch)

    def course(self, first: int, count: int, in_epoch: int) -> Array:
        """Return what the schedules make of `count` steps, a row a step.

        Its columns are the learning rate, and the factors of weight_decay and of dropout.
        """
        epochs = np.arange(first, first + count) / in_epoch
        found = np.ones((count, 3))
        found[:, 0] = self.optimizer.learning_rate
        schedules = self.schedule, self.weight_decay_schedule, self.dropout_schedule
        for column, schedule in zip(found.T, schedules, strict=True):
            column *= schedule(epochs, self.epochs, 1 / in_epoch)
        return found

    def optimizers(self, factor: float) -> list[tuple[slice, Optimizer]]:
        """Return what moves each part of the parameters, every weight_decay times a factor.

        An optimizer is elementwise: with another decay on a part of the flat vector it does there
        what it would do on the whole of it.
        """
        decays = self.network.layout.decays
        return [(part, self.optimizer.decaying(factor, own)) for part, own in decays]

    def take(self, rows: Rows, size: int, in_epoch: int) -> float:
        """Take the steps on a block of rows, `size` a step; return the sum of their losses."""
        course = self.course(self.steps, ceil(len(rows) / size), in_epoch)
        loss = self._steps_of(size)(rows, course)
        self._flush()
        return loss

    def _epoch(self, rows: Source, size: int, in_epoch: int) -> float:
        order = self.generators["order"] if self.shuffle and size < len(rows) else None
        self._epoch_drawn_from = self.generators["order"].bit_generator.state
        for block in islice(rows.blocks(self.rows_in_block(size), order), self.blocks, None):
            self.loss += self.take(block, size, in_epoch)
            self.blocks += 1
        mean = self.loss / len(rows)
        self.blocks, self.loss = 0, 0.0
        return mean

    def _steps_of(self, size: int) -> TakeSteps:
        """Return what takes the steps of a block."""
        if self.engine == "numba" and in_parts(self.network):
            for _, layer in self.network.chain.leaves():
                layer.compile(self.network.theta.dtype)
        elif self.engine == "numba":
            if self._compiled is None or self._compiled[0] != size:
                with signals_wait():
                    from ann_cli.engine.compiled.steps import Steps

                self._compiled = size, Steps(self, size)
            return self._compiled[1]
        if self.compiled_pools:
            _pooling().compile_pools(self.network)

        def take_steps(rows: Rows, course: Array) -> float:
            total = 0.0
            for (x, y, weight), now in zip(rows.batches(size), course.tolist(), strict=True):
                rate, decay, dropout = now
                self.network.chain.scale_dropout(dropout)
                if self.augmentation is not None:
                    x = self.augmentation(x, self.generators["augmentation"])
                total += self.network.gradient(x, y, weight, self.generators["dropout"]) * len(x)
                self._step(rate, decay)
            return total

        return take_steps

    def _step(self, rate: float, decay: float) -> None:
        theta, grad = self.network.theta, self.network.grad
        penalized = slice(self.network.layout.penalized)
        if self.l2:
            grad[penalized] += self.l2 * theta[penalized]
        if self.gradient_clip is not None:
            self._clip(self.gradient_clip)
        self.steps += 1
        for part, optimizer in self._optimizers if decay == 1 else self.optimizers(decay):
            optimizer.step(theta[part], grad[part], self.state[:, part], self.steps, rate)
        if self.l1:
            weights = theta[penalized]
            size = np.maximum(np.abs(weights) - rate * self.l1, 0)
            np.copysign(size, weights, out=weights)
        self.network.settle()

    def _clip(self, longest: float) -> None:
        """Shorten the gradient to a length; of several networks each one's by itself."""
        network, grad = self.network, self.network.grad
        if network.members is None:
            norm = sqrt(float(grad @ grad))
            if norm > longest:
                grad *= longest / norm
            return
        slopes = [each.reshape(network.members, -1) for each in network.views(grad).values()]
        norms = np.sqrt(sum(np.add.reduce(each * each, axis=1) for each in slopes))
        factors = longest / np.maximum(norms, longest)
        for each in slopes:
            each *= factors[:, np.newaxis]

    def _flush(self) -> None:
        """Set to 0 what lies below the smallest normal number, where the processor crawls.

        Units that have died leave such weights and momenta behind, and no prediction feels them.
        """
        tiny = np.finfo(self.network.stored.dtype).tiny
        for numbers in (self.network.stored, self.state):
            numbers[np.abs(numbers) < tiny] = 0


def _pooling() -> Any:
    with signals_wait():
        from ann_cli.engine.compiled import pooling

    return pooling
