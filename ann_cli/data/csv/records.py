"""The records of some lines of CSV, as the csv module reads them, with their line numbers."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

BLANK = " \t\r\n"
"""A line of nothing else is skipped, here and by pandas."""


def blank(separator: str) -> str:
    """Return the characters of which a line is blank: not those that separate cells."""
    return BLANK.replace(separator, "")


MOST_RECORD_BYTES = 1 << 21
"""The bytes of the longest row, and so the characters of its longest cell."""

csv.field_size_limit(max(csv.field_size_limit(), MOST_RECORD_BYTES))


class Record(NamedTuple):
    """One row of cells: lines[start:stop]."""

    start: int
    stop: int
    cells: list[str]


class UnfinishedError(Exception):
    """The lines end inside the quotes of the record that begins at `start`."""

    def __init__(self, start: int, opening: int) -> None:
        super().__init__(start, opening)
        self.start, self.opening = start, opening


class UnreadableError(Exception):
    """A lone carriage return, or a cell without an end in sight, in the record at `start`."""

    def __init__(self, start: int, lone_return: bool) -> None:
        super().__init__(start, lone_return)
        self.start, self.lone_return = start, lone_return


def lines_of(text: str) -> list[str]:
    """Return the lines with their ends; only a line feed ends a line."""
    return io.StringIO(text, newline="\n").readlines()


def has_lone_return(content: bytes) -> bool:
    """Whether a carriage return stands alone."""
    return b"\r" in content and content.count(b"\r") != content.count(b"\r\n")


def records(lines: Sequence[str], separator: str = ",") -> Iterator[Record]:
    """Yield the records that are not blank. Raises UnfinishedError, UnreadableError."""
    starved = False

    def ending() -> Iterator[str]:
        # Asked for more in the middle of a record means: a quote is still open.
        nonlocal starved
        starved = True
        yield from ()

    reader = csv.reader(chain(lines, ending()), delimiter=separator)
    start = 0
    try:
        for cells in reader:
            if starved:
                raise UnfinishedError(start, len(lines) - cells[-1].count("\n"))
            if len(cells) > 1 or lines[start].strip(blank(separator)):
                yield Record(start, reader.line_num, cells)
            start = reader.line_num
    except csv.Error as error:
        raise UnreadableError(start, "new-line" in str(error)) from error
