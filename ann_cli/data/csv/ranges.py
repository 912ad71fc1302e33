"""A CSV in ranges of bytes, each of whole rows, which are read apart from each other."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from os.path import abspath
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from ann_cli.data.cells.recognition import Column
from ann_cli.data.cells.values import Kind
from ann_cli.data.cells.writing import Written
from ann_cli.data.csv.blocks import Block, Blocks
from ann_cli.data.csv.source import Passes
from ann_cli.data.csv.table import CsvTable
from ann_cli.errors import DataError

LARGEST = 1 << 23
"""Bytes of a range, about, at most."""

TURNS = 8
"""How many ranges a part has at least, where there are so many rows: neighbours in a file are often
alike, and each part is to have some of everything."""


@dataclass(frozen=True)
class Range:
    """Rows of a file: bytes from `start` to `end`, and the number of its first line and row."""

    start: int
    end: int
    line: int
    """From 1."""
    row: int
    """From 0."""


def ranges_of(table: CsvTable, parts: int) -> list[Range]:
    """Return the ranges that a file is cut into; whole passes of it are hashed meanwhile."""
    size = max(1, min(LARGEST, table.size // (parts * TURNS)))
    found: list[Range] = []
    begun: tuple[int, int, int] | None = None
    row = end = 0
    for block in table.blocks():
        starts, lines = _rows(block)
        at = 0
        while at < len(starts):
            if begun is None or starts[at] >= begun[0] + size:
                if begun is not None:
                    found.append(Range(begun[0], int(starts[at]), *begun[1:]))
                begun = int(starts[at]), int(lines[at]), row + at
            at = int(np.searchsorted(starts, begun[0] + size))
        row += len(starts)
        end = block.start + len(block.content)
    assert begun is not None  # a table has rows
    return [*found, Range(begun[0], end, *begun[1:])]


def _rows(block: Block) -> tuple[Any, Any]:
    """Return where in the file each row of a block begins, and on which line."""
    content = np.frombuffer(block.content, np.uint8)
    starts = np.concatenate([[0], np.flatnonzero(content == ord("\n")) + 1])
    lines = np.array(block.lines())
    return block.start + starts[lines - block.line], lines


class PartOfCsv(CsvTable):
    """Some ranges of a CSV: its rows have the numbers and the lines that they have in the file.

    What it is made of can be sent to another process, which opens the file by its name.
    """

    def __init__(
        self,
        source: str,
        written: Written,
        known: tuple[Sequence[str], str, Mapping[str, Column]],
        version: tuple[int, int],
        ranges: Sequence[Range],
    ) -> None:
        """`known` are the whole table's columns, separator and what these hold.

        Raises DataError where the file has another `version`: bytes, and when it was written.
        """
        super().__init__(source, written=written)
        self._made = (source, written, known, version, ranges)
        columns, self.separator, recognised = known
        self.recognised = dict(recognised)
        if self.version != version or self.columns != columns:
            raise DataError("is another file than where the training began", place=self.name)
        self._ranges = ranges

    def __reduce__(self) -> Any:
        return PartOfCsv, self._made

    def reconsider(self) -> bool:
        """Return False: how columns are written is a matter of the whole file."""
        return False

    def _pass(self, passes: Passes) -> Iterator[Block]:
        with passes.open() as stream:
            blocks = Blocks(stream, self.name, self.separator)
            for each in self._ranges:
                yield from blocks.of_range(_Piece(stream, each), each.line)

    def _parsed_with_blocks(
        self,
        kinds: Mapping[str, Kind],
        keep: bool,
        each: Callable[..., Iterator[Any]],
        needed: Iterable[str],
    ) -> Iterator[tuple[pd.DataFrame, Block]]:
        lines, last, row = [one.line for one in self._ranges], -1, 0
        for frame, block in super()._parsed_with_blocks(kinds, keep, each, needed):
            at = bisect_right(lines, block.line) - 1
            row = self._ranges[at].row if at != last else row
            last = at
            yield frame.set_axis(pd.RangeIndex(row, row + len(frame))), block
            row += len(frame)


class _Piece:
    """The bytes of a range."""

    def __init__(self, stream: BinaryIO, piece: Range) -> None:
        self._stream, self._left = stream, piece.end - stream.seek(piece.start)

    def read(self, size: int, /) -> bytes:
        """Return so many bytes, or the fewer that are left."""
        found = self._stream.read(min(size, self._left))
        self._left -= len(found)
        return found


def parts_of(table: CsvTable, source: str, ranges: Sequence[Range], parts: int) -> list[PartOfCsv]:
    """Return a table's parts, to which its ranges are dealt in turn."""
    known = (table.columns, table.separator, table.recognised)
    # Whether most cells of a column are odd is a matter of the whole file.
    written = replace(table.written, usual=table.notations)
    about = (abspath(source), written, known, table.version)
    return [PartOfCsv(*about, ranges[number::parts]) for number in range(parts)]
