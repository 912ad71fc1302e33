"""A CSV as a table: its columns, their kinds, its rows as frames."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from os.path import dirname
from pathlib import Path
from typing import BinaryIO, Self

import pandas as pd

from ann_cli.data.cells.conversion import Reading
from ann_cli.data.cells.odd_cells import Odd
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.csv.blocks import FIRST, Block, Blocks
from ann_cli.data.csv.compression import is_compressed, size_about
from ann_cli.data.csv.header import misplaced
from ann_cli.data.csv.parsing import parse, text
from ann_cli.data.csv.ranges import blocks_of, ranges_of
from ann_cli.data.csv.some_rows import some_rows
from ann_cli.data.csv.source import Passes, Spool, Version, close, name_of, open_source
from ann_cli.data.opening import Opening
from ann_cli.data.pieces import Located, Piece
from ann_cli.data.recognised_table import RecognisedTable
from ann_cli.errors import DataError


class CsvTable(RecognisedTable[Block]):
    """A CSV. A file may be read any number of times; a stream's rows go by once with `chunks`."""

    def __init__(self, source: str | Path, opening: Opening = Opening()) -> None:  # noqa: B008 - frozen
        """Open a CSV and read its header; "-" is standard input. Raises DataError, FileError."""
        name = name_of(source)
        anew: Callable[[], BinaryIO] = lambda: open_source(source)[0]  # noqa: E731
        self._stream, again = open_source(source)
        if opening.spooled and not again:
            anew = Spool(self._stream, name).open
            close(self._stream)
            self._stream, again = anew(), True
        try:
            blocks = Blocks(self._stream, name, opening.written.separator)
        except BaseException:
            close(self._stream)
            raise
        self._passes = Passes(name, self._stream, anew, opening.hashed) if again else None
        """Its bytes, where they can be read again and again."""
        if again:
            close(self._stream)
        folder = "" if str(source) == "-" else dirname(name)
        super().__init__(name, blocks.columns, blocks.separator, folder, opening)
        self.source = str(source)
        self._in_ranges = again and not is_compressed(str(source))
        self._passing = iter(() if again else blocks)
        self._kept: list[Block] = []
        self._passed = False

    @classmethod
    def opened(cls, source: str | Path, start: bytes, opening: Opening) -> Self:
        """Return the table of a source that is nothing else. Raises DataError, FileError."""
        return cls(source, opening)

    @property
    def repeatable(self) -> bool:
        """Whether all rows can be read again."""
        return self._passes is not None

    def parse(
        self, block: Block, kinds: Mapping[str, Kind], reading: Reading
    ) -> tuple[pd.DataFrame, dict[str, Odd]]:
        return parse(block, self.columns, kinds, reading)

    def text(
        self, block: Block, chosen: Sequence[str], missing: bool, most: int | None = None
    ) -> pd.DataFrame:
        return text(block, self.columns, chosen, missing, nrows=most)

    @property
    def size(self) -> int:
        """The file's bytes; 0 of what is no file."""
        return self._passes.size if self._passes else 0

    @property
    def version(self) -> Version:
        """What tells the file from what it is once it was written to."""
        return self._passes.version if self._passes else ()

    def digest(self) -> str:
        """Return the SHA-256 of its bytes in hexadecimal; "" of a stream that passes once."""
        return self._passes.digest() if self._passes else ""

    def rows_about(self) -> float:
        """Return the number of rows, guessed by the first block; not for a stream."""
        assert self._passes
        block = next(self.every_block(True, ()), None)
        if block is None:
            return 0.0
        with self._passes.open() as stream:
            return size_about(stream) * block.content.count(b"\n") / len(block.content)

    def elsewhere(self, name: str) -> str:
        """Return what to do about a header that lacks a name, by the first lines; "" if unknown."""
        if self._passes is None:
            return ""
        with self._passes.open() as stream:
            lines = stream.read(FIRST).decode(errors="replace").splitlines()
        return misplaced(lines, self.columns, name)

    def every_block(self, keep: bool, columns: Sequence[str]) -> Iterator[Block]:
        """Yield the blocks from the first; a stream's are kept if another pass is to see them."""
        if self._passes is None:
            yield from self._from_stream(keep)
            return
        with self._passes.read() as stream:
            yield from Blocks(stream, self.name, self.separator)

    def some_rows(self, block: Block, rows: Array) -> tuple[Block | None, int]:
        """Return a block whose other rows are blank lines, and how many rows it had."""
        return some_rows(block, rows)

    def pieces(self, size: int, file: int = 0, row: int = 0) -> tuple[list[Piece], int]:
        """Return ranges of about so many bytes each, and the number of rows; takes a pass.

        What is compressed is one piece. `row` is the number of the first row.
        """
        most = size if self._in_ranges else None
        return ranges_of(self.every_block(False, ()), most, file, row)

    def blocks_of(
        self, pieces: Sequence[Piece], columns: Sequence[str]
    ) -> Iterator[Located[Block]]:
        """Yield the blocks of some pieces, each with its piece where it is the first one."""
        assert self._passes
        if not self._in_ranges:
            firsts: list[Piece | None] = [*pieces]
            for block in self.every_block(False, columns):
                yield firsts.pop() if firsts else None, block
            return
        with self._passes.anywhere() as stream:
            yield from blocks_of(stream, Blocks(stream, self.name, self.separator), pieces)

    def _from_stream(self, keep: bool) -> Iterator[Block]:
        if self._passed:
            raise DataError("can be read once only", place=self.name, remedy="give a file")
        yield from tuple(self._kept)
        self._passed = not keep
        for block in self._passing:
            if keep:
                self._kept.append(block)
            yield block
        close(self._stream)
