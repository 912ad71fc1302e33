"""Pictures that move: by whole pixels, each way as often, and the edge is drawn out behind them."""

import numpy as np
import pytest

from ann_cli.engine.augmentation import Augmentation

SHAPE = (4, 5, 3)


def moved(count, seed=0, **asked):
    pixels = np.random.default_rng(1).random(SHAPE, dtype=np.float32)
    x = np.tile(pixels.reshape(1, -1), (count, 1))
    found = Augmentation(SHAPE, **asked)(x, np.random.default_rng(seed))
    assert found.dtype == x.dtype
    return pixels, found.reshape(count, *SHAPE)


def candidates(pixels, shift, flip):
    """Return every picture that may come, cut out of one whose edge NumPy has drawn out."""
    height, width, _ = SHAPE
    wide = np.pad(pixels, ((shift, shift), (shift, shift), (0, 0)), mode="edge")
    cuts = [
        wide[down : down + height, right : right + width]
        for down in range(2 * shift + 1)
        for right in range(2 * shift + 1)
    ]
    return np.array(cuts + [each[:, ::-1] for each in cuts if flip])


@pytest.mark.parametrize(("shift", "flip"), [(1, False), (2, True), (0, True)])
def test_each_picture_is_one_of_those_that_may_come_and_each_comes_as_often(shift, flip):
    pixels, found = moved(4000, shift=shift, flip=flip)
    every = candidates(pixels, shift, flip)
    same = (found[:, None] == every[None]).all(axis=(2, 3, 4))
    assert (same.sum(axis=1) == 1).all()
    times = same.sum(axis=0)
    expected = len(found) / len(every)
    assert np.abs(times - expected).max() < 5 * np.sqrt(expected)


def test_the_generator_decides():
    first, again, other = (moved(50, seed, shift=2, flip=True)[1] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
