"""What takes time to make is made while what came before is used."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from queue import Queue
from threading import Event, Thread
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")

MOST = 4
"""Threads that make what is asked for: beyond these few the one that asks cannot keep up."""


def cores() -> int:
    """Return the number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def prefetch(items: Iterable[T], depth: int = 2) -> Iterator[T]:
    """Yield the items, which a thread makes up to `depth` ahead; what it raises is raised here.

    Reading, parsing and encoding leave Python to the other thread for a good part of their time.
    """
    made: Queue[tuple[T | None, BaseException | None]] = Queue(depth)
    left = Event()

    def make() -> None:
        try:
            for item in items:
                made.put((item, None))
                if left.is_set():
                    return
            made.put((None, StopIteration()))
        except BaseException as error:
            made.put((None, error))

    # A daemon that nobody waits for: at Ctrl-C it may sit in a read that does not return.
    Thread(target=make, daemon=True, name="ahead").start()
    try:
        while True:
            item, error = made.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]
    finally:
        left.set()
        while not made.empty():  # what waits for room finds it, and sees that nobody is there
            made.get_nowait()


def parallel_map(
    make: Callable[[S], T], items: Iterable[S], workers: int | None = None
) -> Iterator[T]:
    """Yield what `make` makes of each item, in their order; several are made at a time.

    What it raises is raised in its turn, and nothing comes after. Without `workers` there is one a
    core, up to MOST.
    """
    workers = workers or min(cores(), MOST)
    rest = iter(items)
    first = list(islice(rest, 2))
    if len(first) < 2 or workers == 1:  # most tables are one block: no thread is started for it
        yield from map(make, chain(first, rest))
        return
    pending: deque[Future[T]] = deque()
    with ThreadPoolExecutor(workers, "spread") as pool:
        for item in chain(first, rest):
            pending.append(pool.submit(make, item))
            if len(pending) > workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
