"""Brute force: the loss at every point of a grid over the parameters, and the lowest of them.

What gradient descent is for: the points to try are points ** parameters, which no machine finishes
for more than a handful of parameters (Bellman 1957, "Dynamic programming": the curse of
dimensionality).
"""

import time
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from math import floor, inf, isfinite, log10
from typing import Any, ClassVar, Self

import numpy as np

from ann_cli.engine.network import PREDICTED_ROWS, Network
from ann_cli.engine.rows import Source
from ann_cli.engine.settings import Array, Entry, setting, table
from ann_cli.engine.trainers.trainer import Epoch, Record, Trainer
from ann_cli.errors import ConfigError, DivergedError

MOST_SECONDS = 600.0
"""Seconds that a search may take by its own estimate."""

NUMBERS = 2**17
"""Numbers in one layer's output for the trials made at a time: they stay in the cache."""

TIMED = 0.02
"""Seconds of trials that tell the speed."""

UNITS = (("years", 31_557_600), ("days", 86_400), ("hours", 3600), ("minutes", 60))


@dataclass(frozen=True)
class BruteForce(Entry):
    """Tries every combination of weights on a grid; takes no steps, so epochs do not count.

    Every trial is the mean loss over all training rows, whatever batch_size says.
    """

    name = "brute_force"
    state: ClassVar[tuple[str, ...]] = ()
    # The key is called so; no formula asks a search for its settings in order.
    values: tuple[float, float] = setting(  # type: ignore[assignment]
        (-1.0, 1.0), "the lowest and the highest value tried"
    )
    points: int = setting(41, "how many values are tried, both ends included", ge=2, le=10**6)
    biases: bool = setting(True, "whether biases are tried, too; false leaves them at 0")

    def __post_init__(self) -> None:
        low, high = self.values
        if low >= high:
            raise ValueError(f"values goes from low to high, and {low} is not below {high}")

    def grid(self) -> Array:
        """Return the values that each parameter takes."""
        return np.linspace(*self.values, self.points).round(12)


SEARCHES = table(BruteForce)


RECORDED = 10_000
"""Trials of a search that history.csv holds one by one; of more it has those that were the best."""


