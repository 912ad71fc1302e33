"""The network: layers over one flat vector of parameters, forward in a loop and back in reverse."""

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from ann_cli.engine.initializers import INITIALIZERS, Initializer
from ann_cli.engine.layers import Dense
from ann_cli.engine.losses import Loss
from ann_cli.engine.settings import Array

OUTPUT_SCALE = 0.1
"""How much smaller the output's first weights are than a hidden layer's: training starts near the
same prediction for every row, and has no random function to unlearn first."""

PREDICTED_ROWS = 4096
"""Rows predicted at a time: enough for the matrix product, few enough for the cache."""


class Network:
    """Layers whose parameters are views of `theta`, and whose gradients are views of `grad`.

    All weights come before all biases, so that `theta[: network.weights_size]` is what penalties
    act on. The last layer and the loss are a pair (see `Loss.delta`).
    """

    def __init__(self, layers: Sequence[Dense], loss: Loss, dtype: str = "float32") -> None:
        self.layers = tuple(layers)
        self.loss = loss
        self.weights_size = sum(prod(layer.shapes[0]) for layer in layers)
        size = self.weights_size + sum(prod(layer.shapes[1]) for layer in layers)
        self.theta = np.zeros(size, dtype)
        self.grad = np.zeros(size, dtype)
        for layer, parameters, gradients in zip(
            self.layers, self.views(self.theta), self.views(self.grad), strict=True
        ):
            layer.bind(*parameters, *gradients)

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        return self.layers[0].inputs

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        return self.layers[-1].units

    def views(self, flat: Array) -> Iterator[tuple[Array, Array]]:
        """Yield each layer's (weights, bias) as views of a flat vector laid out like `theta`.

        Of several vectors, their number comes first in the shapes, too.
        """
        weight, bias = 0, self.weights_size
        for layer in self.layers:
            shape, (units,) = layer.shapes
            weights = flat[..., weight : weight + prod(shape)]
            yield weights.reshape(*flat.shape[:-1], *shape), flat[..., bias : bias + units]
            weight += prod(shape)
            bias += units

    def initialize(
        self, generator: np.random.Generator, initializer: Initializer | None = None
    ) -> None:
        """Draw the first weights; without an initializer each layer takes its activation's own.

        Then the output's weights, which feed no further layer, are scaled by OUTPUT_SCALE (Zhang et
        al. 2019, "Fixup initialization", goes as far as 0).
        """
        for layer in self.layers:
            own = initializer or INITIALIZERS[layer.activation.initializer]()
            layer.weights[...] = own.weights(generator, *layer.shapes[0])
            layer.bias[...] = 0
        if initializer is None:
            self.layers[-1].weights[...] *= OUTPUT_SCALE

    def predict(self, x: Array) -> Array:
        """Return the outputs for rows × inputs, as rows × outputs."""
        return np.concatenate([a for _, a in self._outputs(x)])

    def evaluate(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return the outputs (rows × outputs) and each row's loss."""
        outputs = list(self._outputs(x))
        z, a = (np.concatenate(parts) for parts in zip(*outputs, strict=True))
        return a, self.loss.rows(z, a, y)

    def _outputs(self, x: Array) -> Iterator[tuple[Array, Array]]:
        *hidden, last = self.layers
        for start in range(0, max(len(x), 1), PREDICTED_ROWS):
            a = x[start : start + PREDICTED_ROWS]
            for layer in hidden:
                a = layer.predict(a)
            z = last.weighted_sum(a)
            yield z, last.activation.forward(z, last.activation.values())

    def gradient(
        self, x: Array, y: Array, weight: Array | None, generator: np.random.Generator
    ) -> float:
        """Write the gradient of a batch's mean loss into `grad` and return that loss.

        `x` is rows × inputs, `y` rows × outputs; `weight` is one number a row, 1 for each where
        None. The seven steps of the textbook: forward from left to right, compare, and back from
        right to left.
        """
        a, y = x, y.astype(self.theta.dtype, copy=False)
        for layer in self.layers:
            a = layer.forward(a, generator)
        first, last = self.layers[0], self.layers[-1]
        losses = self.loss.rows(last.z, last.a, y)
        delta = self.loss.delta(last.activation, last.z, last.a, y, last.output_slope())
        if weight is not None:
            losses = losses * weight
            delta *= weight[:, None]
        delta /= len(x)
        for layer in reversed(self.layers):
            if layer is not last:
                layer.slope(delta)
            layer.backward(delta)
            if layer is not first:
                delta = layer.inputs_slope(delta)
        return float(np.add.reduce(losses)) / len(x)
