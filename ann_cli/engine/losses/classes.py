"""Losses of classes: what a wrong class, or a probability of the right one, costs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ann_cli.engine.activations import Activation
from ann_cli.engine.losses.loss import Loss, known_share
from ann_cli.engine.settings import Array, setting


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """The surprise at the actual class: -log of its predicted probability (with softmax).

    `smoothing` acts in training alone, and keeps probabilities from 0 and 1, which no number of
    rows can show: Szegedy et al. 2016, "Rethinking the Inception architecture", section 7.
    """

    name = "cross_entropy"
    words = "−log of the probability given to the actual class"
    kinds = ("category",)
    outputs = ("softmax", "sigmoid")
    natural = ("softmax", "sigmoid")
    probabilities = True
    smoothing: float = setting(
        0.0, "the share of a row that counts for every class alike, in training", ge=0, lt=1
    )

    def values(self) -> tuple[Any, ...]:
        return ()

    def paired(self, output: Activation) -> Loss:
        return BinaryCrossEntropy(self.smoothing) if output.name == "sigmoid" else self

    def learned(self, y: Array) -> Array:
        if not self.smoothing:
            return y
        classes = max(y.shape[-1], 2)  # one output stands for two
        return y * (1 - self.smoothing) + self.smoothing / classes

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


@dataclass(frozen=True)
class Multinomial(Loss):
    """The surprise at each of a row's choices: -Σ y log of their probabilities (with softmax).

    A row has several, such as all that a user bought. Liang, Krishnan, Hoffman & Jebara 2018,
    "Variational autoencoders for collaborative filtering", equation 2.
    """

    name = "multinomial"
    words = "−log of the probability given to each choice"
    kinds = ("cells",)
    outputs = ("softmax",)
    known: float = known_share()

    @staticmethod
    def value(z: Any, a: Any, y: Any, known: Any) -> Any:
        return -y / known * np.log(np.maximum(a, 1e-38))

    @staticmethod
    def derivative(z: Any, a: Any, y: Any, known: Any) -> Any:
        return -y / known / np.maximum(a, 1e-38)

    def delta(self, activation: Activation, z: Array, a: Array, y: Array, out: Array) -> Array:
        # By softmax's Jacobian: a Σ y − y, which is (prediction − actual) of a row of one choice.
        np.multiply(a, np.add.reduce(y, axis=-1, keepdims=True), out=out)
        out -= y
        out /= self.known
        return out


class Hinge(Loss):
    """max(0, 1 - margin): cares only until the right side is reached with room to spare.

    Cortes & Vapnik 1995, "Support-vector networks"; several classes one against the rest.
    """

    name = "hinge"
    words = "what the margin lacks to 1"
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
    words = "how far beyond its border a wrong row lies"
    kinds = ("category",)
    outputs = ("threshold",)
    natural = ("threshold",)

    @staticmethod
    def value(z: Any, a: Any, y: Any) -> Any:
        return (a - y) * z

    @staticmethod
    def derivative(z: Any, a: Any, y: Any) -> Any:
        return z
