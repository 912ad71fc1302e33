"""Tables whose cells have types: what a cell means is what it means in a CSV of the same values."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from os.path import dirname
from pathlib import Path

import numpy as np
import pandas as pd

from ann_cli.data.cells.conversion import Reading, converted, numbers_among
from ann_cli.data.cells.odd_cells import Odd, Place
from ann_cli.data.cells.recognition import recognised
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.cells.writing import Written
from ann_cli.data.csv.header import check_header
from ann_cli.data.csv.source import Passes, Spool, close, open_source
from ann_cli.data.formats.columns import Chunk, Rows, UnreadableCellError
from ann_cli.data.formats.kinds import kind_of
from ann_cli.data.recognised_table import RecognisedTable
from ann_cli.errors import DataError, Problem


class TypedTable(RecognisedTable[Chunk]):
    """Chunks of typed columns as a table; all of them can be read again and again."""

    place: Place = "row"

    def __init__(
        self, name: str, folder: str, written: Written, strict: bool, rows: Array | None = None
    ) -> None:
        """`rows` says of each row whether it is there; None: all are."""
        self._rows = rows
        self.name = name
        with self._pass() as found:
            columns, self._unreadable = list(found.columns), found.unreadable
            self._typed, self._told = frozenset(found.typed), list(found.told)
        check_header(columns, name)
        super().__init__(name, columns, "", folder, written, strict)

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

    def notes(self, columns: Iterable[str] | None = None) -> list[str]:
        """Return sentences on the table, on how columns are written, and on what is missing."""
        return self._told + super().notes(columns)

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

    def _recognise(self, columns: Iterable[str], types: Mapping[str, Kind]) -> None:
        """Recognise columns; what a config says of how numbers are written is for text alone."""
        asked = list(columns)
        super()._recognise(asked, types)
        typed = [name for name in asked if name in self._typed]
        if typed and (self.written.decimal or self.written.thousands):
            plain = replace(self.written, decimal=None, thousands=None)
            self.recognised |= recognised(self._sample, types, plain, self.separator, typed)

    def _blocks(self, keep: bool, columns: Sequence[str]) -> Iterator[Chunk]:
        passed, found = 0, False
        with self._pass() as rows:
            for chunk in rows.chunks(columns):
                count = len(chunk.places)
                if self._rows is not None:
                    chunk = _taken(chunk, self._rows[passed : passed + count])
                passed += count
                if len(chunk.places):
                    found = True
                    yield chunk
        if self._rows is not None and passed != len(self._rows):
            raise DataError("the table has changed since its rows were counted", place=self.name)
        if not found:
            none = "columns and no rows" if self._rows is None else "none of its rows is chosen"
            raise DataError(none, place=self.name)

    def _parse(
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

    def _text(
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

    def __init__(
        self,
        source: str | Path,
        spooled: bool = False,
        hashed: bool = False,
        written: Written = Written(),  # noqa: B008 - frozen
        strict: bool = False,
        rows: Array | None = None,
    ) -> None:
        """Open it; standard input is kept in a temporary file. Raises AnnError."""
        kind = kind_of(source)
        assert kind is not None
        self._kind = kind
        stream, again = open_source(source)
        name = "standard input" if str(source) == "-" else str(source)
        try:
            spool = None if again else Spool(stream, is_csv=False)
            anew = spool.open if spool else lambda: open_source(source)[0]
            self._passes = Passes(name, anew() if spool else stream, anew, hashed=False)
        finally:
            close(stream)
        if self._kind.by_line:
            self.place = "line"
        folder = "" if str(source) == "-" else dirname(source)
        super().__init__(name, folder, written, strict, rows)

    @classmethod
    def reads(cls, source: str | Path) -> bool:
        """Whether a source is a file of one of the KINDS."""
        return kind_of(source) is not None

    @contextmanager
    def _pass(self) -> Iterator[Rows]:
        with self._passes.anywhere() as stream, self._kind.open(stream, self.name) as rows:
            yield rows

    @property
    def size(self) -> int:
        """The file's bytes."""
        return self._passes.size

    def digest(self) -> str:
        """Return the SHA-256 of its bytes in hexadecimal."""
        return self._passes.digest()


def _frame(cells: Mapping[str, Array], rows: int) -> pd.DataFrame:
    """Return columns as a frame, of which texts stay objects, as those of a CSV are."""
    index = pd.RangeIndex(rows)
    columns = {name: pd.Series(own, index, own.dtype, copy=False) for name, own in cells.items()}
    return pd.DataFrame(columns, index, pd.Index(list(cells), dtype=object), copy=False)


def _taken(chunk: Chunk, rows: Array) -> Chunk:
    """Return the rows of a chunk for which a mask says so."""
    columns = {name: column.taken(rows) for name, column in chunk.columns.items()}
    return Chunk(columns, np.asarray(chunk.places)[rows].tolist())
