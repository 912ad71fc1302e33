"""The terminal: progress while it lasts, tables when it is done, warnings as they come."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from ann_cli.errors import counted
from ann_cli.report import layout, learning, networks, perceptron, trials
from ann_cli.report.baselines import called, remarks, verdict
from ann_cli.report.classes import confusion, never_predicted
from ann_cli.report.intervals import intervals
from ann_cli.report.layout import one_line, printable
from ann_cli.report.next_commands import next_commands
from ann_cli.report.numbers import quantile_row, score

if TYPE_CHECKING:
    from rich.console import Console

    from ann_cli.data.rows.data_set import DataSet
    from ann_cli.run import Record, Run, TrainingRun


MOST_STEPS = 8
"""Steps of a forecast whose scores are shown, evenly spaced; metrics.json has all."""

LEAST_WIDTH = 60
"""Cells of a line from which on a training is drawn."""

USUAL_WIDTH = 80
"""Cells of a line where the stream is no terminal."""


class Terminal:
    """Writes for a person onto one stream; draws live only where it is a terminal."""

    def __init__(
        self, stream: IO[str], quiet: bool = False, color: bool = True, width: int | None = None
    ) -> None:
        """`width` is that of the stream in cells where it is not to be asked for."""
        self.stream = stream
        self.quiet = quiet
        self.color = color
        self._width = width

    @property
    def width(self) -> int:
        """The cells of a line: of what is no terminal 80."""
        return self._width or (self.console.width if self.stream.isatty() else USUAL_WIDTH)

    @property
    def console(self) -> "Console":
        """A console of rich's."""
        from rich.console import Console

        width = self._width or (None if self.stream.isatty() else USUAL_WIDTH)
        return Console(
            file=self.stream,
            quiet=self.quiet,
            color_system="auto" if self.color else None,
            highlight=False,
            emoji=False,
            markup=False,
            soft_wrap=not self.stream.isatty(),
            width=width,
        )

    @property
    def draws(self) -> bool:
        """Whether drawings are shown: on a terminal that has room, and signs for them."""
        console = self.console
        return (
            self.stream.isatty()
            and self.width >= LEAST_WIDTH
            and console.encoding.startswith("utf")
            and not console.is_dumb_terminal
            and os.environ.get("TERM") != "linux"  # whose font has no braille
        )

    def say(self, text: str, style: str = "") -> None:
        """Write one sentence: in lines of whole words on a terminal, else in one."""
        if self.quiet:
            return
        for line in self.lines(text):
            self.console.print(line, style=style or None, soft_wrap=True)

    def lines(self, text: str) -> list[str]:
        """Return a sentence as the lines that `say` writes."""
        whole = printable(text).split("\n")
        if self._width or self.stream.isatty():
            return [part for line in whole for part in layout.wrapped(line, self.width)]
        return whole

    def warn(self, notes: Iterable[str]) -> None:
        """Write each note as a line of its own."""
        for note in notes:
            self.say(f"note: {one_line(note)}", "yellow")

    def beginning(self, started: "TrainingRun") -> None:
        """Say what will be trained on what."""
        data_set = started.data_set
        self.say(what(data_set))
        self.say(networks.network_line(started), "dim")
        self.warn(data_set.notes)

    def progress(self, started: "TrainingRun") -> Iterator["Record"]:
        """Yield the records of a training: draw it while it lasts, or tell of it now and then."""
        if self.quiet:
            yield from started.epochs()
            return
        from ann_cli.report.progress import drawn, told

        yield from drawn(started, self.console) if self.draws else told(started, self.say)

    def finished(self, run: "Run") -> None:
        """Show the network beside its baselines, and say plainly whether it beats them."""
        from ann_cli.config.models import MODELS
        from ann_cli.data.rows.split import judging
        from ann_cli.insight.verdict import chose_epoch

        metrics = run.metrics
        seen = judging(metrics)
        drawing = learning.drawing(run, self.width, self.console.height) if self.draws else []
        self.draw(drawing)
        if not drawing and (told := learning.sentence(run)):
            self.say(told, "dim")
        others = {called(name): each for name, each in metrics["baselines"].items()}
        noun = MODELS[run.model.config.model].called
        rows = {noun: metrics[seen], **others}
        ensemble = metrics.get("ensemble", {"folds": 1, "variations": []})
        folds = seen == "validation" and ensemble["folds"] > 1
        on = f"on {counted(metrics[seen]['rows'], f'{seen} row')}"
        self.table(f"{on}, a fold at a time" if folds else on, rows)
        if folds:
            self.say("Each row was predicted by the networks that were not trained on it.", "dim")
        if chose_epoch(metrics, seen):
            self.say("These rows chose the epoch; data.test keeps rows that chose nothing.", "dim")
        if len(ensemble["variations"]) > 1:
            self.show("variation", networks.VARIATION, networks.variations(run))
        self.details(metrics)
        for sentence in intervals(metrics.get("interval")):
            self.say(sentence)
        self.say(verdict(metrics["verdict"], noun))
        if any("low" in each for each in metrics["verdict"].values()):
            self.say("By 95% intervals of the differences of their losses, row by row.", "dim")
        for sentence in remarks(metrics["baselines"]):
            self.say(sentence, "dim")
        for sentence in perceptron.sentences(metrics, seen):
            self.say(sentence)
        self.warn(metrics["warnings"])
        if "brute_force" in metrics:
            for line in trials.found(run, self.width):
                self.say(line)
            told = counted(metrics["brute_force"]["trials"], "trial")
        else:
            best = "" if metrics["best_epoch"] == metrics["epochs"] else metrics["best_epoch"]
            told = f"{counted(metrics['epochs'], 'epoch')}{best and f', best {best}'}"
        self.say(f"{told}, {metrics['seconds']:.1f} s", "dim")
        for at, command in enumerate(next_commands(run)):
            self.draw([[("next: " if not at else "      ", "dim"), (one_line(command), "")]])

    def draw(self, lines: Iterable[Sequence[tuple[str, str]]]) -> None:
        """Write lines as they are, each of some texts and their styles."""
        if self.quiet:
            return
        from rich.text import Text

        for pieces in lines:
            self.console.print(Text.assemble(*pieces), soft_wrap=True)

    def table(self, title: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """Show scores, a row each."""
        from ann_cli.tasks.metrics import METRICS

        first = rows[next(iter(rows))]
        shown = [name for name in METRICS if name in first and METRICS[name].shown]
        columns = [METRICS[name].label for name in shown]
        self.show(
            title,
            columns,
            (
                (name, *(score(key, scores.get(key)) for key in shown))
                for name, scores in rows.items()
            ),
        )

    def details(self, metrics: Mapping[str, Any]) -> None:
        """Show the scores of each target, or which classes were taken for which.

        Says what of a rare class is never found.
        """
        if steps := metrics.get("steps"):
            some = [steps[at] for at in layout.spaced(len(steps), MOST_STEPS)]
            self.table("by step ahead", {f"{each['step']}": each for each in some})
        if label := metrics.get("label"):
            told = f"{label['column']}={label['value']}"
            self.say(
                f"{counted(label['rows'], 'row')} with {told} against {label['others']:,} others: "
                "ROC AUC says how often one of them has the larger error."
            )
        if targets := metrics.get("targets"):
            self.table("by target", targets)
        if quantiles := metrics.get("quantiles"):
            self.show("quantile", ["rows below", "pinball loss"], map(quantile_row, quantiles))
        if classes := metrics.get("classes"):
            if table := confusion(metrics):
                self.show("actual \\ predicted", *table)
            self.warn(never_predicted(classes))

    def columns(self, data_set: "DataSet") -> None:
        """Show each column, what it was taken for, and the network's inputs it becomes."""
        from ann_cli.config.families import ROLES
        from ann_cli.data.columns.description import folded

        data = data_set.config.data

        def role(name: str) -> str:
            if name in data_set.encoder.target_kinds:
                return "target"
            if name in (data.sample_weight, *data.labels):
                return "weight" if name == data.sample_weight else "label"
            uses = (use for use in ROLES if name == getattr(data, use))
            return str(data_set.encoder.inputs_of(name) or next(uses, "left out"))

        columns = ((name, (kind, role(name))) for name, kind in data_set.kinds.items())
        rows = [
            (name, kind, inputs if count == 1 else f"{count:,} × {inputs}")
            for name, (kind, inputs), count in folded(columns, alone=data_set.encoder.shape is None)
        ]
        self.show("columns", ["taken for", "inputs"], rows)

    def show(
        self,
        title: str,
        columns: Iterable[str],
        rows: Iterable[Sequence[str]],
        apart: bool = True,
    ) -> None:
        """Show a table: its title above the names of the rows, numbers to the right.

        `apart` leaves a line free before and after it.
        """
        if self.quiet:
            return
        from rich.text import Text

        lines = [Text()] if apart else []
        for line, name in self.table_lines(title, columns, rows):
            lines.append(Text(line))
            lines[-1].stylize("bold", 0, name)
        lines += [Text()] if apart else []
        self.console.print(Text("\n").join(lines), soft_wrap=True)

    def table_lines(
        self, title: str, columns: Iterable[str], rows: Iterable[Sequence[str]]
    ) -> list[tuple[str, int]]:
        """Return the lines of a table, and how many characters of each name its row."""
        shown = [tuple(map(one_line, row)) for row in rows]
        heads = [one_line(column) for column in columns]
        return list(layout.table(one_line(title), heads, shown, self.width))


def what(data_set: "DataSet") -> str:
    """Say in one line what is to be predicted, from how many rows."""
    from ann_cli.tasks import TASKS

    predicted = TASKS[data_set.config.task]().summary(data_set.encoder.targets)
    if data_set.once:
        rows = "rows to train on as they come"
    else:
        held = data_set.validation
        rows = f"{counted(len(data_set.training), 'row')} to train"
        if held is data_set.training:
            rows += ", and a fold at a time to validate"
        else:
            rows += f", {len(held):,} to validate" if held else ", none to validate"
        rows += f", {len(data_set.test):,} to test" if data_set.test else ""
    return f"{data_set.config.task}: {predicted}; {rows}"
