"""What tables of files have in common: kinds known by the first rows, frames block by block."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Generic, TypeVar

import pandas as pd

from ann_cli.data.cells.conversion import Reading
from ann_cli.data.cells.days import Days
from ann_cli.data.cells.headers import instead
from ann_cli.data.cells.notation import Notation
from ann_cli.data.cells.odd_cells import Odd, Place, refusal, refuse_mostly_odd, told
from ann_cli.data.cells.paths import seen_from_here
from ann_cli.data.cells.recognition import Column, counted_cells, recognised, without_headers
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.opening import Opening
from ann_cli.data.prefetch import parallel_map
from ann_cli.data.regroup import regrouped, row_numbers
from ann_cli.errors import DataError, Problem

SAMPLE = 10_000
ROWS, PICTURES = 65_536, 256
"""Rows that are given at a time unless asked otherwise: of pictures in files fewer."""

B = TypeVar("B")
"""A block of rows, as a kind of table has them."""


class RecognisedTable(ABC, Generic[B]):
    """A table that is read block by block; a kind of it says how a block is read and parsed."""

    place: Place = "line"
    """What tells a person where in it a row is."""
    source: str = "-"
    """What it was opened by."""
    typed: frozenset[str] = frozenset()
    """The columns that hold no text, by their type."""
    open_ended: bool = False
    """Whether a column that it lacks is one in which every cell is missing."""
    told: Sequence[str] = ()
    """Sentences on the table as a whole."""
    days: Days
    """Which columns of moments are days."""

    def __init__(
        self,
        name: str,
        columns: list[str],
        separator: str,
        folder: str,
        opening: Opening,
    ) -> None:
        self.name, self.columns, self.separator, self.folder = name, columns, separator, folder
        self.written, self._strict, self._rows = opening.written, opening.strict, opening.rows
        self._rows_a_part = ROWS if self.written.pictures is None else PICTURES
        self.days = Days()
        self.recognised: dict[str, Column] = {}
        """What each column that was asked for holds, and how it is written."""
        self.odd: dict[str, Odd] = {}
        """The odd cells of each column, as the last pass over all rows found them."""
        self._sample: dict[str, dict[str, int]] = {}
        self._types: dict[str, Kind] = {}

    @abstractmethod
    def every_block(self, keep: bool, columns: Sequence[str]) -> Iterator[B]:
        """Yield the blocks from the first, with some columns at least.

        Of what passes once they are kept if another pass is to see them.
        """

    @abstractmethod
    def some_rows(self, block: B, rows: Array) -> tuple[B | None, int]:
        """Return a block with the rows for which a mask says so, or None; and how many it had.

        The mask may go on beyond it.
        """

    @abstractmethod
    def rows_about(self) -> float:
        """Return about how many rows there are; 0 where there is none."""

    def row_of(self, block: B, usual: int) -> int:
        """Return the number of a block's first row; the `usual` one follows the block before."""
        return usual

    def _blocks(self, keep: bool, columns: Sequence[str]) -> Iterator[B]:
        """Yield the blocks of the rows that are there. Raises DataError where there are none."""
        passed, found = 0, False
        for block in self.every_block(keep, columns):
            some: B | None = block
            if self._rows is not None:
                some, count = self.some_rows(block, self._rows[passed:])
                passed += count
            if some is not None:
                found = True
                yield some
        if self._rows is not None and passed != len(self._rows):
            raise DataError("the table has changed since its rows were counted", place=self.name)
        if not found:
            head = "a header" if self.separator else "columns"
            none = f"{head} and no rows" if self.is_whole else "none of its rows is chosen"
            raise DataError(none, place=self.name)

    @abstractmethod
    def parse(
        self, block: B, kinds: Mapping[str, Kind], reading: Reading
    ) -> tuple[pd.DataFrame, dict[str, Odd]]:
        """Return a block's columns by their kinds, and the odd cells of those that have some."""

    @abstractmethod
    def text(
        self, block: B, chosen: Sequence[str], missing: bool, most: int | None = None
    ) -> pd.DataFrame:
        """Return `most` rows of columns as text; with `missing`, NaN where a cell is empty."""

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
            cells = without_headers(self.sample(fresh).to_numpy(object), fresh)
            for name, column in zip(fresh, cells.T, strict=True):
                self._sample[name] = counted_cells(column, self.written)
        self._types |= types
        asked = tuple(columns)
        self.recognised |= recognised(self._sample, types, self.written, self.separator, asked)
        typed = [name for name in asked if name in self.typed]
        if typed and (self.written.decimal or self.written.thousands):
            # What a config says of how numbers are written is for text alone.
            plain = replace(self.written, decimal=None, thousands=None)
            self.recognised |= recognised(self._sample, types, plain, self.separator, typed)

    def first_rows(self, kinds: Mapping[str, Kind]) -> pd.DataFrame:
        """Return the first 10,000 rows or fewer."""
        return next(self.chunks(kinds, SAMPLE))

    def different(self, name: str) -> int:
        """Return the number of different values among a column's first rows."""
        return len(self._sample[name])

    @property
    def is_whole(self) -> bool:
        """Whether all rows are there."""
        return self._rows is None

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
        known = (self.recognised[each] for each in chosen if each in self.recognised)
        notes = [note for column in known for note in column.notes]
        return [*self.told, *notes, *told(self.odd, chosen, self.place)]

    def read(self, kinds: Mapping[str, Kind]) -> pd.DataFrame:
        """Return all rows of the columns, in the mapping's order.

        number, boolean and date: float64, NaN where missing; category: text, NaN where missing.
        Raises DataError where most cells of a column are not what it holds.
        """
        return joined(self.load(kinds))

    def load(self, kinds: Mapping[str, Kind]) -> list[pd.DataFrame]:
        """Return the frame of `read` in the parts in which the file is read."""
        frames = list(self._parsed(kinds))
        if self.reconsider():
            frames = list(self._parsed(kinds))
        return frames

    def _parsed(self, kinds: Mapping[str, Kind]) -> Iterator[pd.DataFrame]:
        """Yield the frame of each block; count the odd cells of all."""
        for frame, _ in self._parsed_with_blocks(kinds, True, parallel_map, kinds):
            yield frame

    def _parsed_with_blocks(
        self,
        kinds: Mapping[str, Kind],
        keep: bool,
        each: Callable[..., Iterator[Any]],
        needed: Iterable[str],
    ) -> Iterator[tuple[pd.DataFrame, B]]:
        self.check_columns(kinds)
        unknown = {name: kind for name, kind in kinds.items() if name not in self.recognised}
        if unknown:
            self._recognise(list(unknown), unknown)
        reading = Reading(self.notations, self.written.missing)
        odd: dict[str, Odd] = {}
        row = rows = 0
        numbers = row_numbers(self._rows)
        for block, (frame, found) in each(
            lambda block: (block, self.parse(block, kinds, reading)),
            self._blocks(keep, list(needed)),
        ):
            if self._strict and any(one.others for one in found.values()):
                others = {name: one for name, one in found.items() if one.others}
                raise refusal(others, kinds, self.name, self.place, self.written.dates)
            for name, one in found.items():
                odd.setdefault(name, Odd()).add(one)
            row = self.row_of(block, row)
            frame = frame.set_axis(numbers[row : row + len(frame)])
            row, rows = row + len(frame), rows + len(frame)
            if self.written.pictures in kinds:
                frame = seen_from_here(frame, str(self.written.pictures), self.folder_of(block))
            yield frame, block
        self.odd = {name: one for name, one in self.odd.items() if name not in kinds} | odd
        if not self.written.usual:  # what a model asks for may be missing everywhere
            refuse_mostly_odd(odd, rows, kinds, self.name, self.place, self.written.dates)

    def chunks(self, kinds: Mapping[str, Kind], rows: int | None = None) -> Iterator[pd.DataFrame]:
        """Yield the frame of `read` in parts of `rows` rows, in memory that stays flat.

        The last may be smaller; the index goes on from part to part.
        """
        parts = (frame for frame, _ in self._parsed_with_blocks(kinds, False, map, kinds))
        yield from regrouped(parts, rows or self._rows_a_part, joined)

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
        needed = dict.fromkeys([*kinds, *chosen])
        for frame, block in self._parsed_with_blocks(kinds, False, map, needed):
            kept = frame[[]]
            if chosen:
                kept = self.text(block, chosen, missing=False).set_axis(frame.index)
            for at in range(0, len(frame), rows):
                yield frame[at : at + rows], kept[at : at + rows]

    def folder_of(self, block: B) -> str:
        """Return the folder that the paths in a block are relative to."""
        return self.folder

    def check_columns(self, asked: Sequence[str] | Mapping[str, Kind]) -> None:
        """Raise DataError for all columns asked for that are not there."""
        there = set(self.columns)
        absent = [each for each in dict.fromkeys(asked) if each not in there]
        if absent:
            raise DataError.of(
                Problem(f"no column {each}", self.name, instead(each, self.columns))
                for each in absent
            )

    def sample(self, chosen: Sequence[str]) -> pd.DataFrame:
        """Return the first 10,000 rows as text, NaN where missing."""
        frames: list[pd.DataFrame] = []
        wanted = SAMPLE
        for block in self._blocks(True, chosen):
            frames.append(self.text(block, chosen, missing=True, most=wanted))
            wanted -= len(frames[-1])
            if not wanted:
                break
        return pd.concat(frames, ignore_index=True)


def joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of frames, one below the other."""
    return frames[0] if len(frames) == 1 else pd.concat(frames)
