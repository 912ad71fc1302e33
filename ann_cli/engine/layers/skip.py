"""Skips: what arrives goes on beside what some layers make of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ann_cli.engine.layers.around import Around, AroundLayer
from ann_cli.engine.layers.layer import LayerEntry
from ann_cli.engine.parameters import Shape
from ann_cli.engine.settings import Array, setting


@dataclass(frozen=True)
class Skip(Around):
    """What arrives goes on beside what the layers make of it: {skip: [{units: 64}]}.

    Huang et al. 2017, "Densely connected convolutional networks", equation 2. Around all hidden
    layers it lets the output see the inputs: a linear model and a network in one.
    """

    name = "skip"
    skip: tuple[LayerEntry, ...] = setting(
        kind=LayerEntry, help="the layers beside which what arrives goes on as it is"
    )

    def layer(self, inputs: Shape) -> "SkipLayer":
        return SkipLayer(self, inputs)


class SkipLayer(AroundLayer):
    """y is F(x) and then x, with F a chain of layers."""

    def __init__(self, entry: Skip, inputs: Shape) -> None:
        super().__init__(entry, inputs)
        self.outputs = (self.chain.size + self.size,)

    def joined(self, made: Array, x: Array) -> Array:
        out = np.empty((*made.shape[:-1], *self.outputs), made.dtype)
        out[..., : self.chain.size] = made
        out[..., self.chain.size :] = x
        return out

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        # The chain may overwrite its part of the slope, and not the one that passes beside it.
        inner = self.chain.backward(slope[..., : self.chain.size].copy(), wanted)
        return None if inner is None else inner + slope[..., self.chain.size :]
