"""Rows: what a network learns from, and the order in which training meets them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np

from ann_cli.engine.settings import Array


class Source(Protocol):
    """Where rows come from; they need not lie in memory all at once."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def blocks(self, size: int, generator: np.random.Generator | None) -> Iterator["Rows"]:
        """Yield every row once, in the order that the generator draws, or as they come if None.

        Each block but the last has `size` rows.
        """


@dataclass(frozen=True)
class Rows:
    """Rows in memory: x is rows × inputs, y rows × outputs, weight one a row (mean 1) or None."""

    x: Array
    y: Array
    weight: Array | None = None
    fold: Array | None = None
    """The number of each row's fold: of an ensemble, the members that do not train on it."""

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, rows: slice) -> Self:
        return self._part(rows, None)

    def blocks(self, size: int, generator: np.random.Generator | None) -> Iterator[Self]:
        """Yield every row once, in the order that the generator draws, or as they come if None."""
        order = None
        if generator is not None:
            order = np.arange(len(self), dtype=np.uint32)  # half the memory to shuffle
            generator.shuffle(order)
        for start in range(0, len(self), size):
            yield self._part(slice(start, start + size), order)

    def batches(self, size: int) -> Iterator[tuple[Array, Array, Array | None]]:
        """Yield (x, y, weight) of `size` rows at a time; the last may be smaller."""
        for start in range(0, len(self), size):
            rows = slice(start, start + size)
            yield self.x[rows], self.y[rows], None if self.weight is None else self.weight[rows]

    def _part(self, rows: slice, order: Array | None) -> Self:
        def part(values: Array) -> Array:
            return values[rows] if order is None else values.take(order[rows], axis=0, mode="clip")

        weight, fold = (None if each is None else part(each) for each in (self.weight, self.fold))
        return type(self)(part(self.x), part(self.y), weight, fold)


def uncounted(rows: Source) -> Source:
    """Return the rows for a pass that is no epoch: without what counts those trained on."""
    inner: Source = getattr(rows, "rows", rows)
    return inner


def without_folds(rows: Source) -> Source:
    """Return the rows as if no member of an ensemble had left any out."""
    return replace(rows, fold=None) if isinstance(rows, Rows) and rows.fold is not None else rows
