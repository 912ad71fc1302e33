"""Take: some of a table's inputs go on, and the others do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ann_cli.engine.layers.layer import Layer, LayerEntry, ShapeError, of_table
from ann_cli.engine.parameters import Columns, Shape
from ann_cli.engine.settings import Array, Entry, setting, table


@dataclass(frozen=True)
class Kind(Entry):
    """Which of a table's inputs go on."""

    @staticmethod
    def places(inputs: Columns) -> list[int]:
        """Return where they lie."""
        raise NotImplementedError


class Values(Kind):
    """What the cells hold: scaled numbers, categories, dates, whether a cell is missing."""

    name = "values"

    @staticmethod
    def places(inputs: Columns) -> list[int]:
        return list(range(inputs.encoded))


class Encodings(Kind):
    """What data.encoding makes of numbers, such as bins, in their place; the others as they are."""

    name = "encodings"

    @staticmethod
    def places(inputs: Columns) -> list[int]:
        numbers = set(inputs.numbers)
        return [at for at in range(inputs.size) if at not in numbers]


TAKEN = table(Values, Encodings)


@dataclass(frozen=True)
class Take(LayerEntry):
    """Some of the table's inputs go on: {take: values}, or {take: encodings}.

    It is the first layer. Members of an ensemble differ more where each sees other inputs.
    """

    name = "take"
    take: Kind = setting(
        kind=Kind,
        help="values: what cells hold; encodings: what data.encoding makes of numbers, instead",
        entries=TAKEN,
    )

    def layer(self, inputs: Shape) -> "TakeLayer":
        return TakeLayer(self, inputs)


class TakeLayer(Layer):
    """Some of the columns of x."""

    def __init__(self, entry: Take, inputs: Shape) -> None:
        super().__init__(entry, inputs)
        columns = of_table(inputs, "this layer takes the inputs")
        self.places = entry.take.places(columns)
        # Without encodings all inputs are values: of a table whose numbers were all left out, too.
        if not columns.numbers and isinstance(entry.take, Encodings):
            raise ShapeError(
                "no number has encodings, which could go on in its place",
                "remove the layer, or set data.encoding: piecewise",
            )
        if not self.places:
            raise ShapeError("no input goes on", "remove the layer")
        self.outputs = (len(self.places),)

    def names(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return tuple(inputs[at] for at in self.places)

    def predict(self, x: Array) -> Array:
        return x[:, self.places]

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        return self.predict(x)

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        if not wanted:
            return None
        found = np.zeros((*slope.shape[:-1], *self.inputs), slope.dtype)
        found[..., self.places] = slope
        return found
