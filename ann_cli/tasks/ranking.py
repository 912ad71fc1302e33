"""How well scores rank rows: the areas under the curves of ROC and of precision and recall."""

from collections.abc import Iterator

import numpy as np

from ann_cli.engine.settings import Array

MOST = 4_000_000
"""Numbers that are kept for exact areas; of more, a histogram of each class's scores."""

SHIFT = 14
"""The lowest bits of a score in float32 that a histogram leaves out: it keeps 9 of 23 binary digits
of each, so that scores within 0.2% of each other tie."""


class Ranking:
    """The scores of rows for each class, and the classes that the rows have."""

    def __init__(self, classes: int) -> None:
        self.classes = classes
        # Of two classes the first's ranking is the second's turned around.
        self._ranked = [1] if classes == 2 else list(range(classes))
        self._kept: list[tuple[Array, Array, Array]] | None = []
        self._numbers = 0
        self._bins: Array = np.empty(0)
        self._unknown = False

    def add(self, actual: Array, scores: Array | None, weight: Array) -> None:
        """Add some rows' class numbers, rows × classes, and weights."""
        if scores is None or not np.isfinite(scores).all():
            self._unknown = True
        if self._unknown or scores is None:
            self._kept = []
            return
        ranked = scores[:, self._ranked]
        self._numbers += ranked.size
        if self._kept is None:
            self._count(actual, ranked, weight)
            return
        self._kept.append((actual, ranked, weight))
        if self._numbers > MOST:
            kept, self._kept = self._kept, None
            self._bins = np.zeros((len(self._ranked), 2, 1 << (32 - SHIFT)))
            for part in kept:
                self._count(*part)

    def _count(self, actual: Array, scores: Array, weight: Array) -> None:
        for at, of in enumerate(self._ranked):
            bits = np.ascontiguousarray(scores[:, at], np.float32).view(np.uint32)
            # The order of these integers is that of the numbers (IEEE 754).
            order = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31)) >> SHIFT
            for side in (0, 1):
                here = (actual == of) == bool(side)
                self._bins[at, side] += np.bincount(order[here], weight[here], self._bins.shape[2])

    def scores(self) -> tuple[float | None, float | None]:
        """Return the area under the ROC curve and the average precision, or their means."""
        areas = [(roc_auc(own, others), average_precision(own, others)) for _, own, others in self]
        if not areas:
            return None, None
        auc, precision = np.mean(areas, axis=0).tolist()
        return auc, precision

    def __iter__(self) -> Iterator[tuple[int, Array, Array]]:
        """Yield of each ranked class, where it and others occur, its number and two weights.

        They are those of its own rows and of the others at each different score, ascending.
        """
        if self._unknown or not self._numbers:
            return
        for at, of in enumerate(self._ranked):
            if self._kept is None:
                others, own = self._bins[at]
            else:
                others, own = _tied(self._kept, at, of)
            if own.sum() > 0 and others.sum() > 0:
                yield of, own, others


def _tied(kept: list[tuple[Array, Array, Array]], at: int, of: int) -> tuple[Array, Array]:
    """Return the weight of others and of the class's own rows at each different score."""
    scores = np.concatenate([scores[:, at] for _, scores, _ in kept])
    own = np.concatenate([actual == of for actual, _, _ in kept])
    return by_score(scores, own, np.concatenate([weight for _, _, weight in kept]))


def by_score(scores: Array, own: Array, weight: Array) -> tuple[Array, Array]:
    """Return the weight of others and of own rows at each different score, ascending."""
    _, places = np.unique(scores, return_inverse=True)
    count = int(places.max()) + 1
    return (
        np.bincount(places[~own], weight[~own], count),
        np.bincount(places[own], weight[own], count),
    )


def roc_auc(own: Array, others: Array) -> float:
    """Return the chance that an own row scores above another, a tie counting half."""
    below = np.cumsum(others) - others
    return float((own * (below + others / 2)).sum() / (own.sum() * others.sum()))


def average_precision(own: Array, others: Array) -> float:
    """Return the sum of precision × the gain in recall, from the highest score down."""
    _, precision = precision_recall_curve(own, others)
    gains = own[::-1] / own.sum()
    return float((gains * precision).sum())


def roc_curve(own: Array, others: Array) -> tuple[Array, Array]:
    """Return the shares of others and of own rows at or above each score, from 0 to 1."""
    false, true = (np.cumsum(np.r_[0.0, each[::-1]]) / each.sum() for each in (others, own))
    return false, true


def precision_recall_curve(own: Array, others: Array) -> tuple[Array, Array]:
    """Return recall and precision of the rows at or above each score, from the highest down."""
    hits, all_of = np.cumsum(own[::-1]), np.cumsum((own + others)[::-1])
    precision = np.divide(hits, all_of, out=np.zeros_like(hits), where=all_of > 0)
    return hits / own.sum(), precision
