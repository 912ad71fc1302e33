"""From a table to who rated what: users and items by their places, a chunk of rows at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.cells.writing import kinds_given
from ann_cli.data.named_columns import check_named
from ann_cli.data.ratings.catalogue import Catalogue
from ann_cli.data.table import Table
from ann_cli.errors import DataError, Problem, counted

AT_A_TIME = 65_536
"""Rows that are read at a time."""


@dataclass(frozen=True)
class Pairs:
    """A user and an item a row, by their places; −1 is an unknown one."""

    users: Array
    """int32."""
    items: Array
    """int32."""
    ratings: Array
    """float32; 1 where the table has none."""
    times: Array | None = None
    """float64: when that was, where it is known."""

    def __len__(self) -> int:
        return len(self.users)

    def __getitem__(self, rows: Array) -> "Pairs":
        times = None if self.times is None else self.times[rows]
        return Pairs(self.users[rows], self.items[rows], self.ratings[rows], times)


def joined(parts: list[Pairs]) -> Pairs:
    """Return several pairs as one."""
    if not parts:
        none = np.empty(0, np.int32)
        return Pairs(none, none, np.empty(0, np.float32))
    times = [each.times for each in parts if each.times is not None]
    return Pairs(
        np.concatenate([each.users for each in parts]),
        np.concatenate([each.items for each in parts]),
        np.concatenate([each.ratings for each in parts]),
        np.concatenate(times) if times else None,
    )


@dataclass
class Names:
    """The names of users or of items, in the order in which they first occur."""

    places: dict[str, int] = field(default_factory=dict)

    def of(self, cells: pd.Series) -> Array:
        """Return the place of each cell's name, int32, −1 where it is missing; new ones come on."""
        found, distinct = pd.factorize(cells.to_numpy(object))
        places = [self.places.setdefault(str(each), len(self.places)) for each in distinct]
        return np.array([*places, -1], dtype=np.int32)[found]


class RatingTable:
    """The columns of a table that say who rated what, when, and how."""

    def __init__(self, config: Config, table: Table, with_ratings: bool = True) -> None:
        """`with_ratings` tells whether ratings are needed. Raises DataError for absent columns."""
        data = config.data
        self.table, self._config = table, config
        self.user, self.item = str(data.user), str(data.item)
        self.rating = data.rating if with_ratings else None
        self.time = data.time if with_ratings else None
        asked = {"user": self.user, "item": self.item, "rating": self.rating, "time": self.time}
        named = {f"data.{key}": [name] for key, name in asked.items() if name is not None}
        check_named(config, table, named)
        self.left_out = 0
        """Rows without a user, an item or a rating, as far as rows were read."""

    @property
    def kinds(self) -> dict[str, Kind]:
        """The kinds of the columns that are read. Raises DataError for ratings that are text."""
        given = kinds_given(self._config.data)
        numbers = [name for name in (self.rating, self.time) if name is not None]
        types: dict[str, Kind] = {name: kind for name, kind in given.items() if name in numbers}
        types |= {self.user: "category", self.item: "category"}
        kinds = self.table.recognise(types, [self.user, self.item, *numbers])
        problems = []
        if self.rating is not None and kinds[self.rating] not in ("number", "boolean"):
            problems.append(
                Problem(
                    f"column {self.rating} holds "
                    f"{'dates' if kinds[self.rating] == 'date' else 'text'}, and a rating is a "
                    "number",
                    self._config.place("data.rating"),
                    "write ratings as numbers, such as 1 to 5; or remove data.rating: then each "
                    "row says that a user had an item",
                )
            )
        if self.time is not None and kinds[self.time] not in ("number", "date"):
            problems.append(
                Problem(
                    f"column {self.time} holds no dates and no numbers, and says when each row is",
                    self._config.place("data.time"),
                    "say how its dates are written: "
                    f'data.types: {{{self.time}: {{date: "%d/%m/%Y"}}}}',
                )
            )
        if problems:
            raise DataError.of(problems)
        return kinds

    def read(self, users: Names, items: Names) -> Pairs:
        """Return all rows that have a user, an item and a rating; new names come on to the known.

        Raises DataError where there is none.
        """
        parts = [
            self._whole(frame, users.of(frame[self.user]), items.of(frame[self.item]))
            for frame in self.table.chunks(self.kinds, AT_A_TIME)
        ]
        found = joined(parts)
        if not len(found):
            wanted = [self.user, self.item, *([self.rating] if self.rating else [])]
            raise DataError(
                f"no row has a cell in each of {', '.join(wanted)}", place=self.table.name
            )
        return found

    def _whole(self, frame: pd.DataFrame, users: Array, items: Array) -> Pairs:
        found = pairs_of(frame, users, items, self.rating, self.time)
        whole = (users >= 0) & (items >= 0) & ~np.isnan(found.ratings)
        self.left_out += int(np.count_nonzero(~whole))
        return found if whole.all() else found[whole]

    def notes(self) -> list[str]:
        """Return what a person should know of the cells, once the rows have passed."""
        told = self.table.notes([name for name in (self.rating, self.time) if name])
        if self.left_out:
            lacking = [self.user, self.item, *([self.rating] if self.rating else [])]
            told.append(f"left out {counted(self.left_out, 'row')} without {' or '.join(lacking)}")
        return told


