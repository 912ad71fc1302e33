"""What every activation offers: its value and its slope, on arrays and on single numbers."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ann_cli.engine.settings import Array, Entry


class Activation(Entry):
    """What a unit makes of its weighted sum."""

    value: ClassVar[Callable[..., Any]]
    derivative: ClassVar[Callable[..., Any]]
    initializer: ClassVar[str] = "glorot_uniform"
    not_hidden: ClassVar[tuple[str, str] | None] = None
    """Why it cannot be in a hidden layer, and what to use; None of one that can."""
    output: ClassVar[bool] = False
    rises: ClassVar[bool] = False
    """Whether of two sums the greater never has the lesser value."""
    random: ClassVar[Callable[..., Any] | None] = None
    """`random(uniform, …)`: the formula's setting in training, from a number in [0, 1) an element;
    where None, the settings are the same for all."""
    limits: ClassVar[tuple[float, float] | None] = None
    """What the value approaches at either end, where it goes flat at both."""
    steepest: ClassVar[float | None] = None
    """Of an output, the most that it changes by where its sums do; None: there is no most."""

    def drawn(self, generator: np.random.Generator | None, z: Array) -> tuple[Any, ...]:
        """Return the formula's settings for one pass of training; only a random entry draws any.

        Without a generator they are those of a prediction.
        """
        if self.random is None or generator is None:
            return self.values()
        return (self.random(generator.random(z.shape, dtype=z.dtype.type), *super().values()),)

    def forward(self, z: Array, settings: tuple[Any, ...], out: Array | None = None) -> Array:
        """Return the activation of each weighted sum, shape as given; `out`, z too, may hold it."""
        return self.value(z, *settings)

    def backward(self, delta: Array, z: Array, a: Array, settings: tuple[Any, ...]) -> Array:
        """Turn the loss's slope by `a` into its slope by `z`, in place."""
        return np.multiply(delta, self.derivative(z, a, *settings), out=delta)
