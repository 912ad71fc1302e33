"""What training does to the rows of a step: pictures move a little, or cells are hidden, anew."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ann_cli.engine.parameters import Shape, columns_of
from ann_cli.engine.settings import Array

Change: TypeAlias = Callable[[Array, np.random.Generator], Array]
"""From the rows of a step to what the network sees of them, rows × inputs."""


def change_of(config: Any, inputs: Shape) -> Change | None:
    """Return what a completed config does to the rows of a step; None: nothing."""
    if config.noise:
        # Of choices there are fewer then, and no other values: what is left stands for all of them.
        factor = 1 / (1 - config.noise) if config.task == "ranking" else 1.0
        return Masking(config.noise, columns_of(inputs), factor)
    asked = config.augment
    if asked is None or not (asked.shift or asked.flip):
        return None
    return Augmentation(inputs, asked.shift, asked.flip)


@dataclass(frozen=True)
class Augmentation:
    """Moves pictures by up to `shift` pixels each way, and mirrors every other one if `flip`.

    Each row and column of a picture is as likely to be moved by one number as by another. What
    moves in is what stood at the edge, so that no value comes in that the picture does not have.
    """

    shape: Shape
    """Height, width and channels."""
    shift: int = 0
    flip: bool = False

    def __call__(self, x: Array, generator: np.random.Generator) -> Array:
        """Return rows × inputs of moved pictures, of the dtype of `x`."""
        height, width, channels = self.shape
        count = len(x)
        down, right = generator.integers(-self.shift, self.shift, (2, count, 1), endpoint=True)
        rows = np.clip(np.arange(height) - down, 0, height - 1)
        columns = np.clip(np.arange(width) - right, 0, width - 1)
        if self.flip:
            mirrored = generator.random((count, 1)) < 0.5
            columns = np.where(mirrored, columns[:, ::-1], columns)
        places = rows[:, :, np.newaxis] * width + columns[:, np.newaxis, :]
        pixels = x.reshape(count, height * width, channels)
        every = np.arange(count)[:, np.newaxis]
        return pixels[every, places.reshape(count, -1)].reshape(count, -1)


class Masking:
    """Hides cells: all inputs of a column become 0, for a share of each row's columns.

    What a network then rebuilds it can only know from the other columns: Vincent, Larochelle,
    Bengio & Manzagol 2008, "Extracting and composing robust features with denoising autoencoders".
    """

    def __init__(self, share: float, columns: Array, factor: float = 1.0) -> None:
        """`columns` is the number of the column that each input belongs to.

        What is not hidden is multiplied by `factor`.
        """
        self.share, self.columns, self.factor = share, columns, factor

    def __call__(self, x: Array, generator: np.random.Generator) -> Array:
        """Return rows × inputs of which some are 0, of the dtype of `x`."""
        shape = len(x), int(self.columns.max()) + 1
        kept = generator.random(shape, dtype=np.float32) >= self.share
        return x * (kept[:, self.columns] * x.dtype.type(self.factor))
