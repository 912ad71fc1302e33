"""How far predicted numbers are from what happened, gathered block by block.

A row counts by its sample weight in each metric, as in scikit-learn's `sample_weight`.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from ann_cli.engine.losses import Gamma, Poisson
from ann_cli.engine.settings import Array
from ann_cli.tasks.task import Scores

DEVIANCES: dict[str, type[Poisson | Gamma]] = {loss.domain: loss for loss in (Poisson, Gamma)}
"""What else is told of numbers that are never negative, or never 0."""


@dataclass
class NumberScores:
    """r2, rmse and mae in the target's own units; r2 is None where all actual values agree.

    Of numbers whose `domain` a loss names also the mean deviance, as scikit-learn has it.
    """

    domain: str | None = None
    weight: float = 0.0
    mean: float = 0.0
    deviations: float = 0.0
    """The weighted sum of squared deviations of the actual values from their mean."""
    least: float = np.inf
    greatest: float = -np.inf
    squared: float = 0.0
    absolute: float = 0.0
    deviance: float = 0.0

    def add(self, actual: Array, predicted: Array, weight: Array | None = None) -> None:
        """Add some rows' numbers."""
        actual = actual.astype(np.float64)
        error = actual - predicted
        counts = np.ones(len(actual)) if weight is None else weight.astype(np.float64)
        total = float(counts.sum())
        if not total:
            return
        # Chan, Golub & LeVeque 1979, equation 2.1, with weights for counts.
        mean = float((actual * counts).sum()) / total
        shift, both = mean - self.mean, self.weight + total
        self.deviations += float((np.square(actual - mean) * counts).sum())
        self.deviations += shift * shift * self.weight * total / both
        self.mean += shift * total / both
        self.weight = both
        counted = actual[counts > 0]
        self.least = min(self.least, float(counted.min()))
        self.greatest = max(self.greatest, float(counted.max()))
        self.squared += float((np.square(error) * counts).sum())
        self.absolute += float((np.abs(error) * counts).sum())
        if self.domain:
            with np.errstate(divide="ignore", invalid="ignore"):  # a line may predict 0 or less
                halves = DEVIANCES[self.domain].value(None, predicted, actual)
            self.deviance += float((2 * halves * counts).sum())

    def scores(self) -> Scores:
        """Return the metrics of all rows so far."""
        varies = self.least < self.greatest
        deviance: Scores = {}
        if self.domain:
            name = f"mean_{DEVIANCES[self.domain].name}_deviance"
            deviance[name] = self.deviance / self.weight
        return {
            "r2": 1 - self.squared / self.deviations if varies and self.deviations else None,
            "rmse": sqrt(self.squared / self.weight),
            "mae": self.absolute / self.weight,
            **deviance,
        }
