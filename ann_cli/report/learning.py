"""How a network learned: its losses by epoch as a curve, or in a sentence."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ann_cli.report.curve import MARK, Line, Piece, Point, Scale, chart
from ann_cli.report.layout import cells, wrapped
from ann_cli.report.losses import loss_words

if TYPE_CHECKING:
    from ann_cli.run import Run

MOST = 300
"""Points of a line of losses at most, before two become one."""

WIDEST = 120
"""Cells of a curve at most."""

LEAST = 3
"""Epochs that make a curve."""

LINES = (3, 12)
"""Lines of a curve at least and at most, without those that say what it is."""

LOW, TALL, MUCH = 10, 14, 40
"""Lines that tell how a run learned; the second on a terminal of MUCH lines."""

Record = Mapping[str, float]


class Thinned:
    """Points, of which neighbours are averaged as they get many."""

    def __init__(self) -> None:
        self._sums: list[tuple[float, float, int]] = []
        self._size = 1

    def add(self, first: float, value: float) -> None:
        """Add a point to the right of all others."""
        if self._sums and self._sums[-1][2] < self._size:
            firsts, values, count = self._sums[-1]
            self._sums[-1] = firsts + first, values + value, count + 1
            return
        self._sums.append((first, value, 1))
        if len(self._sums) > MOST:
            pairs = zip(self._sums[::2], self._sums[1::2], strict=False)
            rest = self._sums[-1:] if len(self._sums) % 2 else []
            self._sums = [
                (one[0] + two[0], one[1] + two[1], one[2] + two[2]) for one, two in pairs
            ] + rest
            self._size *= 2

    def points(self) -> list[Point]:
        """Return the points as they are now."""
        return [(first / count, value / count) for first, value, count in self._sums]


class Losses:
    """The losses of a training's epochs, few enough to be drawn however many there are."""

    def __init__(self, words: str) -> None:
        """`words` say what the loss is."""
        self.words = words
        self.count = 0
        self.last: Record = {}
        self._training, self._validation = Thinned(), Thinned()

    def add(self, records: Iterable[Record]) -> None:
        """Add the records of further epochs."""
        for record in records:
            self._training.add(record["epoch"], record["loss"])
            if (held := record.get("validation_loss")) is not None:
                self._validation.add(record["epoch"], held)
            self.count += 1
            self.last = record

    def picture(self, best: Record, width: int, room: int) -> list[list[Piece]]:
        """Return the lines that draw the losses, with what they are and what the marks mean.

        They are no more than `room`, and none where that is too little. `best` is the record of the
        best epoch; empty where none is.
        """
        training = Line(self._training.points(), "cyan", dotted=True)
        validation = Line(self._validation.points(), "magenta")
        marked = (best["epoch"], _judging(best)) if best else None
        lines = [each for each in (training, validation) if each.points]
        width = min(width, WIDEST)
        scale = Scale.of([value for line in lines for _, value in line.points])
        title = f" loss: {self.words}{', logarithmic scale' * scale.logarithmic}"
        legend: list[list[Piece]] = [[training.sample, (f" training {_of(self.last, 'loss')}", "")]]
        if validation.points:
            legend.append(
                [validation.sample, (f" validation {_of(self.last, 'validation_loss')}", "")]
            )
        if best:
            legend.append([(MARK, "bold"), (f" {_best(best)}", "")])
        head = [[(line, "")] for line in wrapped(title, width, "   ")]
        below = _beside(legend, width)
        least, most = LINES
        height = min(room - len(head) - len(below) - 2, most)
        if height < least:
            return []
        return [*head, *chart(lines, width, height, "epoch", marked), *below]

    def sentence(self, first: Record, best: Record) -> str:
        """Say the same without a curve."""
        told = f"loss ({self.words}): {_of(first, 'loss')} at first, {_of(self.last, 'loss')} last"
        if "validation_loss" in self.last:
            ends = [_of(each, "validation_loss") for each in (first, self.last)]
            told += f"; validation {ends[0]} at first, {ends[1]} last"
        return f"{told}; {_best(best)}" if best else told


def drawing(run: "Run", width: int, height: int) -> list[list[Piece]]:
    """Return the lines that draw how a run learned, on a terminal of that size.

    None are of a run of few epochs, or of one that tried weights instead.
    """
    if (losses := _losses(run)) is None:
        return []
    return losses.picture(_best_of(run), width, TALL if height >= MUCH else LOW)


def sentence(run: "Run") -> str:
    """Say the same in a sentence; "" where there is nothing to say."""
    if (losses := _losses(run)) is None:
        return ""
    return losses.sentence(run.history[0], _best_of(run))


def _losses(run: "Run") -> Losses | None:
    if "brute_force" in run.metrics or len(run.history) < LEAST:
        return None
    losses = Losses(loss_words(run.model))
    losses.add(run.history)
    return losses


def _best_of(run: "Run") -> Record:
    """Return the record of the epoch that was kept; empty where that is the last one."""
    best = run.metrics["best_epoch"]
    found: Iterable[Record] = (each for each in run.history if each["epoch"] == best)
    return {} if best == run.metrics["epochs"] else next(iter(found), {})


def _judging(record: Record) -> float:
    return record.get("validation_loss", record["loss"])


def _of(record: Record, name: str) -> str:
    """Return a loss to four digits, zeros among them, so that a screen does not jump."""
    return f"{record[name]:#.4g}".rstrip(".")


def _best(best: Record) -> str:
    held = f"best {_of(best, 'validation_loss')}" if "validation_loss" in best else "best"
    return f"{held}, epoch {best['epoch']:,.0f}"


def _beside(items: Sequence[list[Piece]], width: int) -> list[list[Piece]]:
    """Return what stands beside each other where it fits, else on further lines."""
    lines: list[list[Piece]] = []
    for item in items:
        taken = sum(cells(text) for text, _ in (lines[-1] if lines else []))
        more = sum(cells(text) for text, _ in item)
        if lines and taken + 3 + more <= width:
            lines[-1] += [("   ", ""), *item]
        else:
            lines.append([(" ", ""), *item])
    return lines
