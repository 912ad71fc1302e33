"""The cells of a column, from a file or from a Python caller, as numbers or as text."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ann_cli.errors import DataError, Problem, counted

Array: TypeAlias = NDArray[Any]
Kind: TypeAlias = Literal["number", "boolean", "category"]

LARGEST = float(np.finfo(np.float32).max)
"""The largest number taken: float32, the usual precision, holds none beyond."""

TRUE = ("true", "yes", "1", "1.0")
FALSE = ("false", "no", "0", "0.0")

UNSEEN, ABSENT = -1, -2
"""Codes of a cell whose value is none of the categories, and of a missing cell."""


def numbers(column: pd.Series) -> tuple[Array, Array]:
    """Return float64 with NaN where missing, and a mask of the cells that are not numbers."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        values = column.to_numpy(dtype=np.float64)
        return values, np.zeros(len(values), dtype=bool)
    missing = column.isna().to_numpy()
    if column.dtype.kind in "mMc":
        return np.full(len(column), np.nan), ~missing
    cells = column.astype(object).where(~missing, None)
    values = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return values, np.isnan(values) & ~missing


def booleans(column: pd.Series) -> tuple[Array, Array]:
    """Return 0, 1 or NaN in float64, and a mask of the cells that are neither yes nor no."""
    if column.dtype == np.bool_:
        return column.to_numpy(dtype=np.float64), np.zeros(len(column), dtype=bool)
    codes, distinct = pd.factorize(column.astype(object))
    words = [str(each).strip().lower() for each in distinct]
    meanings = [1.0 if each in TRUE else 0.0 if each in FALSE else np.nan for each in words]
    values = np.array([*meanings, np.nan])[codes]  # code −1, missing, takes the last
    return values, np.isnan(values) & (codes >= 0)


SHOWN = 5
READING: dict[str, Callable[[pd.Series], tuple[Array, Array]]] = {
    "number": numbers,
    "boolean": booleans,
}


def read(column: pd.Series, name: str, kind: Kind) -> Array:
    """Return a column as float64, NaN where missing. Raises DataError naming cells that are not."""
    values, bad = READING[kind](column)
    bad = bad | (values > LARGEST) | (values < -LARGEST)
    if not bad.any():
        return values
    cells = ", ".join(map(repr, column[bad].astype(object).tolist()[:SHOWN]))
    raise DataError.of(
        [
            Problem(
                f"not a finite {kind} in {counted(int(bad.sum()), 'row')}: {cells}",
                f"column {name}",
                "fix these cells, or leave them empty if they are not known",
            )
        ]
    )


def codes(column: pd.Series, categories: Sequence[str]) -> Array:
    """Return each cell's place among the categories, UNSEEN or ABSENT.

    A number given for a category stands for the category of that value: pandas reads "012" as 12,
    and as 12.0 where the column has missing cells.
    """
    places = {each: place for place, each in enumerate(categories)}
    by_value = {_value(each): place for each, place in places.items()}
    by_value.pop(None, None)
    found, distinct = pd.factorize(column.astype(object))
    table = [
        places.get(_text(each), UNSEEN if isinstance(each, str) else by_value.get(each, UNSEEN))
        for each in distinct
    ]
    return np.array([*table, ABSENT])[found]


def counts(column: pd.Series) -> dict[str, int]:
    """Return how often each value occurs, as text, in the order of their appearance."""
    found, distinct = pd.factorize(column.astype(object))
    times = np.bincount(found[found >= 0], minlength=len(distinct))
    counted: dict[str, int] = {}
    for text, count in zip(map(_text, distinct), times.tolist(), strict=True):
        counted[text] = counted.get(text, 0) + count
    return counted


def listed(names: Sequence[str], most: int = 20) -> str:
    """Return some names as one text, however many there are."""
    shown = ", ".join(names[:most]).replace("\n", "\\n")
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def not_seen(cells: Mapping[str, int], noun: str = "cell") -> list[str]:
    """Return a sentence for each column, of so many cells whose value training did not meet."""
    return [
        f"column {name}: values not seen in training in {counted(count, noun)}"
        for name, count in cells.items()
    ]


def cited(cell: str, most: int = 60) -> str:
    """Return a cell in quotes for a message, however long it is."""
    return f'"{cell}"' if len(cell) <= most else f'"{cell[:most]}…" ({len(cell):,} characters)'


def _text(value: object) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _value(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
