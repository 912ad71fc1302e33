"""The cells of a column as they are looked at: numbers, or categories by how often they are."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ann_cli.data.cells.distinct import factorized
from ann_cli.data.cells.values import read
from ann_cli.data.columns.category_feature import MISSING
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.ordered_feature import OrderedFeature
from ann_cli.engine.settings import Array

OTHERS = "(others)"


@dataclass(frozen=True)
class Cells:
    """A column of some rows. Of numbers, dates and booleans `values`, of categories `codes`."""

    column: str
    kind: str
    """number, date, boolean or category."""
    values: Array | None
    """Float64, NaN where a cell is missing; dates are seconds since 1970, booleans 0 and 1."""
    codes: Array | None
    """The place of each row's label; a missing cell is -1."""
    labels: tuple[str, ...] = ()
    """The different categories in their own order, or the commonest first where they have none."""
    distinct: tuple[object, ...] = ()
    """What stands in the frame for each label."""
    ordered: bool = True
    """Whether the column's values have an order."""

    @property
    def missing(self) -> Array:
        """Whether each cell is missing."""
        if self.values is not None:
            return np.isnan(self.values)
        assert self.codes is not None
        return self.codes < 0

    def common(self, most: int) -> tuple[Array, tuple[str, ...]]:
        """Return each row's place among `most` labels, and these; rare ones are OTHERS, the last.

        A missing cell has a label of its own, where there is any.
        """
        assert self.codes is not None
        codes, labels = self.codes, self.labels
        if len(labels) > most:
            counts = np.bincount(codes[codes >= 0], minlength=len(labels))
            kept = np.sort(np.argsort(-counts, kind="stable")[: most - 1])
            places = np.full(len(labels) + 1, most - 1)
            places[kept], places[-1] = np.arange(most - 1), -1
            codes, labels = places[codes], (*(labels[at] for at in kept.tolist()), OTHERS)
        if (codes < 0).any():
            codes, labels = np.where(codes < 0, len(labels), codes), (*labels, MISSING)
        return codes, labels


def cells_of(frame: pd.DataFrame, feature: Feature) -> Cells:
    """Return a feature's cells in a frame whose cells are read."""
    column = frame[feature.name]
    if feature.kind != "category":
        values, _ = read(column, feature.kind, feature.notation)
        return Cells(feature.name, feature.kind, values, None)
    codes, distinct = factorized(column.to_numpy(object))
    labels = [str(each) for each in distinct]
    if isinstance(feature, OrderedFeature):
        rank = {label: at for at, label in enumerate(feature.order)}
        order = sorted(range(len(labels)), key=lambda at: rank.get(labels[at], len(rank)))
    else:
        counts = np.bincount(codes[codes >= 0], minlength=len(labels))
        order = np.argsort(-counts, kind="stable").tolist()
    places = np.empty(len(labels) + 1, np.intp)
    places[order], places[-1] = np.arange(len(labels)), -1
    return Cells(
        feature.name,
        "category",
        None,
        places[codes],
        tuple(labels[at] for at in order),
        tuple(distinct[at] for at in order),
        isinstance(feature, OrderedFeature),
    )


def all_cells(frame: pd.DataFrame, features: Mapping[str, Feature]) -> dict[str, Cells]:
    """Return the cells of some columns."""
    return {name: cells_of(frame, feature) for name, feature in features.items()}
