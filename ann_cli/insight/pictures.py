"""What a network of pictures looks for: its first kernels, and which patch a prediction needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ann_cli.engine.layers.conv import ConvLayer
from ann_cli.engine.layers.layer import Layer
from ann_cli.engine.layers.windows import along
from ann_cli.engine.rows import Rows
from ann_cli.engine.settings import Array
from ann_cli.insight.names import layer_names
from ann_cli.insight.plain import plain
from ann_cli.insight.scoring import score
from ann_cli.model.model import Model
from ann_cli.tasks.metrics import METRICS
from ann_cli.tasks.task import Scores

Document = dict[str, Any]


@dataclass(frozen=True)
class Patch:
    """What the first kernel of a convolution sees at one place, the middle one."""

    row: int
    """From 1, of the places that the layer gives."""
    column: int
    numbers: Array
    """Height × width × channels, 0 where the kernel lies beyond the edge."""
    kernel: Array
    """Of the same shape."""
    bias: float
    activation: float

    @property
    def total(self) -> float:
        """The weighted sum."""
        return float((self.numbers * self.kernel).sum() + self.bias)


def patch_of(layer: Layer, x: Array, a: Array, parameters: Mapping[str, Array]) -> Patch | None:
    """Return a patch of the picture `x` that entered a layer, flat as what it gave; None of others.

    `parameters` are the layer's as they were then.
    """
    if not isinstance(layer, ConvLayer) or len(layer.inputs) != 3:
        return None
    kernel, bias = parameters["weights"][..., 0], float(parameters["bias"][0])
    strides = along(layer.entry.stride, layer.inputs, "stride")
    at = [each // 2 for each in layer.outputs[:2]]
    starts = [
        place * stride - layer.entry.padding.around(size, length, stride) // 2
        for place, stride, size, length in zip(
            at, strides, layer.inputs, kernel.shape[:2], strict=False
        )
    ]
    seen = np.zeros(kernel.shape, x.dtype)
    image = x.reshape(layer.inputs)
    for down, right in np.ndindex(*kernel.shape[:2]):
        row, column = starts[0] + down, starts[1] + right
        if 0 <= row < layer.inputs[0] and 0 <= column < layer.inputs[1]:
            seen[down, right] = image[row, column]
    given = float(a.reshape(layer.outputs)[at[0], at[1], 0])
    return Patch(at[0] + 1, at[1] + 1, seen, kernel, bias, given)


MOST_ROWS = 1000
"""Pictures that a patch's worth is measured on: each patch takes a prediction of all of them."""

ACROSS, LEAST = 7, 2
"""Patches beside each other at most, and the pixels of a patch's side at least."""


def kernels(model: Model) -> Document | None:
    """Return the kernels of the first convolution on pictures; None where there is none.

    `kernels` has a kernel of each unit: height × width × channels.
    """
    leaves = dict(model.member.chain.leaves())
    for names in layer_names(model):
        layer = leaves[names.place]
        if isinstance(layer, ConvLayer) and len(layer.inputs) == 3:
            weights = model.member.views(model.member.stored, names.place)["weights"]
            return {"layer": names.layer, "kernels": plain(np.moveaxis(weights, -1, 0))}
    return None


def occlusion(model: Model, x: Array, y: Array) -> Document | None:
    """Return how much worse each metric is where a patch is set to the mean; None of no pictures.

    Zeiler & Fergus 2014, "Visualizing and understanding convolutional networks", section 4.2. It
    is measured on rows at even distances, all patches on the same ones.
    """
    shape = model.encoder.shape
    if shape is None or len(shape) != 3:
        return None
    every = max(1, -(-len(x) // MOST_ROWS))
    x, y = x[::every], y[::every]
    height, width = shape[:2]
    size = max(LEAST, -(-max(height, width) // ACROSS))
    whole = score({"": model}, Rows(x, y))[""]
    found: dict[str, list[list[float | None]]] = {name: [] for name in model.task.importance}
    for top in range(0, height, size):
        hidden = _without(x, shape, top, size)
        line = [score({"": model}, Rows(each, y))[""] for each in hidden]
        for name, lines in found.items():
            lines.append([_worse(name, whole, each) for each in line])
    return {"rows": len(x), "patch": size, "worse": found}


def _worse(name: str, whole: Scores, hidden: Scores) -> float | None:
    before, after = whole[name], hidden[name]
    return None if before is None or after is None else METRICS[name].sign * (after - before)


def _without(x: Array, shape: tuple[int, ...], top: int, size: int) -> Iterator[Array]:
    """Yield rows × inputs without each patch that begins at a height."""
    for left in range(0, shape[1], size):
        hidden = x.copy()
        # The mean of a channel enters as 0.
        hidden.reshape(len(x), *shape)[:, top : top + size, left : left + size] = 0
        yield hidden
