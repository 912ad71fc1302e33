"""Tables whose cells have types: what a cell means is what it means in a CSV of the same values."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from os.path import dirname
from pathlib import Path
from typing import Self, cast

import numpy as np
import pandas as pd

from ann_cli.data.cells.conversion import Reading, converted, numbers_among
from ann_cli.data.cells.odd_cells import Odd, Place
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.csv.header import check_header
from ann_cli.data.csv.source import Passes, Spool, Version, close, name_of, open_source
from ann_cli.data.formats.columns import Chunk, GroupedRows, Rows, UnreadableCellError
from ann_cli.data.formats.kinds import Kind as FileKind
from ann_cli.data.formats.kinds import kind_of
from ann_cli.data.opening import Opening
from ann_cli.data.pieces import Located, Piece
from ann_cli.data.recognised_table import RecognisedTable
from ann_cli.errors import DataError, Problem


class TypedTable(RecognisedTable[Chunk]):
    """Chunks of typed columns as a table; all of them can be read again and again."""

    place: Place = "row"

    def __init__(self, name: str, folder: str, opening: Opening) -> None:
        self.name = name
        with self._pass() as found:
            columns, self._unreadable = list(found.columns), found.unreadable
            self.typed, self.told = frozenset(found.typed), list(found.told)
        check_header(columns, name)
        super().__init__(name, columns, "", folder, opening)

    @abstractmethod
    def _pass(self) -> AbstractContextManager[Rows]:
        """Open a pass over all rows."""

    @property
    def repeatable(self) -> bool:
        """Whether all rows can be read again."""
        return True

    def rows_about(self) -> float:
        """Return about how many rows there are."""
        with self._pass() as found:
            return found.rows_about()

    def check_columns(self, asked: Sequence[str] | Mapping[str, Kind]) -> None:
        """Raise DataError for all columns asked for that are not there, or hold what none reads."""
        super().check_columns(asked)
        unreadable = [name for name in dict.fromkeys(asked) if name in self._unreadable]
        if unreadable:
            raise DataError.of(
                Problem(
                    f"column {name} holds {self._unreadable[name]}, and ann reads numbers, text, "
                    "dates, yes and no",
                    self.name,
                    f"leave it out: data.exclude: [{name}], or make columns of it",
                )
                for name in unreadable
            )

    def every_block(self, keep: bool, columns: Sequence[str]) -> Iterator[Chunk]:
        """Yield the chunks from the first, with some columns."""
        with self._pass() as rows:
            yield from (each for each in rows.chunks(columns, self.days) if len(each.places))

    def some_rows(self, block: Chunk, rows: Array) -> tuple[Chunk | None, int]:
        """Return the rows of a chunk for which a mask says so, and how many it had."""
        count = len(block.places)
        mask = rows[:count]
        if len(mask) < count:  # the table has more rows than it had
            mask = np.concatenate([mask, np.zeros(count - len(mask), dtype=bool)])
        some = _taken(block, mask)
        return some if len(some.places) else None, count

    def parse(
        self, block: Chunk, kinds: Mapping[str, Kind], reading: Reading
    ) -> tuple[pd.DataFrame, dict[str, Odd]]:
        cells: dict[str, Array] = {}
        regular = set()
        for name, kind in kinds.items():
            values = block.columns[name].values(kind)
            if values is not None:
                regular.add(name)
            cells[name] = self._texts(block, name, missing=True) if values is None else values
        frame = _frame(cells, len(block.places))
        texts = {name: kind for name, kind in kinds.items() if name not in regular}
        regular |= numbers_among(frame, reading.regular(texts))
        return frame, converted(frame, kinds, regular, reading, lambda: block.places)

    def text(
        self, block: Chunk, chosen: Sequence[str], missing: bool, most: int | None = None
    ) -> pd.DataFrame:
        if most is not None and most < len(block.places):
            block = _taken(block, np.arange(len(block.places)) < most)
        cells = {name: self._texts(block, name, missing) for name in chosen}
        return _frame(cells, len(block.places))

    def _texts(self, block: Chunk, name: str, missing: bool) -> Array:
        try:
            return block.columns[name].texts(missing)
        except UnreadableCellError as error:
            row = block.places[error.at]
            where = f"{self.name}:{row}" if self.place == "line" else f"{self.name}, row {row}"
            raise DataError(
                f"a {error.held}, and ann reads numbers, text, dates, yes and no",
                place=f"{where}, column {name}",
                remedy=f"leave it out: data.exclude: [{name}], or make columns of it",
            ) from error


class FileTable(TypedTable):
    """A file of one of the KINDS."""

    def __init__(self, source: str | Path, kind: FileKind, opening: Opening) -> None:
        """Open it; standard input is kept in a temporary file. Raises AnnError."""
        self._kind, self.open_ended = kind, kind.open_ended
        stream, again = open_source(source)
        name = name_of(source)
        try:
            spool = None if again else Spool(stream, name, is_csv=False)
            anew = spool.open if spool else lambda: open_source(source)[0]
            self._passes = Passes(name, anew() if spool else stream, anew, hashed=False)
        finally:
            close(stream)
        if self._kind.by_line:
            self.place = "line"
        folder = "" if str(source) == "-" else dirname(name)
        super().__init__(name, folder, opening)
        self.source = str(source)

    @classmethod
    def opened(cls, source: str | Path, start: bytes, opening: Opening) -> Self | None:
        """Return the table of a file of one of the KINDS; None of what is none."""
        kind = kind_of(source, start)
        return None if kind is None else cls(source, kind, opening)

    @contextmanager
    def _pass(self) -> Iterator[Rows]:
        with self._passes.anywhere() as stream, self._kind.open(stream, self.name) as rows:
            yield rows

    @property
    def size(self) -> int:
        """The file's bytes."""
        return self._passes.size

    @property
    def version(self) -> Version:
        """What tells the file from what it is once it was written to."""
        return self._passes.version

    def digest(self) -> str:
        """Return the SHA-256 of its bytes in hexadecimal."""
        return self._passes.digest()

    def pieces(self, size: int, file: int = 0, row: int = 0) -> tuple[list[Piece], int]:
        """Return the groups that the rows lie in, all of what has none, and the number of rows.

        `row` is the number of the first row.
        """
        counts = [0]
        if self._kind.grouped:
            with self._pass() as rows:
                counts = list(cast("GroupedRows", rows).group_sizes())
        else:
            counts = [sum(len(each.places) for each in self.every_block(False, ()))]
        found, at = [], 0
        for group, count in enumerate(counts):
            if count:
                found.append(Piece(file, row + at, group, group + 1, at + 1))
            at += count
        return found, at

    def blocks_of(
        self, pieces: Sequence[Piece], columns: Sequence[str]
    ) -> Iterator[Located[Chunk]]:
        """Yield the chunks of some pieces, each with its piece where it is the first one."""
        with self._pass() as rows:
            for each in pieces:
                first: Piece | None = each
                chunks = rows.chunks(columns, self.days)
                if self._kind.grouped:
                    groups = range(each.start, each.end)
                    own = cast("GroupedRows", rows)
                    chunks = own.chunks_of(columns, self.days, groups, each.line)
                for chunk in chunks:
                    if len(chunk.places):
                        yield first, chunk
                        first = None


def _frame(cells: Mapping[str, Array], rows: int) -> pd.DataFrame:
    """Return columns as a frame, of which texts stay objects, as those of a CSV are."""
    index = pd.RangeIndex(rows)
    columns = {name: pd.Series(own, index, own.dtype, copy=False) for name, own in cells.items()}
    return pd.DataFrame(columns, index, pd.Index(list(cells), dtype=object), copy=False)


def _taken(chunk: Chunk, rows: Array) -> Chunk:
    """Return the rows of a chunk for which a mask says so."""
    columns = {name: column.taken(rows) for name, column in chunk.columns.items()}
    return Chunk(columns, np.asarray(chunk.places)[rows].tolist())
