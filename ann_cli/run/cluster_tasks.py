"""What workers of a cluster compute: functions of what they are given, and of nothing else.

Where a worker is lost, another computes the same.
"""

import pickle
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from threading import Lock, local
from typing import Any

from ann_cli.data.rows.memory import keep_freed
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.rounds import Point, Replica, Round
from ann_cli.errors import ConfigError, DataError, FileError, LostError
from ann_cli.model.environment import suited_threads

ALONE = Lock()
"""One task of ours a process: how many threads a product has is the process's."""

_task = local()
"""The worker, and the key of the task that a thread of it is at."""


def applied(pickled: bytes, ours: str) -> bytes:
    """Return what a function makes of an item. Raises what it raises, and ConfigError."""
    with _at_work(ours):
        function, item = pickle.loads(pickled)
        return pickle.dumps(function(item), 5)


def made(pickled: bytes, ours: str) -> Replica:
    """Return a replica. Raises ConfigError where the worker has another ann."""
    with _at_work(ours):
        replica: Replica = pickle.loads(pickled)
    return replica


def point(stored: Array, state: Array) -> Point:
    """Return where a round begins."""
    return Point(stored, state)


def taken(replica: Replica, start: Point, now: Round) -> Point:
    """Take a round with one thread a product of matrices, which decide its last bits."""
    with _at_work():
        threads = suited_threads(replica.trainer.network, 0)
        try:
            return replica(start, now)
        finally:
            if threads:
                threads.restore()


def check_wanted() -> None:
    """Raise LostError in a task that nobody waits for any more; its thread cannot be ended."""
    if found := getattr(_task, "found", None):
        worker, key = found
        known = worker.state.tasks.get(key)
        if known is None or known.state == "cancelled":
            raise LostError("nobody waits for this training any more")


@contextmanager
def _at_work(ours: str | None = None) -> Iterator[None]:
    """Let a task have the process for itself; say on which worker a file cannot be used."""
    if ours is not None and ours != (its := version("ann-cli")):
        raise ConfigError(
            f"a worker has ann-cli {its}, and {ours} trains",
            place="cluster",
            remedy="install the same on all machines",
        )
    from distributed import get_worker

    keep_freed()  # Dask's workers give it back at once, and each array's pages were made anew
    worker = get_worker()
    with ALONE:
        _task.found = worker, worker.get_current_task()
        try:
            yield
        except (FileError, DataError) as error:
            raise type(error).of(
                replace(each, message=f"{each.message}, on the worker {worker.address}")
                for each in error.problems
            ) from error
        finally:
            _task.found = None


def dask_setup(worker: Any) -> None:
    """Let a worker on this machine live when Ctrl-C ends the training after its round."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
