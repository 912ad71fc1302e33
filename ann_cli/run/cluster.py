"""The workers of a Dask cluster: tasks go out to them, and what they come to is brought back.

This file opens to Dask, with `cluster_connection` and `cluster_tasks`, which workers run. Where a
worker is lost, Dask has another do its task again. Parameters come here after each round, and go
out for the next, so that what is lost is never older than a round.
"""

import pickle
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import ExitStack, suppress
from importlib.metadata import version
from threading import Event
from typing import Any, TypeVar

from ann_cli.engine.trainers.rounds import Point, Replica, Round, TakeRound, average, in_pairs
from ann_cli.errors import ConfigError, LostError
from ann_cli.run import cluster_tasks
from ann_cli.run.cluster_connection import Say, connection, unlike_here
from ann_cli.run.cluster_watch import Watch

Task = TypeVar("Task")
Found = TypeVar("Found")

LOOK = 1.0
"""Seconds between two looks at what is waited for."""

ANSWER = 5.0
"""Seconds that the scheduler has for an answer, until the next look."""

ATTEMPTS = 10
"""How often a task is begun anew, where workers die so fast that the scheduler gives it up."""

GO_ON = "start it again, and go on: ann train … --resume"

AGAIN, LATER = object(), object()
"""What a task came to that has to be begun anew, and one that has to be waited for again."""

UNREAD = "deserialization of the task graph"
"""What Dask says where a scheduler has other packages."""

ENDED = {"finished", "error", "cancelled"}


