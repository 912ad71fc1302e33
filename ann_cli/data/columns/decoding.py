"""Inputs of a network back to cells, and which inputs are of cells that are known."""

from math import inf

import numpy as np
import pandas as pd

from ann_cli.data.cells.dates import as_text
from ann_cli.data.cells.values import Array
from ann_cli.data.columns.category_feature import CategoryFeature
from ann_cli.data.columns.date_feature import DateFeature
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.gaps import with_gaps
from ann_cli.data.columns.number_feature import NumberFeature
from ann_cli.data.columns.scaling import unlimited


def known_inputs(encoder: Encoder, frame: pd.DataFrame, x: Array) -> Array:
    """Return the inputs of a frame's rows, NaN where they stand for a cell that is missing.

    `x` are these inputs, rows × inputs; where no cell is missing it is returned itself. That a cell
    is missing is known: an input that says so stays.
    """
    return with_gaps(encoder.features, encoder.places_of, frame, x)


def rebuilt(encoder: Encoder, x: Array) -> pd.DataFrame:
    """Return the cells that rows of inputs, rows × inputs, come nearest to: a column a feature.

    A column whose inputs do not tell its cell, such as a hashed one, is empty.
    """
    places = encoder.places_of
    return pd.DataFrame(
        {each.name: _cells(each, x[:, places[each.name]]) for each in encoder.features}
    )


def _cells(feature: Feature, inputs: Array) -> Array:
    if isinstance(feature, CategoryFeature):
        names = np.array([*feature.categories, *([None] if feature.was_missing else [])], object)
        return names[inputs[:, : feature.one_of_each].argmax(axis=1)]
    if isinstance(feature, NumberFeature | DateFeature):
        limit = inf if feature.limit is None else feature.limit
        values = unlimited(inputs[:, 0], feature.center, feature.scale, limit)
        if isinstance(feature, DateFeature):
            return as_text(values)
        if feature.kind == "boolean":
            labels = np.array(feature.notation.labels or ("false", "true"), object)
            return labels[(values >= 0.5).astype(np.intp)]
        return values
    return np.full(len(inputs), None, object)
