"""What a column holds, by its first rows: numbers, yes or no, or names of categories."""

import re
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from ann_cli.data.values import Array, Kind, cited, numbers
from ann_cli.errors import DataError, Problem

WORDS = {"true", "false", "yes", "no"}
LEADING_ZERO = re.compile(r"\s*[+-]?0[0-9]+\s*")
"""A code such as "012", which loses its zero as a number."""


def recognised(sample: pd.DataFrame, place: Callable[[int, str], str]) -> dict[str, Kind]:
    """Return the kind of each column of text. `place(row, column)` says where, for an error.

    Raises DataError for all columns of numbers among which there is other text.
    """
    kinds: dict[str, Kind] = {}
    problems = []
    for name in sample.columns:
        distinct = sample[name].dropna().drop_duplicates()
        _, other = numbers(distinct)
        kinds[name] = _kind(distinct, other)
        # A few numbers among names are names too; a few names among numbers are a mistake.
        if kinds[name] == "category" and other.any() and 2 * other.sum() < len(other):
            if _any_code(distinct):
                continue
            odd = distinct[other]
            problems.append(
                Problem(
                    f"{cited(str(odd.iat[0]))} in a column of numbers",
                    place(int(odd.index[0]), name),
                    f"fix the cell, or set data.types: {{{name}: category}}",
                )
            )
    if problems:
        raise DataError.of(problems)
    return kinds


def _kind(distinct: pd.Series, other: Array) -> Kind:
    if len(distinct) and all(each.strip().lower() in WORDS for each in distinct):
        return "boolean"
    return "category" if np.any(other) or _any_code(distinct) else "number"


def _any_code(distinct: Iterable[str]) -> bool:
    return any(LEADING_ZERO.fullmatch(each) for each in distinct)
