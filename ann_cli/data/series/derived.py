"""What tables have in common whose rows are made of the rows of another."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from ann_cli.data.cells.notation import Notation
from ann_cli.data.cells.recognition import Column
from ann_cli.data.cells.values import Kind
from ann_cli.data.table import OddCells, Table
from ann_cli.errors import DataError, Problem

ROWS = 65_536


class Derived:
    """A table whose rows are made of another's, all of which are read before the first is made."""

    separator = ""
    columns: list[str]
    features: list[str]
    """The columns that are learned from, in the order of the places of a row."""
    shape: tuple[int, int]
    """The sizes of a row: steps and channels."""
    raw: Mapping[str, str]
    """The column of the other table behind each column."""

    def __init__(self, inner: Table) -> None:
        self.inner, self.name, self.folder = inner, inner.name, inner.folder
        self.recognised: dict[str, Column] = {}

    @property
    def odd(self) -> Mapping[str, OddCells]:
        """The odd cells of the other table's columns."""
        return self.inner.odd

    @property
    def repeatable(self) -> bool:
        """Whether all rows can be made again."""
        return self.inner.repeatable

    @property
    def notations(self) -> dict[str, Notation]:
        """How the columns are written, those of the other table with them."""
        own = self.inner.notations
        return own | {name: own[column] for name, column in self.raw.items() if column in own}

    @property
    def size(self) -> int:
        """The bytes of the file."""
        return self.inner.size

    def digest(self) -> str:
        """Return the SHA-256 of the file's bytes."""
        return self.inner.digest()

    def kinds(self, task: str = "auto") -> dict[str, Kind]:
        """Return the columns that are asked for, and their kinds as a task reads them."""
        raise NotImplementedError

    def recognise(
        self, types: Mapping[str, Kind] | None = None, columns: Sequence[str] | None = None
    ) -> dict[str, Kind]:
        """Return each column's kind: all are numbers."""
        chosen = self.columns if columns is None else columns
        self.check_columns(chosen)
        return dict.fromkeys(chosen, "number")

    def reconsider(self) -> bool:
        """Return False: all rows of the other table were read before the first one here."""
        return False

    def different(self, name: str) -> int:
        """Return 0: none of the columns that are learned from is of categories."""
        return 0

    def first_rows(self, kinds: Mapping[str, Kind]) -> pd.DataFrame:
        """Return the first rows."""
        return next(self.chunks(kinds))

    def read(self, kinds: Mapping[str, Kind]) -> pd.DataFrame:
        """Return all rows."""
        return pd.concat(self.load(kinds), ignore_index=True)

    def load(self, kinds: Mapping[str, Kind]) -> list[pd.DataFrame]:
        """Return the same in parts."""
        return list(self.chunks(kinds))

    def chunks(self, kinds: Mapping[str, Kind], rows: int | None = None) -> Iterator[pd.DataFrame]:
        """Yield the same in parts of `rows` rows, or fewer."""
        raise NotImplementedError

    def check_columns(self, asked: Sequence[str] | Mapping[str, Kind]) -> None:
        """Raise DataError for all columns asked for that are not there."""
        if absent := [each for each in asked if each not in self.columns]:
            raise DataError.of(Problem(f"no column {each}", self.name) for each in absent)

    def _as_text(self, frame: pd.DataFrame, kinds: Any, columns: Any) -> pd.DataFrame:
        """Return some columns as text, which no file has."""
        chosen = [name for name in (kinds if columns is None else columns) if name in frame]
        cells = {
            name: frame[name].map("{:.9g}".format) if frame[name].dtype == float else frame[name]
            for name in chosen
        }
        return pd.DataFrame(cells, frame.index, dtype=object)
