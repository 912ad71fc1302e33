"""Metrics: how far predictions are from what happened, gathered block by block."""

from dataclasses import dataclass, field
from math import sqrt

import numpy as np

from ann_cli.data.statistics import Moments
from ann_cli.engine.settings import Array

Scores = dict[str, float | None]


@dataclass
class Regression:
    """r2, rmse and mae in the target's own units; r2 is None where all actual values agree."""

    actual: Moments = field(default_factory=Moments)
    squared: float = 0.0
    absolute: float = 0.0

    def add(self, actual: Array, predicted: Array) -> None:
        """Add some rows' numbers."""
        actual = actual.astype(np.float64)
        error = actual - predicted
        self.actual.add(actual)
        self.squared += float(np.square(error).sum())
        self.absolute += float(np.abs(error).sum())

    def scores(self) -> Scores:
        """Return the metrics of all rows so far."""
        actual = self.actual
        varies = actual.least < actual.greatest
        return {
            "r2": 1 - self.squared / actual.squares if varies else None,
            "rmse": sqrt(self.squared / actual.count),
            "mae": self.absolute / actual.count,
        }


class Classification:
    """accuracy, f1_macro and log_loss.

    f1_macro is the mean over the classes that occur or are predicted; log_loss is None without
    probabilities.
    """

    def __init__(self, classes: int) -> None:
        self.hits, self.actual, self.chosen = np.zeros((3, classes), dtype=np.int64)
        self.surprise: float | None = 0.0

    def add(self, actual: Array, chosen: Array, probabilities: Array | None) -> None:
        """Add some rows' class numbers, and rows × classes."""
        for counts, found in (
            (self.hits, actual[actual == chosen]),
            (self.actual, actual),
            (self.chosen, chosen),
        ):
            counts += np.bincount(found, minlength=len(counts))
        if probabilities is None or self.surprise is None:
            self.surprise = None
            return
        given = probabilities[np.arange(len(actual)), actual]
        # A probability of 0 for what happened would be an infinite loss: it counts as rounding.
        self.surprise -= float(np.log(np.maximum(given, np.finfo(np.float64).eps)).sum())

    def scores(self) -> Scores:
        """Return the metrics of all rows so far."""
        rows, met = self.actual.sum(), self.actual + self.chosen
        return {
            "accuracy": float(self.hits.sum() / rows),
            "f1_macro": float((2 * self.hits[met > 0] / met[met > 0]).mean()),
            "log_loss": None if self.surprise is None else self.surprise / float(rows),
        }
