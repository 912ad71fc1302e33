"""Progress: how far a training has come, at what speed, with what loss, and how long it will take.

A thread of rich's looks at the training a few times a second; the training only counts its rows.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn
from rich.progress import TimeRemainingColumn as Remaining

BESIDE = 16
"""Cells of a bar at its shortest, of the time left, and of the spaces between."""

if TYPE_CHECKING:
    from ann_cli.run import Record, TrainingRun

UPDATES = 10
"""Redraws a second, at most."""

LONG = 1.0
"""Seconds after which an epoch's loss is no longer that of the last epoch, but of this one so far.
"""


def drawn(started: "TrainingRun", console: Console) -> Iterator["Record"]:
    """Yield the records of a training while its progress is drawn, which is gone at the end."""
    with _Drawing(started, console) as drawing, closing(started.epochs()) as records:
        for record in records:
            drawing.record = record
            drawing.since = time.monotonic()
            drawing.losses.clear()
            yield record


def _fitting(room: int, speed: str, loss: str) -> tuple[str, str]:
    """Return what of speed and loss stands in so many cells, whole: a loss tells more."""
    first = loss.partition(",")[0]
    choices = ((speed, loss), ("", loss), ("", first), ("", ""))
    return next(each for each in choices if len("".join(each)) <= room or not any(each))


class _Drawing(Progress):
    """One line, drawn anew from what the training shows at that moment."""

    def __init__(self, started: "TrainingRun", console: Console) -> None:
        self.started = started
        self.count, self.unit = started.progress.planned
        self.record: Record | None = None
        self.since = time.monotonic()
        self.losses: list[float] = []
        """What was seen of the loss since the last record."""
        super().__init__(
            TextColumn("{task.fields[place]}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[speed]}{task.fields[loss]}"),
            Remaining(compact=True),
            console=console,
            refresh_per_second=UPDATES,
            transient=True,
        )
        rows = 1 if self.searching else len(started.data_set.training) * started.trainer.passes
        total = None if started.data_set.once else rows * self.count
        self.add_task(
            "", completed=started.progress.passed, total=total, place="", speed="", loss=""
        )

    @property
    def searching(self) -> bool:
        """Whether trials are counted, not rows."""
        return self.unit == "trial"

    def get_renderables(self) -> Iterator[RenderableType]:
        started, counted = self.started, "trials" if self.searching else "rows"
        place = (
            started.progress.done if self.searching else min(started.progress.done + 1, self.count)
        )
        for task in self.tasks:  # rich asks once before there is one
            where = f"{self.unit} {place:,}/{self.count:,}"
            speed = f"{task.speed:,.0f} {counted}/s, " if task.speed else ""
            speed, loss = _fitting(self.console.width - len(where) - BESIDE, speed, self._loss())
            self.update(
                task.id,
                completed=started.progress.done if self.searching else started.progress.passed,
                place=where,
                speed=speed,
                loss=loss,
            )
        yield from super().get_renderables()

    def _loss(self) -> str:
        record = self.record
        if record is None or time.monotonic() - self.since > LONG:
            seen = self.started.loss_now()
            if seen is not None:
                self.losses.append(seen)
        if self.losses:
            return f"loss {sum(self.losses) / len(self.losses):.4g}"
        if record is None:
            return ""
        held = record.get("validation_loss")
        text = f"loss {record['loss']:.4g}"
        return text if held is None else f"{text}, validation {held:.4g}"
