"""What every table offers: its columns, their kinds, and its rows as frames, whole or in parts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import pandas as pd

from ann_cli.data.cells.notation import Notation
from ann_cli.data.cells.recognition import Column
from ann_cli.data.cells.values import Kind


class OddCells(Protocol):
    """The cells of a column that count as missing although something stands in them."""

    @property
    def texts(self) -> Iterable[str]:
        """What stands in them, and stands for no value."""


class Table(Protocol):
    """Rows and columns of cells, wherever they come from.

    Frames have float64 for numbers, booleans and dates, NaN where missing, and text for categories.
    """

    name: str
    """How an error names it."""
    columns: list[str]
    separator: str
    """What stands between two cells; "" where nothing does."""
    folder: str
    """Where it lies: what a cell's path is relative to; "" is here."""
    recognised: dict[str, Column]
    """What each column that was asked for holds, and how it is written."""

    @property
    def odd(self) -> Mapping[str, OddCells]:
        """The odd cells of each column, as the last pass over all rows found them."""

    @property
    def repeatable(self) -> bool:
        """Whether all rows can be read again."""

    @property
    def notations(self) -> dict[str, Notation]:
        """How the columns that were asked for are written."""

    @property
    def size(self) -> int:
        """The bytes of its file; 0 of what is no file."""

    def digest(self) -> str:
        """Return the SHA-256 of its bytes in hexadecimal; "" of what passes once."""

    def recognise(
        self, types: Mapping[str, Kind] | None = None, columns: Sequence[str] | None = None
    ) -> dict[str, Kind]:
        """Return each column's kind, or as `types` has it. Raises DataError for absent ones."""

    def reconsider(self) -> bool:
        """Return whether later rows change how a column is written, and are to be read again."""

    def different(self, name: str) -> int:
        """Return the number of different values among a column's first rows."""

    def rows_about(self) -> float:
        """Return about how many rows there are."""

    def first_rows(self, kinds: Mapping[str, Kind]) -> pd.DataFrame:
        """Return the first rows, some thousands of them."""

    def read(self, kinds: Mapping[str, Kind]) -> pd.DataFrame:
        """Return all rows of the columns, in the mapping's order. Raises DataError."""

    def load(self, kinds: Mapping[str, Kind]) -> list[pd.DataFrame]:
        """Return the same in the parts in which they are read."""

    def chunks(self, kinds: Mapping[str, Kind], rows: int | None = ...) -> Iterator[pd.DataFrame]:
        """Yield the same in parts of `rows` rows, in memory that stays flat; None: as suits it."""

    def chunks_with_text(
        self,
        kinds: Mapping[str, Kind],
        columns: Sequence[str] | None = None,
        rows: int | None = ...,
    ) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
        """Yield with each frame the same rows of some columns as text, as the source has them."""

    def notes(self, columns: Iterable[str] | None = None) -> list[str]:
        """Return sentences on how columns are written, and on cells that count as missing."""

    def check_columns(self, asked: Sequence[str] | Mapping[str, Kind]) -> None:
        """Raise DataError for all columns asked for that are not there."""
