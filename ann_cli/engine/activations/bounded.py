"""Activations between two limits, waves, the weighted sum itself, softmax; each with its slope."""

from typing import Any

import numpy as np

from ann_cli.engine.activations.activation import Activation
from ann_cli.engine.settings import Array


class Linear(Activation):
    """The weighted sum itself: for regression's output."""

    name = "linear"
    rises = True
    output = True
    steepest = 1

    @staticmethod
    def value(z: Any) -> Any:
        return z

    @staticmethod
    def derivative(z: Any, a: Any) -> Any:
        return z * 0.0 + 1.0


class Threshold(Activation):
    """1 above zero, else 0: the perceptron's step."""

    name = "threshold"
    not_hidden = (
        "threshold cannot be in a hidden layer: its slope is 0 everywhere, so that nothing before "
        "it can learn",
        "use tanh, sigmoid or relu",
    )
    output = True

    @staticmethod
    def value(z: Any) -> Any:
        return np.sign(np.maximum(z, 0.0))

    @staticmethod
    def derivative(z: Any, a: Any) -> Any:
        return z * 0.0


class Sigmoid(Activation):
    """Between 0 and 1, as a probability: 1 / (1 + exp(-z))."""

    name = "sigmoid"
    rises = True
    output = True
    limits = (0, 1)
    steepest = 1 / 4

    @staticmethod
    def value(z: Any) -> Any:
        # Both exponents are at most 0, so neither overflows and small values keep their digits.
        return np.exp(np.minimum(z, 0.0)) / (1.0 + np.exp(-np.abs(z)))

    @staticmethod
    def derivative(z: Any, a: Any) -> Any:
        return a * (1.0 - a)


class Tanh(Activation):
    """Between -1 and 1, zero at zero."""

    name = "tanh"
    rises = True
    limits = (-1, 1)

    @staticmethod
    def value(z: Any) -> Any:
        return np.tanh(z)

    @staticmethod
    def derivative(z: Any, a: Any) -> Any:
        return 1.0 - a * a


class Fourier(Activation):
    """A wave, sin(z) + cos(z): for units whose weights stay as they were drawn.

    Of normal weights, two rows have values whose product is, in the mean over the units, a Gaussian
    of how far the rows are apart: Rahimi & Recht 2007, "Random features for large-scale kernel
    machines", section 3. Both terms together need no bias that is drawn.
    """

    name = "fourier"
    initializer = "lecun_normal"

    def forward(self, z: Array, settings: tuple[Any, ...], out: Array | None = None) -> Array:
        if out is None:
            return self.value(z)
        # One wave in place of two: the same but for the last digits, in half the time.
        np.subtract(z, 0.7853981633974483, out=out)
        np.cos(out, out=out)
        return np.multiply(out, 1.4142135623730951, out=out)

    @staticmethod
    def value(z: Any) -> Any:
        return np.sin(z) + np.cos(z)

    @staticmethod
    def derivative(z: Any, a: Any) -> Any:
        return np.cos(z) - np.sin(z)


class Exponential(Activation):
    """Above 0, exp(z): for counts and amounts, of which inputs make a multiple.

    z counts from -30 to 30 only, so that neither the value nor its square leaves float32.
    """

    name = "exponential"
    not_hidden = (
        "exponential cannot be in a hidden layer: it grows without bound, and so would its slopes",
        "use relu, softplus or tanh here, and output_activation: exponential",
    )
    output = True

    @staticmethod
    def value(z: Any) -> Any:
        return np.exp(np.minimum(np.maximum(z, -30.0), 30.0))

    @staticmethod
    def derivative(z: Any, a: Any) -> Any:
        return a * (np.abs(z) < 30.0)


class Softmax(Activation):
    """One probability a class, together 1: for classification's output."""

    name = "softmax"
    not_hidden = (
        "softmax cannot be in a hidden layer: it makes one probability a class, which is for the "
        "output",
        "use tanh, sigmoid or relu here, and output_activation: softmax",
    )
    output = True
    steepest = 1 / 2  # Böhning 1992, "Multinomial logistic regression algorithm", theorem 1

    @staticmethod
    def value(z: Any) -> Any:
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    def backward(self, delta: Array, z: Array, a: Array, settings: tuple[Any, ...]) -> Array:
        # The Jacobian is diag(a) - a aᵀ: each unit's slope depends on its whole row.
        delta -= (delta * a).sum(axis=-1, keepdims=True)
        return np.multiply(delta, a, out=delta)
