"""A sparse matrix: of each row the columns that are known, and their values."""

from dataclasses import dataclass

import numpy as np

from ann_cli.data.cells.values import Array


@dataclass(frozen=True)
class Matrix:
    """Rows of known cells, one row after the other, the columns of a row in rising order.

    Compressed sparse rows: Saad 2003, "Iterative methods for sparse linear systems", section 3.4.
    """

    offsets: Array
    """int64, rows + 1: where the cells of each row begin, and where the last ones end."""
    columns: Array
    """int32, the column of each known cell."""
    values: Array
    """float32, its value."""
    width: int
    """The number of columns."""

    @classmethod
    def of(cls, rows: Array, columns: Array, values: Array, shape: tuple[int, int]) -> "Matrix":
        """Build from the row, the column and the value of each known cell, each cell once."""
        order = np.lexsort((columns, rows))
        offsets = np.zeros(shape[0] + 1, np.int64)
        np.cumsum(np.bincount(rows, minlength=shape[0]), out=offsets[1:])
        taken = columns[order].astype(np.int32, copy=False)
        return cls(offsets, taken, values[order].astype(np.float32, copy=False), shape[1])

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def known(self) -> int:
        """The number of known cells."""
        return len(self.columns)

    @property
    def counts(self) -> Array:
        """The number of known cells of each row."""
        return np.diff(self.offsets)

    @property
    def rows(self) -> Array:
        """int32, the row of each known cell."""
        return np.repeat(np.arange(len(self), dtype=np.int32), self.counts)

    def turned(self) -> "Matrix":
        """Return the matrix with its columns as rows."""
        return self.of(self.columns, self.rows, self.values, (self.width, len(self)))

    def with_values(self, values: Array) -> "Matrix":
        """Return the same cells with other values."""
        return Matrix(self.offsets, self.columns, values.astype(np.float32, copy=False), self.width)

    def cells(self, rows: Array) -> tuple[Array, Array]:
        """Return the known cells of some rows: the place of each one's row in `rows`, its index.

        The index is that of `columns` and `values`; rows stand in the order given.
        """
        counts = self.counts[rows]
        places = np.repeat(np.arange(len(rows)), counts)
        before = np.cumsum(counts) - counts
        return places, np.arange(len(places)) + np.repeat(self.offsets[rows] - before, counts)

    def dense(self, rows: Array, dtype: str = "float32", fill: float = 0.0) -> Array:
        """Return some rows, rows × columns, with `fill` where nothing is known."""
        found = np.full((len(rows), self.width), fill, dtype)
        places, cells = self.cells(rows)
        found[places, self.columns[cells]] = self.values[cells]
        return found

    def check(self, rows: int) -> None:
        """Raise ValueError where it is no such matrix of so many rows."""
        width = self.width
        if len(self) != rows or (self.counts < 0).any():
            raise ValueError(f"ratings are no matrix of {rows:,} rows and {width:,} columns")
        if self.offsets[0] != 0 or {int(self.offsets[-1]), len(self.values)} != {self.known}:
            raise ValueError("ratings have other rows than cells")
        inside = ((self.columns >= 0) & (self.columns < width)).all()
        rising = np.diff(self.columns) > 0
        begins = self.offsets[1:-1]
        rising[begins[(begins > 0) & (begins < self.known)] - 1] = True
        if not inside or not rising.all() or not np.isfinite(self.values).all():
            raise ValueError("ratings are not those of known columns, once each")
