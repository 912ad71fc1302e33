"""Rows of a sparse matrix as a network learns from them: dense, a few at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from ann_cli.data.cells.values import Array
from ann_cli.data.ratings.catalogue import Catalogue
from ann_cli.data.ratings.matrix import Matrix
from ann_cli.data.ratings.reading import Pairs, joined
from ann_cli.engine.rows import Rows, Source


@dataclass(frozen=True)
class Goals:
    """What is asked for in a block of rows: cells of it, and their actual ratings."""

    rows: Array
    """The number of each row of the block among all rows."""
    places: Array
    """The row of each cell within the block; −1 of a cell that lies in no row."""
    users: Array
    items: Array
    ratings: Array
    """float32."""


@dataclass(frozen=True)
class RatingBlock(Rows):
    """Rows of which is known which cells are asked for."""

    goals: Goals | None = None


@dataclass(frozen=True)
class RatingRows:
    """Rows that are known in part, and of which other cells, or the same ones, are asked for.

    Of ratings both are what the biases leave of them, in the catalogue's unit, NaN where nothing is
    asked for; of choices they are 1 and 0, and inputs of length 1. Such a source is as long as its
    rows.
    """

    catalogue: Catalogue
    inputs: Matrix
    """What is known, users × items as they were rated."""
    goals: Matrix
    """What is asked for, likewise."""
    strangers: Pairs = field(default_factory=lambda: joined([]))
    """What is asked for of users and items that were not there in training."""
    dtype: str = "float32"

    @cached_property
    def _x(self) -> Matrix:
        x = as_inputs(self.catalogue, self.inputs)
        return x.turned() if self.catalogue.rows == "item" else x

    @cached_property
    def _y(self) -> Matrix:
        if not self.catalogue.rated:
            return self.goals
        if self.goals is self.inputs and not self.catalogue.levels:
            return self._x
        y = left_of(self.catalogue, self.goals)
        return y.turned() if self.catalogue.rows == "item" else y

    @cached_property
    def _chosen(self) -> Array:
        """The rows that anything is asked for."""
        return np.flatnonzero(self._y.counts).astype(np.uint32)

    def __len__(self) -> int:
        return len(self._chosen)

    @property
    def ratings(self) -> int:
        """The number of ratings that are asked for."""
        return self.goals.known + len(self.strangers)

    def blocks(self, size: int, generator: np.random.Generator | None) -> Iterator[RatingBlock]:
        """Yield every row once, in the order that the generator draws, or as they come if None."""
        order = self._chosen
        if generator is not None:
            order = order.copy()
            generator.shuffle(order)
        fill = np.nan if self.catalogue.rated else 0.0
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            x = self._x.dense(rows, self.dtype)
            y = self._y.dense(rows, self.dtype, fill)
            yield RatingBlock(x, y, goals=self._goals(rows, start == 0))

    def seen_by(self, catalogue: Catalogue) -> "RatingRows":
        """Return the same ratings as another catalogue has them."""
        return replace(self, catalogue=catalogue)

    def _goals(self, rows: Array, with_strangers: bool) -> Goals:
        places, cells = self._y.cells(rows)
        own, others = rows[places].astype(np.int32), self._y.columns[cells]
        users, items = (others, own) if self.catalogue.rows == "item" else (own, others)
        # float32 to float32: what the biases leave, and the biases, give the rating back.
        ratings = self._y.values[cells]
        if self.catalogue.rated:
            ratings = ratings * self.catalogue.unit + self.catalogue.expected(users, items)
        if with_strangers and len(self.strangers):
            far = self.strangers
            places = np.concatenate([places, np.full(len(far), -1, places.dtype)])
            users = np.concatenate([users, far.users])
            items = np.concatenate([items, far.items])
            ratings = np.concatenate([ratings, far.ratings])
        return Goals(rows, places, users, items, ratings)


def rows_in(source: Source) -> int:
    """Return how many rows of a table a source stands for: of ratings, how many these are."""
    return source.ratings if isinstance(source, RatingRows) else len(source)


def left_of(catalogue: Catalogue, ratings: Matrix) -> Matrix:
    """Return what the biases leave of ratings, users × items, in the catalogue's unit."""
    expected = catalogue.expected(ratings.rows, ratings.columns)
    return ratings.with_values((ratings.values - expected) / catalogue.unit)


def as_inputs(catalogue: Catalogue, ratings: Matrix) -> Matrix:
    """Return the inputs of a network that stand for what is known, users × items.

    A row of choices has the length 1: Liang, Krishnan, Hoffman & Jebara 2018, "Variational
    autoencoders for collaborative filtering", section 2.
    """
    if catalogue.levels:  # the number of each one's level, from 1 on
        return ratings.with_values(catalogue.level_of(ratings.values) + 1)
    if catalogue.rated:
        return left_of(catalogue, ratings)
    lengths = np.sqrt(np.maximum(ratings.counts, 1))
    return ratings.with_values(1 / np.repeat(lengths, ratings.counts))
