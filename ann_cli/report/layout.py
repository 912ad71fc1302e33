"""Lines and tables laid out in a number of cells, as a terminal counts them: no word is broken.

Only plain text is made here, with nothing but Python: help and errors come before all that takes
time to import.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

GAP = 2
"""Cells between two columns."""

HANGING = "  "
"""What indents the further lines of a name."""

WORDY = 30
"""Cells up to which a column's texts stay on one line, such as "1,234,567 (0 to 12,345,678)"."""


def printable(text: str) -> str:
    """Return the text with control characters written out, so that none reaches the terminal."""
    return "".join(
        one
        if one.isprintable() or one == "\n"
        else one.encode("unicode_escape", "replace").decode()
        for one in text
    )


def one_line(text: str) -> str:
    """Return the text printable and its line feeds too, as of a name or a cell of the data."""
    return printable(text).replace("\n", "\\n")


def cells(text: str) -> int:
    """Return the cells that a text takes: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrapped(text: str, width: int, indent: str | None = None) -> list[str]:
    """Return one line as lines of at most `width` cells, broken at spaces only.

    A longer word sticks out. What follows is indented as the first line is, or by `indent`.
    """
    if cells(text) <= width:
        return [text]
    start = text[: len(text) - len(text.lstrip(" "))]
    indent = start if indent is None else indent
    lines, line = [], start
    for word in text[len(start) :].split(" "):
        together = f"{line} {word}" if line.strip() else f"{line}{word}"
        if cells(together) <= width or not line.strip():
            line = together
        else:
            lines.append(line.rstrip())
            line = f"{indent}{word}"
    return [*lines, line.rstrip()]


@dataclass
class _Column:
    """A column of a table: its heading, its cells, and the cells of the screen that it takes."""

    heading: str
    texts: list[str]

    def __post_init__(self) -> None:
        widest = max(map(cells, self.texts), default=0)
        longest = max((cells(word) for text in self.texts for word in text.split(" ")), default=0)
        words = max(map(cells, self.heading.split(" ")))
        self.natural = max(widest, cells(self.heading))
        self.least = max(min(widest, WORDY), longest, words)
        self.width = self.natural

    def lines(self, text: str) -> list[str]:
        """Return a text as lines of the column's width; what is broken stands to the left."""
        broken = wrapped(text, self.width)
        if len(broken) > 1 and text is not self.heading:
            return [f"{line}{' ' * (self.width - cells(line))}" for line in broken]
        return [f"{' ' * (self.width - cells(line))}{line}" for line in broken]


def table(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], width: int
) -> Iterator[tuple[str, int]]:
    """Yield a table's lines, and how many characters of each name its row.

    The title heads the rows' names. Where a table is too wide for `width` cells, headings and long
    texts are broken at spaces, then names in the room that numbers leave, then columns go into
    further tables below, with the names again. A name with a word that is too long to stand beside
    numbers has lines of its own. Every word of a name, and every number, is whole.
    """
    listed = list(rows)
    names = [row[0] for row in listed]
    columns = [
        _Column(heading, [row[at] if at < len(row) else "" for row in listed])
        for at, heading in enumerate(headings, start=1)
    ]
    beside, groups = _grouped(title, names, columns, width - 2)
    for number, group in enumerate(groups):
        if number:
            yield "", 0
        yield from _lines(title, names, group, beside, width)


def _grouped(
    title: str, names: Sequence[str], columns: list[_Column], room: int
) -> tuple[int, list[list[_Column]]]:
    """Return the width of the names, and the columns that stand beside each other."""
    own = max(map(cells, names), default=0)
    whole = max(own, cells(title))
    if whole + sum(GAP + each.natural for each in columns) <= room:
        return whole, [columns]
    longest = max(map(cells, title.split(" ")))
    beside = max(own, longest)
    left = room - sum(GAP + each.least for each in columns)
    if beside > left:
        most = max(left, min(beside, max(room // 2, longest)))
        beside = max([longest, *(cells(line) for name in names for line in _broken(name, most))])
    for column in columns:  # a word that is longer sticks out
        column.least = min(column.least, max(room - beside - GAP, 1))
    groups: list[list[_Column]] = [[]]
    for column in columns:
        more = sum(GAP + each.least for each in (*groups[-1], column))
        if groups[-1] and beside + more > room:
            groups.append([])
        groups[-1].append(column)
    taken = [beside + sum(GAP + each.least for each in group) for group in groups]
    beside += max(0, min(room - max(taken), cells(title) - beside))
    for group in groups:
        left = room - beside - sum(GAP + each.least for each in group)
        for column in group:
            more = max(0, min(left, column.natural - column.least))
            column.width = column.least + more
            left -= more
    return beside, groups


def _lines(
    title: str, names: Sequence[str], columns: Sequence[_Column], beside: int, width: int
) -> Iterator[tuple[str, int]]:
    heads = [each.lines(each.heading) for each in columns]
    titles = wrapped(title, beside)
    deepest = max(map(len, [titles, *heads]))
    titles = [*titles, *[""] * (deepest - len(titles))]
    heads = [
        [*[" " * each.width] * (deepest - len(head)), *head]
        for each, head in zip(columns, heads, strict=True)
    ]
    for first, *others in zip(titles, *heads, strict=True):
        yield _line(first, beside, others), len(first) + 1
    yield f" {'─' * (beside + sum(GAP + each.width for each in columns))}", 0
    for at, name in enumerate(names):
        parts = [each.lines(each.texts[at]) for each in columns]
        is_alone = not any(part.strip() for lines in parts for part in lines)
        own = _broken(name, beside)
        if not own or (is_alone and len(own) > 1):
            for line in wrapped(f" {name}", width - 1):
                yield line, len(line)
            if is_alone:
                continue
            own = [""]
        for at_line in range(max(map(len, [own, *parts]))):
            first = own[at_line] if at_line < len(own) else ""
            others = [
                lines[at_line] if at_line < len(lines) else " " * each.width
                for lines, each in zip(parts, columns, strict=True)
            ]
            yield _line(first, beside, others), len(first) + 1


def _broken(name: str, room: int) -> list[str]:
    """Return the lines of a name that stand beside numbers; none where a word has no room."""
    lines = wrapped(name, room, HANGING)
    return lines if max(map(cells, lines)) <= room else []


def _line(first: str, beside: int, others: Sequence[str]) -> str:
    spaces = " " * max(0, beside - cells(first))
    return "".join((f" {first}{spaces}", *(f"{' ' * GAP}{each}" for each in others))).rstrip()


def spaced(count: int, most: int) -> list[int]:
    """Return at most so many of `count` places, evenly spaced, the first and the last with them."""
    if count <= most:
        return list(range(count))
    return sorted({round(at * (count - 1) / (most - 1)) for at in range(most)})
