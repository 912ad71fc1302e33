"""Which columns can teach something."""

import pandas as pd

from ann_cli.data.features import read
from ann_cli.data.values import Kind, texts
from ann_cli.errors import DataError

MOST_VALUES = 100
"""More values than this, and different in most rows: a name tag, not a category."""


def left_out(column: pd.Series, name: str, kind: Kind, named: bool) -> str:
    """Return why a column is to be left out, in one sentence; "" where it is of use.

    Raises DataError where every cell is missing, and for a constant that the person named.
    """
    known = column.dropna()
    if known.empty:
        raise DataError(
            "every cell is missing",
            place=f"column {name}",
            remedy=f"leave it out: {_exclude(name)}",
        )
    if kind == "category":
        distinct = texts(known)
        shown, count = str(distinct[0]), len(distinct)
    else:
        values = read(known, name, kind)
        count = 1 if values.min() == values.max() else 2
        shown = str(values[0]) if kind == "number" else ("false", "true")[int(values[0])]
    if count == 1 and len(known) == len(column):
        if named:
            raise DataError(
                f"column {name} is constant: {shown} in every row; it can teach nothing",
                remedy=f"leave it out: {_exclude(name)}",
            )
        return f"column {name} is left out: it is {shown} in every training row"
    if kind == "category" and not named:
        all_differ = count == len(column)
        if all_differ or (count > MOST_VALUES and 2 * count > len(column)):
            return (
                f"column {name} is left out: {count:,} different values in {len(column):,} "
                f"training rows; to keep it, set data.types: {{{name}: category}}"
            )
    return ""


def _exclude(name: str) -> str:
    return f"data.exclude: [{name}]"
