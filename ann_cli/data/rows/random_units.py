"""Predictions of a quick model for rows that it was not fitted to: a network whose hidden units are
drawn and stay as they are, so that its output alone is learned, in closed form."""

import numpy as np

from ann_cli.data.cells.values import Array

UNITS = 700
SPREAD = 3.0
"""The deviation of a unit's weighted sum, for inputs of size 1: its bend may lie anywhere."""

PENALTIES = (1.0, 10.0, 100.0, 1000.0)
"""What the squared output weights may cost, in rows; the least loss on left-out rows chooses."""


def left_out_predictions(x: Array, goals: Array) -> Array:
    """Return rows × goals: each row predicted by the model of all others.

    `x` is rows × inputs, `goals` rows × goals. Rahimi & Recht 2008, "Weighted sums of random
    kitchen sinks"; what a row's own goal has in its prediction follows from its leverage (Hastie,
    Tibshirani & Friedman 2009, "The Elements of Statistical Learning", equation 7.64).
    """
    hidden = hidden_units(x)
    middle = goals.mean(axis=0)
    sizes, directions = np.linalg.eigh(hidden.T @ hidden)
    turned = hidden @ directions
    weights = turned.T @ (goals - middle)
    best = np.full(goals.shape[1], np.inf)
    found = np.empty_like(goals)
    for penalty in PENALTIES:
        shrunk = 1 / (np.maximum(sizes, 0) + penalty)
        leverage = np.minimum(np.square(turned) @ shrunk + 1 / len(x), 1 - 1e-6)
        residuals = goals - middle - turned @ (weights * shrunk[:, np.newaxis])
        left = residuals / (1 - leverage)[:, np.newaxis]
        losses = np.square(left).mean(axis=0)
        better = losses < best
        best[better] = losses[better]
        found[:, better] = (goals - left)[:, better]
    return found


def hidden_units(x: Array) -> Array:
    """Return rows × units, each less its mean and divided by its deviation: always one draw."""
    generator = np.random.default_rng(0)
    weights = generator.normal(size=(x.shape[1], UNITS)) * SPREAD / np.sqrt(x.shape[1] or 1)
    units = np.maximum(x @ weights + generator.uniform(-SPREAD, SPREAD, UNITS), 0)
    units -= units.mean(axis=0)
    deviation = units.std(axis=0)
    return units / np.where(deviation > 0, deviation, 1)
