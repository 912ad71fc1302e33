"""Rows that come in parts, anew in each pass: a source in memory that stays flat."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from sys import maxsize

import numpy as np

from ann_cli.data.cells.values import Array
from ann_cli.data.regroup import regrouped
from ann_cli.data.rows.encoding import joined
from ann_cli.engine.rows import Rows, Source
from ann_cli.errors import DataError

IN_ORDER = 4096
"""Rows that are joined at a time, at least, where they come in their order."""


@dataclass
class StreamedRows:
    """A source of rows that come in parts, anew in each pass; shuffled in windows of `window`."""

    parts: Callable[[], Iterator[Rows]]
    window: int
    count: int | None
    """The number of rows; None until a first pass has come to its end."""
    of_replicas: Sequence[Source] = ()
    """The same rows in parts, where replicas train on them."""

    def __len__(self) -> int:
        return maxsize if self.count is None else self.count

    def blocks(self, size: int, generator: np.random.Generator | None) -> Iterator[Rows]:
        """Yield every row once, as rows in memory do, window by window.

        A window holds whole blocks, so that without a generator the blocks are those of rows in
        memory, whatever the parts; it then holds no more rows than one block needs.
        """
        window = self.window if generator is not None else min(self.window, IN_ORDER)
        window = ceil(window / size) * size
        passed = 0
        # What is drawn from a window is a copy, so that the next one may take its room.
        made = windows if generator is not None else in_order
        for rows in made(self.parts(), window):
            passed += len(rows)
            yield from rows.blocks(size, generator)
        if self.count is None and passed:
            self.count = passed
        if passed != self.count:
            known = "some" if self.count is None else f"{self.count:,}"
            raise DataError(f"{passed:,} rows came, where {known} were expected")


def in_order(parts: Iterator[Rows], size: int) -> Iterator[Rows]:
    """Yield the rows of parts, `size` at a time."""
    return regrouped(parts, size, joined)


def windows(parts: Iterator[Rows], size: int) -> Iterator[Rows]:
    """Yield the same, all in one room: what was yielded is overwritten by what comes next.

    Parts that wait to be joined would take as much memory again.
    """
    room: Rows | None = None
    count = 0
    for part in parts:
        room = room or _room(part, size)
        start = 0
        while start < len(part):
            taken = min(size - count, len(part) - start)
            _copy(part[start : start + taken], room[count : count + taken])
            count, start = count + taken, start + taken
            if count == size:
                yield room
                count = 0
    if room is not None and count:
        yield room[:count]


def _room(like: Rows, size: int) -> Rows:
    def empty(values: Array) -> Array:
        return np.empty((size, *values.shape[1:]), values.dtype)

    # Of some parts y is x itself, of others it is not.
    return Rows(empty(like.x), empty(like.y), None if like.weight is None else empty(like.weight))


def _copy(rows: Rows, out: Rows) -> None:
    out.x[:], out.y[:] = rows.x, rows.y
    if out.weight is not None and rows.weight is not None:
        out.weight[:] = rows.weight
