"""How strongly columns hang together, from 0 to 1, whatever their kinds."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd

from ann_cli.engine.settings import Array
from ann_cli.insight.cells import Cells

MOST_LABELS = 30
"""Categories of a column that are told apart; rarer ones count as one."""


@dataclass(frozen=True)
class Association:
    """The column that another hangs together with most, and how strongly."""

    column: str
    strength: float
    measure: str
    """What it is called: rank correlation, correlation ratio or Cramér's V."""


@dataclass(frozen=True)
class _Coded:
    """A column of numbers as centred ranks of length 1, of categories as places."""

    ranks: Array | None
    codes: Array | None
    labels: int = 0


def strongest(columns: Mapping[str, Cells], asked: list[str]) -> dict[str, Association | None]:
    """Return for each column that is asked for what it hangs together with most, of all others.

    Two columns of numbers by Spearman's rank correlation (1904); numbers and categories by the
    correlation ratio of the ranks, less what chance gives (Kelley 1935, "An unbiased correlation
    ratio measure"); two of categories by Cramér's V, less the same (Bergsma 2013, "A
    bias-correction for Cramér's V and Tschuprow's T"). None where there is no other column.
    """
    coded = {name: _coded(each) for name, each in columns.items()}
    found: dict[str, Association | None] = {}
    for name in asked:
        every = [
            Association(other, *_strength(coded[name], coded[other]))
            for other in columns
            if other != name
        ]
        found[name] = max(every, key=lambda each: each.strength, default=None)
    return found


def _coded(cells: Cells) -> _Coded:
    if cells.values is None:
        codes, labels = cells.common(MOST_LABELS)
        return _Coded(None, codes, len(labels))
    known = ~np.isnan(cells.values)
    ranks = np.zeros(len(known))
    if known.any():
        own = pd.Series(cells.values[known]).rank().to_numpy()
        ranks[known] = own - own.mean()  # a missing cell has the mean rank
    length = float(np.sqrt(np.square(ranks).sum()))
    return _Coded(ranks / length if length else ranks, None)


def _strength(one: _Coded, other: _Coded) -> tuple[float, str]:
    if one.ranks is not None and other.ranks is not None:
        return min(abs(float(one.ranks @ other.ranks)), 1.0), "rank correlation"
    if one.codes is not None and other.codes is not None:
        return _cramer(one, other), "Cramér's V"
    ranks = one.ranks if one.ranks is not None else other.ranks
    named = one if one.codes is not None else other
    assert ranks is not None
    return _ratio(ranks, named), "correlation ratio"


def _ratio(ranks: Array, named: _Coded) -> float:
    assert named.codes is not None
    counts = np.bincount(named.codes, minlength=named.labels)
    sums = np.bincount(named.codes, ranks, named.labels)
    groups, rows, whole = np.count_nonzero(counts), len(ranks), float(ranks @ ranks)
    if groups < 2 or rows <= groups or not whole:
        return 0.0
    between = float(np.divide(np.square(sums), counts, where=counts > 0, out=sums * 0).sum())
    return sqrt(max(1 - (1 - between / whole) * (rows - 1) / (rows - groups), 0.0))


def _cramer(one: _Coded, other: _Coded) -> float:
    assert one.codes is not None
    assert other.codes is not None
    size = one.labels * other.labels
    table = np.bincount(one.codes * other.labels + other.codes, minlength=size).astype(float)
    table = table.reshape(one.labels, other.labels)
    table = table[table.any(axis=1)][:, table.any(axis=0)]
    rows, (high, wide) = len(one.codes), table.shape
    if min(high, wide) < 2 or rows < 3:
        return 0.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / rows
    mean_square = float((np.square(table - expected) / expected).sum()) / rows
    corrected = max(mean_square - (high - 1) * (wide - 1) / (rows - 1), 0.0)
    least = min(each - (each - 1) ** 2 / (rows - 1) for each in (high, wide)) - 1
    return min(sqrt(corrected / least), 1.0) if least > 0 else 0.0
