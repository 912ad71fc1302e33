"""Parts of any size, cut and joined into parts of one size; the numbers of their rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from ann_cli.engine.settings import Array

T = TypeVar("T")


def row_numbers(chosen: Array | None) -> pd.Index:
    """Return the number that each row has in its file: of all, or of those that are `chosen`."""
    return pd.RangeIndex(1 << 62) if chosen is None else pd.Index(np.flatnonzero(chosen))


def regrouped(parts: Iterable[T], size: int, join: Callable[[Sequence[T]], T]) -> Iterator[T]:
    """Yield the same rows in the same order, `size` at a time; the last part may be smaller.

    A part has a length and can be sliced; `join` makes one of several.
    """
    pending: list[T] = []
    count = 0
    part: Any
    for part in parts:
        start = 0
        while count + len(part) - start >= size:
            stop = start + size - count
            whole = join([*pending, part[start:stop]])
            pending, count, start = [], 0, stop
            yield whole
            del whole  # else it is in memory beside the next
        if start < len(part):
            pending.append(part[start:])
            count += len(part) - start
    if pending:
        yield join(pending)
