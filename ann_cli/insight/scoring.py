"""Scores a model: its loss, and the metrics of its task, on rows with known targets."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

import numpy as np

from ann_cli.data.ratings.source import RatingBlock
from ann_cli.engine.network import PREDICTED_ROWS
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.settings import Array
from ann_cli.insight.recommendation_scores import add_recommendations
from ann_cli.model.model import Model
from ann_cli.tasks.classification import classes_of
from ann_cli.tasks.task import Scores

SCORED_ROWS, SCORED_NUMBERS = 4 * PREDICTED_ROWS, 1 << 18
"""Rows scored at a time, and their inputs at most, so that a wide table takes no more memory.
The work on so many rows is much longer than the time of Python's own calls."""


MADE_ROWS, MADE_NUMBERS = 64, 1 << 20
"""Rows of ratings scored at a time, at least, and their inputs otherwise."""


class Scoring:
    """The loss and the task's metrics of one model, gathered block by block."""

    def __init__(self, model: Model, factors: Array | None = None) -> None:
        """`factors` are the classes' in the rows' weights, which no metric counts."""
        self.model, self._factors = model, factors
        self.loss = self.weight = 0.0
        self.metrics = model.task.scorer(model.encoder.targets, model.network.output)

    def add(self, rows: Rows) -> Array:
        """Add some rows; return each one's loss, as the task compares models by it."""
        with np.errstate(over="ignore", invalid="ignore"):
            if isinstance(rows, RatingBlock):
                loss, weight, found = add_recommendations(self.model, self.metrics, rows)
                self.loss, self.weight = self.loss + loss, self.weight + weight
                return found
            y = outputs_for(self.model, rows.y)
            outputs, losses = self.model.network.evaluate(rows.x, y, rows.fold)
            loss, weight = _sums(losses, rows.weight)
            self.loss += loss
            self.weight += weight
            return self.metrics.add(y, outputs, self.counts(rows))

    def counts(self, rows: Rows) -> Array | None:
        """Return what each row counts in a metric: its weight without its class's."""
        if rows.weight is None or self._factors is None:
            return rows.weight
        return rows.weight / self._factors[classes_of(outputs_for(self.model, rows.y))]

    def scores(self) -> Scores:
        """Return the scores of all rows so far.

        None stands for what is no finite number, as cells far beyond the training rows' may make.
        """
        return _finite({"loss": self.loss / self.weight, **self.metrics.scores()})

    def details(self) -> dict[str, Any]:
        """Return what is told beside the scores: each class, or each of several targets."""
        details = self.metrics.details()
        if "targets" in details:
            details["targets"] = {name: _finite(each) for name, each in details["targets"].items()}
        return details


def _finite(scores: Scores) -> Scores:
    return {name: None if one is None or not isfinite(one) else one for name, one in scores.items()}


def to_score(rows: Source, model: Model) -> Iterator[Rows]:
    """Yield the rows in blocks that are scored in one piece."""
    return rows.blocks(rows_to_score(model), None)


def rows_to_score(model: Model) -> int:
    """Return how many rows are scored in one piece."""
    if model.task.of_ratings:  # rows that are wide, and made as they are needed
        return max(MADE_ROWS, min(PREDICTED_ROWS, MADE_NUMBERS // model.network.inputs))
    wanted = min(SCORED_ROWS, SCORED_NUMBERS // model.network.inputs)
    return max(wanted, PREDICTED_ROWS)


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
            losses = model.network.evaluate(block.x, block.y, block.fold)[1]
            loss, weight = _sums(losses, block.weight)
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


def outputs_for(model: Model, y: Array) -> Array:
    """Return rows × outputs as the model has them.

    Of two classes it may have one output or two; a baseline has one of a number's quantiles.
    """
    if not model.task.has_target:
        return y
    if y.shape[1] > model.network.outputs:
        return y[:, :: y.shape[1] // model.network.outputs]
    if model.network.outputs == 2 and y.shape[1] == 1:
        return np.hstack([1 - y, y])
    return y
