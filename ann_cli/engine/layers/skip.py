"""Skips: what arrives goes on beside what some layers make of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ann_cli.engine.layers.chain import Chain
from ann_cli.engine.layers.layer import Layer, LayerEntry, Seen, ShapeError
from ann_cli.engine.parameters import Shape
from ann_cli.engine.settings import Array, setting


@dataclass(frozen=True)
class Skip(LayerEntry):
    """What arrives goes on beside what the layers make of it: {skip: [{units: 64}]}.

    Huang et al. 2017, "Densely connected convolutional networks", equation 2. Around all hidden
    layers it lets the output see the inputs: a linear model and a network in one.
    """

    name = "skip"
    skip: tuple[LayerEntry, ...] = setting(
        kind=LayerEntry, help="the layers beside which what arrives goes on as it is"
    )

    def summary(self) -> str:
        return f"skip ({' → '.join(each.summary() for each in self.skip)})"

    def drops(self) -> bool:
        return any(each.drops() for each in self.skip)

    def joins_rows(self) -> bool:
        return any(each.joins_rows() for each in self.skip)

    def layer(self, inputs: Shape) -> "SkipLayer":
        return SkipLayer(self, inputs)


class SkipLayer(Layer):
    """y is F(x) and then x, with F a chain of layers."""

    def __init__(self, entry: Skip, inputs: Shape) -> None:
        super().__init__(entry, inputs)
        try:
            self.chain = Chain(entry.skip, inputs)
        except ShapeError as error:
            raise error.within("skip") from None
        self.made = self.chain.size
        self.outputs = (self.made + self.size,)
        self.work = self.chain.work
        self.parameters = self.chain.parameters
        self.parts = self.chain.parts

    def bind(self, values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        self.chain.bind(values, slopes)

    def predict(self, x: Array) -> Array:
        return self._beside(self.chain.predict(x), x)

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        return self._beside(self.chain.forward(x, generator), x)

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        # The chain may overwrite its part of the slope, and not the one that passes beside it.
        inner = self.chain.backward(slope[..., : self.made].copy(), wanted)
        return None if inner is None else inner + slope[..., self.made :]

    def settle(self) -> None:
        self.chain.settle()

    def seen(self) -> Iterator[Seen]:
        return self.chain.seen()

    def _beside(self, made: Array, x: Array) -> Array:
        out = np.empty((*made.shape[:-1], *self.outputs), made.dtype)
        out[..., : self.made] = made
        out[..., self.made :] = x
        return out
