"""Scoring: a model's outputs on known rows, as metrics in words that the task uses."""

from math import isfinite

import numpy as np

from ann_cli.engine.settings import Array
from ann_cli.insight.metrics import Scores, classification, regression
from ann_cli.model.model import Model


def score(model: Model, x: Array, y: Array, weight: Array | None = None) -> Scores:
    """Return the loss and the task's metrics on rows × inputs and rows × outputs.

    None stands for what is no finite number, as cells far beyond the training rows' may make it.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        outputs, losses = model.network.evaluate(x, y)
        scores: Scores = {"loss": float(np.average(losses.astype(np.float64), weights=weight))}
        scores |= _metrics(model, y, outputs)
    return {name: None if one is None or not isfinite(one) else one for name, one in scores.items()}


def _metrics(model: Model, y: Array, outputs: Array) -> Scores:
    if not model.classes:
        return regression(model.encoder.numbers(y), model.encoder.numbers(outputs))
    actual = y.argmax(axis=1) if y.shape[1] > 1 else y[:, 0].astype(np.intp)
    return classification(actual, model.chosen(outputs), model.probabilities(outputs))
