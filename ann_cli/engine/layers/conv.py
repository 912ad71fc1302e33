"""Convolutions: one small group of weights looks at each place of an image, or of a series."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from operator import attrgetter
from typing import Any

import numpy as np

from ann_cli.engine.activations import ACTIVATIONS, Activation, Relu
from ann_cli.engine.layers.blocks import Block, BlockLayer, Operation
from ann_cli.engine.layers.dropout import drawn
from ann_cli.engine.layers.layer import LayerEntry, Seen, ShapeError, own_decay, shown
from ann_cli.engine.layers.windows import Pair, Windows, along, image_of
from ann_cli.engine.parameters import Parameter, Shape
from ann_cli.engine.settings import Array, Entry, Sizes, setting, table


class Padding(Entry):
    """How a kernel lies at the edges."""

    @staticmethod
    def around(size: int, kernel: int, stride: int) -> int:
        """Return how many zeros are set around so many places, on both sides together."""
        raise NotImplementedError


class Same(Padding):
    """Zeros around the image, so that with stride 1 as many places come out as go in."""

    name = "same"

    @staticmethod
    def around(size: int, kernel: int, stride: int) -> int:
        return max((-(-size // stride) - 1) * stride + kernel - size, 0)


class Valid(Padding):
    """The kernel stays within the image."""

    name = "valid"

    @staticmethod
    def around(size: int, kernel: int, stride: int) -> int:
        return 0


PADDINGS = table(Same, Valid)


@dataclass(frozen=True)
class Conv(LayerEntry):
    """Kernels that look at each place of an image or a series: {conv: 16, kernel: 3}.

    LeCun et al. 1989, "Backpropagation applied to handwritten zip code recognition".
    """

    name = "conv"
    conv: int = setting(kind=int, help="how many kernels: channels that it gives", ge=1, le=100_000)
    kernel: int | Pair = setting(
        3, "the places that a kernel looks at: one number, or [height, width]", kind=Sizes, ge=1
    )
    stride: int | Pair = setting(
        1, "how far a kernel moves on: one number, or [down, right]", kind=Sizes, ge=1
    )
    padding: Padding = setting(
        Same(), "same: zeros around, so that no place is lost; valid: none", entries=PADDINGS
    )
    activation: Activation = setting(
        Relu(),
        "what a unit makes of its weighted sum",
        entries=ACTIVATIONS,
        refused=attrgetter("not_hidden"),
    )
    dropout: float = setting(0.0, "the share of numbers that rest in a training step", ge=0, lt=1)
    weight_decay: float | None = own_decay()

    def summary(self) -> str:
        return f"conv {self.conv} {self.activation.name}"

    def drops(self) -> bool:
        return self.dropout > 0

    def draws(self) -> bool:
        return self.drops() or self.activation.random is not None

    def along_steps(self) -> bool:
        return True

    def layer(self, inputs: Shape) -> "ConvLayer":
        return ConvLayer(self, inputs)


class ConvLayer(BlockLayer):
    """a = activation(z), z = the sum of kernel · window, a window a place, + bias; and dropout.

    A kernel is not turned around (it is a cross-correlation, as in all the field's libraries).
    """

    entry: Conv
    activation: Activation

    def __init__(self, entry: Conv, inputs: Shape) -> None:
        super().__init__(entry, inputs)
        height, width, channels = image_of(inputs, "a conv layer")
        kernel, stride = (along(getattr(entry, key), inputs, key) for key in ("kernel", "stride"))
        sizes = tuple(zip((height, width), kernel, stride, strict=True))
        around = [entry.padding.around(*each) for each in sizes]
        self.activation, self.units, self.share = entry.activation, entry.conv, entry.dropout
        first = (around[0] // 2, around[1] // 2)
        frame = (height + around[0], width + around[1])
        if kernel[0] > frame[0] or kernel[1] > frame[1]:
            raise ShapeError(
                f"a kernel of {shown(kernel[-len(inputs) + 1 :])} does not fit into what arrives: "
                f"{shown(inputs)}",
                "use a smaller kernel, padding: same, or fewer pool layers before it",
            )
        one = (1, 1)
        self.windows = Windows((height, width, channels), frame, first, one, kernel, stride)
        places = self.windows.places
        self.outputs = (*places[-len(inputs) + 1 :], self.units)
        # The loss's slope by an input gathers what each window made of it: the same sum of
        # products, of the slopes laid as far apart as the windows, with the kernel turned around.
        self.windows_back = Windows(
            (*places, self.units),
            (height + kernel[0] - 1, width + kernel[1] - 1),
            (kernel[0] - 1 - first[0], kernel[1] - 1 - first[1]),
            stride,
            kernel,
            one,
        )
        size = (*kernel[-len(inputs) + 1 :], channels, self.units)
        self.turned = (*kernel, channels, self.units)
        seen = prod(kernel)
        self.parameters = (
            Parameter(
                "weights",
                size,
                fans=(seen * channels, seen * self.units),
                initializer=entry.activation.initializer,
                penalized=True,
            ),
            Parameter("bias", (self.units,)),
        )
        self.work = prod(places) * prod(size)

    @property
    def room(self) -> int:
        return prod(self.windows.places) * max(self.windows.within, self.units)

    def bind(self, values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        super().bind(values, slopes)
        weights, self.bias = values["weights"], values["bias"]
        members = weights.shape[: weights.ndim - len(self.parameters[0].shape)]
        self.weights = weights.reshape(*members, self.windows.within, self.units)
        kernels = weights.reshape(*members, *self.turned)
        self.back = np.flip(kernels, (-4, -3)).mT

    def operations(self) -> Sequence[Operation]:
        rises = self.activation.rises and not self.entry.dropout
        return (
            Operation(self._sums, self._sums_back),
            Operation(self._activated, self._activated_back, rises=rises),
        )

    def _sums(self, x: Array, block: Block) -> Array:
        block.kept[self, "x"] = x
        z = self.windows.under(x) @ self.weights
        return z.reshape(*z.shape[:-2], x.shape[-2], -1)

    def _sums_back(self, slope: Array, block: Block, wanted: bool) -> Any:
        x = block.kept[self, "x"]
        block.slopes[self, "weights"] = (self.windows.under(x).mT @ self._by_unit(slope)).reshape(
            self.slopes["weights"].shape
        )
        if not wanted:
            return None
        kernels = self.back.reshape(*self.back.shape[:-4], self.windows_back.within, -1)
        found = self.windows_back.under(slope) @ kernels
        return found.reshape(*found.shape[:-2], slope.shape[-2], -1)

    def _activated(self, z: Array, block: Block) -> Array:
        # The biases of a whole row: NumPy adds long lines in a quarter of the time of short ones.
        *before, units = self.bias.shape
        line = np.empty((*before[:-1], z.shape[-1] // units, units), z.dtype)
        line[...] = self.bias
        z += line.reshape(*before, -1)
        settings = self.activation.drawn(block.generator, z)
        a = self.activation.forward(z, settings)
        mask = None
        if self.share and block.generator is not None:
            mask, share = drawn(z, self.share, block.generator)
            mask = np.multiply(mask, 1 / (1 - share), dtype=z.dtype)
        block.kept |= {(self, "z"): z, (self, "a"): a, self: (settings, mask)}
        return a if mask is None else a * mask

    def _activated_back(self, slope: Array, block: Block, wanted: bool) -> Array:
        settings, mask = block.kept[self]
        if mask is not None:
            slope *= mask
        z, a = block.kept[self, "z"], block.kept[self, "a"]
        slope = self.activation.backward(slope, z, a, settings)
        by_unit = self._by_unit(slope)
        # A product with ones is a sum, in a sixth of the time.
        bias = np.ones(by_unit.shape[-2], slope.dtype) @ by_unit
        block.slopes[self, "bias"] = bias
        return slope

    def _by_unit(self, rows: Array) -> Array:
        """Return … × rows × size as … × (rows · places) × units."""
        return rows.reshape(*rows.shape[:-2], -1, self.units)

    def scale_dropout(self, factor: float) -> None:
        self.share = factor * self.entry.dropout

    def seen(self) -> Iterator[Seen]:
        """Yield what each kernel made of all places of the rows, (rows · places) × units.

        Where the greatest of some places goes on, of these.
        """
        assert self.run
        z, a = (self._by_unit(self.run.kept((self, each))) for each in ("z", "a"))
        yield Seen("", self.activation, z, a)
