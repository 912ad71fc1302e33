"""Whether a target asks for a number or for a class."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

from ann_cli.data.cells.values import Kind, numbers
from ann_cli.tasks import task_of_kind

MOST_CLASSES = 10
"""More different whole numbers than this are amounts, and not the names of classes."""


def guess_task(kind: Kind, name: str, parts: Iterable[pd.Series]) -> tuple[str, str]:
    """Return the task that a target of this kind suggests, and the reason in one sentence.

    The target's parts are read until they have said enough.
    """
    if kind == "category":
        return task_of_kind("category"), f"{name} is text"
    if kind == "boolean":
        return task_of_kind("category"), f"{name} is yes or no"
    times: Counter[float] = Counter()
    for part in parts:
        values, _ = numbers(part)
        distinct, counts = np.unique(values[np.isfinite(values)], return_counts=True)
        if (distinct != np.floor(distinct)).any():
            return task_of_kind("number"), f"{name} has numbers with fractions"
        times.update(dict(zip(distinct.tolist(), counts.tolist(), strict=True)))
        if len(times) > MOST_CLASSES:
            return task_of_kind("number"), f"{name} has more than {MOST_CLASSES} different numbers"
    if len(times) > 2 and min(times.values()) == 1:
        rare = min(value for value, count in times.items() if count == 1)
        return task_of_kind("number"), f"{name} is {rare:.9g} in one row only, which is no class"
    return task_of_kind("category"), f"{name} has {len(times)} different whole numbers only"
