"""Rows that stand several times: on both sides of a split they would be judged by heart."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from ann_cli.data.cells.values import Array
from ann_cli.data.columns.hashes import hashes
from ann_cli.data.prefetch import parallel_map
from ann_cli.errors import counted

FEW = 100_000
"""Rows that are all looked at; of more, one in 64 values decides whether the others are."""

SEVERAL = "stand more than once"
ALL_THERE_ARE = "different rows are all there are"

MOST = 0.5
"""The share of rows from which copies are no accident: few different rows are all there is."""


def together(
    sides: Array, parts: Sequence[pd.DataFrame], where: str = "on one side"
) -> tuple[Array, str]:
    """Return the sides of the rows in `parts` with equal rows on the side of the first, and a note.

    Where most rows stand several times the sides are left as they are.
    """
    rows = sum(map(len, parts))
    if rows > FEW:
        share = pd.concat(list(_sampled(parts))).duplicated(keep=False).mean()
        if not share:
            return sides, ""
        if share > MOST:
            return (
                sides,
                f"about {share:.0%} of {counted(rows, 'row')} {SEVERAL}: few {ALL_THERE_ARE}",
            )
    places, different = pd.factorize(np.concatenate(list(parallel_map(hashes, parts))))
    if len(different) == rows:
        return sides, ""
    times = np.bincount(places)
    several = int(times[times > 1].sum())
    told = f"{several:,} of {counted(rows, 'row')} {SEVERAL}"
    if several > MOST * rows:
        return sides, f"{told}: {len(different):,} {ALL_THERE_ARE}"
    first = np.full(len(different), -1, dtype=np.intp)
    first[places[::-1]] = np.arange(rows)[::-1]
    return sides[first[places]], f"{told}; equal ones are {where}"


def among_training(
    training: Sequence[pd.DataFrame], held: Sequence[pd.DataFrame], side: str
) -> str:
    """Return a note where most rows of another table are training rows, too; else "".

    Where most training rows are alike, others are like them by chance.
    """
    rows = sum(map(len, held))
    if not rows or not training:
        return ""
    known, own = (np.concatenate(list(parallel_map(hashes, each))) for each in (training, held))
    both = int(np.isin(own, known).sum())
    if both <= MOST * rows or len(np.unique(known)) <= MOST * len(known):
        return ""
    return (
        f"{both:,} of {counted(rows, f'{side} row')} stand among the training rows, too: their "
        "scores say nothing of new rows"
    )


def _sampled(parts: Sequence[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Yield one in 64 rows by the value of one column: equal rows are in or out together."""
    first = parts[0]
    varied = first.select_dtypes("float64").iloc[:1000].nunique()
    name = varied.idxmax() if len(varied) else first.columns[0]
    for part in parts:
        yield part[hashes(part[[name]]) >> np.uint64(58) == 0]
