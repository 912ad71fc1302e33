"""Pools in compiled code: the greatest of each window found, and the slope brought back to it."""

# What is compiled is a closure over whole numbers, which the compiler takes for constants. Its
# arguments have no Python types; numba finds the types of what they are called with.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from ann_cli.engine.compiled.kernel import is_kept, kernel
from ann_cli.engine.layers.pool import PoolLayer
from ann_cli.engine.network import Network
from ann_cli.engine.settings import Array


class CompiledPool:
    """What `Max` does in NumPy, to the same bits, in a fifth of the time."""

    def __init__(self, layer: PoolLayer, dtype: Any) -> None:
        self.inputs, self.outputs = layer.work, layer.size
        self._nothing = np.empty(0, dtype)
        self._kernel = kernel(_pool(layer, dtype), dtype, _key(layer, dtype), False)

    def forward(self, x: Array) -> tuple[Array, Array]:
        """Return the greatest of each window of … × rows × size, and which of them it is."""
        greatest = np.empty((*x.shape[:-1], self.outputs), x.dtype)
        which = np.empty_like(greatest)
        self._call(np.ascontiguousarray(x), greatest, which, 1)
        return greatest, which

    def backward(self, slope: Array, which: Array) -> Array:
        """Return the slope by the inputs: at the greatest of each window, and 0 elsewhere."""
        found = np.empty((*slope.shape[:-1], self.inputs), slope.dtype)
        self._call(found, np.ascontiguousarray(slope), which, -1)
        return found

    def _call(self, x: Array, out: Array, which: Array, way: int) -> None:
        nothing = self._nothing
        self._kernel(x, out, which, nothing, nothing, nothing)(way)


def compile_pools(network: Network) -> None:
    """Compile the pools of a network that are compiled, or take them from the cache."""
    for layer in _pools(network):
        layer.compiled = layer.compiled or CompiledPool(layer, network.theta.dtype)


def are_kept(network: Network) -> bool:
    """Whether they were compiled before."""
    return all(is_kept(_key(layer, network.theta.dtype)) for layer in _pools(network))


def _pools(network: Network) -> Iterator[PoolLayer]:
    for _, layer in network.chain.leaves():
        if isinstance(layer, PoolLayer) and layer.entry.pooling.picks:
            yield layer


def _pool(layer: PoolLayer, dtype: Any) -> Any:
    """Return the function that pools rows, or with a number below 0 goes their way back."""
    (height, width, channels), (down, right) = layer.image, layer.window
    lines, places = height // down, width // right
    left_over = (lines * down, places * right) != (height, width)
    inputs, outputs = layer.work, layer.size
    zero = dtype.type(0)
    one = dtype.type(1)

    extent = ((down - 1) * width + right) * channels

    def forward(x, out, which):
        for c in range(channels):
            greatest, at, number = x[c], zero, zero
            # As in NumPy: of equals the leftmost, and of these the topmost.
            for j in range(right):
                for i in range(down):
                    value = x[(i * width + j) * channels + c]
                    # What is no number is greater than all, as it is to NumPy.
                    greater = value > greatest or value != value
                    greatest = value if greater else greatest
                    at = number if greater else at
                    number += one
            out[c] = greatest
            which[c] = at

    def backward(x, out, which):
        for c in range(channels):
            slope, at, number = out[c], which[c], zero
            for j in range(right):
                for i in range(down):
                    x[(i * width + j) * channels + c] = slope if at == number else zero
                    number += one

    def pool(x, out, which, nothing, none, never, way):
        for row in range(len(out) // outputs):
            if way < 0 and left_over:
                for p in range(inputs):
                    x[row * inputs + p] = zero
            for line in range(lines):
                for place in range(places):
                    start = row * inputs + (line * down * width + place * right) * channels
                    at = row * outputs + (line * places + place) * channels
                    # A part's places count from 0: the compiler sees that none is negative.
                    window = x[start : start + extent]
                    if way > 0:
                        forward(window, out[at : at + channels], which[at : at + channels])
                    else:
                        backward(window, out[at : at + channels], which[at : at + channels])
        return 0.0

    return pool


def _key(layer: PoolLayer, dtype: Any) -> str:
    """Return all that decides what is compiled: this file's text, the sizes, the type."""
    text = sha256(Path(__file__).read_bytes()).hexdigest()
    return repr(("pool", text, layer.image, layer.window, dtype.str))
