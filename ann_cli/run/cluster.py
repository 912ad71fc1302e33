"""The workers of a Dask cluster: replicas live on them, take their rounds and are averaged there.

This file alone opens to Dask. What workers compute are pure functions of what they are given: where
one is lost, another computes the same. Parameters come here after each round, and go out for the
next, so that what is lost is never older than a round.
"""

import logging
import os
import pickle
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from ann_cli.data.prefetch import cores
from ann_cli.data.rows.memory import keep_freed
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.rounds import Point, Replica, Round, TakeRound, average, in_pairs
from ann_cli.errors import AnnError, ConfigError, FileError, LostError
from ann_cli.model.environment import suited_threads

PATIENCE = 30.0
"""Seconds until a scheduler has to answer; and without a word, where something is waited for."""

FORSAKEN = 60.0
"""Seconds without any worker until a training ends."""

LOOK = 1.0
"""Seconds between two looks at what is waited for."""

ATTEMPTS = 10
"""How often a round is begun anew, where workers die so fast that the scheduler gives it up."""

Say = Callable[[str], None]

SETTINGS = {
    # What replicas learn from is in their tasks, so that a lost one can be made anew.
    "distributed.admin.large-graph-warning-threshold": "1 TB",
    "distributed.scheduler.allowed-failures": 100,
}


