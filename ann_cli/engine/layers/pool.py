"""Pools: of some places that lie together one number a channel goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from ann_cli.engine.layers.blocks import Block, BlockLayer, Operation
from ann_cli.engine.layers.layer import LayerEntry, ShapeError, shown
from ann_cli.engine.layers.windows import Pair, along, image_of
from ann_cli.engine.parameters import Shape
from ann_cli.engine.settings import Array, Entry, Sizes, setting, table

ALL = "all"


class Pooling(Entry):
    """What goes on of several numbers. They are slices of an array, one a place of the window."""

    picks: ClassVar[bool] = False

    @staticmethod
    def forward(slices: Sequence[Array]) -> tuple[Array, Any]:
        """Return what goes on, and what the way back needs."""
        raise NotImplementedError

    @staticmethod
    def backward(slope: Array, kept: Any, slices: Sequence[Array]) -> None:
        """Write the slope by each slice."""
        raise NotImplementedError


class Max(Pooling):
    """The greatest; of several that are equal the leftmost, and of these the topmost."""

    name = "max"
    picks = True

    @staticmethod
    def forward(slices: Sequence[Array]) -> tuple[Array, Any]:
        greatest, *others = slices
        beaten = []
        for each in others:
            beaten.append(each > greatest)
            greatest = np.maximum(greatest, each)
        return greatest, beaten

    @staticmethod
    def backward(slope: Array, kept: Any, slices: Sequence[Array]) -> None:
        for each, beaten in zip(reversed(slices), reversed(kept), strict=False):
            np.multiply(slope, beaten, out=each)
            slope = slope - each
        slices[0][...] = slope


class Mean(Pooling):
    """The mean."""

    name = "mean"

    @staticmethod
    def forward(slices: Sequence[Array]) -> tuple[Array, Any]:
        total = slices[0]
        for each in slices[1:]:
            total = total + each
        return total * (1 / len(slices)), None

    @staticmethod
    def backward(slope: Array, kept: Any, slices: Sequence[Array]) -> None:
        part = slope * (1 / len(slices))
        for each in slices:
            each[...] = part


POOLINGS = table(Max, Mean)


@dataclass(frozen=True)
class Pool(LayerEntry):
    """One number a channel of places that lie together: {pool: 2}, or {pool: all, pooling: mean}.

    The windows lie side by side. What is left over at the lower and the right edge is left out.
    """

    name = "pool"
    pool: int | Pair | str = setting(
        kind=Sizes,
        help="the places that become one: one number, [height, width], or all of them",
        words=(ALL,),
        ge=1,
    )
    pooling: Pooling = setting(
        Max(), "max: the greatest of each channel goes on; mean: the mean", entries=POOLINGS
    )

    def summary(self) -> str:
        return f"{self.pooling.name} pool {self.pool}"

    def along_steps(self) -> bool:
        return True

    def layer(self, inputs: Shape) -> "PoolLayer":
        return PoolLayer(self, inputs)


class Compiled(Protocol):
    """A pool in compiled code."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """Return what goes on, and what the way back needs."""

    def backward(self, slope: Array, which: Array) -> Array:
        """Return the slope by the inputs."""


class PoolLayer(BlockLayer):
    """The greatest, or the mean, of each window's numbers, each channel by itself."""

    entry: Pool
    compiled: "Compiled | None" = None
    """What does the same in compiled code, where it was worth compiling."""

    def __init__(self, entry: Pool, inputs: Shape) -> None:
        super().__init__(entry, inputs)
        height, width, channels = self.image = image_of(inputs, "a pool layer")
        if isinstance(entry.pool, str):
            self.window: Pair = height, width
            self.outputs = (channels,)
        else:
            self.window = down, right = along(entry.pool, inputs, "pool")
            self.outputs = (*(height // down, width // right)[-len(inputs) + 1 :], channels)
        if not self.size:
            raise ShapeError(
                f"a pool of {shown(self.window[-len(inputs) + 1 :])} does not fit into what "
                f"arrives: {shown(inputs)}",
                "use a smaller pool, pool: all, or fewer pool layers before it",
            )
        self.work = height * width * channels

    @property
    def room(self) -> int:
        return self.work

    def operations(self) -> Sequence[Operation]:
        return (Operation(self._pooled, self._pooled_back, picks=self.entry.pooling.picks),)

    def _pooled(self, x: Array, block: Block) -> Array:
        if self.compiled:
            greatest, block.kept[self] = self.compiled.forward(x)
            return greatest
        pooling = self.entry.pooling
        lines, above = pooling.forward(self._lines(x))
        found, beside = pooling.forward(self._places(lines))
        block.kept[self] = above, beside
        return found.reshape(*x.shape[:-1], self.size)

    def _pooled_back(self, slope: Array, block: Block, wanted: bool) -> Any:
        if not wanted:
            return None
        if self.compiled:
            return self.compiled.backward(slope, block.kept[self])
        pooling = self.entry.pooling
        above, beside = block.kept[self]
        height, width, channels = self.image
        down, right = self.window
        rows, whole = slope.shape[:-1], (height // down * down, width // right * right)
        exact = whole == (height, width)
        found = (np.empty if exact else np.zeros)((*rows, height * width * channels), slope.dtype)
        lines = np.empty((*rows, height // down, whole[1], channels), slope.dtype)
        places = self._places(lines)
        pooling.backward(slope.reshape(places[0].shape), beside, places)
        pooling.backward(lines, above, self._lines(found))
        return found

    def _lines(self, x: Array) -> list[Array]:
        """Return the first line of each window, the second …: … × rows × windows × width."""
        (height, width, _), (down, right) = self.image, self.window
        image = x.reshape(*x.shape[:-1], *self.image)
        image = image[..., : height // down * down, : width // right * right, :]
        return [image[..., line::down, :, :] for line in range(down)]

    def _places(self, lines: Array) -> list[Array]:
        """Return the first place of each window in such lines, the second …"""
        right = self.window[1]
        return [lines[..., place::right, :] for place in range(right)]
