"""Whether a target asks for a number or for a class."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from ann_cli.data.values import Kind, numbers

Task: TypeAlias = Literal["regression", "classification"]

MOST_CLASSES = 20


def guess_task(kind: Kind, name: str, parts: Iterable[pd.Series]) -> tuple[Task, str]:
    """Return the task that a target of this kind suggests, and the reason in one sentence.

    The target's parts are read until they have said enough.
    """
    if kind == "category":
        return "classification", f"{name} is text"
    if kind == "boolean":
        return "classification", f"{name} is yes or no"
    distinct = np.empty(0)
    for part in parts:
        values, _ = numbers(part)
        distinct = np.union1d(distinct, values[np.isfinite(values)])
        if (distinct != np.floor(distinct)).any():
            return "regression", f"{name} has numbers with fractions"
        if len(distinct) > MOST_CLASSES:
            return "regression", f"{name} has more than {MOST_CLASSES} different numbers"
    return "classification", f"{name} has {len(distinct)} different whole numbers only"