class Workers:
    """A connection to a cluster, or workers on this machine, until `close`."""

    def __init__(self, address: str, replicas: int, say: Say = lambda line: None) -> None:
        """Connect, or start workers: more than there are `replicas` had nothing to do.

        Raises ConfigError where Dask is not installed, FileError where no scheduler answers.
        """
        if find_spec("distributed") is None:
            raise ConfigError(
                "a cluster needs the package distributed, which is not installed",
                place="cluster",
                remedy='pip install "ann-cli[cluster]", or pip install distributed',
            )
        self.address, self._say = address, say
        self._open = ExitStack()
        try:
            self._client = self._connected(replicas)
        except BaseException:
            self._open.close()
            raise

    def _connected(self, replicas: int) -> Any:
        import dask
        from distributed import Client, LocalCluster

        self._open.enter_context(dask.config.set(SETTINGS))
        self._open.enter_context(_silent())
        kind, _, count = self.address.partition(":")
        cluster: Any = self.address
        if kind == "local":
            workers = min(int(count or cores()), replicas)
            self._say(f"starting {workers} worker{'s' * (workers > 1)} on this machine")
            # What counts semaphores complains of those of a process that was killed.
            with _in_environment("PYTHONWARNINGS", "ignore"):
                cluster = LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=None,
                    scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                    silence_logs=logging.CRITICAL,
                    preload=[__name__],
                )
            self._open.callback(_closed, cluster)
        else:
            self._say(f"connecting to {self.address}")
        try:
            client = Client(cluster, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise FileError(
                "no Dask scheduler answers",
                place=self.address,
                remedy="start one there (dask scheduler), and workers (dask worker "
                f"{self.address}); or --cluster local",
            ) from error
        self._open.callback(_closed, client)
        return client

    def close(self) -> None:
        """Leave the cluster; end workers that were started here."""
        self._open.close()

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """Return what a function makes of items, in their order. Raises what it raises."""
        for _ in range(ATTEMPTS):
            begun = [self._submit(_applied, pickle.dumps((function, each), 5)) for each in items]
            found = [self._await(each) for each in begun]
            if not any(each is None for each in found):
                return found
        raise self._lost(f"its workers died {ATTEMPTS} times over the same rows")

    def rounds(self, replicas: Sequence[Replica]) -> TakeRound:
        """Return what lets replicas take their rounds on the workers; none is kept here.

        It raises LostError where scheduler or workers are gone for good.
        """
        ours = version("ann-cli")
        team = [self._submit(_made, pickle.dumps(each, 5), ours) for each in replicas]

        def take(start: Point, now: Round) -> Point:
            begun = self._submit(_point, start.stored, start.state)
            reached = [self._submit(_taken, replica, begun, now) for replica in team]
            return self._await(in_pairs(reached, lambda one, two: self._submit(average, one, two)))

        def insist(start: Point, now: Round) -> Point:
            for _ in range(ATTEMPTS):
                found = take(start, now)
                if found is not None:
                    return found
            raise self._lost(f"its workers died {ATTEMPTS} times in one round")

        return insist

    def _submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return self._client.submit(function, *arguments, pure=False)
        except Exception as error:  # of a client whose scheduler is gone: of many kinds
            raise self._lost("the scheduler went away") from error

    def _await(self, future: Any) -> Any:
        """Return what was computed; None where workers died too often. Raises LostError."""
        from distributed.client import CancelledError
        from distributed.scheduler import KilledWorker

        begun = told = time.monotonic()
        alone: float | None = None
        while True:
            try:
                return future.result(timeout=LOOK)
            except TimeoutError:
                now = time.monotonic()
                count = self._count()
                alone = None if count else alone or now
                if alone is not None and now - alone >= FORSAKEN:
                    raise self._lost(f"no worker came within {FORSAKEN:.0f} s") from None
                if now - told >= PATIENCE:
                    told = now
                    self._say(
                        f"a round has taken {now - begun:.0f} s, on {count} workers"
                        if count
                        else f"no worker is left; the training ends after {FORSAKEN:.0f} s"
                    )
            except KilledWorker:
                return None
            except CancelledError as error:
                if self._client.status != "running":
                    raise self._lost("the scheduler went away") from error
                return None
            except (AnnError, MemoryError):
                raise
            except ImportError as error:
                raise ConfigError(
                    f"a worker lacks what it needs: {error}",
                    place=self.address,
                    remedy="install the same ann-cli on each worker",
                ) from error

    def _count(self) -> int:
        """Return how many workers there are. Raises LostError."""
        if self._client.status != "running":
            raise self._lost("the scheduler went away")
        try:
            return len(self._client.scheduler_info()["workers"])
        except Exception as error:  # of a client whose scheduler is gone: of many kinds
            raise self._lost("the scheduler went away") from error

    def _lost(self, why: str) -> LostError:
        return LostError(
            why, place=self.address, remedy="start it again, and go on: ann train … --resume"
        )


def _made(pickled: bytes, ours: str) -> Replica:
    """Return a replica, on a worker. Raises ConfigError where that has another ann."""
    if ours != (its := version("ann-cli")):
        raise ConfigError(
            f"a worker has ann-cli {its}, and {ours} trains",
            place="cluster",
            remedy="install the same on all machines",
        )
    replica: Replica = pickle.loads(pickled)
    return replica


def _applied(pickled: bytes) -> Any:
    function, item = pickle.loads(pickled)
    return function(item)


def _point(stored: Array, state: Array) -> Point:
    return Point(stored, state)


def _taken(replica: Replica, start: Point, now: Round) -> Point:
    """Take a round with one thread a product of matrices, which decide its last bits."""
    keep_freed()  # Dask's workers give it back at once, and each array's pages were made anew
    threads = suited_threads(replica.trainer.network, 0)
    try:
        return replica(start, now)
    finally:
        if threads:
            threads.restore()


def dask_setup(worker: Any) -> None:
    """Let a worker on this machine live when Ctrl-C ends the training after its round."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _closed(opened: Any) -> None:
    with suppress(Exception):  # of what is gone already
        opened.close(timeout=5)


@contextmanager
def _in_environment(name: str, value: str) -> Iterator[None]:
    """Set a variable for the processes that are started meanwhile."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@contextmanager
def _silent() -> Iterator[None]:
    """Keep the logs of Dask, which tells of each worker that is lost, from a person's screen."""
    known = ["distributed", "tornado", "asyncio", *logging.root.manager.loggerDict]
    heads = {name: name.partition(".")[0] for name in known}  # some have levels of their own
    loggers = [logging.getLogger(name) for name in heads if heads[name] in known[:3]]
    before = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for each, level in zip(loggers, before, strict=True):
            each.setLevel(level)
