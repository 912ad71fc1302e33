"""The progress of a tuning: its trials, the best of them, and the time that is left."""

import time
from collections.abc import Iterable, Iterator

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn
from rich.progress import TimeRemainingColumn as Remaining

from ann_cli.errors import counted
from ann_cli.experiments.study import Ended
from ann_cli.experiments.tuning import Work


def drawn(
    console: Console,
    work: Work,
    trials: Iterable[list[Ended]],
    before: int,
    seconds: float | None,
    count: int | None,
) -> Iterator[list[Ended]]:
    """Yield the trials while their progress is drawn, which is gone at the end."""
    with _Drawing(console, work, before, seconds, count) as drawing:
        for ended in trials:
            drawing.ended = ended
            yield ended


class _Drawing(Progress):
    """One line, drawn anew as time goes: a trial may take long."""

    def __init__(
        self,
        console: Console,
        work: Work,
        before: int,
        seconds: float | None,
        count: int | None,
    ) -> None:
        self.work = work
        self.begun, self.before, self.seconds, self.count = time.monotonic(), before, seconds, count
        self.ended: list[Ended] = []
        columns = (TextColumn("{task.description}"), BarColumn(None), Remaining(True))
        super().__init__(*columns, console=console, refresh_per_second=2, transient=True)
        self.add_task("", total=1.0)

    def get_renderables(self) -> Iterable[RenderableType]:
        new = max(len(self.ended) - self.before, 0)
        shares = [new / self.count] if self.count else []
        if self.seconds:
            shares.append((time.monotonic() - self.begun) / self.seconds)
        values = [each.value for each in self.ended if each.value is not None]
        best = f", best {self.work.in_units(min(values)):.4g}" if values else ""
        for task in self.tasks:  # rich asks once before there is one
            text = f"{counted(max(len(self.ended), self.before), 'trial')}{best}"
            self.update(task.id, completed=max(shares, default=0.0), description=text)
        yield from super().get_renderables()
