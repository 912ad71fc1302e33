"""Rows to learn from and rows to be judged by."""

import numpy as np

from ann_cli.data.values import Array
from ann_cli.errors import DataError


def split(
    rows: int, fraction: float, generator: np.random.Generator, labels: Array | None = None
) -> tuple[Array, Array]:
    """Return the numbers of the training rows and of the validation rows, each ascending.

    With `labels` each class has its share in both. Raises DataError where a side would be empty.
    """
    wanted = round(fraction * rows)
    if not 1 <= wanted < rows:
        raise DataError(
            f"{rows} rows with validation: {fraction} leave {wanted} to validate "
            f"and {rows - wanted} to train",
            remedy="add rows, choose another fraction, or set data.validation: 0",
        )
    if labels is None:
        groups = [np.arange(rows)]
    else:
        _, members = np.unique(labels, return_inverse=True)
        groups = [np.flatnonzero(members == each) for each in range(members.max() + 1)]
    shares = allocate(np.array([len(each) for each in groups]), wanted)
    held = np.zeros(rows, dtype=bool)
    for group, share in zip(groups, shares, strict=True):
        held[generator.permutation(group)[:share]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


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
