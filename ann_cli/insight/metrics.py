"""Metrics: how far predictions are from what happened."""

import numpy as np

from ann_cli.engine.settings import Array

Scores = dict[str, float | None]


def regression(actual: Array, predicted: Array) -> Scores:
    """Return r2, rmse, mae in the target's own units; r2 is None where all actual values agree."""
    actual, predicted = actual.astype(np.float64), predicted.astype(np.float64)
    error = actual - predicted
    squared = float(error @ error)
    spread = actual - actual.mean()
    varies = actual.min() < actual.max()  # the mean of equal numbers may differ in its last bit
    return {
        "r2": 1 - squared / float(spread @ spread) if varies else None,
        "rmse": float(np.sqrt(squared / len(actual))),
        "mae": float(np.abs(error).mean()),
    }


def classification(actual: Array, chosen: Array, probabilities: Array | None) -> Scores:
    """Return accuracy, f1_macro and log_loss, from class numbers and rows × classes.

    f1_macro is the mean over the classes that occur or are predicted; log_loss is None without
    probabilities.
    """
    f1 = []
    for one in np.union1d(actual, chosen):
        hits = np.count_nonzero((actual == one) & (chosen == one))
        f1.append(2 * hits / (np.count_nonzero(actual == one) + np.count_nonzero(chosen == one)))
    log_loss = None
    if probabilities is not None:
        given = probabilities[np.arange(len(actual)), actual]
        # A probability of 0 for what happened would be an infinite loss: it counts as rounding.
        log_loss = float(-np.log(np.maximum(given, np.finfo(np.float64).eps)).mean())
    return {
        "accuracy": float((actual == chosen).mean()),
        "f1_macro": float(np.mean(f1)),
        "log_loss": log_loss,
    }
