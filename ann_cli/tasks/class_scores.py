"""How good predicted classes are, gathered block by block.

A row counts by its sample weight in each metric, as in scikit-learn's `sample_weight`.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ann_cli.engine.settings import Array
from ann_cli.tasks.ranking import Ranking
from ann_cli.tasks.reliability import Reliability
from ann_cli.tasks.task import Scores


@dataclass
class ClassScores:
    """accuracy and its like from the confusion matrix, and those of the ranking of rows.

    Means over classes are over those that occur, f1_macro's also over those that are predicted.
    log_loss and brier_score are None without probabilities; roc_auc and average_precision are those
    of the second of two classes, else means over classes, each against the rest, and None without
    any ranking.
    """

    classes: int
    confusion: Array = field(init=False)
    """Actual class × predicted class, the sums of the rows' weights."""
    surprise: float | None = 0.0
    squares: float = 0.0
    """The squared distances of probabilities from what happened, weighted."""

    def __post_init__(self) -> None:
        self.confusion = np.zeros((self.classes, self.classes))
        self.ranking = Ranking(self.classes)
        self.reliability = Reliability()

    def add(
        self,
        actual: Array,
        chosen: Array,
        probabilities: Array | None,
        weight: Array | None = None,
        ranks: Array | None = None,
    ) -> None:
        """Add some rows' class numbers, rows × classes, and rows × classes to rank rows by."""
        counts = np.ones(len(actual)) if weight is None else weight.astype(np.float64)
        cells = actual * self.classes + chosen
        found = np.bincount(cells, counts, self.classes**2)
        self.confusion += found.reshape(self.classes, self.classes)
        ranks = probabilities if ranks is None else ranks
        self.ranking.add(actual, ranks, counts)
        if probabilities is None or self.surprise is None:
            self.surprise = None
            return
        given = probabilities[np.arange(len(actual)), actual]
        # A probability of 0 for what happened would be an infinite loss: it counts as rounding.
        losses = np.log(np.maximum(given, np.finfo(np.float64).eps))
        self.surprise -= float((losses * counts).sum())
        away = np.square(probabilities).sum(axis=1) - 2 * given + 1
        # Of two classes one is told by the other, and counts once (Brier 1950, as used since).
        self.squares += float((away * counts).sum()) / (2 if self.classes == 2 else 1)
        if self.classes == 2:
            self.reliability.add(probabilities[:, 1], actual == 1, counts)
        else:
            self.reliability.add(probabilities.max(axis=1), actual == chosen, counts)

    def scores(self) -> Scores:
        """Return the metrics of all rows so far."""
        hits, actual, chosen = self._sums()
        occurs, met = actual > 0, actual + chosen > 0
        total = float(actual.sum())
        auc, precision = self.ranking.scores()
        return {
            "accuracy": float(hits.sum()) / total,
            "balanced_accuracy": float((hits[occurs] / actual[occurs]).mean()),
            "f1_macro": float((2 * hits[met] / (actual + chosen)[met]).mean()),
            "roc_auc": auc,
            "average_precision": precision,
            "log_loss": None if self.surprise is None else self.surprise / total,
            "brier_score": None if self.surprise is None else self.squares / total,
        }

    def by_class(self, labels: tuple[str, ...]) -> list[dict[str, Any]]:
        """Return each class's rows, precision, recall and F1; None where there is no such share."""
        hits, actual, chosen = self._sums()

        def share(part: float, whole: float) -> float | None:
            return part / whole if whole else None

        return [
            {
                "class": label,
                "rows": _count(actual[at]),
                "predicted": _count(chosen[at]),
                "precision": share(float(hits[at]), float(chosen[at])),
                "recall": share(float(hits[at]), float(actual[at])),
                "f1": share(float(2 * hits[at]), float(actual[at] + chosen[at])),
            }
            for at, label in enumerate(labels)
        ]

    def matrix(self) -> list[list[float]]:
        """Return the confusion matrix: a list for each actual class, of the predicted ones."""
        return [[_count(cell) for cell in row] for row in self.confusion]

    def _sums(self) -> tuple[Array, Array, Array]:
        return np.diag(self.confusion), self.confusion.sum(axis=1), self.confusion.sum(axis=0)


def _count(value: float) -> float:
    """Return a sum of weights, whole where it is."""
    return int(value) if float(value).is_integer() else float(value)
