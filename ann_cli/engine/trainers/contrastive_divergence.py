"""Contrastive divergence: what rows make of the units, less what the machine makes of them."""

from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import islice
from math import ceil
from typing import Any, ClassVar, Self

import numpy as np

from ann_cli.engine.boltzmann.base_rates import begin
from ann_cli.engine.boltzmann.greedy import Greedy
from ann_cli.engine.boltzmann.learning import Learning
from ann_cli.engine.boltzmann.machine import BoltzmannMachine
from ann_cli.engine.boltzmann.measures import Told, told_of
from ann_cli.engine.rows import Source, uncounted
from ann_cli.engine.schedules import Constant, Schedule
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.block_trainer import BlockTrainer
from ann_cli.engine.trainers.trainer import Epoch, Record
from ann_cli.errors import DivergedError

MOST_ROWS, GATHERED = 16_384, 1 << 20
"""Rows, and numbers, brought into an epoch's order at a time."""

LOOKED_AT = 1_000
"""Rows of each side that are looked at after an epoch: the same ones each time."""


@dataclass
class ContrastiveDivergence(BlockTrainer):
    """Persistent contrastive divergence (Tieleman 2008), of a deep machine after pretraining.

    A step follows the difference of two means of sₗ·sₗ₊₁: with the rows in the visible units, and
    over chains that go on from step to step. A deep machine's layers are first trained two at a
    time, from below, with doubled inputs (Salakhutdinov & Hinton 2009, "Deep Boltzmann machines").
    """

    name: ClassVar[str] = "contrastive divergence"
    resumable: ClassVar[bool] = True
    told: ClassVar[tuple[str, ...]] = ()
    judged_by: ClassVar[str | None] = None

    network: Any
    generators: dict[str, np.random.Generator]
    epochs: int
    learning_rate: float = 0.05
    batch_size: int | None = 100
    schedule: Schedule = field(default_factory=Constant)
    pretraining_epochs: int = 0
    """Of each layer of a deep machine."""
    pretraining_rate: float = 0.1
    chains: int = 100
    gibbs_steps: int = 1
    l2: float = 0.0
    shuffle: bool = True
    steps: int = 0
    blocks: int = 0
    loss: float = 0.0

    def __post_init__(self) -> None:
        machine: BoltzmannMachine = self.network
        self.greedy = Greedy(machine, self.pretraining_epochs if self.epochs else 0)
        if machine.visible.conditional:
            self.chains = 0  # they start at the rows of each step
        self.state = self.greedy.new_state(self.chains)
        self._epoch_drawn_from = self.generators["order"].bit_generator.state
        self._looked_at: Any = None
        self._seen: Told | None = None
        self._held: Told | None = None
        """What is told of rows that were trained on, and of others, after an epoch."""

    @classmethod
    def suits(cls, config: Any) -> bool:
        return bool(config.model == "boltzmann")

    @classmethod
    def of(cls, config: Any, network: Any, random: dict[str, np.random.Generator]) -> Self:
        return cls(
            network,
            random,
            config.epochs,
            config.learning_rate,
            None if config.batch_size == "full" else config.batch_size,
            config.schedule,
            config.pretraining.epochs,
            config.pretraining.learning_rate,
            config.chains,
            config.gibbs_steps,
            float(config.l2),
            config.shuffle,
        )

    @property
    def planned(self) -> tuple[int, str]:
        return self.greedy.epochs + self.epochs, "epoch"

    def run(self, rows: Source) -> Generator[Epoch, None, None]:
        """Yield a record after each epoch, those of pretraining first. Raises DivergedError."""
        size = self.rows_in_step(len(rows))
        in_epoch = ceil(len(rows) / size)
        finished = (self.steps - bool(self.blocks)) // in_epoch
        if not self.steps:
            self.network.initialize(self.generators["initialization"])
            begin(self.network, uncounted(rows))
        self._looked_at = self._some_of(rows)
        learning = None
        for number in range(finished + 1, self.planned[0] + 1):
            stage = self.greedy.stage(number)
            if learning is None or self.greedy.starts(number):
                learning = self._learning(number, size)
            with np.errstate(over="ignore", invalid="ignore"):
                self._epoch(rows, size, in_epoch, number, learning)
                self._seen = told_of(self.greedy, stage, self._looked_at, self.state)
            if not np.isfinite(self.network.stored).all():
                raise DivergedError(
                    f"training diverged in epoch {number}: a weight is no longer a finite number",
                    remedy="try a smaller learning_rate",
                )
            rate = float(self._rates(number, self.steps - 1, 1, in_epoch)[0])
            layer = {"layer": float(stage)} if self.network.is_deep else {}
            yield Epoch(number, self._seen.loss, {"learning_rate": rate, **layer})

    def _learning(self, number: int, size: int) -> Learning:
        """Return what takes the steps of an epoch's stage, its chains where they were."""
        stage, begins = self.greedy.stage(number), self.greedy.starts(number) and not self.blocks
        if begins and number > 1:
            self.greedy.end(self.greedy.stage(number - 1), self.state, self._looked_at)
        stack, steps = self.greedy.stack(stage), self.network.mean_field_steps
        learning = Learning(stack, size, self.chains, self.gibbs_steps, steps)
        if not self.chains:
            return learning
        if begins:
            states = stack.mean_field(self.greedy.inputs(stage, self._looked_at, self.state), steps)
            learning.chains.begin(states, self.generators["chains"])
        else:
            learning.chains.go_on_from(self.state[: self.chains])
        return learning

    def _epoch(
        self, rows: Source, size: int, in_epoch: int, number: int, learning: Learning
    ) -> None:
        stage = self.greedy.stage(number)
        order = self.generators["order"] if self.shuffle and size < len(rows) else None
        self._epoch_drawn_from = self.generators["order"].bit_generator.state
        generator = self.generators["chains"]
        for block in islice(rows.blocks(self.rows_in_block(size), order), self.blocks, None):
            rates = self._rates(number, self.steps, ceil(len(block) / size), in_epoch)
            for (x, _, weight), rate in zip(block.batches(size), rates.tolist(), strict=True):
                below = self.greedy.inputs(stage, self.network.visible.held(x), self.state)
                learning.step(below, weight, rate, self.l2, generator)
                self.steps += 1
            if self.chains:
                learning.chains.keep(self.state[: self.chains])
            self.blocks += 1
        self.blocks = 0

    def _rates(self, number: int, first: int, count: int, in_epoch: int) -> Array:
        """Return the learning rate of each of `count` steps, of which `first` is the first."""
        if number <= self.greedy.epochs:
            return np.full(count, self.pretraining_rate)
        epochs = np.arange(first, first + count) / in_epoch - self.greedy.epochs
        return (
            self.learning_rate * self.schedule(epochs, self.epochs, 1 / in_epoch) * np.ones(count)
        )

    def rows_in_block(self, size: int) -> int:
        wanted = min(MOST_ROWS, GATHERED // self.network.inputs)
        return max(1, ceil(wanted / size)) * size

    def validated(self, epoch: int, held: Source | None) -> float | None:
        """Return the mean reconstruction loss of some of the rows that validate."""
        stage, self._held = self.greedy.stage(epoch), None
        if not held or (self.network.visible.of_users and not stage):
            return None  # users are judged by what they choose or rate besides
        told = told_of(self.greedy, stage, self._some_of(held), self.state)
        if not self.network.visible.of_users:
            self._held = told
        return told.loss

    def measures(self, rows: Source) -> Record:
        """Return how well rows that were trained on, and others, are told from what is drawn."""
        assert self._seen is not None
        found = {"reconstruction": self._seen.reconstruction}
        if self._seen.pseudo_likelihood is not None:
            found["pseudo_likelihood"] = self._seen.pseudo_likelihood
        if self._held is not None:
            found["free_energy_gap"] = self._held.free_energy - self._seen.free_energy
        return found

    def summary(self, best: Record, done: int) -> dict[str, Any]:
        """Return what the units are, and what was told of the last epoch."""
        machine: BoltzmannMachine = self.network
        measured = ("reconstruction", "pseudo_likelihood", "free_energy_gap")
        told = {"visible": machine.visible.kind.name, "hidden": list(machine.units)}
        return {"boltzmann": told | {name: best.get(name) for name in measured}}

    def _some_of(self, rows: Source) -> Array:
        """Return some of the rows, the same ones each time, rows × visible units."""
        machine: BoltzmannMachine = self.network
        return machine.visible.held(next(iter(uncounted(rows).blocks(LOOKED_AT, None))).x)
