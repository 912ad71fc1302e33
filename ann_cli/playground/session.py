"""A page's training, in a thread of its own: it plays, waits, takes a step, begins anew."""

import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from secrets import token_urlsafe
from threading import Thread
from typing import Any, cast

from ann_cli.engine.trainers.back_propagation import BackPropagation
from ann_cli.errors import AnnError, ConfigError, Problem
from ann_cli.insight.trace import Step, document, step_document, trace
from ann_cli.playground.drawing import Drawing
from ann_cli.playground.states import about, state
from ann_cli.playground.tables import Scene, Tables, begin
from ann_cli.run import TrainingRun

STATES = 12
"""States that a page is sent a second, at most: what the eye takes for moving."""

FASTEST = 1000.0
"""Epochs a second, the greatest limit that makes sense."""


class _Replaced(BaseException):
    """Another training takes the place of the one at work; no Exception, so that none keeps it."""


class _Ended(BaseException):
    """The page is gone."""


class WatchedRun(TrainingRun):
    """A training that asks somebody between two blocks of rows whether to go on."""

    watch: Callable[[bool], None]

    def pause(self, epoch_ended: bool = False) -> None:
        super().pause(epoch_ended)
        self.watch(epoch_ended)


class Session:
    """What one page sees. Its thread alone touches the network; others ask it to.

    What the page is to know lies in `outbox`, as JSON, until it is taken; `tell` says that
    something does. A state comes only after the one before was taken: a slow page misses some.
    """

    def __init__(self, tables: Tables, tell: Callable[[], object]) -> None:
        self.name = token_urlsafe(12)
        self.outbox: deque[str] = deque()
        self.ended = False
        self._tables, self._tell = tables, tell
        self._asked: SimpleQueue[tuple[Callable[[Any], Any], Any, Future[Any]]] = SimpleQueue()
        self._scene: Scene | None = None
        self._playing = self._once = self._over = False
        self._limit: float | None = None
        self._view: tuple[str | None, str | None] = (None, None)
        self._by_hand = 0
        Thread(target=self._work, name="playground", daemon=True).start()

    def ask(self, action: str, value: Any) -> "Future[Any]":
        """Have the thread do one of the `ACTIONS`; the future holds what came of it."""
        future: Future[Any] = Future()
        self._asked.put((getattr(self, f"_{(ACTIONS | SAVED)[action]}"), value, future))
        return future

    def end(self) -> None:
        """End the training; what was asked for meanwhile is cancelled."""
        self.ended = True
        self._asked.put((self._leave, None, Future()))
        self._tell()

    def taken(self) -> Iterator[str]:
        """Yield what the page is to know, and forget it."""
        while self.outbox:
            yield self.outbox.popleft()

    # What the thread does.

    def _work(self) -> None:
        with suppress(_Ended):
            while True:
                with suppress(_Replaced):
                    self._train()
        while not self._asked.empty():
            self._asked.get()[2].cancel()

    def _train(self) -> None:
        self._wait()
        try:
            for _ in self._run.epochs():
                pass
        except AnnError as error:
            self._send("problems", [vars(each) for each in error.problems])
        except Exception as error:
            told = Problem(f"a defect in ann: {type(error).__name__}: {error}")
            self._send("problems", [vars(told)])
        self._playing, self._over = False, True
        self._send_state()
        self._wait()

    def _wait(self) -> None:
        """Do what is asked for until the training plays."""
        while not self._playing:
            self._obey(*self._asked.get())

    def _between(self, epoch_ended: bool) -> None:
        """Show how far it is, and do what is asked for, between two blocks of rows."""
        now = time.perf_counter()
        if epoch_ended and self._once:
            self._once = self._playing = False
        if not self._playing or (not self.outbox and now - self._shown >= 1 / STATES):
            self._send_state()
        if epoch_ended and self._limit:
            self._next = max(self._next + 1 / self._limit, now)
        while True:
            rest = self._next - time.perf_counter() if self._limit else 0.0
            try:
                if not self._playing:
                    asked = self._asked.get()
                elif rest > 0:
                    asked = self._asked.get(timeout=rest)
                else:
                    asked = self._asked.get_nowait()
            except Empty:
                return
            self._obey(*asked)

    def _obey(self, action: Callable[[Any], Any], value: Any, future: "Future[Any]") -> None:
        before = self._scene
        try:
            found = action(value)
        except Exception as error:
            future.set_exception(error)
            return
        future.set_result(found)
        if self._scene is not before:
            raise _Replaced

    def _leave(self, _: Any) -> None:
        raise _Ended

    # What a page may ask for.

    def _change(self, settings: Any) -> dict[str, Any]:
        """Begin anew with other settings; it goes on playing if it was."""
        self._take(self._tables.scene(settings))
        return {"settings": self._scene and self._scene.settings}

    def _restart(self, _: Any) -> None:
        """Go back to the start, and wait there."""
        scene = self._present()
        self._playing = False
        self._take(self._tables.scene(scene.settings))

    def _look(self, view: Any) -> None:
        """Draw over other columns, or limit the epochs a second."""
        if not isinstance(view, Mapping):
            raise ConfigError("expected a mapping with the keys x, y and speed")
        x, y, speed = (view.get(key) for key in ("x", "y", "speed"))
        if isinstance(speed, bool) or not isinstance(speed, (int, float, type(None))):
            raise ConfigError(
                "expected epochs a second, or null for as many as it can", place="speed"
            )
        self._view = None if x is None else str(x), None if y is None else str(y)
        self._limit = None if speed is None else min(max(float(speed), 0.1), FASTEST)
        self._next = time.perf_counter()
        if self._scene:
            self._drawing = Drawing(self._scene, self._run.model, *self._view)
            self._send_about()
            self._told = len(self._run.progress.history)
            self._send_state()

    def _play(self, once: Any) -> None:
        """Train on; with `once` to the end of the epoch."""
        self._present()
        if self._over:
            raise ConfigError(
                "all epochs are done", place="epochs", remedy="set more, or go back to the start"
            )
        self._playing, self._once = True, bool(once)
        self._traced = None

    def _stop(self, _: Any) -> None:
        """Wait after the block of rows at hand."""
        self._playing = False
        if self._scene:
            self._send_state()

    def _step(self, row: Any) -> dict[str, Any]:
        """Take one step on one row of the table, by its number from 1, with all its numbers.

        They are those of `ann trace`: of this row alone, by an optimizer without a memory of other
        rows. Steps on one row that follow on each other are those of `ann trace --steps`.
        """
        scene, model = self._present(), self._run.model
        if isinstance(row, bool) or not isinstance(row, int) or row < 1:
            raise ConfigError("expected a row's number, from 1", place="row")
        self._playing = False
        # As if no step had been taken: `trace` counts its own, with a state of its own.
        training = replace(cast(BackPropagation, self._run.trainer), steps=0, blocks=0, loss=0.0)
        step = next(self._traced[1], None) if self._traced and self._traced[0] == row else None
        if step is None:
            seen = self._tables.observe(scene, model, row)
            self._shared = document(model, training, seen)
            steps = trace(model, training, seen, max(1, training.epochs))
            step = next(steps)
            self._traced = row, steps
        self._by_hand += 1
        self._send_state()
        return {**self._shared, "steps": [step_document(step)]}

    def _config(self, _: Any) -> tuple[str, str]:
        """Return the name and the text of the config to save."""
        return "config.yaml", self._present().config_text(self._run.progress.done)

    def _rows(self, _: Any) -> tuple[str, str]:
        """Return the name and the text of the rows to save with it, which are made up."""
        return self._present().rows_text()

    def _present(self) -> Scene:
        if self._scene is None:
            raise ConfigError("there is no training yet", remedy="send the settings first")
        return self._scene

    def _take(self, scene: Scene) -> None:
        """Let the training of a scene take the place of the one before; raises AnnError."""
        run = begin(scene, WatchedRun)
        try:
            drawing = Drawing(scene, run.model, *self._view)
        except ConfigError:  # another table has other columns
            self._view = (None, None)
            drawing = Drawing(scene, run.model, None, None)
        run.watch = self._between
        self._run, self._drawing, self._scene = run, drawing, scene
        self._over, self._by_hand, self._told, self._traced = False, 0, 0, None
        self._shown = self._next = time.perf_counter()
        self._send_about()
        self._send_state()

    def _send_about(self) -> None:
        self._send("about", about(self._present(), self._run, self._drawing))

    def _send_state(self) -> None:
        self._shown = time.perf_counter()
        how = {"playing": self._playing, "over": self._over, "by_hand": self._by_hand}
        self._send("state", {**how, **state(self._run, self._told), **self._drawing.now()})
        self._told = len(self._run.progress.history)

    def _send(self, kind: str, content: Any) -> None:
        self.outbox.append(json.dumps({kind: content}, separators=(",", ":")))
        self._tell()

    _run: WatchedRun
    _drawing: Drawing
    _traced: tuple[int, Iterator[Step]] | None
    _shared: dict[str, Any]
    _shown: float
    _next: float
    _told: int


ACTIONS = {
    "settings": "change",
    "view": "look",
    "play": "play",
    "pause": "stop",
    "restart": "restart",
    "step": "step",
}
"""What a page may ask for, and the method that does it."""

SAVED = {"config.yaml": "config", "rows.csv": "rows"}
"""What it may save, likewise."""
