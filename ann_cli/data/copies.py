"""Rows that stand several times: on both sides of a split they would be judged by heart."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ann_cli.data.values import Array
from ann_cli.errors import counted

FEW = 100_000
"""Rows that are all looked at; of more, one in 64 values decides whether the others are."""

MOST = 0.5
"""The share of rows from which copies are no accident: few different rows are all there is."""


def copies(parts: Sequence[pd.DataFrame]) -> Array | None:
    """Return a number for each row, the same for equal rows; None where none stands twice."""
    rows = sum(map(len, parts))
    if rows > FEW:
        some = pd.concat([part[_sampled(part)] for part in parts], ignore_index=True)
        if not some.duplicated().any():
            return None
    found = np.concatenate([row_hashes(part) for part in parts])
    return found if pd.Series(found).duplicated().any() else None


def row_hashes(frame: pd.DataFrame) -> Array:
    """Return a number for each row: equal rows have equal ones, others all but never."""
    draw = np.random.default_rng(0)
    numbers = frame.select_dtypes("float64").to_numpy()
    texts = frame.select_dtypes(exclude="float64").to_numpy(object)
    found = np.zeros(len(frame), dtype=np.uint64)
    for cells in (numbers + 0.0, texts):  # no -0
        hashed = pd.util.hash_array(cells.ravel()).reshape(cells.shape)
        odd = draw.integers(2**63, size=cells.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(
            1
        )
        found += hashed @ odd
    return found


def together(sides: Array, rows: Array) -> tuple[Array, str]:
    """Return the sides with equal rows on the side of the first, and a note.

    `rows` numbers equal rows alike.
    """
    places, different = pd.factorize(rows)
    times = np.bincount(places)
    several = int(times[times > 1].sum())
    if several > MOST * len(rows):
        return sides, (
            f"{several:,} of {counted(len(rows), 'row')} stand more than once: {len(different):,} "
            "different rows are all there are"
        )
    first = np.full(len(different), -1, dtype=np.intp)
    first[places[::-1]] = np.arange(len(rows))[::-1]
    return sides[first[places]], (
        f"{several:,} of {counted(len(rows), 'row')} stand more than once; equal ones are on one "
        "side"
    )


def _sampled(part: pd.DataFrame) -> Array:
    """Return one in 64 rows by the value of a column: equal rows are in or out together."""
    numbers = [name for name in map(str, part) if part[name].dtype.kind == "f"]
    name = max(numbers, key=lambda each: part[each].iloc[:1000].nunique(), default=part.columns[0])
    values = part[name]
    if values.dtype.kind == "f":
        bits = values.to_numpy(np.float64).view(np.uint64)
    else:
        bits = row_hashes(values.to_frame())
    return (bits * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(58) == 0
