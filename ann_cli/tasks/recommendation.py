"""Recommendation: how users would rate items, or which items they would choose."""

from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np

from ann_cli.engine.output import Output
from ann_cli.engine.settings import Array
from ann_cli.tasks.task import Scores, Target, WithoutTarget

MOST_ITEMS = 4096
"""Items of which weights between all of them are computed, which is what EASE is, at most."""

TOP = 10
"""How many items are recommended to be judged."""


class _Recommendation(WithoutTarget):
    """What a user thinks of items, from all that is known of users and items."""

    of_ratings = True

    def scorer(self, targets: Sequence[Target], output: Output) -> Any:
        return self.ratings_scorer()

    def ratings_scorer(self) -> Any:
        """Return what gathers the metrics."""
        raise NotImplementedError

    def output_names(
        self, targets: Sequence[Target], output: Output, outputs: int
    ) -> tuple[str, ...]:
        return tuple(f"column {number}" for number in range(1, outputs + 1))


class Ratings(_Recommendation):
    """How a user would rate an item."""

    name = "ratings"
    fits = {"linear": "masked_squared_error"}
    constant = "mean"
    decides = ("rmse", "mae")
    importance = ("rmse",)
    row_loss = "squared error of a rating"

    def ratings_scorer(self) -> "RatingScores":
        return RatingScores()

    def summary(self, targets: Sequence[Target]) -> str:
        return "ratings of items by users"


class Ranking(_Recommendation):
    """Which items a user would choose, of all that the user has not."""

    name = "ranking"
    fits = {"softmax": "multinomial", "linear": "masked_squared_error"}
    constant = "popularity"
    decides = ("ndcg@10", "recall@10")
    judged_by = "ndcg@10"
    importance = ("ndcg@10",)
    row_loss = "1 − NDCG@10 of a user"
    most_row_loss = 1.0

    def ratings_scorer(self) -> "RankingScores":
        return RankingScores()

    def summary(self, targets: Sequence[Target]) -> str:
        return "items that users choose"


class RatingScores:
    """rmse and mae of predicted ratings, in their own units."""

    def __init__(self) -> None:
        self._count, self._squares, self._sizes = 0, 0.0, 0.0

    def add(self, actual: Array, predicted: Array) -> Array:
        """Add some ratings, one number each; return their squared errors, float64."""
        errors = predicted.astype(np.float64) - actual
        squares: Array = np.square(errors)
        self._count += len(errors)
        self._squares += float(squares.sum())
        self._sizes += float(np.abs(errors).sum())
        return squares

    def scores(self) -> Scores:
        """Return the metrics of all ratings so far; None of none."""
        if not self._count:
            return {"rmse": None, "mae": None}
        return {"rmse": sqrt(self._squares / self._count), "mae": self._sizes / self._count}

    def details(self) -> dict[str, Any]:
        """Return how many ratings these are the scores of."""
        return {"ratings": self._count}


class RankingScores:
    """recall, normalized discounted cumulative gain and coverage of the first ten items.

    Järvelin & Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques". Recall is the
    share of all that a user chose, however many that are: with more than ten it cannot be 1.
    """

    def __init__(self) -> None:
        self._users, self._recall, self._gain = 0, 0.0, 0.0
        self._choices = 0
        self._recommended: Array = np.zeros(0, dtype=bool)

    def add(self, outputs: Array, chosen: Array) -> Array:
        """Add users' rows: users × items, −inf where an item is seen, and what was then chosen.

        Returns 1 − NDCG of each user, float64. Users who chose nothing are not to be there.
        """
        first = best(outputs, TOP)
        hits = np.take_along_axis(chosen, first, axis=1).astype(np.float64)
        hits *= np.isfinite(np.take_along_axis(outputs, first, axis=1))
        counts = chosen.sum(axis=1)
        discounts = 1 / np.log2(np.arange(2, TOP + 2))[: first.shape[1]]
        most = np.concatenate([[0.0], np.cumsum(discounts)])
        gain = hits @ discounts / most[np.minimum(counts, len(discounts)).astype(np.intp)]
        self._users += len(outputs)
        self._choices += int(counts.sum())
        self._recall += float((hits.sum(axis=1) / counts).sum())
        self._gain += float(gain.sum())
        if len(self._recommended) != outputs.shape[1]:
            self._recommended = np.zeros(outputs.shape[1], dtype=bool)
        self._recommended[first.ravel()] = True
        return np.asarray(1 - gain)

    def scores(self) -> Scores:
        """Return the metrics of all users so far; None of none."""
        if not self._users:
            return {"ndcg@10": None, "recall@10": None, "coverage": None}
        return {
            "ndcg@10": self._gain / self._users,
            "recall@10": self._recall / self._users,
            "coverage": float(self._recommended.mean()),
        }

    def details(self) -> dict[str, Any]:
        """Return how many users and choices these are the scores of."""
        return {"users": self._users, "choices": self._choices}


def best(scores: Array, most: int) -> Array:
    """Return the columns of the greatest scores of each row, the best first; ties by the column.

    `scores` are rows × columns, −inf where a column is not to be taken unless none is left.
    """
    most = min(most, scores.shape[1])
    if most < scores.shape[1]:
        # Whatever equals the least of them is in doubt: the first columns are to win.
        least = np.partition(scores, -most, axis=1)[:, -most, None]
        order = np.where(scores > least, 2, np.where(scores == least, 1, 0)).astype(np.int8)
        taken = np.argsort(-order, axis=1, kind="stable")[:, :most]
    else:
        taken = np.broadcast_to(np.arange(most), scores.shape)
    own = np.take_along_axis(scores, taken, axis=1)
    found: Array = np.take_along_axis(taken, np.lexsort((taken, -own), axis=1), axis=1)
    return found
