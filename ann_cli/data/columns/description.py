"""What a column holds, in a few words."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TypeVar

import numpy as np
import pandas as pd

from ann_cli.data.cells.values import Kind

V = TypeVar("V")

SHOWN = 4
"""Values of a category that are named."""

MANY = 100
"""Columns from which on those of one kind, beside each other, are told as one."""


def folded(columns: Iterable[tuple[str, V]], alone: bool = True) -> Iterator[tuple[str, V, int]]:
    """Yield columns as they are told: a name, their value, and how many they are.

    Up to MANY columns, each is told alone where that is of use; of more, those beside each other
    with an equal value are told together.
    """
    listed = list(columns)
    if alone and len(listed) <= MANY:
        yield from ((name, value, 1) for name, value in listed)
        return
    for value, group in groupby(listed, key=lambda each: each[1]):
        names = [name for name, _ in group]
        name = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
        yield name, value, len(names)


def describe(column: pd.Series, kind: Kind) -> str:
    """Return the range of a number or the values of a category, and how many cells are missing."""
    known = column.dropna()
    if known.empty:
        return "every cell missing"
    if kind == "category":
        values = sorted(map(str, known.unique()))
        named = ", ".join(values[:SHOWN]) + (", …" if len(values) > SHOWN else "")
        text = f"{len(values):,} values: {named}"
    elif kind == "date":
        text = f"{_moment(known.min())} to {_moment(known.max())}"
    elif kind == "boolean":
        text = f"true in {known.mean():.0%}"
    else:
        text = f"{known.min():.6g} to {known.max():.6g}, median {known.median():.6g}"
    missing = len(column) - len(known)
    return f"{text}; {missing:,} missing" if missing else text


def _moment(seconds: float) -> str:
    """Return a date, with its time where it has one."""
    return str(np.datetime64(int(seconds), "s")).replace("T", " ").removesuffix(" 00:00:00")
