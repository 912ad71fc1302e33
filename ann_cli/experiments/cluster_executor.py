"""Trainings on the workers of a cluster: each reads the data by itself, once for many trainings."""

import os
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from ann_cli.config.locations import absolute, digest_of, file_of
from ann_cli.config.spec import Config
from ann_cli.errors import FileError
from ann_cli.files import files_of
from ann_cli.run.cluster import Workers

Task = TypeVar("Task")
Found = TypeVar("Found")


class OnCluster:
    """Workers of a cluster; a training has one of them, and one thread."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._digests: dict[str, str] = {}

    @property
    def width(self) -> int:
        """How many are at work at a time, as things stand."""
        return self._workers.width

    def side_by_side(
        self, work: Callable[[Task], Found], tasks: Iterable[Task]
    ) -> Generator[tuple[int, Found], None, None]:
        """Yield what each task came to; that of a worker that dies is done again.

        Raises LostError, and FileError where a worker has not the files that are here.
        """
        sent = (self._sent(work, task) for task in tasks)
        yield from self._workers.side_by_side(_train, sent, "a training has taken")

    def _sent(self, work: Callable[[Any], Any], task: Any) -> "_Sent":
        """Return a task with what its worker needs; paths are those from any folder."""
        config: Config = task if isinstance(task, Config) else task.config
        moved = config.from_anywhere()
        files = [absolute(config.resolve(path)) for path in config.data.files.values()]
        for each in files:
            if each not in self._digests:
                self._digests[each] = digest_of(each)
        task = moved if task is config else replace(task, config=moved)
        return _Sent(work, task, {each: self._digests[each] for each in files})


@dataclass(frozen=True)
class _Sent:
    work: Callable[[Any], Any]
    task: Any
    files: dict[str, str]
    """The SHA-256 of each file that it reads."""


_seen: dict[str, tuple[list[tuple[int, int]], str]] = {}
"""Of what this worker has looked at: each file's bytes and when it was written, the SHA-256."""


def _train(sent: _Sent) -> Any:
    for location, expected in sent.files.items():
        if _digest(location) != expected:
            raise FileError(
                "is another file than where the command was given",
                place=location,
                remedy="workers read the data by the same path: copy it there",
            )
    with threadpool_limits(1):
        return sent.work(sent.task)


def _digest(location: str) -> str:
    """Return the SHA-256 of a file, or several, read once unless it changes. Raises FileError."""
    path = file_of(location)
    try:
        about = [os.stat(each) for each in files_of(path) or [path]] if path else []
        version = [(each.st_size, each.st_mtime_ns) for each in about]
        if location not in _seen or _seen[location][0] != version:
            _seen[location] = version, digest_of(location)
    except OSError as error:
        raise FileError(
            f"cannot be read: {(error.strerror or str(error)).lower()}",
            place=location,
            remedy="workers read the data by the same path: copy it there",
        ) from error
    return _seen[location][1]
