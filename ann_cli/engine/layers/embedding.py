"""Embeddings: each value of a category column becomes a few numbers that are learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ann_cli.engine.layers.layer import Layer, LayerEntry, ShapeError, shown
from ann_cli.engine.parameters import Columns, Parameter, Shape
from ann_cli.engine.settings import Array, setting


@dataclass(frozen=True)
class Embedding(LayerEntry):
    """Each category of a column becomes numbers that are learned: {embedding: 8}.

    Guo & Berkhahn 2016, "Entity embeddings of categorical variables". It is the first layer.
    Columns of numbers pass as they are, before the embeddings.
    """

    name = "embedding"
    embedding: int = setting(kind=int, help="how many numbers a category becomes", ge=1, le=1000)

    def layer(self, inputs: Shape) -> "EmbeddingLayer":
        return EmbeddingLayer(self, inputs)


class EmbeddingLayer(Layer):
    """The product of a column's inputs, of which one is 1 and the others 0, with its vectors.

    The product picks the vector of the row's category. A category that was not seen in training
    has all inputs 0, and so the vector 0.
    """

    def __init__(self, entry: Embedding, inputs: Shape) -> None:
        super().__init__(entry, inputs)
        if not isinstance(inputs, Columns):
            raise ShapeError(
                f"an embedding takes the columns of the table, and {shown(inputs)} arrive from "
                "the layer before it",
                "make it the first layer",
            )
        if not inputs.categories:
            raise ShapeError(
                "an embedding takes columns of categories, and the table has none among its "
                f"{shown(inputs)}",
                "remove the layer, or name such a column: data.types: {column: category}",
            )
        self.columns = inputs.categories
        every = np.zeros(inputs.size, bool)
        for start, stop in self.columns:
            every[start:stop] = True
        self.numbers = np.flatnonzero(~every)
        width = entry.embedding
        first = len(self.numbers)
        self.places = [
            slice(first + at * width, first + (at + 1) * width) for at in range(len(self.columns))
        ]
        self.outputs = (first + len(self.columns) * width,)
        self.work = sum(stop - start for start, stop in self.columns) * width
        self.parameters = tuple(
            Parameter(f"vectors.{at}", (stop - start, width), fans=(1, width), penalized=True)
            for at, (start, stop) in enumerate(self.columns)
        )

    def bind(self, values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        names = [each.name for each in self.parameters]
        self.vectors = [values[name] for name in names]
        self.slopes = [slopes[name] for name in names if name in slopes]

    def names(self, inputs: Sequence[str]) -> tuple[str, ...]:
        """Return the numbers' own names, and "column 1" … for the numbers of each category."""
        columns = (inputs[start].partition("=")[0] for start, _ in self.columns)
        width = self.places[0].stop - self.places[0].start
        return (
            *(inputs[int(at)] for at in self.numbers),
            *(f"{column} {number}" for column in columns for number in range(1, width + 1)),
        )

    def predict(self, x: Array) -> Array:
        before = self.vectors[0].shape[:-2]  # of several vectors of parameters
        out = np.empty((*before, len(x), *self.outputs), x.dtype)
        out[..., : len(self.numbers)] = x[:, self.numbers]
        for (start, stop), place, vectors in zip(
            self.columns, self.places, self.vectors, strict=True
        ):
            out[..., place] = x[:, start:stop] @ vectors
        return out

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        self.x = x
        return self.predict(x)

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        for (start, stop), place, out in zip(self.columns, self.places, self.slopes, strict=True):
            np.matmul(self.x[:, start:stop].T, slope[:, place], out=out)
        if not wanted:
            return None
        found = np.empty_like(self.x)
        found[:, self.numbers] = slope[:, : len(self.numbers)]
        for (start, stop), place, vectors in zip(
            self.columns, self.places, self.vectors, strict=True
        ):
            found[:, start:stop] = slope[:, place] @ vectors.T
        return found
