"""Progress: a training drawn while it lasts, or told in lines where nothing can be drawn.

A thread looks at the training a few times a second; the training only counts, and looks at its
validation rows now and then.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from threading import Event, Thread
from typing import TYPE_CHECKING, Self

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.segment import Segment

from ann_cli.insight.diagnosis import looked_at
from ann_cli.insight.names import titled
from ann_cli.report.curve import Piece
from ann_cli.report.learning import Losses
from ann_cli.report.live import View, clock, screen
from ann_cli.report.losses import loss_words
from ann_cli.report.numbers import number, score
from ann_cli.run.live_scores import LiveScores
from ann_cli.tasks.metrics import METRICS

if TYPE_CHECKING:
    from ann_cli.run import Record, TrainingRun

UPDATES = 4
"""Redraws a second: each takes a millisecond or two from what trains."""

DELAY = 1.0
"""Seconds without a drawing: a training that is over before needs none."""

LONG = 1.0
"""Seconds after which an epoch's loss is no longer that of the last epoch, but of this one so far.
"""

SHARE, RICH = 0.01, 1.5
"""The part of the time that drawing may take, and how many times as long as making its lines it
takes with rich's part. Meanwhile no line of Python trains; on a busy machine that may be long. No
more goes to the loss of an epoch so far.
"""

SPAN = 10.0
"""Seconds of which the speed is the mean."""

FIRST, LATEST = 2.0, 600.0
"""Seconds until the first line is told, and between two at most; until then each is told after
about twice the time of the one before."""


def drawn(started: "TrainingRun", console: Console) -> Iterator["Record"]:
    """Yield the records of a training while it is drawn, which is gone at the end."""
    painter = _Painter(_Watch(started), console)
    with painter, closing(started.epochs()) as records:
        for record in records:
            painter.watch.live.look()
            yield record


def told(started: "TrainingRun", say: Callable[[str], None]) -> Iterator["Record"]:
    """Yield the records of a training, and say at growing intervals how far it is.

    After an epoch each, at most; a training that is soon over is not told of.
    """
    watch, begun, due = _Watch(started), time.monotonic(), FIRST
    warned = ""
    with closing(started.epochs()) as records:
        for record in records:
            watch.live.look()
            passed = time.monotonic() - begun
            if passed >= due and started.progress.done < started.progress.planned[0]:
                view = watch.view()
                view.place = started.progress.done
                say(line(view))
                due = passed + min(passed, LATEST)
                layer = watch.live.warning.partition(":")[0]
                if layer and layer != warned:
                    warned = layer
                    say(f"note: {watch.live.warning}")
            yield record


def line(view: View) -> str:
    """Return how far a training is, in a line."""
    parts = list[str]()
    if view.losses.last:
        parts.append(f"loss {number(view.losses.last['loss'])}")
        if (held := view.losses.last.get("validation_loss")) is not None:
            parts[-1] += f", validation {number(held)}"
        if view.best:
            parts[-1] += f" (best: epoch {view.best['epoch']:,.0f})"
    elif view.so_far is not None:
        parts.append(f"lowest loss {number(view.so_far)}")
    if view.scores:
        own, *others = view.scores.items()
        name = view.decides[0]
        beside = ", ".join(f"{which} {score(name, each.get(name))}" for which, each in others)
        after = "" if view.epoch == view.place else f" after epoch {view.epoch:,}"
        value = score(name, own[1].get(name))
        parts.append(f"{METRICS[name].label} {value}{after}{f' ({beside})' if beside else ''}")
    if view.speed is not None:
        parts.append(f"{view.speed:,.0f} {'trials' if view.unit == 'trial' else 'rows'}/s")
    if view.seconds is not None:
        parts.append(f"{clock(view.seconds)} left")
    return f"{view.unit} {view.place:,}/{view.count:,}: {'; '.join(parts)}"


class _Painter(Thread):
    """Draws a training from a second on, as often as this is a small part of the time."""

    def __init__(self, watch: "_Watch", console: Console) -> None:
        super().__init__(daemon=True)
        self.watch, self._console = watch, console
        self._ended = Event()
        self._lines = _Lines([])
        self._live = Live(
            get_renderable=self._now, console=console, auto_refresh=False, transient=True
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self.join()
        self._live.stop()

    def run(self) -> None:
        if self._ended.wait(DELAY):
            return
        self._live.start()
        while True:
            begun = time.perf_counter()
            self._lines = self._screen()
            taken = time.perf_counter() - begun
            self._live.refresh()
            if self._ended.wait(max(1 / UPDATES, RICH * taken / SHARE)):
                return

    def _now(self) -> "_Lines":
        """Return what was drawn last; the training's thread asks, too, when it erases it."""
        return self._lines

    def _screen(self) -> "_Lines":
        height = self._console.height - 1
        return _Lines(screen(self.watch.view(), self._console.width, height))


