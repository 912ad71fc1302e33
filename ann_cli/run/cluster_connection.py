"""A connection to a Dask cluster, or to workers that are started on this machine."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from queue import Empty, Queue
from threading import Thread
from typing import Any, TypeAlias

from ann_cli.data.prefetch import cores
from ann_cli.errors import ConfigError, FileError
from ann_cli.run import cluster_tasks
from ann_cli.run.cluster_watch import PATIENCE

Say: TypeAlias = Callable[[str], None]

PACKAGE, MOST_TOLD = "ann-cli", 3
"""What all have to have in the same version, and of how many that have not is told."""

ANSWER = 5.0
"""Seconds that each has to say which it has."""

SETTINGS = {
    # What replicas learn from is in their tasks, so that a lost one can be made anew.
    "distributed.admin.large-graph-warning-threshold": "1 TB",
    "distributed.scheduler.allowed-failures": 100,
}


@contextmanager
def connection(address: str, most: int, say: Say) -> Iterator[Any]:
    """Give Dask's client of a cluster; end workers that were started here, `most` of them, with it.

    Raises ConfigError where Dask is not installed, FileError where no scheduler answers.
    """
    if find_spec("distributed") is None:
        raise ConfigError(
            "a cluster needs the package distributed, which is not installed",
            place="cluster",
            remedy='pip install "ann-cli[cluster]", or pip install distributed',
        )
    import dask
    import distributed

    kind, _, count = address.partition(":")
    with dask.config.set(SETTINGS), _silent(distributed.__name__):
        if kind == "local":
            workers = min(int(count or cores()), most)
            say(f"starting {workers} worker{'s' * (workers > 1)} on this machine")
            with _closing(_started(workers)) as cluster, _connected(cluster, address) as client:
                yield client
            return
        say(f"connecting to {address}")
        with _connected(address, address) as client:
            yield client


def _started(workers: int) -> Any:
    from distributed import LocalCluster

    # What counts semaphores complains of those of a process that was killed.
    with _in_environment("PYTHONWARNINGS", "ignore"):
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            silence_logs=logging.CRITICAL,
            preload=[cluster_tasks.__name__],
        )


@contextmanager
def _connected(cluster: Any, address: str) -> Iterator[Any]:
    from distributed import Client

    try:
        made = partial(Client, cluster, timeout=PATIENCE, set_as_default=False)
        client = _in_time(made, PATIENCE)
    except (OSError, ValueError, Empty) as error:
        raise FileError(
            "no Dask scheduler answers",
            place=address,
            remedy="start one there (dask scheduler), and workers (dask worker "
            f"{address}); or --cluster local",
        ) from error
    with _closing(client):
        with suppress(Empty):  # what is stopped says nothing, and is told of later
            # A worker that cannot read what is sent to it ends; this is Python's own.
            found = _in_time(partial(client.run, version, PACKAGE, on_error="return"), ANSWER)
            try:
                its = _in_time(partial(client.run_on_scheduler, version, PACKAGE), ANSWER)
            except PackageNotFoundError:
                its = None
            if problem := unlike(found | {"the scheduler": its}, version(PACKAGE)):
                raise unlike_here(problem, address)
        yield client


def unlike_here(problem: str, address: str) -> ConfigError:
    """Return the error of a cluster whose packages are not those that are here."""
    return ConfigError(
        problem,
        place=address,
        remedy="install the same ann-cli, and what it reads the data with, on each worker and "
        "where the scheduler is",
    )


def unlike(found: Mapping[str, Any], ours: str) -> str:
    """Return which of the versions found are not ours, by their place; "" where all are."""
    others = [
        f"{name} has {its if isinstance(its, str) else 'none'}"
        for name, its in found.items()
        if its != ours
    ]
    more = f" and {len(others) - MOST_TOLD:,} more" if len(others) > MOST_TOLD else ""
    named = ", ".join(others[:MOST_TOLD]) + more
    return f"not all have ann-cli {ours}, as here: {named}" if others else ""


def _in_time(make: Callable[[], Any], seconds: float) -> Any:
    """Return what is made of Dask. Raises what it raises, and Empty where nothing comes in time.

    A thread waits for it: Dask waits for ever where a connection is taken and nothing answers, as
    with a scheduler that is stopped.
    """
    made: Queue[tuple[Any, Exception | None]] = Queue()

    def run() -> None:
        try:
            made.put((make(), None))
        except Exception as error:
            made.put((None, error))

    Thread(target=run, daemon=True, name="connecting").start()
    found, error = made.get(timeout=seconds)
    if error is not None:
        raise error
    return found


@contextmanager
def _closing(opened: Any) -> Iterator[Any]:
    try:
        yield opened
    finally:
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
def _silent(package: str) -> Iterator[None]:
    """Keep the logs of Dask, which tells of each worker that is lost, from a person's screen.

    The package is imported already: its loggers are there.
    """
    known = [package, "tornado", "asyncio", *logging.root.manager.loggerDict]
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
