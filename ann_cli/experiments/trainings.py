"""Trainings side by side: one process each, one core each, each known by its place in the list."""

import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.resource_tracker import ensure_running
from typing import TypeVar

from threadpoolctl import threadpool_limits

from ann_cli.config.models import MODELS
from ann_cli.config.spec import Config
from ann_cli.data.rows.data_set import DataSet, rows_asked_for
from ann_cli.engine.network import PREDICTED_ROWS
from ann_cli.errors import AnnError, DivergedError
from ann_cli.insight.scoring import score
from ann_cli.insight.units import overall, unit_shares
from ann_cli.run import TrainingRun, begin
from ann_cli.tasks.task import Scores

Task = TypeVar("Task")
Found = TypeVar("Found")
ENDING = {signal.SIGTERM, signal.SIGHUP}


@dataclass(frozen=True)
class Outcome:
    """What one training came to; no scores where it diverged in the epoch after the last."""

    losses: tuple[float, ...]
    """The validation loss after each epoch."""
    seconds: tuple[float, ...]
    """The time since the start after each epoch."""
    scores: Scores | None = None
    """Of the weights that were kept, on the validation rows; dead_units and saturated_units too."""


class SharedRows:
    """The rows of the training before, for the next one if it asks for the same."""

    def __init__(self) -> None:
        self._asked_for = ""
        self._data_set: DataSet | None = None

    def begin(self, config: Config) -> TrainingRun:
        """Set up a training that writes nothing. Raises what `begin` does."""
        asked_for = rows_asked_for(config)
        known = self._data_set if asked_for == self._asked_for else None
        started = begin(config, dry=True, data_set=known)
        self._asked_for, self._data_set = asked_for, started.data_set
        return started


LATEST = SharedRows()
"""Those of this process."""


def train_once(config: Config) -> Outcome:
    """Train as `ann train` does, but write nothing; to diverge is a result."""
    started = LATEST.begin(config)
    losses, seconds = [], []
    begun = time.perf_counter()
    try:
        for record in started.epochs():
            losses.append(record["validation_loss"])
            seconds.append(time.perf_counter() - begun)
    except DivergedError:
        return Outcome(tuple(losses), tuple(seconds))
    held = started.data_set.validation
    assert held is not None
    scores = score({"network": started.model}, held)["network"]
    parts = (block.x for block in held.blocks(PREDICTED_ROWS, None))
    layered = MODELS[config.model].of_layers
    shares = unit_shares(started.model.member, parts) if layered else {}
    scores["dead_units"], scores["saturated_units"] = overall(shares.values())
    return Outcome(tuple(losses), tuple(seconds), scores)


def train_all(configs: Sequence[Config], jobs: int) -> Iterator[tuple[int, Outcome]]:
    """Yield the outcome of each config's training with its place in the order given, as it comes.

    All processes end with this iterator, however it ends.
    """
    # Of one seed after the other, as those of one seed share their rows.
    order = sorted(range(len(configs)), key=lambda place: configs[place].seed)
    with closing(side_by_side(train_once, [configs[place] for place in order], jobs)) as outcomes:
        for place, outcome in outcomes:
            yield order[place], outcome


def side_by_side(
    work: Callable[[Task], Found], tasks: Sequence[Task], jobs: int
) -> Generator[tuple[int, Found], None, None]:
    """Yield what each task came to with its place, as it comes: `jobs` processes, a core each.

    All processes end with this iterator, however it ends. Raises what `work` does, and AnnError
    where a process is ended from outside.
    """
    with processes(jobs, "--jobs 1") as pool:
        with signals_held_back():
            places = {pool.submit(work, task): place for place, task in enumerate(tasks)}
        for future in as_completed(places):
            yield places.pop(future), future.result()


@contextmanager
def processes(jobs: int, fewer: str) -> Iterator[ProcessPoolExecutor]:
    """Give `jobs` processes, which end with the block. Raises AnnError where one is killed.

    `fewer` is what to try then. What is submitted is to be so with `signals_held_back`.
    """
    others = set(active_children())
    # A fresh process each: a fork would copy locks that the threads of BLAS and rich may hold.
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _begin_worker)
    try:
        yield pool
    except BrokenProcessPool:
        raise AnnError(
            "a training was ended from outside, as happens where memory runs out",
            remedy=f"try {fewer}",
        ) from None
    finally:
        for process in set(active_children()) - others:
            process.terminate()
        pool.shutdown(cancel_futures=True)


@contextmanager
def signals_held_back() -> Iterator[None]:
    """Deliver what comes meanwhile afterwards: a process starts whole or not at all.

    Processes that start here inherit the mask, and leave Ctrl-C, which reaches all of them, to
    this one.
    """
    ensure_running()  # Python's tracker of semaphores: as it starts, it takes the mask off
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, *ENDING})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin_worker() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    threadpool_limits(1)
    os.environ["OMP_NUM_THREADS"] = "1"  # for libraries that are loaded later
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
