"""A row through the layers and back, as compiled functions; each layer calls the next."""

# What is compiled are closures over whole numbers, which the compiler takes for constants. Their
# arguments have no Python types; numba finds the types of what they are called with.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from typing import Any

import numpy as np

from ann_cli.engine.activations import Activation, Softmax
from ann_cli.engine.compiled.formulas import formula, functions, reader
from ann_cli.engine.compiled.training import Training
from ann_cli.engine.layers.dense import DenseLayer
from ann_cli.engine.losses import Loss
from ann_cli.engine.settings import Entry

NARROW = 4
"""Units of a layer below which loops go along its inputs."""


class Memory:
    """Where in the array `w` everything lies."""

    def __init__(self) -> None:
        self.size = 0
        self.draws = 0
        self.constants: list[tuple[int, Any]] = []

    def place(self, size: int) -> int:
        """Return where the next `size` numbers lie."""
        start, self.size = self.size, self.size + size
        return start

    def constant(self, values: tuple[float, ...]) -> tuple[int, Any]:
        """Return where these numbers lie, and what reads them."""
        start = self.place(len(values))
        self.constants.append((start, values))
        return start, reader(len(values))

    def draw(self, units: int) -> int:
        """Return how many random numbers a row draws before the next `units`."""
        start, self.draws = self.draws, self.draws + units
        return start


def row_through(
    training: Training,
    memory: Memory,
    index: int,
    x: int,
    x_slope: int | None,
    y: int,
    learn: Any,
) -> Any:
    """Return the function that takes a row from a layer to the end and back, and gives its loss.

    `x` is where the layer's inputs lie; `x_slope` where the loss's slope by them goes.
    """
    network, dtype = training.network, training.network.theta.dtype
    layer = network.layers[index]
    inputs, units = layer.width, layer.units
    # θ lies first in `w`, so that a parameter's place in the one is its place in the other.
    weights = network.layout.start(f"layers.{index}.weights")
    bias = network.layout.start(f"layers.{index}.bias")
    z, a, delta = memory.place(units), memory.place(units), memory.place(units)
    last = not isinstance(layer, DenseLayer)  # the output's sums have no activation of their own
    activation = network.output.activation if last else layer.activation
    activate, slope = _activation(memory, activation, units, dtype, z, a, delta)
    dropout = 0 if last else layer.entry.dropout
    drop, undrop, out = _dropout(memory, dropout, units, dtype, a, delta)
    learn_bias = learn[1]
    if last:
        beyond = _loss(memory, network.loss, activation, slope, units, dtype, z, a, y, delta)
    else:
        beyond = row_through(training, memory, index + 1, out, delta, y, learn)

    matrix = _narrow if units < NARROW else _wide
    weighted_sums, inputs_slope, learn_weights = matrix(
        inputs, units, dtype, x, x_slope, weights, bias, z, delta, learn[0]
    )

    def row(w, draws, at, r, count, scale, numbers, costs):
        weighted_sums(w)
        activate(w, draws, at, r, count)
        drop(w, draws, at, r, count)
        loss = beyond(w, draws, at, r, count, scale, numbers, costs)
        if not last:
            undrop(w)
            slope(w)
        if x_slope is not None:
            inputs_slope(w)
        learn_weights(w, numbers, costs)
        for j in range(units):
            learn_bias(w, bias + j, w[delta + j], numbers, costs)
        return loss

    return row


def _wide(inputs, units, dtype, x, x_slope, weights, bias, z, delta, learn_weight):
    """Return the three products with a layer's weights, their innermost loops along its units."""
    zero = dtype.type(0)

    def weighted_sums(w):
        for j in range(units):
            w[z + j] = w[bias + j]
        for i in range(inputs):
            value = w[x + i]
            for j in range(units):
                w[z + j] += value * w[weights + i * units + j]

    def inputs_slope(w):
        for i in range(inputs):
            total = zero
            for j in range(units):
                total += w[delta + j] * w[weights + i * units + j]
            w[x_slope + i] = total

    def learn_weights(w, numbers, costs):
        for i in range(inputs):
            value = w[x + i]
            for j in range(units):
                learn_weight(w, weights + i * units + j, value * w[delta + j], numbers, costs)

    return weighted_sums, inputs_slope, learn_weights


def _narrow(inputs, units, dtype, x, x_slope, weights, bias, z, delta, learn_weight):
    """Return the same for few units, with the innermost loops along the inputs."""
    zero = dtype.type(0)

    def weighted_sums(w):
        for j in range(units):
            total = w[bias + j]
            for i in range(inputs):
                total += w[x + i] * w[weights + i * units + j]
            w[z + j] = total

    def inputs_slope(w):
        for i in range(inputs):
            w[x_slope + i] = zero
        for j in range(units):
            slope = w[delta + j]
            for i in range(inputs):
                w[x_slope + i] += slope * w[weights + i * units + j]

    def learn_weights(w, numbers, costs):
        for j in range(units):
            slope = w[delta + j]
            for i in range(inputs):
                learn_weight(w, weights + i * units + j, w[x + i] * slope, numbers, costs)

    return weighted_sums, inputs_slope, learn_weights


