"""Losses: what a prediction costs, and the slope that training follows.

`value(z, a, y, …)` and `derivative(z, a, y, …)` are plain functions of numbers, one output at a
time: `z` the output's weighted sum, `a` its activation (the prediction), `y` the actual value. A
row's loss is the sum over its outputs; classes are given as 1 for the actual, 0 for others.
"""

from ann_cli.engine.losses.classes import (
    BinaryCrossEntropy,
    CrossEntropy,
    Hinge,
    Multinomial,
    Perceptron,
)
from ann_cli.engine.losses.loss import Loss
from ann_cli.engine.losses.numbers import (
    Gamma,
    HalfSquaredError,
    Huber,
    MaskedSquaredError,
    MeanAbsoluteError,
    Poisson,
    Quantile,
)
from ann_cli.engine.settings import table

__all__ = [
    "LOSSES",
    "BinaryCrossEntropy",
    "CrossEntropy",
    "Gamma",
    "HalfSquaredError",
    "Hinge",
    "Huber",
    "Loss",
    "MaskedSquaredError",
    "MeanAbsoluteError",
    "Multinomial",
    "Perceptron",
    "Poisson",
    "Quantile",
]

LOSSES = table(
    HalfSquaredError,
    MeanAbsoluteError,
    Huber,
    Quantile,
    Poisson,
    Gamma,
    MaskedSquaredError,
    Multinomial,
    CrossEntropy,
    Hinge,
    Perceptron,
)
