"""Scoring: a model's outputs on known rows, as metrics in words that the task uses."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

import numpy as np

from ann_cli.engine.network import PREDICTED_ROWS
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.settings import Array
from ann_cli.insight.metrics import Classification, Regression, Scores
from ann_cli.model.model import Model

SCORED_ROWS, SCORED_NUMBERS = 4 * PREDICTED_ROWS, 1 << 18
"""Rows scored at a time, far more work than Python's own, and their inputs: of a wide table fewer
rows are in memory at a time."""


class Scoring:
    """The loss and the task's metrics of one model, gathered block by block."""

    def __init__(self, model: Model, factors: Array | None = None) -> None:
        """`factors` are the classes' in the rows' weights, which no metric counts."""
        self.model, self._factors = model, factors
        self.loss = self.weight = 0.0
        self.metrics = Classification(len(model.classes)) if model.classes else Regression()

    def add(self, rows: Rows) -> Array:
        """Add some rows; return each one's squared error, or whether its class is wrong."""
        with np.errstate(over="ignore", invalid="ignore"):
            y = outputs_for(self.model, rows.y)
            outputs, losses = self.model.network.evaluate(rows.x, y)
            loss, weight = _sums(losses, rows.weight)
            self.loss += loss
            self.weight += weight
            if isinstance(self.metrics, Regression):
                numbers = self.model.encoder.numbers
                expected, predicted = numbers(y), numbers(outputs)
                self.metrics.add(expected, predicted, rows.weight)
                return np.square(predicted - expected)
            actual, chosen = _classes(y), self.model.chosen(outputs)
            shares = self.model.probabilities(outputs)
            ranks = shares if shares is not None else self.model.ranks(outputs)
            self.metrics.add(actual, chosen, shares, self.counts(rows), ranks)
            return actual != chosen

    def counts(self, rows: Rows) -> Array | None:
        """Return what each row counts in a metric: its weight without its class's."""
        if rows.weight is None or self._factors is None:
            return rows.weight
        return rows.weight / self._factors[_classes(outputs_for(self.model, rows.y))]

    def scores(self) -> Scores:
        """Return the scores of all rows so far.

        None stands for what is no finite number, as cells far beyond the training rows' may make.
        """
        scores: Scores = {"loss": self.loss / self.weight, **self.metrics.scores()}
        return {
            name: None if one is None or not isfinite(one) else one for name, one in scores.items()
        }

    def by_class(self) -> dict[str, Any]:
        """Return each class's scores and the confusion matrix; nothing for a number."""
        if isinstance(self.metrics, Regression):
            return {}
        labels = self.model.classes
        return {"classes": self.metrics.by_class(labels), "confusion": self.metrics.matrix()}


def to_score(rows: Source, model: Model) -> Iterator[Rows]:
    """Yield the rows in blocks that are scored in one piece."""
    wanted = min(SCORED_ROWS, SCORED_NUMBERS // model.network.inputs)
    return rows.blocks(max(wanted, PREDICTED_ROWS), None)


def score(
    models: Mapping[str, Model], rows: Source, factors: Array | None = None
) -> dict[str, Scores]:
    """Return the scores of some models on the same rows, in one pass."""
    scorings = {name: Scoring(model, factors) for name, model in models.items()}
    for block in to_score(rows, next(iter(models.values()))):
        for scoring in scorings.values():
            scoring.add(block)
    return {name: scoring.scores() for name, scoring in scorings.items()}


def score_rows(model: Model, rows: Source, factors: Array | None = None) -> Scoring:
    """Return what scores a model on some rows, after one pass."""
    scoring = Scoring(model, factors)
    for block in to_score(rows, model):
        scoring.add(block)
    return scoring


def mean_loss(model: Model, rows: Source) -> float:
    """Return the mean loss, which weighted rows have a weighted part in."""
    total = count = 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for block in to_score(rows, model):
            loss, weight = _sums(model.network.evaluate(block.x, block.y)[1], block.weight)
            total += loss
            count += weight
    return total / count


def _sums(losses: Array, weight: Array | None) -> tuple[float, float]:
    """Return the sum of the weighted losses and that of the weights, in float64."""
    if weight is None:
        return float(losses.sum(dtype=np.float64)), float(len(losses))
    # Not the dot product, for which BLAS wakes its threads.
    return float(np.multiply(losses, weight, dtype=np.float64).sum()), float(
        weight.sum(dtype=np.float64)
    )


def _classes(y: Array) -> Array:
    """Return each row's class as its number."""
    return y.argmax(axis=1) if y.shape[1] > 1 else y[:, 0].astype(np.intp)


def outputs_for(model: Model, y: Array) -> Array:
    """Return rows × outputs as the model has them: of two classes it may have one output or two."""
    if model.network.outputs == 2 and y.shape[1] == 1:
        return np.hstack([1 - y, y])
    return y