class Workers:
    """A connection to a cluster, or workers on this machine, until `close`."""

    def __init__(
        self, address: str, most: int, say: Say = lambda line: None, go_on: str = GO_ON
    ) -> None:
        """Connect, or start workers: more than `most` had nothing to do.

        `go_on` is what a person can do once the cluster is lost. Raises ConfigError where Dask is
        not installed, FileError where no scheduler answers.
        """
        self.address, self.most = address, most
        self._say, self._go_on = say, go_on
        self._ours = version("ann-cli")
        self._ended = Event()
        """Set whenever a task has."""
        self._open = ExitStack()
        self._client = self._open.enter_context(connection(address, most, say))

    def close(self) -> None:
        """Leave the cluster; end workers that were started here."""
        self._open.close()

    @property
    def width(self) -> int:
        """How many tasks are at work at a time, as things stand."""
        return max(1, min(self.most, len(self._seen() or ())))

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """Return what a function makes of items, in their order. Raises what it raises."""
        found = dict(self.side_by_side(function, items, "reading has taken"))
        return [found[place] for place in range(len(found))]

    def side_by_side(
        self, work: Callable[[Task], Found], tasks: Iterable[Task], what: str
    ) -> Generator[tuple[int, Found], None, None]:
        """Yield what tasks come to with their places, as it comes; a worker has one at a time.

        `tasks` are asked for the next whenever a worker is free; `what` says what is waited for.
        Raises what `work` does, and LostError.
        """
        rest, again = enumerate(tasks), deque[tuple[int, Task]]()
        running: dict[Any, tuple[int, Task]] = {}
        attempts: dict[int, int] = {}
        watch = Watch(what, self._say)
        try:
            while True:
                self._look(watch)
                while len(running) < max(1, min(self.most, watch.workers)):
                    item = again.popleft() if again else next(rest, None)
                    if item is None:
                        break
                    pickled = pickle.dumps((work, item[1]), 5)
                    running[self._submit(cluster_tasks.applied, pickled, self._ours)] = item
                if not running:
                    return
                for future in self._those_ended(running):
                    if (found := self._result(future)) is LATER:
                        continue
                    place, task = running.pop(future)
                    watch.begin()
                    if found is not AGAIN:
                        yield place, pickle.loads(found)
                        continue
                    attempts[place] = attempts.get(place, 0) + 1
                    if attempts[place] == ATTEMPTS:
                        raise self._lost(f"its workers died {ATTEMPTS} times over the same task")
                    again.append((place, task))
        finally:
            for future in running:
                with suppress(Exception):  # of a client whose scheduler is gone
                    future.cancel()

    def rounds(self, replicas: Callable[[], Sequence[Replica]]) -> TakeRound:
        """Return what lets replicas take their rounds on the workers; none is kept here.

        `replicas` makes them. It raises LostError where scheduler or workers are gone for good.
        """
        team: list[Any] = []

        def take(start: Point, now: Round) -> Point:
            for _ in range(ATTEMPTS):
                if not team:
                    given = (pickle.dumps(each, 5) for each in replicas())
                    team.extend(
                        self._submit(cluster_tasks.made, each, self._ours) for each in given
                    )
                begun = self._submit(cluster_tasks.point, start.stored, start.state)
                reached = [
                    self._submit(cluster_tasks.taken, replica, begun, now) for replica in team
                ]
                whole = in_pairs(reached, lambda one, two: self._submit(average, one, two))
                if (found := self._awaited(whole)) is not AGAIN:
                    return found
                team.clear()
            raise self._lost(f"its workers died {ATTEMPTS} times in one round")

        return take

    def _submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            future = self._client.submit(function, *arguments, pure=False)
            future.add_done_callback(lambda _: self._ended.set())
        except Exception as error:  # of a client whose scheduler is gone: of many kinds
            raise self._lost("the scheduler went away") from error
        return future

    def _awaited(self, future: Any) -> Any:
        """Return what a task of a round came to, or AGAIN. Raises LostError."""
        watch = Watch("a round has taken", self._say)
        while True:
            self._look(watch)
            for each in self._those_ended([future]):
                if (found := self._result(each)) is not LATER:
                    return found

    def _those_ended(self, running: Iterable[Any]) -> list[Any]:
        """Return which of some tasks have ended; wait for one, but no longer than until a look."""
        self._ended.clear()
        ended = [each for each in running if each.status in ENDED]
        if not ended:
            self._ended.wait(LOOK)
        return ended

    def _result(self, future: Any) -> Any:
        """Return what an ended task came to, AGAIN, or LATER.

        Raises what it raised, and LostError. What goes wrong on the way here decides nothing: the
        scheduler may be gone, which the client notices a moment later, or a worker, whose tasks
        are then done again.
        """
        from distributed.client import CancelledError
        from distributed.scheduler import KilledWorker

        try:
            return future.result(timeout=LOOK)
        except (KilledWorker, CancelledError):
            self._check()
            return AGAIN
        except ImportError as error:
            raise self._lacks("a worker", str(error)) from error
        except Exception as error:
            if UNREAD in str(error):  # of any kind, by Dask's version
                raise self._lacks("the scheduler", "it cannot read what is sent") from error
            if future.status == "error":
                raise
            self._check()
            if not isinstance(error, OSError):  # as those of connections and of time are
                raise
            self._ended.wait(LOOK / 10)
            return LATER

    def _lacks(self, who: str, what: str) -> ConfigError:
        return unlike_here(f"{who} lacks what it needs: {what}", self.address)

    def _look(self, watch: Watch) -> None:
        """Raise LostError where waiting is in vain."""
        self._check()
        if why := watch.look(self._seen()):
            raise self._lost(why)

    def _check(self) -> None:
        if self._client.status != "running":
            raise self._lost("the scheduler went away")

    def _seen(self) -> dict[str, float] | None:
        """Return when each worker was last heard of; None where the scheduler does not answer."""
        try:
            asked = self._client.scheduler.identity
            found = self._client.sync(asked, n_workers=-1, callback_timeout=ANSWER)
        except Exception:  # of a client whose scheduler is gone: of many kinds
            return None
        return {name: each["last_seen"] for name, each in found["workers"].items()}

    def _lost(self, why: str) -> LostError:
        return LostError(why, place=self.address, remedy=self._go_on)
