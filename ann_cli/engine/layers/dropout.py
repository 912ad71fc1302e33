"""Dropout: some of the numbers rest in each step of training."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from ann_cli.engine.layers.layer import Layer, LayerEntry
from ann_cli.engine.parameters import Shape
from ann_cli.engine.settings import Array, setting

BYTES, WORD = 256, 8
"""Values of a byte, and the bytes that a generator draws at a time."""


@dataclass(frozen=True)
class Dropout(LayerEntry):
    """Some of the numbers rest in each step of training: {dropout: 0.2}.

    Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".
    What does not rest is scaled up in training, so that prediction needs no change.
    """

    name = "dropout"
    dropout: float = setting(
        kind=float, help="the share of numbers that rest in a training step", ge=0, lt=1
    )

    def drops(self) -> bool:
        return self.dropout > 0

    def along_steps(self) -> None:
        return None

    def layer(self, inputs: Shape) -> "DropoutLayer":
        return DropoutLayer(self, inputs)


class DropoutLayer(Layer):
    """x times 0 or 1 / (1 - share), drawn for each number of each row."""

    entry: Dropout
    mask: Array | None = None

    def __init__(self, entry: Dropout, inputs: Shape) -> None:
        super().__init__(entry, inputs)
        self.share = entry.dropout

    def scale_dropout(self, factor: float) -> None:
        self.share = factor * self.entry.dropout

    def names(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return tuple(inputs)

    def predict(self, x: Array) -> Array:
        return x

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        self.mask = None
        if generator is None:
            return x
        kept, share = drawn(x, self.share, generator)
        self.mask = np.multiply(
            kept, 1 / (1 - share), out=self._buffer("mask", x, x.shape[-1]), dtype=x.dtype
        )
        return np.multiply(x, self.mask, out=self._buffer("dropped", x, x.shape[-1]))

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        if self.mask is not None:
            slope *= self.mask
        return slope


def drawn(x: Array, share: float, generator: np.random.Generator) -> tuple[Array, float]:
    """Return which numbers do not rest, and the share that does in the mean.

    Members of an ensemble draw a byte a number instead of a float: a fifth of the time. Their share
    is the nearest multiple of 1/256, and what does not rest is scaled by that very share.
    """
    resting = round(share * BYTES)
    if x.ndim == 2 or not 0 < resting < BYTES:
        return generator.random(x.shape, dtype=x.dtype.type) >= share, share
    words = generator.bit_generator.random_raw(ceil(x.size / WORD))
    found = words.view(np.uint8)[: x.size].reshape(x.shape)
    return found >= np.uint8(resting), resting / BYTES
