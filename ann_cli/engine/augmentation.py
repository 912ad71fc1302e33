"""Augmentation: training sees each picture moved a little, or in a mirror, anew in each step."""

from dataclasses import dataclass

import numpy as np

from ann_cli.engine.parameters import Shape
from ann_cli.engine.settings import Array


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
