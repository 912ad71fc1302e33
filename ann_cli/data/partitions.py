"""Parts of a table, each of pieces of its files: what one replica reads, wherever it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, TypeAlias, TypeGuard

from ann_cli.config.locations import absolute
from ann_cli.data.cells.days import Days
from ann_cli.data.cells.odd_cells import Place
from ann_cli.data.cells.recognition import Column
from ann_cli.data.cells.writing import Written
from ann_cli.data.csv.source import Version
from ann_cli.data.csv.table import CsvTable
from ann_cli.data.formats.table import FileTable
from ann_cli.data.many_files import FilesTable, Part
from ann_cli.data.opening import Opening
from ann_cli.data.pieces import Piece
from ann_cli.data.recognised_table import RecognisedTable
from ann_cli.data.table import Table
from ann_cli.errors import DataError

LARGEST = 1 << 23
"""Bytes of a CSV's range, about, at most."""

TURNS = 8
"""How many pieces a part has at least, where there are so many rows: neighbours in a file are often
alike, and each part is to have some of everything."""

Divisible: TypeAlias = CsvTable | FileTable | FilesTable


@dataclass(frozen=True)
class Known:
    """What is known of a whole table, and holds for each part of it."""

    name: str
    files: Mapping[int, tuple[str, Version]]
    """The files by their numbers, and what tells each from what it is once it was written to."""
    written: Written
    columns: Sequence[str]
    separator: str
    recognised: Mapping[str, Column]
    days: Days
    """Which of their moments are days."""
    place: Place | None
    """What a person is told of a row; None: its file, too, as there are several."""


class PartOfTable(FilesTable):
    """Some pieces of a table: its rows have the numbers and the lines that they have in the whole.

    What it is made of can be sent to another process, which opens the files by their names.
    """

    def __init__(self, known: Known, pieces: Sequence[Piece]) -> None:
        """Raises DataError, once it is read, where a file is another than it was."""
        self._known, self._pieces = known, pieces
        self.files = {number: path for number, (path, _) in known.files.items()}
        self._hashed, self._opened = False, {}
        about = known.name, list(known.columns), known.separator, ""
        RecognisedTable.__init__(self, *about, Opening(written=known.written))
        self.recognised, self.days = dict(known.recognised), known.days
        self.several, self.place = known.place is None, known.place or self.place

    def __reduce__(self) -> Any:
        return PartOfTable, (self._known, self._pieces)

    def reconsider(self) -> bool:
        """Return False: how columns are written is a matter of the whole file."""
        return False

    def _open(self, number: int) -> CsvTable | FileTable:
        found = super()._open(number)
        if found.version != self._known.files[number][1]:
            raise DataError("is another file than where the training began", place=found.name)
        return found

    def every_block(self, keep: bool, columns: Sequence[str]) -> Iterator[Part]:
        """Yield the blocks of the pieces, with the number of the row that a piece begins with."""
        for number, pieces in groupby(self._pieces, lambda each: each.file):
            table = self.member(number)
            for piece, block in table.blocks_of(list(pieces), columns):
                yield Part(number, table, block, None if piece is None else piece.row)

    def row_of(self, block: Part, usual: int) -> int:
        """Return the number that a block's first row has in the whole table."""
        return usual if block.row is None else block.row


def is_divisible(table: Table) -> TypeGuard[Divisible]:
    """Whether a table is one of whole files, which another process finds as they are here."""
    if not isinstance(table, CsvTable | FileTable | FilesTable):
        return False
    return table.source != "-" and table.is_whole


def parts_of(table: Divisible, pieces: Sequence[Piece], count: int) -> list[PartOfTable]:
    """Return so many parts of a table, to which its pieces are dealt in turn."""
    if isinstance(table, FilesTable):
        members = {number: table.member(number) for number in table.files}
    else:
        members = {0: table}
    # Whether most cells of a column are odd is a matter of the whole file.
    written = replace(table.written, usual=table.notations)
    place = None if isinstance(table, FilesTable) else table.place
    about = table.columns, table.separator, table.recognised, table.days, place
    parts = []
    for number in range(count):
        own = pieces[number::count]
        files = {at: members[at] for at in dict.fromkeys(each.file for each in own)}
        seen = {at: (absolute(each.source), each.version) for at, each in files.items()}
        parts.append(PartOfTable(Known(table.name, seen, written, *about), own))
    return parts


def pieces_of(table: Divisible, parts: int) -> list[Piece]:
    """Return the pieces that a table is cut into: takes a pass over a CSV, which is hashed."""
    size = max(1, min(LARGEST, table.size // (parts * TURNS)))
    return table.pieces(size)[0]
