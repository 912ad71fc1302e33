"""Residual blocks: layers whose outputs are added to what they were given."""

from dataclasses import dataclass
from typing import Any

from ann_cli.engine.layers.around import Around, AroundLayer
from ann_cli.engine.layers.layer import LayerEntry, ShapeError, shown
from ann_cli.engine.parameters import Shape
from ann_cli.engine.settings import Array, setting


@dataclass(frozen=True)
class Residual(Around):
    """Layers whose outputs are added to their inputs: {residual: [{units: 64}, {units: 64}]}.

    He et al. 2016, "Deep residual learning for image recognition", equation 1: y = F(x) + x.
    """

    name = "residual"
    residual: tuple[LayerEntry, ...] = setting(
        kind=LayerEntry, help="the layers of the block; the last gives as many numbers as arrive"
    )

    def layer(self, inputs: Shape) -> "ResidualLayer":
        return ResidualLayer(self, inputs)


class ResidualLayer(AroundLayer):
    """y = F(x) + x, with F a chain of layers."""

    def __init__(self, entry: Residual, inputs: Shape) -> None:
        # What is added to a series has its steps, too.
        super().__init__(entry, inputs, followed=len(inputs) == 2)
        if self.chain.outputs != tuple(inputs):
            raise ShapeError(
                f"a residual block adds what its layers give to what arrives: they give "
                f"{shown(self.chain.outputs)}, and {shown(inputs)} arrive",
                f"let the block's last layer give {shown(inputs)}, or set a layer of "
                f"{shown(self.chain.outputs)} before the block",
            )
        self.outputs = self.chain.outputs

    def joined(self, made: Array, x: Array) -> Array:
        return made + x

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        # The chain may overwrite the slope, which passes beside it as it is.
        inner = self.chain.backward(slope.copy(), wanted)
        return None if inner is None else inner + slope
