"""Residual blocks: layers whose outputs are added to what they were given."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ann_cli.engine.layers.chain import Chain
from ann_cli.engine.layers.layer import Layer, LayerEntry, Seen, ShapeError, shown
from ann_cli.engine.parameters import Shape
from ann_cli.engine.settings import Array, setting


@dataclass(frozen=True)
class Residual(LayerEntry):
    """Layers whose outputs are added to their inputs: {residual: [{units: 64}, {units: 64}]}.

    He et al. 2016, "Deep residual learning for image recognition", equation 1: y = F(x) + x.
    """

    name = "residual"
    residual: tuple[LayerEntry, ...] = setting(
        kind=LayerEntry, help="the layers of the block; the last gives as many numbers as arrive"
    )

    def summary(self) -> str:
        return f"residual ({' → '.join(each.summary() for each in self.residual)})"

    def drops(self) -> bool:
        return any(each.drops() for each in self.residual)

    def joins_rows(self) -> bool:
        return any(each.joins_rows() for each in self.residual)

    def layer(self, inputs: Shape) -> "ResidualLayer":
        return ResidualLayer(self, inputs)


class ResidualLayer(Layer):
    """y = F(x) + x, with F a chain of layers."""

    def __init__(self, entry: Residual, inputs: Shape) -> None:
        super().__init__(entry, inputs)
        try:
            self.chain = Chain(entry.residual, inputs)
        except ShapeError as error:
            raise error.within("residual") from None
        if self.chain.outputs != tuple(inputs):
            raise ShapeError(
                f"a residual block adds what its layers give to what arrives: they give "
                f"{shown(self.chain.outputs)}, and {shown(inputs)} arrive",
                f"let the block's last layer give {shown(inputs)}, or set a layer of "
                f"{shown(self.chain.outputs)} before the block",
            )
        self.outputs = self.chain.outputs
        self.work = self.chain.work
        self.parameters = self.chain.parameters
        self.parts = self.chain.parts

    def bind(self, values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        self.chain.bind(values, slopes)

    def predict(self, x: Array) -> Array:
        return self.chain.predict(x) + x

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        return self.chain.forward(x, generator) + x

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        # The chain may overwrite the slope, which passes beside it as it is.
        inner = self.chain.backward(slope.copy(), wanted)
        return None if inner is None else inner + slope

    def settle(self) -> None:
        self.chain.settle()

    def seen(self) -> Iterator[Seen]:
        return self.chain.seen()
