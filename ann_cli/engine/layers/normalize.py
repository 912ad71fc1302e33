"""Normalization: numbers brought to mean 0 and variance 1 on their way, then to a size learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from ann_cli.engine.layers.layer import Layer, LayerEntry, own_decay
from ann_cli.engine.parameters import Parameter, Shape
from ann_cli.engine.settings import Array, Entry, setting, table


@dataclass(frozen=True)
class Normalization(Entry):
    """What the mean and the variance are taken over."""

    axis: ClassVar[int]
    """-2: the rows of a step, for each number by itself; -1: the numbers of each row."""
    epsilon: float = setting(1e-5, "keeps the division finite", gt=0)


@dataclass(frozen=True)
class OverBatch(Normalization):
    """Each number over the rows of a step; predictions use running means of what steps had.

    Ioffe & Szegedy 2015, "Batch normalization", algorithms 1 and 2.
    """

    name = "batch"
    axis = -2
    momentum: float = setting(
        0.9, "the share of the running mean and variance that a step leaves", ge=0, lt=1
    )


class OverLayer(Normalization):
    """The numbers of each row among themselves: Ba et al. 2016, "Layer normalization"."""

    name = "layer"
    axis = -1


NORMALIZATIONS = table(OverBatch, OverLayer)


@dataclass(frozen=True)
class Normalize(LayerEntry):
    """Numbers are brought to mean 0 and variance 1, then to a size learned: {normalize: batch}."""

    name = "normalize"
    normalize: Normalization = setting(
        kind=Normalization,
        help="batch: each number over the rows of a step; layer: each row by itself",
        entries=NORMALIZATIONS,
    )
    weight_decay: float | None = own_decay()

    def joins_rows(self) -> bool:
        return self.normalize.axis == OverBatch.axis

    def layer(self, inputs: Shape) -> "NormalizeLayer":
        batch = isinstance(self.normalize, OverBatch)
        return BatchLayer(self, inputs) if batch else NormalizeLayer(self, inputs)


class NormalizeLayer(Layer):
    """y = gain · (x - mean) / √(variance + ε) + shift, of each row by itself."""

    entry: Normalize
    fixed = False
    """Whether the last way forward took a mean and a variance that no x moves."""

    def __init__(self, entry: Normalize, inputs: Shape) -> None:
        super().__init__(entry, inputs)
        self.outputs = (prod(inputs),)
        self.work = 2 * self.size
        self.axis = entry.normalize.axis
        self.parameters = (
            Parameter("gain", self.outputs, start=1.0),
            Parameter("shift", self.outputs),
        )

    def bind(self, values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        self.gain, self.shift = values["gain"], values["shift"]
        self.slopes = slopes

    def names(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return tuple(inputs)

    def predict(self, x: Array) -> Array:
        normal, _ = self._normal(x, *self._of_prediction(x))
        return self.gain * normal + self.shift

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        self.normal, self.deviation = self._normal(x, *self._of_step(x, generator))
        return self.gain * self.normal + self.shift

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        np.add.reduce(slope * self.normal, axis=-2, out=self.slopes["gain"])
        np.add.reduce(slope, axis=-2, out=self.slopes["shift"])
        if not wanted:
            return None
        slope = slope * self.gain
        if not self.fixed:
            # Each x moves the mean and the variance, too: what that does is subtracted.
            mean = slope.mean(axis=self.axis, keepdims=True)
            along = (slope * self.normal).mean(axis=self.axis, keepdims=True)
            slope -= mean + self.normal * along
        return slope / self.deviation

    def _of_prediction(self, x: Array) -> tuple[Array, Array]:
        """Return the mean and the variance that a prediction uses."""
        return x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)

    def _of_step(self, x: Array, generator: np.random.Generator | None) -> tuple[Array, Array]:
        """Return those that a step in training uses."""
        return self._of_prediction(x)

    def _normal(self, x: Array, mean: Array, variance: Array) -> tuple[Array, Array]:
        deviation = np.sqrt(variance + self.entry.normalize.epsilon)
        return (x - mean) / deviation, deviation


class BatchLayer(NormalizeLayer):
    """The same of each number over the rows of a step, and over none for a prediction."""

    def __init__(self, entry: Normalize, inputs: Shape) -> None:
        super().__init__(entry, inputs)
        self.parameters += (
            Parameter("running_mean", self.outputs, trained=False),
            Parameter("running_variance", self.outputs, start=1.0, trained=False),
        )
        self.step: tuple[Array, Array] | None = None
        """Mean and variance of the last step's rows, the variance as an estimate of all rows'."""

    def bind(self, values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        super().bind(values, slopes)
        self.mean, self.variance = values["running_mean"], values["running_variance"]

    def _of_prediction(self, x: Array) -> tuple[Array, Array]:
        return self.mean, self.variance

    def _of_step(self, x: Array, generator: np.random.Generator | None) -> tuple[Array, Array]:
        self.step = None
        rows = x.shape[-2]
        self.fixed = generator is None or rows == 1  # a single row has no variance
        if self.fixed:
            return self._of_prediction(x)
        several = x.ndim > 2
        mean, variance = x.mean(axis=-2, keepdims=several), x.var(axis=-2, keepdims=several)
        self.step = mean, variance * (rows / (rows - 1))
        return mean, variance

    def settle(self) -> None:
        if self.step is None:
            return
        assert isinstance(self.entry.normalize, OverBatch)
        kept = self.entry.normalize.momentum
        for running, seen in zip((self.mean, self.variance), self.step, strict=True):
            running *= kept
            running += (1 - kept) * seen
        self.step = None
