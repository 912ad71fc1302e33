"""Scales: each number times a factor that is learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ann_cli.engine.layers.layer import Layer, LayerEntry, own_decay
from ann_cli.engine.parameters import Parameter, Shape
from ann_cli.engine.settings import Array, setting


@dataclass(frozen=True)
class Scale(LayerEntry):
    """Each number times a factor that is learned, from a first one on: {scale: 1}.

    Holzmueller, Grinsztajn & Steinwart 2024, "Better by default", section 3: as the first layer it
    is a soft choice of features.
    """

    name = "scale"
    scale: float = setting(kind=float, help="the factor that each number starts with", gt=0, le=1e6)
    weight_decay: float | None = own_decay()

    def along_steps(self) -> None:
        return None

    def layer(self, inputs: Shape) -> "ScaleLayer":
        return ScaleLayer(self, inputs)


class ScaleLayer(Layer):
    """y = factor · x, a factor a number."""

    def __init__(self, entry: Scale, inputs: Shape) -> None:
        super().__init__(entry, inputs)
        self.outputs = tuple(inputs)
        self.work = self.size
        self.parameters = (Parameter("factor", (self.size,), start=entry.scale),)

    def bind(self, values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        self.factor, self.slopes = values["factor"], slopes

    def names(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return tuple(inputs)

    def predict(self, x: Array) -> Array:
        return self.factor * x

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        self.x = x
        return self.predict(x)

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        np.add.reduce(slope * self.x, axis=-2, out=self.slopes["factor"])
        return slope * self.factor if wanted else None
