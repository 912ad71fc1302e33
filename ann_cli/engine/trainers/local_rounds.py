"""Local rounds: replicas of a network train by themselves on rows of their own, and are averaged.

That is local SGD: Lin, Stich, Patel & Jaggi 2020, "Don't use large mini-batches, use local SGD"
(arXiv 1808.07217). How many replicas there are is the config's. Where and by how many workers their
rounds are computed changes no bit.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Any, ClassVar, Self

import numpy as np

from ann_cli.engine.choice import START, expected_seconds
from ann_cli.engine.network import Network
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.trainers.back_propagation import BackPropagation
from ann_cli.engine.trainers.rounds import (
    Point,
    Replica,
    Round,
    TakeRound,
    alone,
    divided,
    here,
    settings_of,
)
from ann_cli.engine.trainers.trainer import Epoch
from ann_cli.errors import ConfigError, DivergedError, counted, keeping_what_was_learned

SECONDS = 2.0
"""What a round is to take by `expected_seconds`, which no clock changes: an average costs a tenth
of a second, and is to be lost among the steps."""

FIRST, GROWTH = 8, 4
"""Steps of the first round, and which part of the steps before it a round adds at most: replicas
are averaged often as long as the parameters change much."""

SEEN = 256
"""Rows that are shown of those which replicas trained on."""


@dataclass
class LocalRounds(BackPropagation):
    """Back-propagation by replicas of the network, whose averages are what is trained.

    The optimizer's state is averaged with the parameters. With `outer` an average is not taken as
    it is: the way to it counts as a gradient, for a step of Nesterov's momentum (Douillard et al.
    2023, "DiLoCo", arXiv 2311.08105). Its velocity is the last row of `state`.

    `steps` are those of the replica that takes most, `blocks` those of the epoch at hand.
    """

    name: ClassVar[str] = "local rounds"
    explained: ClassVar[bool] = False

    seed: int = 0
    replicas: int = 4
    outer: tuple[float, float] | None = None
    """The momentum and the learning rate of a step towards an average."""
    take_round: TakeRound | None = None
    """Where rounds are computed; None: in this process."""
    after: Callable[[Rows | None, int], None] = lambda rows, count: None
    """Told after each round of some of the rows, where they are in memory, and how many it had."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._sizes = [1] * self.replicas
        """The rows of each replica, once they are known."""
        self._own_states = len(self.state)
        if self.outer:
            self.state = np.concatenate([self.state, np.zeros_like(self.network.theta)[None]])

    @classmethod
    def suits(cls, config: Any) -> bool:
        return config.cluster is not None

    @classmethod
    def of(cls, config: Any, network: Network, random: dict[str, np.random.Generator]) -> Self:
        asked, plain = config.cluster, BackPropagation.of(config, network, random)
        outer = (asked.outer.momentum, asked.outer.learning_rate) if asked.outer else None
        own = {"seed": config.seed, "replicas": asked.replicas, "outer": outer}
        return cls(**settings_of(plain), **own)

    def check(self, rows: Source, place: str) -> None:
        """Raise ConfigError where a replica would have no row."""
        self._sizes = sizes_of(rows, self.replicas)
        if not all(self._sizes):
            raise ConfigError(
                f"{counted(sum(self._sizes), 'row')} to train do not suffice for "
                f"{self.replicas} replicas",
                place=place.replace("optimizer", "cluster"),
                remedy="use fewer cluster.replicas",
            )

    def rows_in_step(self, rows: int) -> int:
        """Return how many rows a step of a replica takes, of so many in all."""
        return super().rows_in_step(ceil(rows / self.replicas))

    @property
    def stride(self) -> float:
        """How many steps of one network a step of the replicas stands for, and is as long as.

        An epoch has fewer steps than without replicas, which learned less of it: a learning rate so
        many times as large makes up for them, and takes no time, as smaller batches would (Goyal et
        al. 2017, "Accurate, large minibatch SGD", arXiv 1706.02677, section 2.1).
        """
        rows = sum(self._sizes)
        return ceil(rows / super().rows_in_step(rows)) / self.in_epoch

    @property
    def notes(self) -> tuple[str, ...]:
        if self.stride == 1:
            return ()
        rate = self.optimizer.learning_rate
        return (
            f"{counted(self.replicas, 'replica')} learn from a share of the rows each, and take "
            f"steps {self.stride:.3g} times as long: the learning rate is {rate * self.stride:.3g} "
            f"in place of {rate:.3g}",
        )

    @property
    def in_epoch(self) -> int:
        """The steps of an epoch: those of the replica with most rows."""
        return max(ceil(rows / super(LocalRounds, self).rows_in_step(rows)) for rows in self._sizes)

    def check_position(self, position: dict[str, Any], rows: int, epochs: int) -> None:
        """Raise ValueError where a position is none after so many epochs."""
        blocks = position["blocks"]
        if blocks > self.in_epoch or position["steps"] != epochs * self.in_epoch + blocks:
            raise ValueError("its steps are not those of its epochs")

    def replicas_of(self, rows: Source) -> list[Replica]:
        """Return the replicas that train on some rows; they share a trainer, until one is sent."""
        trainer = alone(self, self.optimizer.of_steps(self.stride))
        parts = enumerate(divided(rows, self.replicas))
        return [Replica(number, trainer, part, self.seed) for number, part in parts]

    def run(self, rows: Source) -> Generator[Epoch, None, None]:
        """Yield a record after each epoch. Raises DivergedError when the loss is not finite."""
        self.check(rows, "optimizer")
        take = self.take_round or here(self.replicas_of(rows))
        in_epoch, count = self.in_epoch, sum(self._sizes)
        seen = rows[:SEEN] if isinstance(rows, Rows) else None
        finished = (self.steps - self.blocks) // in_epoch
        for number in range(finished + 1, self.epochs + 1):
            while self.blocks < in_epoch:
                steps = self._steps_of_round(in_epoch)
                now = Round(number, self.blocks, steps, self.steps, in_epoch)
                start = Point(self.network.stored, self.state[: self._own_states])
                with keeping_what_was_learned():
                    found = take(start, now)
                self._move(found, steps)
                if not isfinite(self.loss) or not np.isfinite(self.network.stored).all():
                    raise DivergedError(
                        f"training diverged in epoch {number}: the loss is no longer a finite "
                        "number",
                        remedy="try a smaller optimizer.learning_rate, or gradient_clip: 1.0",
                    )
                self.after(seen, found.rows)
            mean = self.loss / count
            self.blocks, self.loss = 0, 0.0
            rate = float(self.course(self.steps - 1, 1, in_epoch)[0, 0]) * self.stride
            yield Epoch(number, mean, {"learning_rate": rate})

    def _steps_of_round(self, in_epoch: int) -> int:
        """Return the steps until the next average: of counted work, so that no clock changes them.

        What is left of an epoch is divided evenly.
        """
        seconds = expected_seconds(self.network, self.rows_in_step(sum(self._sizes)), 1)
        seconds["numba"] -= START
        longest = max(1, round(SECONDS / seconds[self.engine]))
        wanted = min(max(FIRST, self.steps // GROWTH), longest)
        left = in_epoch - self.blocks
        return ceil(left / ceil(left / wanted))

    def _move(self, found: Point, steps: int) -> None:
        """Go to an average, or step towards it."""
        theta, state = self.network.theta, self.state
        if self.outer:
            momentum, rate = (theta.dtype.type(each) for each in self.outer)
            way = theta - found.stored[: theta.size]
            velocity = state[-1]
            velocity *= momentum
            velocity += way
            reached = theta - rate * (way + momentum * velocity)
            self.network.stored[...] = found.stored
            theta[...] = reached
        else:
            self.network.stored[...] = found.stored
        state[: self._own_states] = found.state
        self.steps += steps
        self.blocks += steps
        self.loss += found.loss


def sizes_of(rows: Source, replicas: int) -> list[int]:
    """Return how many rows each replica has."""
    if isinstance(rows, Rows):
        return [len(range(number, len(rows), replicas)) for number in range(replicas)]
    return [len(each) for each in divided(rows, replicas)]
