"""Labels: a column that rows may lack, by which a map is read; nothing is learned from it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.data.cells.values import Array, Kind, codes
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.columns.statistics import Values
from ann_cli.data.columns.targets import ClassTarget, ordered
from ann_cli.errors import DataError

MOST_LABELS = 1000
"""Different values of a label, at most: each has a number in each unit of a map."""


def label_of(found: Values) -> ClassTarget:
    """Learn the labels that rows may have. Raises DataError for none, one, or too many."""
    labels = ordered(list(found.counts))
    many = found.too_many or len(labels) > MOST_LABELS
    if not many and len(labels) > 1:
        return ClassTarget(found.name, labels)
    raise DataError(
        f"the label has more than {MOST_LABELS:,} different values"
        if many
        else "the label has no two different values",
        place=f"column {found.name}",
        remedy="name a column of some labels as data.label, or leave it out",
    )


def label_column(encoder: Encoder) -> dict[str, Kind]:
    """Return the column that rows may lack, and its kind; nothing without a label."""
    return {encoder.label.name: "category"} if encoder.label else {}


def keeping_gaps(encoder: Encoder, found: Any) -> Encoder:
    """Return the encoder for what compares the known cells: no input says that one is missing.

    `found` is what the training rows say of the label, if there is one.
    """
    features: list[Any] = [*encoder.features]
    kept = (
        replace(each, was_missing=False) if hasattr(each, "was_missing") else each
        for each in features
    )
    label = label_of(found) if isinstance(found, Values) else None
    return replace(encoder, features=tuple(kept), gaps=True, label=label)


def label_y(label: ClassTarget | None, frame: pd.DataFrame, dtype: str) -> Array:
    """Return rows × labels, 1 for the row's label; 0 in all where that is not known."""
    y = np.zeros((len(frame), len(label.classes) if label else 0), dtype)
    if label and label.name in frame:
        found = codes(frame[label.name].to_numpy(object), label.classes)
        rows = np.flatnonzero(found >= 0)
        y[rows, found[rows]] = 1
    return y
