"""The cells of rows as a page holds them: numbers, texts, yes and no, dates, in JSON."""

from typing import Any

import numpy as np
import pandas as pd

from ann_cli.data.cells.distinct import texts
from ann_cli.data.cells.values import ABSENT, UNSEEN, codes, read
from ann_cli.data.columns.category_feature import CategoryFeature
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.hashed_feature import HashedFeature
from ann_cli.data.columns.ordered_feature import OrderedFeature
from ann_cli.data.columns.picture_feature import PictureFeature
from ann_cli.data.columns.words_feature import WordsFeature
from ann_cli.model.model import Model


def cells(model: Model, frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Return by column a cell a row, None where it is missing.

    A number is itself, no and yes are 0 and 1, a date its seconds since 1970. A text is that of the
    category that it stands for, where there is one. A picture is a list of its pixels. Raises
    DataError for a picture that cannot be read.
    """
    return {each.name: _cells(each, frame[each.name]) for each in model.encoder.features}


def _cells(feature: Feature, column: pd.Series) -> list[Any]:
    if isinstance(feature, PictureFeature):
        return feature.pixels(column).tolist()
    if isinstance(feature, HashedFeature | WordsFeature):
        places, distinct = texts(column)
        return [distinct[at] if at >= 0 else None for at in places.tolist()]
    if not isinstance(feature, CategoryFeature):
        values, _ = read(column, feature.kind, feature.notation)
        return [None if np.isnan(each) else each for each in values.tolist()]
    known = list(feature.categories)
    if isinstance(feature, OrderedFeature):
        known += [each for each in feature.order if each not in known]
    found = codes(column, feature.categories)
    ranked = codes(column, known)
    return [
        None if at == ABSENT else known[other] if (other := max(at, rank)) != UNSEEN else str(cell)
        for at, rank, cell in zip(found.tolist(), ranked.tolist(), column, strict=True)
    ]