def _activation(
    memory: Memory, activation: Activation, units: int, dtype: Any, z: int, a: int, delta: int
) -> tuple[Any, Any]:
    """Return what turns z into a, and the loss's slope by a into that by z."""
    if isinstance(activation, Softmax):
        return _softmax(units, dtype, z, a, delta)
    value, derivative = formula(activation.value, dtype), formula(activation.derivative, dtype)
    if activation.random is None:
        start, read = memory.constant(activation.values())

        def activate(w, draws, at, r, count):
            settings = read(w, start)
            for j in range(units):
                w[a + j] = value(w[z + j], *settings)

        def slope(w):
            settings = read(w, start)
            for j in range(units):
                w[delta + j] *= derivative(w[z + j], w[a + j], *settings)

        return activate, slope
    start, read = memory.constant(Entry.values(activation))
    random, drawn, before = (
        formula(activation.random, dtype),
        memory.place(units),
        memory.draw(units),
    )

    def activate_randomly(w, draws, at, r, count):
        settings = read(w, start)
        for j in range(units):
            w[drawn + j] = random(draws[at + before * count + r * units + j], *settings)
            w[a + j] = value(w[z + j], w[drawn + j])

    def drawn_slope(w):
        for j in range(units):
            w[delta + j] *= derivative(w[z + j], w[a + j], w[drawn + j])

    return activate_randomly, drawn_slope


def _softmax(units: int, dtype: Any, z: int, a: int, delta: int) -> tuple[Any, Any]:
    """Return the same for softmax, the one activation in which a unit depends on its row."""
    exp = functions(dtype).exp
    zero = dtype.type(0)

    def activate(w, draws, at, r, count):
        top, total = w[z], zero
        for j in range(1, units):
            top = np.maximum(top, w[z + j])
        for j in range(units):
            w[a + j] = exp(w[z + j] - top)
            total += w[a + j]
        for j in range(units):
            w[a + j] /= total

    def slope(w):
        total = zero
        for j in range(units):
            total += w[delta + j] * w[a + j]
        for j in range(units):
            w[delta + j] = (w[delta + j] - total) * w[a + j]

    return activate, slope


def _dropout(
    memory: Memory, rate: float, units: int, dtype: Any, a: int, delta: int
) -> tuple[Any, Any, int]:
    """Return what drops units, what does so on the way back, and where the outputs lie."""
    if not rate:

        def drop(w, draws, at, r, count):
            pass

        def undrop(w):
            pass

        return drop, undrop, a
    mask, out, before = memory.place(units), memory.place(units), memory.draw(units)
    start, read = memory.constant((rate, 1 / (1 - rate)))
    zero = dtype.type(0)

    def drop_some(w, draws, at, r, count):
        limit, scale = read(w, start)
        for j in range(units):
            kept = draws[at + before * count + r * units + j] >= limit
            w[mask + j] = scale if kept else zero
            w[out + j] = w[a + j] * w[mask + j]

    def drop_slope(w):
        for j in range(units):
            w[delta + j] *= w[mask + j]

    return drop_some, drop_slope, out


def _loss(
    memory: Memory,
    loss: Loss,
    activation: Activation,
    slope: Any,
    units: int,
    dtype: Any,
    z: int,
    a: int,
    y: int,
    delta: int,
) -> Any:
    """Return what compares the outputs with y, gives the loss and leaves its slope by z."""
    value, derivative = formula(loss.value, dtype), formula(loss.derivative, dtype)
    each = loss.settings_of(np.empty(units, dtype))
    table = [np.broadcast_to(setting, units) for setting in each]  # one may have a value an output
    start, _ = memory.constant(tuple(np.ravel(table, order="F").tolist()))
    count, read = len(table), reader(len(table))
    natural = activation.name in loss.natural
    zero = dtype.type(0)

    def compare(w, draws, at, r, rows, scale, numbers, costs):
        total = zero
        for j in range(units):
            settings = read(w, start + j * count)
            total += value(w[z + j], w[a + j], w[y + j], *settings)
            if natural:
                w[delta + j] = w[a + j] - w[y + j]
            else:
                w[delta + j] = derivative(w[z + j], w[a + j], w[y + j], *settings)
        if not natural:
            slope(w)
        for j in range(units):
            w[delta + j] *= scale
        return total

    return compare
