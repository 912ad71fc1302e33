"""A pandas frame from a Python caller, read as a file with the same cells is."""

import warnings
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from ann_cli.data.cells.notation import Notation
from ann_cli.data.cells.recognition import counted_cells, recognised
from ann_cli.data.cells.values import Kind, cited, listed, read
from ann_cli.data.cells.writing import Written
from ann_cli.errors import counted


def as_read(
    frame: pd.DataFrame, kinds: Mapping[str, Kind], notations: Mapping[str, Notation]
) -> pd.DataFrame:
    """Return the frame with float64 where texts or moments stand for numbers, dates, yes or no.

    Cells that are not what their column holds become NaN, and a UserWarning names them.
    `notations` are those of the training rows, which decide where cells leave a doubt.
    """
    changed: dict[str, pd.Series] = {}
    for name, kind in kinds.items():
        column = frame[name]
        if kind == "category" or (
            isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf"
        ):
            continue
        notation = notations[name]
        texts = column[column.map(lambda cell: isinstance(cell, str)).astype(bool)]
        if len(texts):
            cells = counted_cells(texts.to_numpy(object), Written())
            written = Written(usual=notations)
            notation = recognised({name: cells}, {name: kind}, written)[name].notation
        values, odd = read(column, kind, notation)
        if odd.any():
            strange = [cited(str(each)) for each in column[odd].astype(object).unique()]
            warnings.warn(
                f"column {name}: {counted(int(odd.sum()), 'cell')} counted as missing, as they are "
                f"not what the column holds: {listed(strange, 3)}",
                UserWarning,
                stacklevel=3,
            )
        changed[name] = pd.Series(values, index=frame.index)
    return frame.assign(**changed) if changed else frame


def with_names(frame: pd.DataFrame, names: Collection[str]) -> pd.DataFrame:
    """Return the frame with the names of columns that differ from these by outer spaces only.

    A file's names have none, and pandas leaves them there.
    """
    there = set(frame.columns)
    if there.issuperset(names):
        return frame
    return frame.rename(
        columns={
            name: name.strip()
            for name in there
            if isinstance(name, str) and name.strip() not in there and name.strip() in names
        }
    )