def pairs_of(
    frame: pd.DataFrame, users: Array, items: Array, rating: str | None, time: str | None
) -> Pairs:
    """Return a frame's rows as pairs, NaN where a rating is missing, 1 where there are none."""
    values = (
        np.ones(len(frame), np.float32)
        if rating is None
        else frame[rating].to_numpy(np.float64).astype(np.float32)
    )
    times = None if time is None else frame[time].to_numpy(np.float64)
    return Pairs(users, items, values, times)


def known_pairs(
    catalogue: Catalogue, frames: Iterator[pd.DataFrame], columns: Mapping[str, str | None]
) -> Iterator[Pairs]:
    """Yield the pairs of frames, by the places that a catalogue gives users and items."""
    for frame in frames:
        users = catalogue.places("user", frame[columns["user"]])
        items = catalogue.places("item", frame[columns["item"]])
        yield pairs_of(frame, users, items, columns.get("rating"), columns.get("time"))


def once_each(pairs: Pairs, items: int) -> tuple[Pairs, int]:
    """Return the pairs with each user and item once, the latest, and how many were left out.

    Without times the latest is the last of the table.
    """
    keys = pairs.users.astype(np.int64) * items + pairs.items
    order = np.argsort(keys, kind="stable")
    if pairs.times is not None:
        # A row without a time is the earliest.
        times = np.nan_to_num(pairs.times, nan=-np.inf)
        order = np.lexsort((times, keys))
    sorted_keys = keys[order]
    last = np.append(sorted_keys[1:] != sorted_keys[:-1], True)
    kept = np.sort(order[last])
    return (pairs, 0) if len(kept) == len(pairs) else (pairs[kept], len(pairs) - len(kept))


def sides_of(
    pairs: Pairs, shares: tuple[float, float], generator: np.random.Generator, users: int
) -> Array:
    """Return the side of each rating, each user's in these shares: 1 validates, 2 tests.

    Where times are known the latest of a user test, and those before them validate; else they are
    drawn. A user keeps one rating or more to train on.
    """
    drawn = generator.permutation(len(pairs))
    by = drawn if pairs.times is None else np.nan_to_num(pairs.times, nan=-np.inf)
    order = np.lexsort((by, pairs.users))
    counts = np.bincount(pairs.users, minlength=users)
    own = pairs.users[order]
    # How many of the user's ratings come after one.
    after = np.cumsum(counts)[own] - 1 - np.arange(len(pairs))
    test = np.floor(shares[1] * counts + 0.5)
    held = np.minimum(np.floor(sum(shares) * counts + 0.5), np.maximum(counts - 1, 0))
    sides = np.zeros(len(pairs), np.int8)
    sides[order[after < held[own]]] = 1
    sides[order[(after < held[own]) & (after < test[own])]] = 2
    return sides
