"""Dense layers: every input to every unit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from operator import attrgetter
from typing import Any, ClassVar

import numpy as np

from ann_cli.engine.activations import ACTIVATIONS, Activation, Relu
from ann_cli.engine.layers.dropout import Dropout, DropoutLayer
from ann_cli.engine.layers.layer import Layer, LayerEntry, Seen, own_decay
from ann_cli.engine.parameters import Parameter, Shape
from ann_cli.engine.settings import Array, setting


@dataclass(frozen=True)
class Dense(LayerEntry):
    """Every input to every unit, and its activation: {units: 64, activation: relu}."""

    name = "dense"
    scale: ClassVar[float] = 1.0
    units: int = setting(kind=int, help="how many units the layer has", ge=1, le=1_000_000)
    activation: Activation = setting(
        Relu(),
        "what a unit makes of its weighted sum",
        entries=ACTIVATIONS,
        refused=attrgetter("not_hidden"),
    )
    dropout: float = setting(0.0, "the share of units that rest in a training step", ge=0, lt=1)
    weight_decay: float | None = own_decay()

    @property
    def initializer(self) -> str:
        """The name of the initializer that suits the activation."""
        return self.activation.initializer

    def summary(self) -> str:
        return f"{self.units} {self.activation.name}"

    def drops(self) -> bool:
        return self.dropout > 0

    def layer(self, inputs: Shape) -> "DenseLayer":
        return DenseLayer(self, inputs)


@dataclass(frozen=True)
class Sums(LayerEntry):
    """Weighted sums alone, one an output; the output's activation makes the predictions of them."""

    name = "output"
    units: int
    initializer: str = "glorot_uniform"
    scale: float = 1.0

    def layer(self, inputs: Shape) -> "SumsLayer":
        return SumsLayer(self, inputs)


class SumsLayer(Layer):
    """z = x W + b, with W inputs × units."""

    def __init__(self, entry: Dense | Sums, inputs: Shape) -> None:
        super().__init__(entry, inputs)
        self.units = entry.units
        self.outputs = (entry.units,)
        self.width = prod(inputs)
        self.work = self.width * self.units
        size = (self.width, self.units)
        self.parameters = (
            Parameter(
                "weights",
                size,
                fans=size,
                initializer=entry.initializer,
                scale=entry.scale,
                penalized=True,
            ),
            Parameter("bias", (self.units,)),
        )

    def bind(self, values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        self.weights, self.bias = values["weights"], values["bias"]
        self.turned, self.members = self.weights.mT, self.weights.shape[:-2]
        self.weights_slope, self.bias_slope = slopes.get("weights"), slopes.get("bias")

    def predict(self, x: Array) -> Array:
        z = x @ self.weights
        z += self.bias
        return z

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        self.x = x
        z = self._buffer("z", x, self.units, self.members)
        self.z = np.matmul(x, self.weights, out=z)
        self.z += self.bias
        return self.z

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        np.matmul(self.x.mT, slope, out=self.weights_slope)
        np.add.reduce(slope, axis=-2, out=self.bias_slope)
        if not wanted:
            return None
        # Of one unit it is a product of numbers, for which matmul takes four times as long.
        product = np.multiply if self.units == 1 else np.matmul
        return product(slope, self.turned, out=self._buffer("inputs", slope, self.width))


class DenseLayer(SumsLayer):
    """a = activation(x W + b), and dropout on a in training."""

    entry: Dense
    activation: Activation

    def __init__(self, entry: Dense, inputs: Shape) -> None:
        super().__init__(entry, inputs)
        self.activation = entry.activation
        self.resting = DropoutLayer(Dropout(entry.dropout), self.outputs) if entry.dropout else None

    def predict(self, x: Array) -> Array:
        z = super().predict(x)
        return self.activation.forward(z, self.activation.values(), out=z)

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        z = super().forward(x, generator)
        self.drawn = self.activation.drawn(generator, z)
        self.a = self.activation.forward(z, self.drawn)
        return self.resting.forward(self.a, generator) if self.resting else self.a

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        if self.resting:
            slope = self.resting.backward(slope)
        slope = self.activation.backward(slope, self.z, self.a, self.drawn)
        return super().backward(slope, wanted)

    def scale_dropout(self, factor: float) -> None:
        if self.resting:
            self.resting.scale_dropout(factor)

    def seen(self) -> Iterator[Seen]:
        yield Seen("", self.activation, self.z, self.a)
