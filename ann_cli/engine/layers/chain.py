"""A chain of layers: forward in a loop, and back in the reverse one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ann_cli.engine.layers.blocks import Run, in_runs
from ann_cli.engine.layers.layer import Layer, LayerEntry, Seen, ShapeError
from ann_cli.engine.parameters import Parameter, Shape, of_place
from ann_cli.engine.settings import Array


def along_steps(entries: Sequence[LayerEntry]) -> bool | None:
    """Whether layers one after the other work along the steps of a series; None: as the next do."""
    told = (each.along_steps() for each in entries)
    return next((each for each in told if each is not None), None)


class Chain(Layer):
    """Layers one after the other; the parameters of each are called by its number from 0."""

    def __init__(
        self, entries: Sequence[LayerEntry], inputs: Shape, followed: bool = False
    ) -> None:
        """`followed` tells whether what comes behind it works along the steps of a series.

        Raises ShapeError where a layer does not fit what arrives at it.
        """
        self.entries, self.followed = tuple(entries), followed
        self.inputs = self.outputs = inputs
        layers = []
        for number, entry in enumerate(entries):
            behind = along_steps(entries[number + 1 :])
            entry = entry.followed(followed if behind is None else behind)
            try:
                layers.append(entry.layer(self.outputs))
            except ShapeError as error:
                raise error.within(number) from None
            self.outputs = layers[-1].outputs
        self.parts = tuple(layers)
        self._runs = in_runs(layers)
        self._steps: list[Layer] = layers
        """What the last rows passed through, one after the other: the layers, or their runs."""
        self._settling = [each for each in layers if type(each).settle is not Layer.settle]
        self.work = sum(each.work for each in layers)
        self.parameters = tuple(
            parameter.within(str(number))
            for number, layer in enumerate(layers)
            for parameter in _decaying(layer)
        )

    def __reduce__(self) -> Any:
        return type(self), (self.entries, self.inputs, self.followed)

    def bind(self, values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        for number, layer in enumerate(self.parts):
            layer.bind(of_place(values, str(number)), of_place(slopes, str(number)))

    def predict(self, x: Array) -> Array:
        for step in self._runs:
            x = step.predict(x)
        return x

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        self._steps = self._runs if self._in_blocks(x) else list(self.parts)
        for step in self._steps:
            out = step.forward(x, generator)
            step.passed, x = (x, out), out
        return x

    def _in_blocks(self, x: Array) -> bool:
        """Whether the rows are more than a block, and so pass several layers a block at a time."""
        runs = [step for step in self._runs if isinstance(step, Run)]
        return any(run.rows(x) < x.shape[-2] for run in runs)

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        first, *others = self._steps
        for layer in reversed(others):
            slope = layer.backward(slope)
        return first.backward(slope, wanted)

    def settle(self) -> None:
        for layer in self._settling:
            layer.settle()

    def seen(self) -> Iterator[Seen]:
        for number, layer in enumerate(self.parts):
            for each in layer.seen():
                yield each._replace(name=f"{number}.{each.name}".removesuffix("."))


def _decaying(layer: Layer) -> Iterator[Parameter]:
    """Yield a layer's parameters, with the weight_decay that the layer has of its own."""
    own = getattr(layer.entry, "weight_decay", None)
    for each in layer.parameters:
        yield each if own is None else replace(each, weight_decay=own)
