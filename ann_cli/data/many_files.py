"""Several files as one table: their rows one after the other, in the order of their names."""

from collections.abc import Iterator, Mapping, Sequence
from os.path import commonpath, dirname
from typing import Any, NamedTuple

import pandas as pd

from ann_cli.config.locations import is_remote, without_secrets
from ann_cli.data.cells.conversion import Reading
from ann_cli.data.cells.headers import instead
from ann_cli.data.cells.odd_cells import Odd, Spot
from ann_cli.data.cells.values import Array, Kind, listed
from ann_cli.data.csv.table import CsvTable
from ann_cli.data.formats.sql import QueryTable
from ann_cli.data.formats.table import FileTable
from ann_cli.data.one_file import open_one
from ann_cli.data.opening import Opening
from ann_cli.data.pieces import Piece
from ann_cli.data.recognised_table import RecognisedTable
from ann_cli.errors import DataError, Problem, did_you_mean
from ann_cli.files import joint_digest


class Part(NamedTuple):
    """A block of a file: the number of its file, that file's table, and the block."""

    number: int
    table: Any
    block: Any
    row: int | None = None
    """The number of its first row in the table, where a piece begins with it."""


class FilesTable(RecognisedTable[Part]):
    """The rows of several files of one header, of which each has the kind that it has by itself.

    A file is opened when its turn comes in the first pass; later passes want it as it was then.
    """

    repeatable = True
    several = True
    """Whether a person is told the file of a row, beside its line."""

    def __init__(
        self,
        name: str,
        files: Sequence[str],
        opening: Opening,
    ) -> None:
        """`name` is what stands for the files. Raises AnnError."""
        self.files: dict[int, str] = dict(enumerate(files))
        self._hashed = opening.hashed
        self._opened: dict[int, CsvTable | FileTable] = {}
        self.written = opening.written
        first = self._open(0)
        columns = list(first.columns)
        if first.open_ended:  # what one lacks another may have
            others = (self._open(at).columns for at in self.files)
            columns = list(dict.fromkeys(name for each in others for name in each))
        super().__init__(name, columns, first.separator, "", opening)
        self.source = name
        self.folder = _shared([dirname(without_secrets(each)) for each in files])
        self.typed, self.told = first.typed, first.told

    def member(self, number: int) -> CsvTable | FileTable:
        """Return the table of one of the files. Raises DataError where its header is another."""
        table = self._open(number)
        table.days = self.days
        if table.columns != self.columns:
            self._check_header(table)
        return table

    def _open(self, number: int) -> CsvTable | FileTable:
        if number not in self._opened:
            opening = Opening(hashed=self._hashed, written=self.written)
            found = open_one(self.files[number], opening)
            if isinstance(found, QueryTable) or not found.repeatable:
                raise DataError(
                    "is no file, and many files are read again and again", place=found.name
                )
            self._opened[number] = found
        return self._opened[number]

    def _check_header(self, table: CsvTable | FileTable) -> None:
        columns, first = self.columns, without_secrets(next(iter(self.files.values())))
        problems = [
            Problem(
                f"a column {each!r}, which {first} does not have",
                table.name,
                did_you_mean(each, columns) or f"its columns are: {listed(columns)}",
            )
            for each in table.columns
            if each not in columns
        ]
        problems += [
            Problem(
                f"no column {each!r}, which {first} has",
                table.name,
                instead(each, table.columns),
            )
            for each in columns
            if each not in table.columns and not table.open_ended
        ]
        if problems:
            raise DataError.of(problems)

    def every_block(self, keep: bool, columns: Sequence[str]) -> Iterator[Part]:
        """Yield the blocks of all files."""
        for number in self.files:
            table = self.member(number)
            for block in table.every_block(keep, columns):
                yield Part(number, table, block)

    def some_rows(self, block: Part, rows: Array) -> tuple[Part | None, int]:
        """Return a block with the rows for which a mask says so, or None; and how many it had."""
        some, count = block.table.some_rows(block.block, rows)
        return None if some is None else block._replace(block=some), count

    def parse(
        self, block: Part, kinds: Mapping[str, Kind], reading: Reading
    ) -> tuple[pd.DataFrame, dict[str, Odd]]:
        """Return a block's columns by their kinds, and the odd cells with their file."""
        frame, odd = block.table.parse(block.block, kinds, reading)
        for each in odd.values() if self.several else ():
            each.places = {
                text: Spot(block.number, number, f"{block.table.name}{_behind(block, number)}")
                for text, number in each.places.items()
            }
        return frame, odd

    def text(
        self, block: Part, chosen: Sequence[str], missing: bool, most: int | None = None
    ) -> pd.DataFrame:
        """Return `most` rows of columns as text; with `missing`, NaN where a cell is empty."""
        found: pd.DataFrame = block.table.text(block.block, chosen, missing, most)
        return found

    def folder_of(self, block: Part) -> str:
        """Return the folder of a block's file."""
        folder: str = block.table.folder
        return folder

    def check_columns(self, asked: Sequence[str] | Mapping[str, Kind]) -> None:
        """Raise DataError for all columns asked for that are not there, or hold what none reads."""
        super().check_columns(asked)
        first = self.member(next(iter(self.files)))
        first.check_columns([each for each in asked if each in first.columns])

    def rows_about(self) -> float:
        """Return how many rows there are, guessed by the first file that has some."""
        for number in self.files:
            table = self.member(number)
            if about := table.rows_about():
                if is_remote(self.files[number]):  # each of which would have to be asked
                    return about * len(self.files)
                return about * self.size / max(table.size, 1)
        return 0.0

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(self.member(number).size for number in self.files)

    def digest(self) -> str:
        """Return the SHA-256 of the files' own, in their order."""
        return joint_digest([self.member(number).digest() for number in self.files])

    def pieces(self, size: int) -> tuple[list[Piece], int]:
        """Return the pieces of all files, and how many rows there are; as each table has them."""
        found, row = list[Piece](), 0
        for number in self.files:
            own, count = self.member(number).pieces(size, number, row)
            found += own
            row += count
        return found, row


def _behind(block: Part, number: int) -> str:
    return f":{number}" if block.table.place == "line" else f", row {number}"


def _shared(folders: Sequence[str]) -> str:
    """Return the folder that all lie in."""
    if any(is_remote(each) for each in folders):
        return folders[0] if len(set(folders)) == 1 else ""
    return commonpath(folders) if all(folders) else ""
