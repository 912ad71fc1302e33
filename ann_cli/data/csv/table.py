"""A CSV as a table: its columns, their kinds, its rows as frames."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from os.path import dirname
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

from ann_cli.data.cells.notation import Notation
from ann_cli.data.cells.recognition import Column, counted_cells, recognised
from ann_cli.data.cells.values import Kind as Kind
from ann_cli.data.cells.values import listed
from ann_cli.data.cells.writing import Written
from ann_cli.data.csv.blocks import Block, Blocks
from ann_cli.data.csv.compression import size_about
from ann_cli.data.csv.odd_cells import Odd, refusal, told
from ann_cli.data.csv.parsing import Reading, parse, text
from ann_cli.data.csv.paths import seen_from_here
from ann_cli.data.csv.source import Passes, Spool, close, open_source
from ann_cli.data.prefetch import parallel_map
from ann_cli.data.regroup import regrouped
from ann_cli.errors import DataError, Problem, did_you_mean

SAMPLE = 10_000
ROWS, PICTURES = 65_536, 256
"""Rows that are given at a time unless asked otherwise: of pictures in files fewer."""


class CsvTable:
    """A CSV. A file may be read any number of times; a stream's rows go by once with `chunks`."""

    def __init__(
        self,
        source: str | Path,
        spooled: bool = False,
        hashed: bool = False,
        written: Written = Written(),  # noqa: B008 - frozen
        strict: bool = False,
    ) -> None:
        """Open a CSV and read its header; "-" is standard input. Raises DataError, FileError.

        `spooled` keeps a stream in a temporary file, so that it can be read again and again.
        `hashed` takes the digest while the rows are read, where otherwise it takes a pass of its
        own. `written` is what is known of how it is written; `strict` refuses cells that are not
        what their column holds, which otherwise count as missing.
        """
        self.name = "standard input" if str(source) == "-" else str(source)
        anew: Callable[[], BinaryIO] = lambda: open_source(source)[0]  # noqa: E731
        self._stream, again = open_source(source)
        if spooled and not again:
            anew = Spool(self._stream).open
            close(self._stream)
            self._stream, again = anew(), True
        try:
            blocks = Blocks(self._stream, self.name, written.separator)
        except BaseException:
            close(self._stream)
            raise
        self._passes = Passes(self.name, self._stream, anew, hashed) if again else None
        """Its bytes, where they can be read again and again."""
        if again:
            close(self._stream)
        self.columns, self.separator = blocks.columns, blocks.separator
        self.folder = "" if str(source) == "-" else dirname(source)
        self._rows_a_part = ROWS if written.pictures is None else PICTURES
        self.written, self._strict = written, strict
        self.recognised: dict[str, Column] = {}
        """What each column that was asked for holds, and how it is written."""
        self.odd: dict[str, Odd] = {}
        """The odd cells of each column, as the last pass over all rows found them."""
        self._sample: dict[str, dict[str, int]] = {}
        self._types: dict[str, Kind] = {}
        self._passing = iter(blocks)
        self._kept: list[Block] = []
        self._passed = False

    @classmethod
    def reads(cls, source: str | Path) -> bool:
        """Whether a source is a CSV: what is nothing else."""
        return True

    def recognise(
        self, types: Mapping[str, Kind] | None = None, columns: Sequence[str] | None = None
    ) -> dict[str, Kind]:
        """Return each column's kind by its first 10,000 rows, or as `types` has it.

        Raises DataError for a column that is absent.
        """
        chosen = self.columns if columns is None else columns
        self.check_columns([*chosen, *(types or {})])
        self._recognise(chosen, types or {})
        return {each: self.recognised[each].kind for each in chosen}

    def _recognise(self, columns: Iterable[str], types: Mapping[str, Kind]) -> None:
        fresh = [each for each in columns if each not in self._sample]
        if fresh:
            cells = self.sample(fresh).to_numpy(object)
            for name, column in zip(fresh, cells.T, strict=True):
                self._sample[name] = counted_cells(column, self.written)
        self._types |= types
        self.recognised |= recognised(
            self._sample, types, self.written, self.separator, tuple(columns)
        )

    def first_rows(self, kinds: Mapping[str, Kind]) -> pd.DataFrame:
        """Return the first 10,000 rows or fewer."""
        return next(self.chunks(kinds, SAMPLE))

    @property
    def repeatable(self) -> bool:
        """Whether all rows can be read again."""
        return self._passes is not None

    def different(self, name: str) -> int:
        """Return the number of different values among a column's first rows."""
        return len(self._sample[name])

    @property
    def notations(self) -> dict[str, Notation]:
        """How the columns that were asked for are written."""
        return {name: column.notation for name, column in self.recognised.items()}

    def reconsider(self) -> bool:
        """Return whether odd cells in later rows change how a column is written.

        A thousands' mark may stand in the last rows only: all rows are then to be read again.
        """
        before = self.recognised.copy()
        doubted = []
        for name, odd in self.odd.items():
            late = {text: odd.others[text] or 1 for text in {*odd.others, *odd.immense}}
            if name in self._sample and late.keys() - self._sample[name].keys():
                self._sample[name] = {**late, **self._sample[name]}
                doubted.append(name)
        if doubted:
            self._recognise(doubted, self._types)
        for name in doubted:
            if self.recognised[name].kind != before[name].kind:
                self.recognised[name] = before[name]
        return any(before[name].notation != self.recognised[name].notation for name in doubted)

    def notes(self, columns: Iterable[str] | None = None) -> list[str]:
        """Return sentences on how columns are written, and on cells that count as missing."""
        chosen = self.recognised if columns is None else columns
        notes = [
            note
            for each in chosen
            if each in self.recognised
            for note in self.recognised[each].notes
        ]
        return notes + told(self.odd, chosen)

    def read(self, kinds: Mapping[str, Kind]) -> pd.DataFrame:
        """Return all rows of the columns, in the mapping's order.

        number, boolean and date: float64, NaN where missing; category: text, NaN where missing.
        Raises DataError where most cells of a column are not what it holds.
        """
        return _joined(self.load(kinds))

    def load(self, kinds: Mapping[str, Kind]) -> list[pd.DataFrame]:
        """Return the frame of `read` in the parts in which the file is read."""
        frames = list(self._parsed(kinds, keep=True))
        if self.reconsider():
            frames = list(self._parsed(kinds, keep=True))
        return frames

    def _parsed(self, kinds: Mapping[str, Kind], keep: bool) -> Iterator[pd.DataFrame]:
        """Yield the frame of each block; count the odd cells of all."""
        for frame, _ in self._parsed_with_blocks(kinds, keep, parallel_map):
            yield frame

    def _parsed_with_blocks(
        self, kinds: Mapping[str, Kind], keep: bool, each: Callable[..., Iterator[Any]]
    ) -> Iterator[tuple[pd.DataFrame, Block]]:
        self.check_columns(kinds)
        unknown = {name: kind for name, kind in kinds.items() if name not in self.recognised}
        if unknown:
            self._recognise(list(unknown), unknown)
        reading = Reading(self.columns, self.notations, self.written.missing)
        odd: dict[str, Odd] = {}
        rows = 0
        for block, (frame, found) in each(
            lambda block: (block, parse(block, kinds, reading)), self._blocks(keep)
        ):
            if self._strict and any(one.others for one in found.values()):
                raise refusal(
                    {name: one for name, one in found.items() if one.others}, kinds, self.name
                )
            for name, one in found.items():
                odd.setdefault(name, Odd()).add(one)
            frame = frame.set_axis(pd.RangeIndex(rows, rows + len(frame)))
            rows += len(frame)
            if self.written.pictures in kinds:
                frame = seen_from_here(frame, str(self.written.pictures), self.folder)
            yield frame, block
        self.odd = {name: one for name, one in self.odd.items() if name not in kinds} | odd
        mostly = {name: one for name, one in odd.items() if 2 * one.others.total() > rows}
        if mostly and not self.written.usual:  # what a model asks for may be missing everywhere
            raise refusal(mostly, kinds, self.name)

    def chunks(self, kinds: Mapping[str, Kind], rows: int | None = None) -> Iterator[pd.DataFrame]:
        """Yield the frame of `read` in parts of `rows` rows, in memory that stays flat.

        The last may be smaller; the index goes on from part to part.
        """
        parts = (frame for frame, _ in self._parsed_with_blocks(kinds, False, map))
        yield from regrouped(parts, rows or self._rows_a_part, _joined)

    def chunks_with_text(
        self,
        kinds: Mapping[str, Kind],
        columns: Sequence[str] | None = None,
        rows: int | None = None,
    ) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
        """Yield with each frame the same rows as text, every cell exactly as in the file.

        `columns` are those to give as text: by default all, in the file's order.
        """
        chosen = self.columns if columns is None else columns
        self.check_columns([*kinds, *chosen])
        rows = rows or self._rows_a_part
        for frame, block in self._parsed_with_blocks(kinds, False, map):
            kept = frame[[]]
            if chosen:
                kept = text(block, self.columns, chosen, missing=False).set_axis(frame.index)
            for at in range(0, len(frame), rows):
                yield frame[at : at + rows], kept[at : at + rows]

    @property
    def size(self) -> int:
        """The file's bytes; 0 of what is no file."""
        return self._passes.size if self._passes else 0

    def digest(self) -> str:
        """Return the SHA-256 of its bytes in hexadecimal; "" of a stream that passes once."""
        return self._passes.digest() if self._passes else ""

    def rows_about(self) -> float:
        """Return the number of rows, guessed by the first block; not for a stream."""
        assert self._passes
        block = next(self._blocks(keep=True))
        with self._passes.open() as stream:
            return size_about(stream) * block.content.count(b"\n") / len(block.content)

    def check_columns(self, asked: Sequence[str] | Mapping[str, Kind]) -> None:
        """Raise DataError for all columns asked for that are not there."""
        there = set(self.columns)
        absent = [each for each in dict.fromkeys(asked) if each not in there]
        if absent:
            columns = f"the columns are: {listed(self.columns)}"
            raise DataError.of(
                Problem(f"no column {each}", self.name, did_you_mean(each, self.columns) or columns)
                for each in absent
            )

    def sample(self, chosen: Sequence[str]) -> pd.DataFrame:
        """Return the first 10,000 rows as text, NaN where missing."""
        frames: list[pd.DataFrame] = []
        wanted = SAMPLE
        for block in self._blocks(keep=True):
            frames.append(text(block, self.columns, chosen, missing=True, nrows=wanted))
            wanted -= len(frames[-1])
            if not wanted:
                break
        return pd.concat(frames, ignore_index=True)

    def _blocks(self, keep: bool) -> Iterator[Block]:
        """Yield the blocks from the first; a stream's are kept if another pass is to see them."""
        count = 0
        for block in self._from_stream(keep) if self._passes is None else self._pass(self._passes):
            count += 1
            yield block
        if not count:
            raise DataError("a header and no rows", place=self.name)

    def _pass(self, passes: Passes) -> Iterator[Block]:
        with passes.read() as stream:
            yield from Blocks(stream, self.name, self.separator)

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


def _joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return frames[0] if len(frames) == 1 else pd.concat(frames)
