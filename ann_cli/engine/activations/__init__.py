"""Activations: each one entry with its value and, right under it, its slope.

`value(z, …)` and `derivative(z, a, …)` are plain functions of numbers: NumPy runs them on arrays of
any shape, the compiled code on single numbers. Literals are weak in NumPy 2, so float32 stays
float32; the compiler needs them with a point. `z` is the weighted sum, `a = value(z)`; the settings
follow in the order of the fields.
"""

from ann_cli.engine.activations.activation import Activation
from ann_cli.engine.activations.bounded import (
    Exponential,
    Fourier,
    Linear,
    Sigmoid,
    Softmax,
    Tanh,
    Threshold,
)
from ann_cli.engine.activations.rectifiers import (
    Elu,
    Gelu,
    LeakyRelu,
    Mish,
    RandomizedRelu,
    Relu,
    Selu,
    Softplus,
    Swish,
)
from ann_cli.engine.settings import table

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "Elu",
    "Exponential",
    "Fourier",
    "Gelu",
    "LeakyRelu",
    "Linear",
    "Mish",
    "RandomizedRelu",
    "Relu",
    "Selu",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Swish",
    "Tanh",
    "Threshold",
    "hidden",
]

ACTIVATIONS = table(
    Linear,
    Threshold,
    Sigmoid,
    Tanh,
    Relu,
    LeakyRelu,
    RandomizedRelu,
    Elu,
    Selu,
    Gelu,
    Mish,
    Swish,
    Softplus,
    Fourier,
    Exponential,
    Softmax,
)


def hidden() -> dict[str, type[Activation]]:
    """Return those that can be in a hidden layer."""
    return {name: entry for name, entry in ACTIVATIONS.items() if entry.not_hidden is None}
