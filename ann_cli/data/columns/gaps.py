"""Gaps: the inputs of cells that are missing."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ann_cli.data.cells.values import Array
from ann_cli.data.columns.category_feature import CategoryFeature
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.number_feature import NumberFeature


def with_gaps(
    features: Sequence[Feature],
    places_of: Mapping[str, Sequence[int]],
    frame: pd.DataFrame,
    x: Array,
) -> Array:
    """Return the inputs of a frame's rows, NaN where they stand for a cell that is missing.

    `x` are these inputs, rows × inputs; where no cell is missing it is returned itself. That a cell
    is missing is known: an input that says so stays.
    """
    gaps = {
        each.name: missing
        for each in features
        if (missing := frame[each.name].isna().to_numpy()).any()
    }
    if not gaps:
        return x
    found = x.copy()
    for each in features:
        if each.name in gaps:
            places = places_of[each.name]
            told = places[1:] if isinstance(each, NumberFeature) and each.was_missing else ()
            # A category's missing cell is a value of its own where training rows had one.
            own = [] if isinstance(each, CategoryFeature) and each.was_missing else places
            rows = np.flatnonzero(gaps[each.name])
            for at in own:
                if at not in told[:1]:
                    found[rows, at] = np.nan
    return found


def known_cells(features: Sequence[Feature], frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the columns of a frame without the cells that are missing."""
    return {each.name: frame.loc[frame[each.name].notna(), each.name] for each in features}
