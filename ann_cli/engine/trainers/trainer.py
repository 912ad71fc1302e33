"""What every trainer offers: planned work, epochs to iterate over, and a position to go on from."""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self

import numpy as np

from ann_cli.engine.network import Network
from ann_cli.engine.rows import Source
from ann_cli.engine.settings import Array

Record = dict[str, float]
"""What is told of an epoch, or of a trial: its number, its loss, and other measures by name."""


@dataclass(frozen=True)
class Epoch:
    """What one pass over the rows came to, or some trials at a time."""

    number: int
    """Epochs or trials so far."""
    loss: float
    """The mean over the steps as they were taken, or the lowest of all trials."""
    measures: Record = field(default_factory=dict)
    """What else is told of it: the learning rate."""
    records: tuple[Record, ...] | None = None
    """What history.csv holds of it, where that is not one record; the last is the best so far."""
    best: Record | None = None
    """The best record so far, where the trainer keeps the best parameters itself."""

    @property
    def learning_rate(self) -> float:
        """The size of its last step."""
        return self.measures["learning_rate"]


class Trainer:
    """Changes the parameters of a network, epoch by epoch.

    It knows nothing of who watches, saves or stops it: they read what `run` yields.
    """

    name: ClassVar[str]
    resumable: ClassVar[bool] = False
    """Whether it has a position that another one of its kind can go on from."""
    told: ClassVar[tuple[str, ...]] = ("learning_rate",)
    """The measures that each epoch has."""
    takes_steps: ClassVar[bool] = False
    """Whether it takes steps along a gradient, which can be traced and can diverge."""
    explained: ClassVar[bool] = False
    """Whether its last step tells why it diverged."""
    judged_by: ClassVar[str | None] = "validation_loss"
    """The measure of an epoch that the best parameters have the least of, where it is known."""

    passes: int = 1
    """How often an epoch goes through the rows."""

    network: Network
    state: Array
    generators: dict[str, np.random.Generator]
    engine: Literal["numpy", "numba"] = "numpy"
    compiled_pools: bool = False
    """Whether NumPy's pools are compiled: it is faster, and changes no bit."""

    @classmethod
    def suits(cls, config: Any) -> bool:
        """Whether it is the one that a completed config asks for."""
        return True

    @classmethod
    def of(cls, config: Any, network: Any, random: dict[str, np.random.Generator]) -> Self:
        """Return the trainer that a completed config describes."""
        raise NotImplementedError

    @property
    def notes(self) -> tuple[str, ...]:
        """What it does otherwise than the config's words, once `check` has seen the rows."""
        return ()

    @property
    def planned(self) -> tuple[int, str]:
        """How many epochs or trials there are, and which of both."""
        raise NotImplementedError

    def check(self, rows: Source, place: str) -> None:
        """Raise ConfigError where it would not come to an end; `place` is the key that says so."""

    def rows_in_step(self, rows: int) -> int:
        """Return how many of so many rows are computed with at a time."""
        return rows

    def run(self, rows: Source) -> Generator[Epoch, None, None]:
        """Yield the epochs. Raises DivergedError."""
        raise NotImplementedError

    def seconds(self, rows: int) -> dict[str, float] | None:
        """Return about how long each engine takes, where it is no network that they differ by.

        None: NumPy is the only one.
        """
        return None

    def measures(self, rows: Source) -> Record:
        """Return what is told of an epoch, once it has ended, from the rows that train."""
        return {}

    def validated(self, epoch: int, held: Source | None) -> float | None:
        """Return the mean loss of the rows that validate where the trainer judges by itself."""
        return None

    def is_done(self, record: Record) -> bool:
        """Whether no epoch after the one of a record could change anything."""
        return False

    def position(self) -> dict[str, Any]:
        """Return how far it has come; the network's parameters and `state` are beside it."""
        raise NotImplementedError

    def go_on_from(self, position: dict[str, Any]) -> None:
        """Take up a position."""
        raise NotImplementedError

    def check_position(self, position: dict[str, Any], rows: int, epochs: int) -> None:
        """Raise ValueError where a position is none after so many epochs of so many rows."""

    def is_compiled(self, rows: int) -> bool:
        """Whether what computes with so many rows is there, and need not be compiled."""
        return True

    def compile(self, rows: int) -> None:
        """Compile what computes with so many rows, where anything is to be compiled."""

    def summary(self, best: Record, done: int) -> dict[str, Any]:
        """Return what metrics.json has of the training beside the scores."""
        return {}
