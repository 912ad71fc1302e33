"""How far a training has come: what others may read while it lasts."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ann_cli.data.prefetch import prefetch
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.trainer import Record
from ann_cli.errors import keeping_what_was_learned

FEW = 4
"""Blocks of an epoch for which no thread is worth starting, which gathers the next."""


@dataclass
class Progress:
    """Epochs, rows and seconds so far, and the best of them."""

    planned: tuple[int, str]
    """How many epochs or trials there are if nothing ends them before, and which of both."""
    kept: Array
    """The best parameters so far."""
    history: list[Record] = field(default_factory=list)
    best: Record = field(default_factory=lambda: {"epoch": 0})
    done: int = 0
    """Epochs or trials so far."""
    passed: int = 0
    """Rows trained on so far, in all epochs."""
    block: Rows | None = None
    """The last of them."""
    seconds: float = 0.0
    """Seconds of training, before `since`."""
    since: float | None = None
    """When the epochs began; None before and afterwards."""

    def begin(self) -> None:
        """Let the time run."""
        self.since = time.perf_counter()

    def end(self) -> None:
        """Let the time stand still."""
        self.seconds, self.since = self.elapsed(), None

    def elapsed(self) -> float:
        """Return the seconds of training so far."""
        return self.seconds + (0 if self.since is None else time.perf_counter() - self.since)

    def improves(self, record: Record, measure: str | None, sign: int = 1) -> bool:
        """Whether a record is the best so far; without the measure the last one is.

        With the `sign` 1 less of the measure is better, with -1 more.
        """
        if measure not in record:
            return True
        return sign * record[measure] < sign * self.best.get(measure, sign * np.inf)


@dataclass(frozen=True)
class CountedRows:
    """A source of rows that counts those that have been trained on."""

    rows: Source
    progress: Progress
    before: Callable[[Rows], None]
    """Told of each block before it is trained on."""
    after: Callable[[], None]
    """Called when that is done."""

    def __len__(self) -> int:
        return len(self.rows)

    def count(self, seen: Rows | None, rows: int) -> None:
        """Count rows that were trained on elsewhere, of which some are `seen` here."""
        self.progress.passed += rows
        self.progress.block = seen
        self.after()

    def blocks(self, size: int, generator: np.random.Generator | None) -> Iterator[Rows]:
        blocks = self.rows.blocks(size, generator)
        blocks = prefetch(blocks) if len(self.rows) > FEW * size else blocks
        while (block := _next(blocks)) is not None:
            self.before(block)
            yield block
            self.progress.passed += len(block)
            self.progress.block = block
            self.after()


def _next(blocks: Iterator[Rows]) -> Rows | None:
    """Return the next rows, None behind the last. Raises LostError where they cannot be read."""
    with keeping_what_was_learned():
        return next(blocks, None)
