"""A chart of lines in characters: braille dots, eight a cell, with numbers along both axes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, isfinite, log10

from ann_cli.report.layout import cells

Piece = tuple[str, str]
"""Some text and its style; "" for none."""

Point = tuple[float, float]

BLANK = 0x2800
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot of a braille cell, from the top line of two dots to the lowest."""

WIDE, HIGH = 2, 4
"""Dots of a cell."""

BESIDE = 9
"""Cells to the left of a chart: numbers and the axis."""

DECADE = 8.0
"""How many times the least value the greatest is from where on a logarithmic scale helps."""

STEPS = (1, 2, 5, 10)
"""An axis's numbers lie so far apart, or ten, a hundred, a tenth times that."""

MARK = "◆"


@dataclass(frozen=True)
class Line:
    """A line of a chart: its points in the order of their first numbers, and how it is drawn."""

    points: Sequence[Point]
    style: str = ""
    dotted: bool = False
    """Whether only every third dot is set, so that it is told from others without colour."""

    @property
    def sample(self) -> Piece:
        """What stands for the line where it is named."""
        return ("⠂⠐⠠" if self.dotted else "⠒⠒⠒", self.style)


@dataclass(frozen=True)
class Scale:
    """Where values lie between the least and the greatest."""

    low: float
    high: float
    logarithmic: bool

    @classmethod
    def of(cls, values: Sequence[float]) -> "Scale":
        """Return the scale of finite values: logarithmic where the greatest is many times others"""
        low, high = min(values), max(values)
        return cls(low, high, low > 0 and high >= DECADE * low)

    def share(self, value: float) -> float:
        """Return 0 for the least value, 1 for the greatest; of equal ones a half."""
        if self.low == self.high:
            return 0.5
        if self.logarithmic:
            return log10(value / self.low) / log10(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, most: int) -> list[float]:
        """Return round values in between, about `most` at most."""
        if self.low == self.high:
            return [self.low]
        if self.logarithmic:
            decades = range(floor(log10(self.low)), floor(log10(self.high)) + 1)
            for steps in ((1, 2, 5), (1, 3), (1,)):
                found = [step * 10.0**each for each in decades for step in steps]
                found = [each for each in found if self.low <= each <= self.high]
                if len(found) <= most:
                    break
            if len(found) > 1:
                return found[:: -(-len(found) // most)]
        size = 10.0 ** floor(log10((self.high - self.low) / most))
        apart = next(
            (size * step for step in STEPS if (self.high - self.low) / (size * step) <= most),
            size * STEPS[-1],
        )
        first = -floor(-self.low / apart)
        last = floor(self.high / apart)
        return [number * apart for number in range(first, last + 1)]


def chart(
    lines: Sequence[Line], width: int, height: int, label: str, marked: Point | None = None
) -> list[list[Piece]]:
    """Return the lines of text that draw a chart of `width` cells, `height` of them high.

    Two more say what lies to the right: the first number, `label`, the last one. `marked` is a
    point that a sign stands at. Points that are not finite are left out; of no others nothing is
    drawn.
    """
    shown = [[each for each in line.points if isfinite(each[0] + each[1])] for line in lines]
    every = [point for points in shown for point in points]
    if not every:
        return []
    across = max(width - BESIDE - 1, 1)
    firsts = [first for first, _ in every]
    start, end = min(firsts), max(firsts)
    scale = Scale.of([value for _, value in every])
    canvas = _Canvas(across, height)
    wide = (across * WIDE - 1) / ((end - start) or 1.0)

    def up(value: float) -> int:
        return round((1 - scale.share(value)) * (height * HIGH - 1))

    for line, points in zip(lines, shown, strict=True):
        columns: dict[int, list[float]] = {}
        for first, value in points:
            columns.setdefault(round((first - start) * wide), []).append(value)
        canvas.draw([(at, up(sum(own) / len(own))) for at, own in columns.items()], line)
    if marked and isfinite(sum(marked)):
        canvas.mark(round((marked[0] - start) * wide) // WIDE, up(marked[1]) // HIGH)
    numbers = {up(tick) // HIGH: f"{tick:.4g}" for tick in scale.ticks(max(2, height // 2))}
    drawn = []
    for at, pieces in enumerate(canvas.rows()):
        number = numbers.get(at, "")
        drawn.append([(f"{number:>{BESIDE - 1}} {'┤' if number else '│'}", ""), *pieces])
    drawn.append([(f"{'└':>{BESIDE + 1}}{'─' * across}", "")])
    return [*drawn, [(_below(start, label, end, across), "")]]


def _below(start: float, label: str, end: float, across: int) -> str:
    left, right = f"{start:,.10g}", f"{end:,.10g}"
    spare = across - cells(left) - cells(right) - cells(label)
    if spare < 2:
        return f"{' ' * (BESIDE + 1)}{label} {left} to {right}"
    half = " " * (spare // 2)
    return f"{' ' * (BESIDE + 1)}{left}{half}{label}{half}{' ' * (spare % 2)}{right}"


class _Canvas:
    """Cells of dots."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._dots = [[0] * width for _ in range(height)]
        self._styles = [[""] * width for _ in range(height)]
        self._mark: tuple[int, int] | None = None

    def draw(self, points: Sequence[tuple[int, int]], line: Line) -> None:
        """Join points, whose dots are counted from the left and from the top."""
        for right, down in _joined(points):
            if not line.dotted or (right + down) % 3 == 0:
                cell, row = right // WIDE, down // HIGH
                self._dots[row][cell] |= DOTS[down % HIGH][right % WIDE]
                self._styles[row][cell] = line.style

    def mark(self, right: int, down: int) -> None:
        """Put the sign into a cell."""
        self._mark = down, right

    def rows(self) -> Iterator[list[Piece]]:
        """Yield the text of each row of cells, in pieces of one style."""
        for row, (dots, styles) in enumerate(zip(self._dots, self._styles, strict=True)):
            pieces: list[Piece] = []
            last = max((at for at, each in enumerate(dots) if each), default=-1)
            if self._mark and self._mark[0] == row:
                last = max(last, self._mark[1])
            for at in range(last + 1):
                text, style = chr(BLANK + dots[at]) if dots[at] else " ", styles[at]
                if self._mark == (row, at):
                    text, style = MARK, "bold"
                if pieces and (pieces[-1][1] == style or text == " "):
                    pieces[-1] = pieces[-1][0] + text, pieces[-1][1]
                else:
                    pieces.append((text, style))
            yield pieces


def _joined(points: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield points and the dots between them, one a column or, where it is steep, one a line."""
    yield from points[:1]
    for (right, down), after in pairwise(points):
        across, along = after[0] - right, after[1] - down
        steps = max(across, abs(along))
        for step in range(1, steps):
            yield right + round(step * across / steps), down + round(step * along / steps)
        yield after