class _Lines:
    """Lines of pieces, as rich draws them."""

    def __init__(self, lines: Sequence[Sequence[Piece]]) -> None:
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        names = {style for pieces in self._lines for _, style in pieces}
        styles = {name: console.get_style(name) if name else None for name in names}
        for at, pieces in enumerate(self._lines):
            if at:
                yield Segment.line()
            for text, style in pieces:
                yield Segment(text, styles[style])


class _Watch:
    """Reads off a training what is shown of it."""

    def __init__(self, started: "TrainingRun") -> None:
        self.started = started
        self.live = LiveScores(started)
        self.count, self.unit = started.progress.planned
        self.losses = Losses(loss_words(started.model))
        self._since, self._done = time.monotonic(), started.progress.done
        """When the epoch at hand began, and how many were done then."""
        self._seen = deque([(self._since, self._passed)])
        """Moments, and how many rows or trials had passed then."""
        self._glances: list[float] = []
        """What was seen of its loss."""
        self._next = 0.0

    @property
    def searching(self) -> bool:
        """Whether trials are counted, not rows."""
        return self.unit == "trial"

    @property
    def _passed(self) -> int:
        progress = self.started.progress
        return progress.done if self.searching else progress.passed

    def view(self) -> View:
        """Return what is to be shown at this moment."""
        progress, started = self.started.progress, self.started
        done, best = progress.done, progress.best
        now, passed = time.monotonic(), self._passed
        self._seen.append((now, passed))
        while len(self._seen) > 2 and now - self._seen[0][0] > SPAN:
            self._seen.popleft()
        if done != self._done:
            self._since, self._done = now, done
            self._glances.clear()
        (first, before), total = self._seen[0], self._total()
        speed = (passed - before) / (now - first) if passed > before else None
        view = View(self.losses, self.unit, done if self.searching else done + 1, self.count)
        view.place = min(view.place, self.count)
        view.speed = speed
        if total:
            view.share = passed / total
            view.seconds = max(total - passed, 0) / speed if speed else None
        if self.searching:
            view.so_far = best.get("loss")
            return view
        view.at_most = started.data_set.config.early_stopping is not None
        self.losses.add(progress.history[self.losses.count :])
        view.so_far = self._so_far(now)
        if started.trainer.judged_by and best["epoch"] and best["epoch"] != done:
            view.best = best
        self._look(view)
        return view

    def _total(self) -> int:
        """Return how many rows or trials there are in all; 0 where that is not known."""
        started = self.started
        if started.data_set.once:
            return 0
        rows = 1 if self.searching else len(started.data_set.training) * started.trainer.passes
        return rows * self.count

    def _look(self, view: View) -> None:
        live, task = self.live, self.started.model.task
        view.epoch, view.scores, view.decides = live.epoch, dict(live.scores), task.decides
        view.rows = len(self.started.data_set.validation or ())
        record = live.looked_at
        if record:
            view.looked_at = int(record["epoch"])
            view.idle = {titled(key): shares for key, shares in looked_at(record).items()}
        view.warning = live.warning

    def _so_far(self, now: float) -> float | None:
        """Return the loss of the epoch at hand, as it was seen on some rows since it began."""
        if now - self._since > LONG and now >= self._next:
            if (seen := self.started.loss_now()) is not None:
                self._glances.append(seen)
            took = time.monotonic() - now
            self._next = now + took / SHARE
        return sum(self._glances) / len(self._glances) if self._glances else None
