"""Signals that wait while libraries of C code are imported."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def signals_wait() -> Iterator[None]:
    """Deliver the signals that come meanwhile afterwards.

    Their handlers raise exceptions. Within the import of an extension such an exception may get
    lost, or crash the process, where C code does not look for errors.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # handlers run in the main thread alone
        return
    came: list[int] = []
    before = {}
    for number in NUMBERS:
        handler = signal.getsignal(number)
        if callable(handler):  # what is ignored, or ends the process at once, stays so
            before[number] = handler
            signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for each in came:
            signal.raise_signal(each)
