"""Layers: what a row of numbers passes through, forward and, right under it, back.

A layer names the shapes of its parameters; the network binds views of θ and of its gradient to
them. Another kind of layer (convolution, recurrence) offers the same members.
"""

import numpy as np

from ann_cli.engine.activations import Activation
from ann_cli.engine.settings import Array


class Dense:
    """Every input to every unit: a = activation(x W + b), and dropout on a in training.

    Dropout: Srivastava et al. 2014; kept units are scaled up in training, so that prediction needs
    no change.
    """

    def __init__(self, inputs: int, units: int, activation: Activation, dropout: float = 0.0):
        self.inputs = inputs
        self.units = units
        self.activation = activation
        self.dropout = dropout
        self._buffers: dict[str, Array] = {}

    @property
    def shapes(self) -> tuple[tuple[int, int], tuple[int]]:
        """The shapes of weights (inputs × units) and bias."""
        return (self.inputs, self.units), (self.units,)

    def bind(self, weights: Array, bias: Array, weights_grad: Array, bias_grad: Array) -> None:
        """Take views of θ and of its gradient as this layer's parameters."""
        self.weights, self.bias = weights, bias
        self.weights_grad, self.bias_grad = weights_grad, bias_grad

    def weighted_sum(self, x: Array) -> Array:
        """Return z = x W + b for rows × inputs, keeping nothing."""
        z = x @ self.weights
        z += self.bias
        return z

    def predict(self, x: Array) -> Array:
        """Return the activations for rows × inputs, keeping nothing."""
        return self.activation.forward(self.weighted_sum(x), self.activation.values())

    def forward(self, x: Array, generator: np.random.Generator) -> Array:
        """Return the activations for rows × inputs, keeping what the way back needs."""
        self.x = x
        self.z = np.matmul(x, self.weights, out=self._buffer("z", len(x), self.units))
        self.z += self.bias
        self.drawn = self.activation.drawn(generator, self.z)
        self.a = self.activation.forward(self.z, self.drawn)
        if not self.dropout:
            return self.a
        kept = generator.random(self.a.shape, dtype=self.a.dtype.type) >= self.dropout
        self.mask = np.multiply(kept, 1 / (1 - self.dropout), dtype=self.a.dtype)
        return np.multiply(self.a, self.mask, out=self._buffer("dropped", *self.a.shape))

    def slope(self, delta: Array) -> Array:
        """Turn the loss's slope by this layer's output into that by `z`, in place."""
        if self.dropout:
            delta *= self.mask
        return self.activation.backward(delta, self.z, self.a, self.drawn)

    def backward(self, delta: Array) -> None:
        """Write the parameters' gradients, summed over the rows, from the slope by `z`."""
        np.matmul(self.x.T, delta, out=self.weights_grad)
        np.add.reduce(delta, axis=0, out=self.bias_grad)

    def inputs_slope(self, delta: Array) -> Array:
        """Return the loss's slope by this layer's inputs, from that by `z`."""
        out = self._buffer("inputs", len(delta), self.inputs)
        return np.matmul(delta, self.weights.T, out=out)

    def output_slope(self) -> Array:
        """Return a buffer for the loss's slope by `z`, of the last batch's shape."""
        return self._buffer("output", *self.z.shape)

    def _buffer(self, name: str, rows: int, columns: int) -> Array:
        held = self._buffers.get(name)
        if held is None or len(held) < rows:
            held = self._buffers[name] = np.empty((rows, columns), self.weights.dtype)
        return held[:rows]
