"""The different cells of columns, and how often each occurs."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ann_cli.engine.settings import Array

FEW = 1000
"""Cells that Python counts sooner than pandas does, of which the first steps take longer."""


def objects(frame: pd.DataFrame, names: Sequence[str]) -> Array:
    """Return columns × cells: all at once, as pandas takes long for each column."""
    return frame[names].to_numpy(object).T


def factorized(cells: pd.Series | Array) -> tuple[Array, list[object]]:
    """Return the place of each cell among the different ones, −1 where missing, and these."""
    cells = np.asarray(cells, dtype=object)
    if len(cells) >= FEW:
        found, distinct = pd.factorize(cells)
        return found, distinct.tolist()
    places: dict[object, int] = {}
    each = [
        -1 if is_missing else places.setdefault(cell, len(places))
        for cell, is_missing in zip(cells.tolist(), pd.isna(cells).tolist(), strict=True)
    ]
    return np.array(each, dtype=np.intp), list(places)


def texts(cells: pd.Series | Array) -> tuple[Array, list[str]]:
    """Return for each cell the place of its text, below 0 where it is missing; and the texts."""
    found, distinct = factorized(cells)
    return found, list(map(_text, distinct))


def plain_texts(cells: pd.Series | Array) -> list[str | None]:
    """Return each cell's text, None where it is missing."""
    found, distinct = texts(cells)
    return [distinct[at] if at >= 0 else None for at in found.tolist()]


def counts(cells: pd.Series | Array) -> dict[str, int]:
    """Return how often each cell occurs, as text, in the order of their appearance."""
    found, distinct = texts(cells)
    times = np.bincount(found[found >= 0], minlength=len(distinct))
    counted: dict[str, int] = {}
    for text, count in zip(distinct, times.tolist(), strict=True):
        counted[text] = counted.get(text, 0) + count
    return counted


def tally(cells: Array) -> Counter[str]:
    """Return how often each text occurs among objects, of which some may be NaN."""
    if len(cells) < FEW:
        return Counter([each for each in cells.tolist() if isinstance(each, str)])
    found, distinct = pd.factorize(cells)
    times = np.bincount(found[found >= 0], minlength=len(distinct))
    return Counter(dict(zip(distinct.tolist(), times.tolist(), strict=True)))


def _text(value: object) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)
