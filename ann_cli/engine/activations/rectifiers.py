"""Activations that let what is positive pass, and bend what is not; each with its slope."""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from ann_cli.engine.activations.activation import Activation
from ann_cli.engine.settings import Array, setting


class Relu(Activation):
    """The weighted sum where positive, else 0."""

    name = "relu"
    rises = True
    initializer = "he_uniform"

    @staticmethod
    def value(z: Any) -> Any:
        return np.maximum(z, 0.0)

    @staticmethod
    def derivative(z: Any, a: Any) -> Any:
        return z > 0.0

    def forward(self, z: Array, settings: tuple[Any, ...], out: Array | None = None) -> Array:
        # The same numbers in a third of the time: NumPy has no vector code for `maximum` with a
        # single number.
        return z.clip(0.0, inf, out=out)


@dataclass(frozen=True)
class LeakyRelu(Activation):
    """relu with a small slope below zero, which keeps units alive.

    Maas et al. 2013, "Rectifier nonlinearities improve neural network acoustic models".
    """

    name = "leaky_relu"
    rises = True
    initializer = "he_uniform"
    slope: float = setting(0.01, "the slope below zero", ge=0, lt=1)

    @staticmethod
    def value(z: Any, slope: Any) -> Any:
        return np.maximum(z, 0.0) + slope * np.minimum(z, 0.0)

    @staticmethod
    def derivative(z: Any, a: Any, slope: Any) -> Any:
        # A bool times a Python number would be float64: the sign keeps float32.
        return slope + (1.0 - slope) * np.sign(np.maximum(z, 0.0))


@dataclass(frozen=True)
class RandomizedRelu(Activation):
    """leaky_relu with a slope drawn anew for each element in training, their mean in prediction.

    Xu et al. 2015, "Empirical evaluation of rectified activations in convolutional network".
    """

    name = "randomized_relu"
    initializer = "he_uniform"
    lower: float = setting(0.125, "the smallest slope below zero", ge=0, lt=1)
    upper: float = setting(1 / 3, "the largest slope below zero", ge=0, lt=1)

    value = staticmethod(LeakyRelu.value)
    derivative = staticmethod(LeakyRelu.derivative)

    def __post_init__(self) -> None:
        if self.lower > self.upper:
            raise ValueError(f"lower ({self.lower}) is above upper ({self.upper})")

    def values(self) -> tuple[Any, ...]:
        return ((self.lower + self.upper) / 2,)

    @staticmethod
    def random(uniform: Any, lower: Any, upper: Any) -> Any:
        return uniform * (upper - lower) + lower


@dataclass(frozen=True)
class Elu(Activation):
    """relu with a smooth bend to -alpha below zero.

    Clevert et al. 2015, "Fast and accurate deep network learning by exponential linear units".
    """

    name = "elu"
    rises = True
    initializer = "he_uniform"
    alpha: float = setting(1.0, "the limit below zero is -alpha", gt=0)

    @staticmethod
    def value(z: Any, alpha: Any) -> Any:
        return np.maximum(z, 0.0) + alpha * np.expm1(np.minimum(z, 0.0))

    @staticmethod
    def derivative(z: Any, a: Any, alpha: Any) -> Any:
        return (z > 0.0) + (z <= 0.0) * (a + alpha)


class Selu(Activation):
    """elu scaled so that activations keep mean 0 and variance 1 from layer to layer.

    Klambauer et al. 2017, "Self-normalizing neural networks", equation 2 and appendix A.1.
    """

    name = "selu"
    rises = True
    initializer = "lecun_normal"

    @staticmethod
    def value(z: Any) -> Any:
        below = 1.6732632423543772 * np.expm1(np.minimum(z, 0.0))
        return 1.0507009873554805 * (np.maximum(z, 0.0) + below)

    @staticmethod
    def derivative(z: Any, a: Any) -> Any:
        # 1.758… is scale times alpha: below zero the slope is a + scale * alpha.
        above = 1.0507009873554805 * np.sign(np.maximum(z, 0.0))
        return above + (z <= 0.0) * (a + 1.7580993408473768)


class Gelu(Activation):
    """z times the chance that a normal number lies below it, in the tanh form.

    Hendrycks & Gimpel 2016, "Gaussian error linear units", section 2:
    0.5 z (1 + tanh(√(2/π)(z + 0.044715 z³))).
    """

    name = "gelu"
    initializer = "he_uniform"

    @staticmethod
    def value(z: Any) -> Any:
        return 0.5 * z * (1.0 + np.tanh(0.7978845608028654 * z * (1.0 + 0.044715 * z * z)))

    @staticmethod
    def derivative(z: Any, a: Any) -> Any:
        t = np.tanh(0.7978845608028654 * z * (1.0 + 0.044715 * z * z))
        inner = 0.7978845608028654 * (1.0 + 0.134145 * z * z)
        return 0.5 * (1.0 + t) + 0.5 * z * (1.0 - t * t) * inner


class Mish(Activation):
    """z times tanh(softplus(z)): smooth, with a small dip below zero.

    Misra 2019, "Mish: a self regularized non-monotonic activation function".
    """

    name = "mish"
    initializer = "he_uniform"

    @staticmethod
    def value(z: Any) -> Any:
        # tanh(log(1 + e)) = n / (n + 2) with n = e(e + 2); from 20 on the ratio rounds to 1.
        e = np.exp(np.minimum(z, 20.0))
        n = e * (e + 2.0)
        return z * (n / (n + 2.0))

    @staticmethod
    def derivative(z: Any, a: Any) -> Any:
        e = np.exp(np.minimum(z, 20.0))
        n = e * (e + 2.0)
        t = n / (n + 2.0)
        # 1 - t² = 4(n + 1) / (n + 2)², written so that it does not cancel.
        return t + z * (4.0 * (n + 1.0) / ((n + 2.0) * (n + 2.0))) * (e / (1.0 + e))


@dataclass(frozen=True)
class Swish(Activation):
    """z times sigmoid(beta z), also called SiLU.

    Ramachandran et al. 2017, "Searching for activation functions".
    """

    name = "swish"
    initializer = "he_uniform"
    beta: float = setting(1.0, "how sharp the bend is", gt=0)

    @staticmethod
    def value(z: Any, beta: Any) -> Any:
        return z * (np.exp(np.minimum(beta * z, 0.0)) / (1.0 + np.exp(-np.abs(beta * z))))

    @staticmethod
    def derivative(z: Any, a: Any, beta: Any) -> Any:
        s = np.exp(np.minimum(beta * z, 0.0)) / (1.0 + np.exp(-np.abs(beta * z)))
        # In this order nothing large cancels.
        return s + beta * a * (1.0 - s)


class Softplus(Activation):
    """A smooth relu: log(1 + exp(z))."""

    name = "softplus"
    rises = True
    initializer = "he_uniform"

    @staticmethod
    def value(z: Any) -> Any:
        return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))

    @staticmethod
    def derivative(z: Any, a: Any) -> Any:
        # sigmoid(z) = 1 - exp(-softplus(z))
        return -np.expm1(-a)
