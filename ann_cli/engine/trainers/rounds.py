"""What a replica does between two averages: a round of steps on rows of its own, and nothing else.

A round is a pure function: the same point, rows, numbers and seed give the same bits, wherever and
however often it is computed. So it may be lost with the machine that computed it, and taken again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias, TypeVar

import numpy as np

from ann_cli.engine.optimizers import Optimizer
from ann_cli.engine.randomness import round_generators
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.back_propagation import BackPropagation

Item = TypeVar("Item")


@dataclass(frozen=True)
class Point:
    """Where replicas stand, and the round that led there."""

    stored: Array
    """All parameters of the network, flat, as it has them."""
    state: Array
    """That of the optimizer."""
    loss: float = 0.0
    """The sum of the losses of the round's rows."""
    rows: int = 0
    """How many these were."""


@dataclass(frozen=True)
class Round:
    """Which steps a replica takes, counted within its own rows."""

    epoch: int
    first: int
    """Steps of the epoch before it."""
    count: int
    steps: int
    """Steps before it, in all epochs."""
    in_epoch: int
    """Steps of an epoch, which the schedules count by."""


TakeRound: TypeAlias = Callable[[Point, Round], Point]
"""Lets all replicas take a round from a point; returns the average of where they came."""


class Replica:
    """A copy of the network with rows of its own."""

    def __init__(self, number: int, trainer: BackPropagation, rows: Source, seed: int) -> None:
        """`trainer` is used in each round, and keeps nothing from one to the next."""
        self.number, self.trainer, self.rows, self.seed = number, trainer, rows, seed
        self._reading: tuple[int, Reading] | None = None
        """The epoch that is read, and how far: what comes next need not be looked for."""

    def __call__(self, start: Point, now: Round) -> Point:
        """Return where a round leads to."""
        trainer = self.trainer
        trainer.network.stored[...] = start.stored
        trainer.state[...] = start.state
        trainer.steps = now.steps
        drawn = round_generators(self.seed, now.epoch, self.number, now.first)
        for name, generator in drawn.items():  # compiled steps hold those that are there
            trainer.generators[name].bit_generator.state = generator.bit_generator.state
        size = trainer.rows_in_step(len(self.rows))
        loss, rows = 0.0, 0
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for block in self._rows(now, size, drawn["order"]):
                loss += trainer.take(block, size, now.in_epoch)
                rows += len(block)
        return Point(trainer.network.stored.copy(), trainer.state.copy(), loss, rows)

    def _rows(self, now: Round, size: int, order: np.random.Generator) -> Iterator[Rows]:
        """Yield the rows of a round; where others than the last were read before, from the first.

        Each epoch has an order of its own, which follows from its number.
        """
        before = now.first * size
        if self._reading is None or (self._reading[0], self._reading[1].passed) != (
            now.epoch,
            before,
        ):
            shuffled = self.trainer.shuffle and size < len(self.rows)
            blocks = self.rows.blocks(self.trainer.rows_in_block(size), order if shuffled else None)
            self._reading = now.epoch, Reading(blocks)
            for _ in self._reading[1].take(before):
                pass
        return self._reading[1].take(now.count * size)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_reading": None}  # which is found again from a round's numbers

    def __sizeof__(self) -> int:
        """Return its bytes: what to reckon with before it is sent elsewhere."""
        rows = self.rows
        if isinstance(rows, Rows):
            return sum(each.nbytes for each in (rows.x, rows.y, rows.weight) if each is not None)
        return len(rows) * self.trainer.network.inputs


class Reading:
    """Rows on the way through an epoch."""

    def __init__(self, blocks: Iterator[Rows]) -> None:
        self._blocks = blocks
        self._pending: Rows | None = None
        self.passed = 0

    def take(self, count: int) -> Iterator[Rows]:
        """Yield the next `count` rows, or the fewer that are left, in pieces as they come."""
        while count:
            block = next(self._blocks, None) if self._pending is None else self._pending
            if block is None:
                return
            piece, rest = block[:count], block[count:]
            self._pending = rest if len(rest) else None
            count -= len(piece)
            self.passed += len(piece)
            yield piece


def average(one: Point, other: Point) -> Point:
    """Return the mean of two points, each counting as much as the rows of its round.

    Of a replica that had no rows left nothing remains.
    """
    rows = one.rows + other.rows
    share = other.rows / rows if rows else 0.0

    def mean(mine: Array, its: Array) -> Array:
        return mine + (its - mine) * mine.dtype.type(share)

    with np.errstate(over="ignore", invalid="ignore"):  # of what has diverged
        return Point(
            mean(one.stored, other.stored),
            mean(one.state, other.state),
            one.loss + other.loss,
            rows,
        )


def in_pairs(items: Sequence[Item], join: Callable[[Item, Item], Item]) -> Item:
    """Return all items joined, neighbours first: a tree, whose form follows from their number."""
    while len(items) > 1:
        pairs = [join(*items[at : at + 2]) for at in range(0, len(items) - 1, 2)]
        items = [*pairs, *items[len(pairs) * 2 :]]
    return items[0]


def here(replicas: Sequence[Replica]) -> TakeRound:
    """Return what lets replicas take their rounds in this process, one after the other."""
    return lambda start, now: in_pairs([each(start, now) for each in replicas], average)


def settings_of(trainer: BackPropagation) -> dict[str, Any]:
    """Return what a trainer is made of."""
    return {each.name: getattr(trainer, each.name) for each in fields(BackPropagation)}


def alone(trainer: BackPropagation, optimizer: Optimizer) -> BackPropagation:
    """Return a trainer with the same other settings, and a network and generators of its own."""
    network, generators = trainer.network, round_generators(0, 0, 0, 0)
    own = {"network": network.lying_in(np.empty_like(network.stored)), "generators": generators}
    return BackPropagation(**settings_of(trainer) | own | {"optimizer": optimizer})


def divided(rows: Source, replicas: int) -> Sequence[Source]:
    """Return the rows of each replica: of rows in memory every so many, else as they are divided.

    Neighbours in a file are often alike: dealt in turn, each replica has some of everything.
    """
    if not isinstance(rows, Rows):
        return rows.of_replicas  # type: ignore[attr-defined]
    return [_dealt(rows, slice(number, None, replicas)) for number in range(replicas)]


def _dealt(rows: Rows, dealt: slice) -> Rows:
    def own(values: Array) -> Array:
        return np.ascontiguousarray(values[dealt])  # as it comes to another process, to the bit

    weight = None if rows.weight is None else own(rows.weight)
    x = own(rows.x)
    return replace(rows, x=x, y=x if rows.y is rows.x else own(rows.y), weight=weight, fold=None)
