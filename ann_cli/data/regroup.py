"""Parts of any size, cut and joined into parts of one size."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


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
