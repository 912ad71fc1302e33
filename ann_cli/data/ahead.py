"""What takes time to make is made while what came before is used."""

from collections.abc import Iterable, Iterator
from queue import Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterable[T], depth: int = 2) -> Iterator[T]:
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
