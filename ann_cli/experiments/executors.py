"""Where trainings run side by side: in this process, in others of this machine, or on a cluster.

Each training is a function of its task, whose place in the list names what it came to.
"""

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.resource_tracker import ensure_running
from typing import Protocol, TypeVar

from threadpoolctl import threadpool_limits

from ann_cli.data.prefetch import cores
from ann_cli.errors import AnnError
from ann_cli.experiments.cluster_executor import OnCluster
from ann_cli.run.cluster import Workers

Task = TypeVar("Task")
Found = TypeVar("Found")

ENDING = {signal.SIGTERM, signal.SIGHUP}

MANY = 1_000_000
"""Workers of a cluster that are as good as any number."""


class Executor(Protocol):
    """What trains several at a time."""

    @property
    def width(self) -> int:
        """How many are at work at a time."""

    def side_by_side(
        self, work: Callable[[Task], Found], tasks: Iterable[Task]
    ) -> Generator[tuple[int, Found], None, None]:
        """Yield what each task came to with its place, as it comes; a core each.

        The next task is asked for when there is room for it. All work ends with this iterator,
        however it ends. Raises what `work` does.
        """


@contextmanager
def executor(
    address: str | None,
    jobs: int | None,
    tasks: int | None,
    alone: bool = False,
    fewer: str = "--jobs 1",
    go_on: str = "",
    say: Callable[[str], None] = lambda line: None,
) -> Iterator[Executor]:
    """Give what takes so many tasks, or any number: the workers at an address, or processes.

    `jobs` are at work at a time, at most. Where that is one, it is this process if it may be
    `alone`. `fewer` is what to try where memory runs out, `go_on` what to do where the cluster is
    lost, of which `say` is told. Raises ConfigError and FileError.
    """
    if address is None:
        width = max(1, min(jobs or cores(), tasks or MANY))
        yield InThisProcess() if alone and width == 1 else Processes(width, fewer)
        return
    workers = Workers(address, max(1, min(jobs or MANY, tasks or MANY)), say, go_on)
    try:
        yield OnCluster(workers)
    finally:
        workers.close()


class InThisProcess:
    """One after the other."""

    width = 1

    def side_by_side(
        self, work: Callable[[Task], Found], tasks: Iterable[Task]
    ) -> Generator[tuple[int, Found], None, None]:
        """Yield what each task came to, in their order."""
        for place, task in enumerate(tasks):
            yield place, work(task)


@dataclass(frozen=True)
class Processes:
    """Processes of this machine, a core each."""

    width: int
    fewer: str = "--jobs 1"
    """What to try where one is ended from outside."""

    def side_by_side(
        self, work: Callable[[Task], Found], tasks: Iterable[Task]
    ) -> Generator[tuple[int, Found], None, None]:
        """Yield what each task came to. Raises AnnError where a process is ended from outside."""
        rest = enumerate(tasks)
        running: dict[Future[Found], int] = {}
        with self._pool() as pool:
            while True:
                while len(running) < self.width and (item := next(rest, None)):
                    with signals_held_back():
                        running[pool.submit(work, item[1])] = item[0]
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in sorted(done, key=running.__getitem__):
                    yield running.pop(future), future.result()

    @contextmanager
    def _pool(self) -> Iterator[ProcessPoolExecutor]:
        others = set(active_children())
        # A fresh process each: a fork would copy locks that threads of BLAS and rich may hold.
        pool = ProcessPoolExecutor(self.width, get_context("spawn"), _begin_worker)
        try:
            yield pool
        except BrokenProcessPool:
            raise AnnError(
                "a training was ended from outside, as happens where memory runs out",
                remedy=f"try {self.fewer}",
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
