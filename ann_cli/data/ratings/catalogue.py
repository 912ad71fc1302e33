"""What the training ratings teach of users and items: their names, the mean, and biases."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from ann_cli.data.cells.distinct import factorized
from ann_cli.data.cells.values import Array, Categories
from ann_cli.data.ratings.matrix import Matrix

Who: TypeAlias = Literal["item", "user"]
"""Of what there are rows, or names."""

PRIORS = {"user": 15.0, "item": 10.0}
"""How many ratings of the mean each user and item has beside its own, so that few say little."""

ROUNDS = 10
"""How often the biases of items and users are computed of each other's."""

DIGITS = 6
"""Digits of a bias after the point: what is stored is what is computed with."""


@dataclass(frozen=True)
class Catalogue:
    """The users and items that were rated, and what is expected of a rating by its biases alone."""

    user: str
    """The column of users."""
    item: str
    """The column of items."""
    rows: Who
    users: tuple[str, ...]
    items: tuple[str, ...]
    known: int
    """The number of training ratings."""
    rated: bool
    """Whether there are ratings; else each row of the table says that a user had an item."""
    mean: float = 0.0
    user_biases: tuple[float, ...] = ()
    """By how much a user rates above the mean; none where there are no ratings."""
    item_biases: tuple[float, ...] = ()
    low: float = 0.0
    """The lowest training rating: no prediction lies below it."""
    high: float = 1.0
    levels: tuple[float, ...] = ()
    """The ratings that there are, for what learns how likely each is; none where that is not so."""

    @classmethod
    def of(
        cls,
        columns: tuple[str, str],
        rows: Who,
        names: tuple[tuple[str, ...], tuple[str, ...]],
        ratings: Matrix,
        rated: bool,
    ) -> "Catalogue":
        """Learn from ratings, users × items; of choices, which are all 1, there is no more to know.

        `columns` and `names` are those of users and of items. The biases are those of ridge
        regression, computed in turns: Koren 2010, "Factor in the neighbors: scalable and accurate
        collaborative filtering", section 2.1.
        """
        users, items = names
        found = cls(*columns, rows, users, items, ratings.known, rated)
        if not rated:
            return found
        values = ratings.values.astype(np.float64)
        of_user, of_item = ratings.rows, ratings.columns
        mean = round(float(values.mean()), DIGITS)
        by_user, by_item = np.zeros(len(users)), np.zeros(len(items))
        for _ in range(ROUNDS):
            by_item = _means(values - mean - by_user[of_user], of_item, len(items), PRIORS["item"])
            by_user = _means(values - mean - by_item[of_item], of_user, len(users), PRIORS["user"])
        return replace(
            found,
            mean=mean,
            user_biases=tuple(by_user.round(DIGITS).tolist()),
            item_biases=tuple(by_item.round(DIGITS).tolist()),
            low=float(values.min()),
            high=float(values.max()),
        )

    def smaller(self) -> str:
        """Return what else makes a network smaller, where there are fewer items than users."""
        if self.rows == "user" or len(self.users) <= len(self.items):
            return ""
        return (
            f", or rows: user: it has weights for each of {len(self.items):,} items, and these are "
            f"for each of {len(self.users):,} users"
        )

    @property
    def share(self) -> float:
        """The share of all pairs that is known."""
        return self.known / (len(self.users) * len(self.items))

    def share_beside(self, noise: float) -> float:
        """Return the share that a step of training knows, where noise hides a part; 6 digits."""
        return float(f"{self.share * (1 - noise):.6g}")

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the columns of a row are called."""
        return self.users if self.rows == "item" else self.items

    @cached_property
    def biases(self) -> tuple[Array, Array]:
        """The biases of users and of items, float64; the last of each is that of an unknown one."""
        users = self.user_biases or (0.0,) * len(self.users)
        items = self.item_biases or (0.0,) * len(self.items)
        return np.array([*users, 0.0]), np.array([*items, 0.0])

    def expected(self, users: Array, items: Array) -> Array:
        """Return what the biases say of pairs, float64, by the places of their users and items.

        A place of −1 is that of an unknown one, which has no bias.
        """
        by_user, by_item = self.biases
        return self.mean + by_user[users] + by_item[items]

    @property
    def unit(self) -> float:
        """What the residuals of the biases are divided by: a quarter of the range of ratings.

        It is 1 of five stars; ratings of 0 to 100 are then learned as five stars are. Levels of
        ratings are predicted as they are.
        """
        return 1.0 if self.levels or self.low == self.high else (self.high - self.low) / 4

    def within(self, ratings: Array) -> Array:
        """Return predicted ratings within the range of those that were learned from."""
        return np.clip(ratings, self.low, self.high)

    def level_of(self, ratings: Array) -> Array:
        """Return the place among the levels that each rating is nearest to."""
        between = np.convolve(self.levels, [0.5, 0.5], "valid")
        return np.searchsorted(between, ratings, side="right")

    def bias_of(self, items: Array, ratings: Array) -> float:
        """Return the bias of a user who was not there in training, by some ratings."""
        left = ratings - self.mean - self.biases[1][items]
        return float(left.sum() / (PRIORS["user"] + len(left)))

    def without(self, user: bool, item: bool) -> "Catalogue":
        """Return what is known without the users' biases, and without the items'."""
        return replace(
            self,
            user_biases=() if user else self.user_biases,
            item_biases=() if item else self.item_biases,
        )

    def with_item_means(self, ratings: Matrix) -> "Catalogue":
        """Return what is known of each item alone: the mean of its ratings, users × items."""
        above = ratings.values.astype(np.float64) - self.mean
        found = _means(above, ratings.columns, len(self.items), 0.0)
        return replace(self.without(user=True, item=True), item_biases=tuple(found.tolist()))

    def places(self, who: Who, cells: pd.Series | Array) -> Array:
        """Return the place of each user or item, int32; −1 of one that is unknown or missing."""
        found, distinct = factorized(cells)
        exact = self._places[who]
        places = [exact.get(cell, -1) for cell in distinct]
        if -1 in places:
            alike = self._alike(who)
            places = [max(alike.place(cell), -1) for cell in distinct]
        return np.array([*places, -1], dtype=np.int32)[found]

    def unknown(self, frame: pd.DataFrame) -> dict[str, int]:
        """Return how many cells name a user and an item who are unknown, by column."""
        columns: dict[Who, str] = {"user": self.user, "item": self.item}
        return {
            name: int(np.count_nonzero((self.places(who, frame[name]) < 0) & frame[name].notna()))
            for who, name in columns.items()
        }

    @cached_property
    def _places(self) -> dict[Who, dict[object, int]]:
        names: dict[Who, tuple[str, ...]] = {"user": self.users, "item": self.items}
        return {who: {name: at for at, name in enumerate(each)} for who, each in names.items()}

    def _alike(self, who: Who) -> Categories:
        if who not in self._categories:
            self._categories[who] = Categories(self.users if who == "user" else self.items)
        return self._categories[who]

    @cached_property
    def _categories(self) -> dict[Who, Categories]:
        return {}

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold, exactly."""
        found: dict[str, Any] = {
            "user": self.user,
            "item": self.item,
            "rows": self.rows,
            "users": list(self.users),
            "items": list(self.items),
            "known": self.known,
        }
        if self.rated:
            found |= {"mean": self.mean, "low": self.low, "high": self.high}
            found |= {"user_biases": list(self.user_biases), "item_biases": list(self.item_biases)}
        if self.levels:
            found["levels"] = list(self.levels)
        return found

    @classmethod
    def from_dict(cls, stored: Any) -> "Catalogue":
        """Build from what `to_dict` gave. Raises ValueError where it is something else."""
        names = {"user", "item", "rows", "users", "items", "known"}
        rated = {"mean", "low", "high", "user_biases", "item_biases"}
        every = (names, names | rated, names | rated | {"levels"})
        if not isinstance(stored, Mapping) or set(stored) not in every:
            raise ValueError("a catalogue has users, items, and their biases where they rated")
        if stored["rows"] not in ("item", "user"):
            raise ValueError("rows are those of an item or of a user")
        known = stored["known"]
        if isinstance(known, bool) or not isinstance(known, int) or known < 1:
            raise ValueError("a catalogue counts its ratings")
        users, items = (_names(stored[key]) for key in ("users", "items"))
        user, item = _names([stored["user"], stored["item"]])
        found = cls(user, item, stored["rows"], users, items, known, "mean" in stored)
        if not found.rated:
            return found
        mean, low, high = (_number(stored[key]) for key in ("mean", "low", "high"))
        if low > high:
            raise ValueError("the lowest rating is above the highest")
        biases = [tuple(map(_number, _list(stored[f"{key}_biases"]))) for key in ("user", "item")]
        if list(map(len, biases)) != [len(users), len(items)]:
            raise ValueError("there is a bias a user, and one an item")
        levels = tuple(map(_number, _list(stored.get("levels", []))))
        if list(levels) != sorted(set(levels)) or ("levels" in stored and len(levels) < 2):
            raise ValueError("levels of ratings rise, and are two at least")
        found = replace(found, user_biases=biases[0], item_biases=biases[1], levels=levels)
        return replace(found, mean=mean, low=low, high=high)


def _means(values: Array, of: Array, count: int, prior: float) -> Array:
    """Return the mean of the values of each user or item, with some zeros beside them."""
    found: Array = np.bincount(of, values, count) / (np.bincount(of, minlength=count) + prior)
    return found


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("a list was expected")
    return value


def _names(value: Any) -> tuple[str, ...]:
    found = tuple(_list(value))
    if not found or not all(isinstance(each, str) for each in found):
        raise ValueError("users and items have names, and there is one or more")
    if len(set(found)) != len(found):
        raise ValueError("users and items are listed once each")
    return found


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError("a finite number was expected")
    return float(value)
