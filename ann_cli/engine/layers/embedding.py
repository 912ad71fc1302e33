"""Embeddings: each value of a category column becomes a few numbers that are learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from ann_cli.engine.layers.layer import Layer, LayerEntry, ShapeError, of_table, own_decay, shown
from ann_cli.engine.parameters import Parameter, Shape
from ann_cli.engine.settings import Array, setting


@dataclass(frozen=True)
class Embedding(LayerEntry):
    """Each category of a column becomes numbers that are learned: {embedding: 8}.

    Guo & Berkhahn 2016, "Entity embeddings of categorical variables". It is the first layer.
    Columns of numbers pass as they are, before the embeddings.
    """

    name = "embedding"
    embedding: int = setting(kind=int, help="how many numbers a category becomes", ge=1, le=1000)
    weight_decay: float | None = own_decay()

    def layer(self, inputs: Shape) -> "EmbeddingLayer":
        return EmbeddingLayer(self, inputs)


class EmbeddingLayer(Layer):
    """The product of a column's inputs, of which one is 1 and the others 0, with its vectors.

    The product picks the vector of the row's category. A category that was not seen in training
    has all inputs 0, and so the vector 0.
    """

    def __init__(self, entry: Embedding, inputs: Shape) -> None:
        super().__init__(entry, inputs)
        columns = of_table(inputs, "an embedding takes the columns")
        if not columns.categories:
            raise ShapeError(
                "an embedding takes columns of categories, and the table has none among its "
                f"{shown(inputs)}",
                "remove the layer, or name such a column: data.types: {column: category}",
            )
        self.columns = tuple(columns.categories)
        places = columns.categories.values()
        numbers = np.ones(columns.size, bool)
        for start, stop in places:
            numbers[start:stop] = False
        self.numbers = np.flatnonzero(numbers)
        self.width, first = entry.embedding, len(self.numbers)
        self.outputs = (first + len(places) * self.width,)
        ends = range(first, self.size, self.width)
        self.places = [
            (slice(start, stop), slice(end, end + self.width))
            for (start, stop), end in zip(places, ends, strict=True)
        ]
        """Where the inputs of each column lie, and where the numbers that they become."""
        self.parameters = tuple(
            Parameter(
                f"vectors.{at}", (stop - start, self.width), fans=(1, self.width), penalized=True
            )
            for at, (start, stop) in enumerate(places)
        )
        self.work = sum(prod(each.shape) for each in self.parameters)

    def bind(self, values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        names = [each.name for each in self.parameters]
        self.vectors = [values[name] for name in names]
        self.slopes = [slopes[name] for name in names if name in slopes]

    def names(self, inputs: Sequence[str]) -> tuple[str, ...]:
        """Return the numbers' own names, and "column 1" … for the numbers of each category."""
        numbers = range(1, self.width + 1)
        return (
            *(inputs[at] for at in self.numbers.tolist()),
            *(f"{column} {number}" for column in self.columns for number in numbers),
        )

    def predict(self, x: Array) -> Array:
        before = self.vectors[0].shape[:-2]  # of several vectors of parameters
        out = np.empty((*before, len(x), *self.outputs), x.dtype)
        out[..., : len(self.numbers)] = x[:, self.numbers]
        for (inputs, numbers), vectors in zip(self.places, self.vectors, strict=True):
            out[..., numbers] = x[:, inputs] @ vectors
        return out

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        self.x = x
        return self.predict(x)

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        for (inputs, numbers), out in zip(self.places, self.slopes, strict=True):
            np.matmul(self.x[:, inputs].T, slope[..., numbers], out=out)
        if not wanted:
            return None
        found = np.empty((*slope.shape[:-1], self.x.shape[1]), slope.dtype)
        found[..., self.numbers] = slope[..., : len(self.numbers)]
        for (inputs, numbers), vectors in zip(self.places, self.vectors, strict=True):
            found[..., inputs] = slope[..., numbers] @ vectors.mT
        return found
