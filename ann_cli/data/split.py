"""Rows to learn from and rows to be judged by."""

import numpy as np

from ann_cli.data.values import Array
from ann_cli.errors import DataError


def split(
    rows: int, fraction: float, generator: np.random.Generator, labels: Array | None = None
) -> Array:
    """Return which rows validate.

    With `labels` each class has its share in both. Raises DataError where a side would be empty.
    """
    wanted = round(fraction * rows)
    check_sides(rows - wanted, wanted, fraction)
    groups: list[Array]
    if labels is None:
        groups = [np.arange(rows, dtype=np.uint32)]  # half the memory to shuffle
    else:
        _, members = np.unique(labels, return_inverse=True)
        groups = [np.flatnonzero(members == each) for each in range(members.max() + 1)]
    shares = allocate(np.array([len(each) for each in groups]), wanted)
    held = np.zeros(rows, dtype=bool)
    for group, share in zip(groups, shares, strict=True):
        held[generator.permutation(group)[:share]] = True
    return held


def check_sides(training: int, held: int, fraction: float) -> None:
    """Raise DataError where a side has no rows."""
    if training < 1 or held < 1:
        raise DataError(
            f"{training + held} rows with validation: {fraction} leave {held} to validate "
            f"and {training} to train",
            remedy="add rows, choose another fraction, or set data.validation: 0",
        )


def held_rows(numbers: Array, fraction: float, seed: int) -> Array:
    """Return which rows validate, by a hash of their numbers (from 0): the same in every pass.

    SplitMix64 of the number, with the seed as its state (Steele, Lea & Flood 2014, "Fast splittable
    pseudorandom number generators", figure 16); its upper 53 bits are a number from 0 to 1.
    """
    bits = (numbers.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    bits += np.uint64(seed)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return (bits >> np.uint64(11)) * 2.0**-53 < fraction


def allocate(sizes: Array, wanted: int) -> Array:
    """Return how many of each group to take, `wanted` in all, by the largest remainder.

    A group keeps one row or more; where that cannot be, groups of one row give theirs first.
    """
    exact = sizes * (wanted / sizes.sum())
    taken = np.zeros_like(sizes)
    for most in (sizes - 1, sizes):
        taken = np.maximum(taken, np.minimum(np.floor(exact).astype(sizes.dtype), most))
        while taken.sum() < wanted and (taken < most).any():
            remainder = np.where(taken < most, exact - taken, -np.inf)
            taken[np.argmax(remainder)] += 1
    return taken
