"""Whether a target asks for a number or for a class."""

from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from ann_cli.data.values import Kind, numbers

Task: TypeAlias = Literal["regression", "classification"]

MOST_CLASSES = 20


def guess_task(kind: Kind, column: pd.Series) -> tuple[Task, str]:
    """Return the task that a target of this kind suggests, and the reason in one sentence."""
    if kind == "category":
        return "classification", f"{column.name} is text"
    if kind == "boolean":
        return "classification", f"{column.name} is yes or no"
    values, _ = numbers(column)
    distinct = np.unique(values[np.isfinite(values)])
    if (distinct != np.floor(distinct)).any():
        return "regression", f"{column.name} has numbers with fractions"
    if len(distinct) > MOST_CLASSES:
        return "regression", f"{column.name} has {len(distinct):,} different numbers"
    return "classification", f"{column.name} has {len(distinct)} different whole numbers only"