class Search(Trainer):
    """All trials on one network; the best so far is in the network's `theta`.

    A trial, which meets all rows, is an epoch.
    """

    name = "a search by brute force"
    judged_by = None

    def __init__(self, network: Network, entry: BruteForce) -> None:
        self.network = network
        self.grid = entry.grid()
        self.parameters = network.theta.size if entry.biases else network.layout.penalized
        self.searched = "weights and biases" if entry.biases else "weights"

    @classmethod
    def suits(cls, config: Any) -> bool:
        return isinstance(config.optimizer, BruteForce)

    @classmethod
    def of(cls, config: Any, network: Network, random: dict[str, np.random.Generator]) -> Self:
        return cls(network, config.optimizer)

    @property
    def planned(self) -> tuple[int, str]:
        return self.trials, "trial"

    @property
    def trials(self) -> int:
        """How many there are."""
        return len(self.grid) ** self.parameters

    def named(self, values: Array) -> dict[str, float]:
        """Return a trial's parameters by their array in weights.npz and their place in it."""
        return dict(zip(self.names, values.tolist(), strict=True))

    @cached_property
    def names(self) -> list[str]:
        """What the parameters are called, in the order of theta."""
        found = (
            f"{each.name}.{'.'.join(map(str, place))}"
            for each in self.network.layout.stored
            for place in np.ndindex(each.shape)
        )
        return list(islice(found, self.parameters))

    def check(self, rows: Source, place: str = "") -> None:
        """Raise ConfigError where the trials would take more than MOST_SECONDS on this machine."""
        trials = self.parameters * log10(len(self.grid))
        seconds = trials - log10(self._speed(rows))
        if seconds > log10(MOST_SECONDS):
            raise ConfigError(
                f"{self.parameters:,} {self.searched} at {len(self.grid):,} points: "
                f"{_power(trials)} trials, {_duration(seconds)} at the measured speed: "
                "the curse of dimensionality",
                place=place,
                remedy="use optimizer: sgd, or try fewer points on a network of few weights",
            )

    def run(self, rows: Source) -> Generator[Epoch, None, None]:
        """Yield some trials at a time, in order; the last parameter runs through the grid fastest.

        Raises DivergedError where no trial has a finite loss.
        """
        lowest, at_once, few = inf, self._at_once(rows), self.trials <= RECORDED
        best: Record = {"epoch": 0}
        for first in range(0, self.trials, at_once):
            values = self._values(first, min(first + at_once, self.trials))
            losses = self.losses(values, rows)
            before = np.minimum.accumulate(np.concatenate([[lowest], losses]))
            improved = losses < before[:-1]
            if improved.any():
                lowest = before[-1]
                self.network.theta[: self.parameters] = values[np.flatnonzero(improved)[-1]]
            records = []
            for at in np.flatnonzero(improved | few).tolist():
                record: Record = {"epoch": first + at + 1, "loss": float(losses[at])}
                records.append(record | self.named(values[at]))
                if improved[at]:
                    best = records[-1]
            done, loss = first + len(losses), best.get("loss", inf)
            yield Epoch(done, loss, records=tuple(records), best=best)
        if not isfinite(lowest):
            raise DivergedError(
                "no trial has a finite loss", remedy="try a narrower range of optimizer.values"
            )

    def summary(self, best: Record, done: int) -> dict[str, Any]:
        """Return how many trials there were, and the lowest loss with its parameters."""
        found = {key: value for key, value in best.items() if key not in ("epoch", "loss")}
        told = {"trials": done, "loss": best["loss"], "parameters": found}
        return {"brute_force": told}

    def losses(self, values: Array, rows: Source) -> Array:
        """Return the mean loss over the rows of each trial, from trials × parameters."""
        stored = np.tile(self.network.stored, (len(values), 1))
        stored[:, : self.parameters] = values
        total = np.zeros(len(values))
        with np.errstate(over="ignore", invalid="ignore"):
            for block in rows.blocks(PREDICTED_ROWS, None):
                z, a = self.network.trials(stored, block.x)
                losses = self.network.output.losses(z, a, block.y)
                total += losses.sum(axis=1) if block.weight is None else losses @ block.weight
        return np.where(np.isnan(total), inf, total / len(rows))

    def _at_once(self, rows: Source) -> int:
        """Return how many trials are made at a time."""
        widest = max(layer.size for layer in self.network.layers)
        numbers = max(min(len(rows), PREDICTED_ROWS) * widest, self.network.theta.size)
        return max(1, NUMBERS // numbers)

    def _values(self, first: int, stop: int) -> Array:
        """Return the parameters of these trials, trials × parameters."""
        index = np.arange(first, stop)
        digits = np.empty((len(index), self.parameters), np.intp)
        for parameter in reversed(range(self.parameters)):
            index, digits[:, parameter] = np.divmod(index, len(self.grid))
        return self.grid[digits]

    def _speed(self, rows: Source) -> float:
        """Return the trials a second: of twice as many each time, until it takes a while.

        The fastest counts: what else the machine does slows some down.
        """
        speed, count, most = 0.0, 1, self._at_once(rows)
        while True:
            started = time.perf_counter()
            self.losses(self._values(0, count), rows)
            elapsed = time.perf_counter() - started
            speed = max(speed, count / elapsed)
            if elapsed > TIMED or count == most:
                return speed
            count = min(2 * count, most)


def _power(exponent: float, digits: int = 1) -> str:
    """Return 10 ** exponent, however large."""
    if exponent < 6:
        return f"{10**exponent:,.0f}"
    whole = floor(exponent)
    head = round(10 ** (exponent - whole), digits)
    return f"{head:.{digits}f}e{whole}" if head < 10 else f"{1:.{digits}f}e{whole + 1}"


def _duration(exponent: float) -> str:
    """Return 10 ** exponent seconds in the largest unit that fits."""
    name, size = next(each for each in UNITS if exponent >= log10(each[1]))
    return f"{_power(exponent - log10(size), digits=0)} {name}"
