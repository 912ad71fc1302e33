"""Losses: what a prediction costs, and the slope that training follows.

`value(z, a, y, …)` and `derivative(z, a, y, …)` are plain functions of numbers, one output at a
time: `z` the output's weighted sum, `a` its activation (the prediction), `y` the actual value. A
row's loss is the sum over its outputs; classes are given as 1 for the actual, 0 for others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Literal

import numpy as np

from ann_cli.engine.activations import Activation
from ann_cli.engine.settings import Array, Entry, setting, table


class Loss(Entry):
    """What a prediction costs; paired with the output activations for which it makes sense."""

    value: ClassVar[Callable[..., Any]]
    derivative: ClassVar[Callable[..., Any]]
    kinds: ClassVar[tuple[str, ...]] = ("number",)
    """The kinds of target that it compares: number, category."""
    outputs: ClassVar[tuple[str, ...]] = ("linear", "sigmoid")
    natural: ClassVar[tuple[str, ...]] = ()
    """The output activations with which the slope by `z` is (prediction - actual)."""
    probabilities: ClassVar[bool] = False
    """Whether what it compares are probabilities."""
    domain: ClassVar[Literal["", "at least 0", "above 0"]] = ""
    """What the actual values must be, where not every number will do. Their 0 means something then:
    they are divided by their mean, and never shifted."""

    @property
    def outputs_per_target(self) -> int:
        """How many outputs predict one target."""
        return 1

    def settings_of(self, a: Array) -> tuple[Any, ...]:
        """Return the formula's settings for rows × outputs: each one number, or one an output."""
        return self.values()

    def paired(self, output: Activation) -> "Loss":
        """Return the loss as an output activation needs it."""
        return self

    def rows(self, z: Array, a: Array, y: Array) -> Array:
        """Return each row's loss, from arrays of rows × outputs."""
        return np.add.reduce(self.value(z, a, y, *self.settings_of(a)), axis=-1)

    def delta(self, activation: Activation, z: Array, a: Array, y: Array, out: Array) -> Array:
        """Return each row's slope of its loss by `z`, rows × outputs, written into `out`.

        For softmax with cross-entropy, sigmoid with binary cross-entropy, linear with half the
        squared error and exponential with half the Poisson deviance, the activation's slope cancels
        against the loss's, and (prediction - actual) is left (Bishop 2006, section 4.3.6: the link
        is the canonical one); with the perceptron criterion it is so by definition.
        """
        if activation.name in self.natural:
            return np.subtract(a, y, out=out)
        out[...] = self.derivative(z, a, y, *self.settings_of(a))
        return activation.backward(out, z, a, activation.values())


class HalfSquaredError(Loss):
    """½ (actual - predicted)²."""

    name = "half_squared_error"
    kinds = ("number", "category")
    outputs = ("linear", "sigmoid", "softmax")
    natural = ("linear",)

    @staticmethod
    def value(z: Any, a: Any, y: Any) -> Any:
        return 0.5 * (y - a) * (y - a)

    @staticmethod
    def derivative(z: Any, a: Any, y: Any) -> Any:
        return a - y


class MeanAbsoluteError(Loss):
    """|actual - predicted|: pulls toward the median, so outliers count little."""

    name = "mean_absolute_error"

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
    outputs = ("exponential",)
    domain = "above 0"

    @staticmethod
    def value(z: Any, a: Any, y: Any) -> Any:
        return np.log(a) - np.log(np.maximum(y, 1e-38)) + y / a - 1.0

    @staticmethod
    def derivative(z: Any, a: Any, y: Any) -> Any:
        return (a - y) / a / a


class CrossEntropy(Loss):
    """The surprise at the actual class: -log of its predicted probability (with softmax)."""

    name = "cross_entropy"
    kinds = ("category",)
    outputs = ("softmax", "sigmoid")
    natural = ("softmax", "sigmoid")
    probabilities = True

    def paired(self, output: Activation) -> Loss:
        return BinaryCrossEntropy() if output.name == "sigmoid" else self

    @staticmethod
    def value(z: Any, a: Any, y: Any) -> Any:
        # 1e-38 is the smallest probability that float32 keeps apart from 0.
        return -y * np.log(np.maximum(a, 1e-38))

    @staticmethod
    def derivative(z: Any, a: Any, y: Any) -> Any:
        return -y / np.maximum(a, 1e-38)


class BinaryCrossEntropy(CrossEntropy):
    """The surprise at each yes or no: cross_entropy with sigmoid.

    Computed from z, so that no logarithm meets a 0.
    """

    @staticmethod
    def value(z: Any, a: Any, y: Any) -> Any:
        # -y log σ(z) - (1 - y) log(1 - σ(z)) = softplus(z) - y z
        return np.maximum(z, 0.0) - y * z + np.log1p(np.exp(-np.abs(z)))

    @staticmethod
    def derivative(z: Any, a: Any, y: Any) -> Any:
        return (a - y) / np.maximum(a * (1.0 - a), 1e-38)


class Hinge(Loss):
    """max(0, 1 - margin): cares only until the right side is reached with room to spare.

    Cortes & Vapnik 1995, "Support-vector networks"; several classes one against the rest.
    """

    name = "hinge"
    kinds = ("category",)
    outputs = ("linear",)

    @staticmethod
    def value(z: Any, a: Any, y: Any) -> Any:
        return np.maximum(1.0 - (2.0 * y - 1.0) * a, 0.0)

    @staticmethod
    def derivative(z: Any, a: Any, y: Any) -> Any:
        return (1.0 - 2.0 * y) * ((2.0 * y - 1.0) * a < 1.0)


class Perceptron(Loss):
    """max(0, -margin) of a threshold unit; its slope is the perceptron rule, (prediction - actual).

    Rosenblatt 1958, "The perceptron"; the criterion as in Bishop 2006, section 4.1.7.
    """

    name = "perceptron"
    kinds = ("category",)
    outputs = ("threshold",)
    natural = ("threshold",)

    @staticmethod
    def value(z: Any, a: Any, y: Any) -> Any:
        return (a - y) * z

    @staticmethod
    def derivative(z: Any, a: Any, y: Any) -> Any:
        return z


LOSSES = table(
    HalfSquaredError,
    MeanAbsoluteError,
    Huber,
    Quantile,
    Poisson,
    Gamma,
    CrossEntropy,
    Hinge,
    Perceptron,
)
