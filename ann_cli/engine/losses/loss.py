"""What every loss offers: what a prediction costs, and its slope, on arrays and on numbers."""

from collections.abc import Callable
from typing import Any, ClassVar, Literal

import numpy as np

from ann_cli.engine.activations import Activation
from ann_cli.engine.settings import Array, Entry, setting


def known_share() -> Any:
    """Declare the setting of a loss of cells of which a few are known."""
    return setting(1.0, "the share of cells that are known; losses are divided by it", gt=0, le=1)


class Loss(Entry):
    """What a prediction costs; paired with the output activations for which it makes sense."""

    value: ClassVar[Callable[..., Any]]
    derivative: ClassVar[Callable[..., Any]]
    words: ClassVar[str] = ""
    """What a row costs, in plain words that what is predicted may follow; "" says it by its name.
    """
    kinds: ClassVar[tuple[str, ...]] = ("number",)
    """The kinds of target that it compares: number, category; cells, where some are not known."""
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

    def learned(self, y: Array) -> Array:
        """Return what training takes for the actual values."""
        return y

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
