"""Losses of numbers: squared and absolute errors, quantiles, deviances."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ann_cli.engine.losses.loss import Loss, known_share
from ann_cli.engine.settings import Array, setting


class HalfSquaredError(Loss):
    """½ (actual - predicted)²."""

    name = "half_squared_error"
    words = "half the squared error"
    kinds = ("number", "category")
    outputs = ("linear", "sigmoid", "softmax")
    natural = ("linear",)

    @staticmethod
    def value(z: Any, a: Any, y: Any) -> Any:
        return 0.5 * (y - a) * (y - a)

    @staticmethod
    def derivative(z: Any, a: Any, y: Any) -> Any:
        return a - y


@dataclass(frozen=True)
class MaskedSquaredError(Loss):
    """½ (actual - predicted)² of what is known: an actual value that is NaN costs nothing.

    What is known stands for all: errors are divided by the share that is `known`, so that a penalty
    weighs as much beside a few cells as beside all of them.
    """

    name = "masked_squared_error"
    words = "half the squared error of what is known"
    kinds = ("cells",)
    known: float = known_share()

    # Of NaN and a number, fmax and fmin give the number.
    @staticmethod
    def value(z: Any, a: Any, y: Any, known: Any) -> Any:
        return 0.5 * np.fmax((y - a) * (y - a), 0.0) / known

    @staticmethod
    def derivative(z: Any, a: Any, y: Any, known: Any) -> Any:
        return (np.fmax(a - y, 0.0) + np.fmin(a - y, 0.0)) / known


class MeanAbsoluteError(Loss):
    """|actual - predicted|: pulls toward the median, so outliers count little."""

    name = "mean_absolute_error"
    words = "the absolute error"

    @staticmethod
    def value(z: Any, a: Any, y: Any) -> Any:
        return np.abs(y - a)

    @staticmethod
    def derivative(z: Any, a: Any, y: Any) -> Any:
        return np.sign(a - y)


@dataclass(frozen=True)
class Huber(Loss):
    """Half the squared error near zero, the absolute error beyond `threshold`.

    Huber 1964, "Robust estimation of a location parameter". The threshold is in units of the scaled
    target.
    """

    name = "huber"
    words = "half the squared error, of large errors the absolute one,"
    threshold: float = setting(1.0, "where the squared error turns into the absolute one", gt=0)

    @staticmethod
    def value(z: Any, a: Any, y: Any, threshold: Any) -> Any:
        near = np.minimum(np.abs(y - a), threshold)
        return near * (np.abs(y - a) - 0.5 * near)

    @staticmethod
    def derivative(z: Any, a: Any, y: Any, threshold: Any) -> Any:
        return np.minimum(np.maximum(a - y, -threshold), threshold)


@dataclass(frozen=True)
class Quantile(Loss):
    """A wrong side costs by its share: several quantiles of each number, for an interval.

    The pinball loss max(τ e, (τ − 1) e) of e = actual − predicted is least where a share τ of the
    actual values lies below the prediction. Koenker & Bassett 1978, "Regression quantiles".
    """

    name = "quantile"
    words = "the pinball loss of the quantiles"
    quantiles: tuple[float, ...] = setting(
        (0.05, 0.5, 0.95),
        "the shares of rows below each prediction; the one nearest to 0.5 is the prediction",
        kind=list,
        gt=0,
        lt=1,
    )

    def __post_init__(self) -> None:
        if any(low >= high for low, high in pairwise(self.quantiles)):
            raise ValueError("quantiles go from low to high, each once: [0.05, 0.5, 0.95]")

    @property
    def outputs_per_target(self) -> int:
        return len(self.quantiles)

    @property
    def middle(self) -> int:
        """Which of the quantiles, from 0, stands for them all: the median, or the nearest."""
        return min(range(len(self.quantiles)), key=lambda at: abs(self.quantiles[at] - 0.5))

    def settings_of(self, a: Array) -> tuple[Any, ...]:
        # The outputs of a target lie side by side, so that the quantiles repeat.
        return (np.resize(np.array(self.quantiles, a.dtype), a.shape[-1]),)

    @staticmethod
    def value(z: Any, a: Any, y: Any, quantile: Any) -> Any:
        return np.maximum(quantile * (y - a), (quantile - 1.0) * (y - a))

    @staticmethod
    def derivative(z: Any, a: Any, y: Any, quantile: Any) -> Any:
        return 0.5 + 0.5 * np.sign(a - y) - quantile


class Poisson(Loss):
    """Half the Poisson deviance: for counts, whose variance grows as their mean does.

    y log(y / a) − y + a (McCullagh & Nelder 1989, "Generalized linear models", section 2.3).
    """

    name = "poisson"
    words = "half the Poisson deviance"
    outputs = ("exponential",)
    natural = ("exponential",)
    domain = "at least 0"

    @staticmethod
    def value(z: Any, a: Any, y: Any) -> Any:
        # 1e-38 is about the smallest number of float32: y log y is 0 at 0.
        return y * (np.log(np.maximum(y, 1e-38)) - np.log(a)) - y + a

    @staticmethod
    def derivative(z: Any, a: Any, y: Any) -> Any:
        return 1.0 - y / a


class Gamma(Loss):
    """Half the gamma deviance: for amounts above 0, whose spread grows as their mean does.

    log(a / y) + y / a − 1 (McCullagh & Nelder 1989, section 2.3). It is one of their ratio alone:
    an error of 10% costs the same at any size.
    """

    name = "gamma"
    words = "half the gamma deviance"
    outputs = ("exponential",)
    domain = "above 0"

    @staticmethod
    def value(z: Any, a: Any, y: Any) -> Any:
        return np.log(a) - np.log(np.maximum(y, 1e-38)) + y / a - 1.0

    @staticmethod
    def derivative(z: Any, a: Any, y: Any) -> Any:
        return (a - y) / a / a
