"""Which rows are trained on, which validate, and which only the last score sees."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import numpy as np

from ann_cli.config.data_spec import Data
from ann_cli.data.cells.values import Array
from ann_cli.data.columns.statistics import Numbers
from ann_cli.errors import DataError, counted

Side: TypeAlias = Literal["training", "validation", "test"]
SIDES: tuple[Side, ...] = ("training", "validation", "test")
"""In the order of the numbers 0, 1 and 2 that rows are given."""

HELD: tuple[Side, ...] = ("validation", "test")
"""The sides that nothing is learned from."""


def judging(known: Mapping[Any, object]) -> Side:
    """Return which of the sides that are known, the others None, had least part in training."""
    return next(side for side in reversed(SIDES) if known.get(side) is not None)


Shares: TypeAlias = tuple[float, float]
"""The shares of rows that validate and that test."""


def shares_of(data: Data) -> Shares:
    """Return the shares that are drawn from the data's own file."""
    return data.parts["validation"].share, data.parts["test"].share


def split(
    rows: int, shares: Shares, generator: np.random.Generator, labels: Array | None = None
) -> Array:
    """Return the side of each row, drawn at random.

    With `labels` each class has its share in all. Raises DataError where a side would be empty.
    """
    wanted = [round(share * rows) for share in shares]
    check_sides((rows - sum(wanted), *wanted), shares)
    groups: list[Array]
    if labels is None:
        groups = [np.arange(rows, dtype=np.uint32)]  # half the memory to shuffle
    else:
        _, members = np.unique(labels, return_inverse=True)
        groups = [np.flatnonzero(members == each) for each in range(members.max() + 1)]
    sizes = np.array([len(each) for each in groups])
    validating = allocate(sizes, wanted[0])
    testing = allocate(sizes - validating, wanted[1])
    sides = np.zeros(rows, dtype=np.int8)
    for group, first, second in zip(groups, validating, testing, strict=True):
        drawn = generator.permutation(group)
        sides[drawn[:first]] = 1
        sides[drawn[first : first + second]] = 2
    return sides


def split_groups(groups: Array, shares: Shares, generator: np.random.Generator) -> Array:
    """Return the side of each row, all rows of a group on one side.

    `groups` numbers each row's group. Groups are drawn until their rows come closest to the share.
    Raises DataError where a side would be empty.
    """
    sizes = np.bincount(groups)
    order = list(generator.permutation(len(sizes)))
    sides = np.zeros(len(sizes), dtype=np.int8)
    for side, share in enumerate(shares, start=1):
        wanted, taken = share * len(groups), 0
        while share and len(order) > 1 and abs(taken + sizes[order[-1]] - wanted) < wanted - taken:
            group = order.pop()
            sides[group] = side
            taken += int(sizes[group])
    found = sides[groups]
    check_sides(count_sides(found), shares)
    return found


def cuts_of(moments: Numbers, shares: Shares) -> tuple[float, float]:
    """Return the moments after which rows validate and after which they test.

    Rows of one moment stay on one side.
    """
    validation, test = shares
    first, second = moments.percentiles(100 * (1 - validation - test), 100 * (1 - test))
    # Where many rows share the last moment, they all lie behind the cut.
    before = float(np.nextafter(moments.moments.greatest, -np.inf))
    return min(first, before) if validation else second, min(second, before)


def split_by_time(moments: Array, shares: Shares, cuts: tuple[float, float]) -> Array:
    """Return the side of each row: the latest test, those before them validate.

    A row whose moment is missing is trained on.
    """
    sides = np.zeros(len(moments), dtype=np.int8)
    if shares[0]:
        sides[moments > cuts[0]] = 1
    if shares[1]:
        sides[moments > cuts[1]] = 2
    return sides


def split_by_hash(numbers: Array, shares: Shares, seed: int) -> Array:
    """Return the side of each row by a hash of a number of its own: the same in every pass.

    SplitMix64 of the number, with the seed as its state (Steele, Lea & Flood 2014, "Fast splittable
    pseudorandom number generators", figure 16); its upper 53 bits are a number from 0 to 1.
    """
    bits = (numbers.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    bits += np.uint64(seed)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    drawn = (bits >> np.uint64(11)) * 2.0**-53
    sides = np.zeros(len(numbers), dtype=np.int8)
    sides[drawn < sum(shares)] = 2
    sides[drawn < shares[0]] = 1
    return sides


def count_sides(sides: Array) -> tuple[int, ...]:
    """Return how many rows are on each side."""
    return tuple(np.bincount(sides, minlength=len(SIDES)).tolist())


def check_sides(counts: tuple[int, ...], shares: Shares) -> None:
    """Raise DataError where a side has no rows, although it was asked for."""
    asked: Mapping[str, float] = dict(zip(HELD, shares, strict=True))
    empty = [
        side for side, count in zip(HELD, counts[1:], strict=True) if asked[side] and not count
    ]
    if counts[0] and not empty:
        return
    given = " and ".join(f"{side}: {share:g}" for side, share in asked.items() if share)
    left = ", ".join(
        f"{count:,} to {word}"
        for count, word, share in zip(
            counts, ("train", "validate", "test"), (1, *shares), strict=True
        )
        if share
    )
    without = " and ".join(f"data.{side}: 0" for side, share in asked.items() if share)
    raise DataError(
        f"{counted(sum(counts), 'row')} with {given} leave {left}",
        remedy=f"add rows (a network needs dozens), choose other shares, or set {without}",
    )


def allocate(sizes: Array, wanted: int) -> Array:
    """Return how many of each group to take, `wanted` in all, by the largest remainder.

    A group keeps one row or more; where that cannot be, groups of one row give theirs first.
    """
    exact = sizes * (wanted / max(sizes.sum(), 1))
    taken = np.zeros_like(sizes)
    for most in (np.maximum(sizes - 1, 0), sizes):
        taken = np.maximum(taken, np.minimum(np.floor(exact).astype(sizes.dtype), most))
        while taken.sum() < wanted and (taken < most).any():
            remainder = np.where(taken < most, exact - taken, -np.inf)
            taken[np.argmax(remainder)] += 1
    return taken
