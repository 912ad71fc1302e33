"""The output: its activation and the loss, a pair whose slopes cancel wherever they can."""

import numpy as np

from ann_cli.engine.activations import Activation
from ann_cli.engine.losses import Loss
from ann_cli.engine.settings import Array


class Output:
    """What makes predictions of the last weighted sums, and compares them with the actual values.

    All arrays are rows × outputs: `z` the weighted sums, `a` the predictions, `y` the actual.
    """

    def __init__(self, activation: Activation, loss: Loss) -> None:
        self.activation = activation
        self.loss = loss.paired(activation)
        self._slope = np.empty((0, 0))

    def predict(self, z: Array) -> Array:
        """Return the predictions."""
        return self.activation.forward(z, self.activation.values())

    def losses(self, z: Array, a: Array, y: Array) -> Array:
        """Return each row's loss."""
        return self.loss.rows(z, a, y)

    def compare(self, z: Array, y: Array) -> tuple[Array, Array]:
        """Return each row's loss in training and its slope by `z`, which is overwritten next."""
        a, y = self.predict(z), self.loss.learned(y)
        if self._slope.shape != z.shape:
            self._slope = np.empty_like(z)
        return self.losses(z, a, y), self.loss.delta(self.activation, z, a, y, self._slope)
