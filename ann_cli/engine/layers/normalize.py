"""Normalization: numbers brought to mean 0 and variance 1 on their way, then to a size learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ann_cli.engine.layers.layer import Layer, LayerEntry, own_decay
from ann_cli.engine.parameters import Parameter, Shape
from ann_cli.engine.settings import Array, Entry, setting, table


@dataclass(frozen=True)
class Normalization(Entry):
    """What the mean and the variance are taken over."""

    over_rows: ClassVar[bool]
    """Over the rows of a step, each number or channel by itself; or over the numbers of a row."""
    epsilon: float = setting(1e-5, "keeps the division finite", gt=0)


@dataclass(frozen=True)
class OverBatch(Normalization):
    """Each number over the rows of a step; predictions use running means of what steps had.

    Ioffe & Szegedy 2015, "Batch normalization", algorithms 1 and 2; of images and series each
    channel over all places of the rows, as in their section 3.2.
    """

    name = "batch"
    over_rows = True
    momentum: float = setting(
        0.9, "the share of the running mean and variance that a step leaves", ge=0, lt=1
    )


class OverLayer(Normalization):
    """The numbers of each row among themselves: Ba et al. 2016, "Layer normalization"."""

    name = "layer"
    over_rows = False


NORMALIZATIONS = table(OverBatch, OverLayer)


@dataclass(frozen=True)
class Normalize(LayerEntry):
    """Numbers are brought to mean 0 and variance 1, then to a size learned: {normalize: batch}."""

    name = "normalize"
    normalize: Normalization = setting(
        kind=Normalization,
        help="batch: each number (or channel) over the rows of a step; layer: each row by itself",
        entries=NORMALIZATIONS,
    )
    weight_decay: float | None = own_decay()

    def joins_rows(self) -> bool:
        return self.normalize.over_rows

    def along_steps(self) -> None:
        return None

    def layer(self, inputs: Shape) -> "NormalizeLayer":
        batch = isinstance(self.normalize, OverBatch)
        return BatchLayer(self, inputs) if batch else NormalizeLayer(self, inputs)


class NormalizeLayer(Layer):
    """y = gain · (x - mean) / √(variance + ε) + shift, of each row by itself.

    Rows with places, of an image or a series, have one gain and shift a channel.
    """

    entry: Normalize
    fixed = False
    """Whether the last way forward took a mean and a variance that no x moves."""

    def __init__(self, entry: Normalize, inputs: Shape) -> None:
        super().__init__(entry, inputs)
        self.outputs = tuple(inputs)
        self.work = 2 * self.size
        channels = inputs[-1:]
        self.parameters = (Parameter("gain", channels, start=1.0), Parameter("shift", channels))

    def bind(self, values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        self.gain, self.shift = values["gain"], values["shift"]
        self.slopes = slopes

    def names(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return tuple(inputs)

    def predict(self, x: Array) -> Array:
        x = self._taken(x)
        normal, _ = self._normal(x, *self._of_prediction(x))
        return self._given(normal)

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        x = self._taken(x)
        self.normal, self.deviation = self._normal(x, *self._of_step(x, generator))
        return self._given(self.normal)

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        rows, normal = slope, self._by_channel(self.normal)
        slope = self._by_channel(slope)
        np.add.reduce(slope * normal, axis=-2, out=self.slopes["gain"])
        np.add.reduce(slope, axis=-2, out=self.slopes["shift"])
        if not wanted:
            return None
        slope = self._taken((slope * self.gain).reshape(rows.shape))
        if not self.fixed:
            # Each x moves the mean and the variance, too: what that does is subtracted.
            axis = -2 if self.entry.normalize.over_rows else -1
            mean = slope.mean(axis=axis, keepdims=True)
            along = (slope * self.normal).mean(axis=axis, keepdims=True)
            slope -= mean + self.normal * along
        return (slope / self.deviation).reshape(rows.shape)

    def _by_channel(self, rows: Array) -> Array:
        """Return … × rows × size as … × (rows · places) × channels."""
        return rows.reshape(*rows.shape[:-2], -1, self.inputs[-1])

    def _taken(self, x: Array) -> Array:
        """Return rows such that the mean and the variance are taken along an axis."""
        return self._by_channel(x) if self.entry.normalize.over_rows else x

    def _given(self, normal: Array) -> Array:
        """Return the outputs, … × rows × size."""
        by_channel = self.gain * self._by_channel(normal) + self.shift
        return by_channel.reshape(*by_channel.shape[:-2], -1, self.size)

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
            Parameter("running_mean", self.inputs[-1:], trained=False),
            Parameter("running_variance", self.inputs[-1:], start=1.0, trained=False),
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
        self.fixed = generator is None or rows == 1  # a single number has no variance
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
