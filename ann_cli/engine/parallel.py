"""Work in parts, one Python thread a core: NumPy lets the others run while it computes."""

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import copy_context
from math import prod
from typing import Any, TypeVar

import numpy as np

from ann_cli.engine.parameters import Shape
from ann_cli.engine.settings import Array

Part = TypeVar("Part")
Result = TypeVar("Result")

_threads = 1
"""How many Python threads compute. What they compute never depends on it."""

_pool: Any = None


class _Own(threading.local):
    """What each thread has for itself."""

    def __init__(self) -> None:
        self.scratch: dict[tuple[str, Any], Array] = {}


_own = _Own()


def use_threads(count: int) -> int:
    """Let so many threads work from now on; return how many did."""
    global _threads
    before, _threads = _threads, count
    return before


def each(work: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
    """Return what the work makes of each part, in their order, whichever thread takes which.

    The caller takes parts as the others do. Each thread sees NumPy's errstate as the caller has it.
    """
    helpers = min(_threads, len(parts)) - 1
    if helpers < 1:
        return [work(part) for part in parts]
    waiting = deque(enumerate(parts))
    found: dict[int, Result] = {}

    def take() -> None:
        while True:
            try:
                at, part = waiting.popleft()
            except IndexError:
                return
            found[at] = work(part)

    others = [_executor().submit(copy_context().run, take) for _ in range(helpers)]
    try:
        take()
    finally:
        waiting.clear()  # after an error nobody begins another
        errors = [other.exception() for other in others]
    for error in filter(None, errors):
        raise error
    return [found[at] for at in range(len(parts))]


def _executor() -> Any:
    global _pool
    if _pool is None:
        from concurrent.futures import ThreadPoolExecutor

        _pool = ThreadPoolExecutor(os.cpu_count(), "ann-rows")
    return _pool


def _forget() -> None:
    """Threads do not come along into a process that was forked."""
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def scratch(name: str, shape: Shape, dtype: Any) -> Array:
    """Return room for numbers that nobody keeps: this thread's own, the same at each call.

    It stays in the core's cache from layer to layer.
    """
    held, size, key = _own.scratch, prod(shape), (name, dtype)
    if key not in held or held[key].size < size:
        held[key] = np.empty(size, dtype)
    return held[key][:size].reshape(shape)
