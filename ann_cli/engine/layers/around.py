"""What layers that hold layers have in common."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ann_cli.engine.layers.chain import Chain, along_steps
from ann_cli.engine.layers.layer import Layer, LayerEntry, Seen, ShapeError
from ann_cli.engine.parameters import Shape
from ann_cli.engine.settings import Array


@dataclass(frozen=True)
class Around(LayerEntry):
    """A kind of layer whose main setting are the layers that it holds."""

    @property
    def held(self) -> tuple[LayerEntry, ...]:
        """The layers that it holds."""
        found: tuple[LayerEntry, ...] = getattr(self, self.key())
        return found

    def summary(self) -> str:
        return f"{self.name} ({' → '.join(each.summary() for each in self.held)})"

    def drops(self) -> bool:
        return any(each.drops() for each in self.held)

    def joins_rows(self) -> bool:
        return any(each.joins_rows() for each in self.held)

    def along_steps(self) -> bool | None:
        return along_steps(self.held)


class AroundLayer(Layer):
    """A layer around a chain, F, whose parameters it has."""

    def __init__(self, entry: Around, inputs: Shape, followed: bool = False) -> None:
        """`followed` tells whether the chain's outputs are to have the steps of a series."""
        super().__init__(entry, inputs)
        try:
            self.chain = Chain(entry.held, inputs, followed)
        except ShapeError as error:
            raise error.within(entry.key()) from None
        self.work = self.chain.work
        self.parameters = self.chain.parameters
        self.parts = self.chain.parts

    def bind(self, values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        self.chain.bind(values, slopes)

    def predict(self, x: Array) -> Array:
        return self.joined(self.chain.predict(x), x)

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        return self.joined(self.chain.forward(x, generator), x)

    def joined(self, made: Array, x: Array) -> Array:
        """Return its outputs, of what the chain made of x, and x."""
        raise NotImplementedError

    def settle(self) -> None:
        self.chain.settle()

    def seen(self) -> Iterator[Seen]:
        return self.chain.seen()
