"""Windows: where a kernel lies on rows that have places, and the numbers under it."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from ann_cli.engine.layers.layer import ShapeError, shown
from ann_cli.engine.parallel import scratch
from ann_cli.engine.parameters import Columns, Shape
from ann_cli.engine.settings import Array

Pair: TypeAlias = tuple[int, int]

SHORT = 16
"""Numbers that lie together in a window's line, below which windows are gathered the other way
round: place after place for each number of the window. Of one channel that took a seventh."""


def image_of(inputs: Shape, taker: str) -> tuple[int, int, int]:
    """Return the height, the width and the channels of rows; a series is one pixel high.

    Raises ShapeError where they have no places. `taker` is the layer, in words: "a conv layer".
    """
    if len(inputs) == 3:
        return inputs[0], inputs[1], inputs[2]
    if len(inputs) == 2:
        return 1, inputs[0], inputs[1]
    wanted = "height × width × channels, or steps × channels"
    if isinstance(inputs, Columns):
        raise ShapeError(
            f"{taker} takes {wanted}, and the table's {shown(inputs)} arrive",
            "say what a row is: data.image: {height: …, width: …}, or data.window",
        )
    raise ShapeError(
        f"{taker} takes {wanted}, and {shown(inputs)} arrive",
        "set it before the layers that make numbers without places of a row",
    )


def along(size: int | Pair, inputs: Shape, key: str) -> Pair:
    """Return a setting of one number, or of two, down and along. Raises ShapeError."""
    if isinstance(size, int):
        return (size if len(inputs) == 3 else 1), size
    if len(inputs) == 2:
        raise ShapeError(
            f"{key} has two numbers, and the rows that arrive have one direction: {shown(inputs)}",
            f"give one number: {key}: {size[1]}",
        )
    return size


@dataclass(frozen=True)
class Windows:
    """Windows of one size at even distances on a frame that rows are laid into."""

    image: tuple[int, int, int]
    """The height, the width and the channels of a row."""
    frame: Pair
    """The height and the width that it is laid into; the rest is 0."""
    at: Pair
    """Where its first place lies there."""
    apart: Pair
    """How far apart its places lie."""
    size: Pair
    """The height and the width of a window."""
    stride: Pair
    """How far the windows lie apart."""

    @cached_property
    def places(self) -> Pair:
        """How many windows there are, down and along."""
        (height, width), (down, right) = self.size, self.stride
        return (self.frame[0] - height) // down + 1, (self.frame[1] - width) // right + 1

    @cached_property
    def within(self) -> int:
        """The numbers of a window."""
        return self.size[0] * self.size[1] * self.image[2]

    def under(self, x: Array) -> Array:
        """Return the numbers under each window, … × (rows · places) × numbers, of … × rows × size.

        They may lie in the thread's scratch: the next call overwrites them.
        """
        *before, rows = x.shape[:-1]
        channels, (height, width) = self.image[2], self.size
        places = self.places
        count = rows * places[0] * places[1]
        if self.size == self.stride == self.apart == (1, 1) and self.frame == self.image[:2]:
            return x.reshape(*before, count, channels)
        framed = np.ascontiguousarray(self._framed(x.reshape(*before, rows, *self.image)))
        *outer, down, right, one = framed.strides
        line = width * channels
        windows = (self.stride[0] * down, self.stride[1] * right)
        if line >= SHORT:
            shape: Shape = (*before, rows, *places, height, line)
            strides = (*outer, *windows, down, one)
        else:
            shape = (*before, height, line, rows, *places)
            strides = (*outer[:-1], down, one, outer[-1], *windows)
        found = scratch("windows", shape, x.dtype)
        np.copyto(found, np.ndarray(shape, x.dtype, framed, strides=strides))
        if line >= SHORT:
            return found.reshape(*before, count, self.within)
        return found.reshape(*before, self.within, count).mT

    def _framed(self, rows: Array) -> Array:
        if self.frame == self.image[:2] and self.apart == (1, 1):
            return rows
        shape = (*rows.shape[:-3], *self.frame, self.image[2])
        framed = scratch("frame", shape, rows.dtype)
        framed.fill(0)
        down, right = (
            slice(at, at + (places - 1) * apart + 1, apart)
            for at, places, apart in zip(self.at, self.image[:2], self.apart, strict=True)
        )
        framed[..., down, right, :] = rows
        return framed
