"""Names, numbers and cells as sections tell them."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.data.columns.feature import Feature
from ann_cli.model.model import Model
from ann_cli.report.layout import one_line
from ann_cli.report.numbers import value as value_text

MOST_CHARACTERS = 40
"""Of a text in a chart or a cell."""

FACTS = 12
"""Rows of a table that says what a line shows, at most."""


def figure_names(prefix: str, columns: Iterable[str]) -> list[str]:
    """Return a name for the figure of each column, as a file's name may be; none stands twice."""
    found: list[str] = []
    for at, column in enumerate(columns, 1):
        name = f"{_plain(prefix)}-{_plain(column) or at}"
        found.append(name if name not in found else f"{name}-{at}")
    return found


def _plain(text: str) -> str:
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")[:MOST_CHARACTERS]


def short(text: object) -> str:
    """Return a text on one line, cut where it is long."""
    whole = one_line(str(text))
    return whole if len(whole) <= MOST_CHARACTERS else f"{whole[: MOST_CHARACTERS - 1]}…"


def labels(texts: Iterable[object]) -> list[str]:
    """Return short texts of which no two are the same: each is a place on an axis."""
    found: list[str] = []
    for at, text in enumerate(texts, 1):
        label = short(text)
        found.append(f"{label} ({at})" if label in found else label)
    return found


def as_text(value: float) -> str:
    """Return a number as a person reads it."""
    return "-" if not np.isfinite(value) else value_text(float(value))


def rounded(value: float, digits: int = 5) -> float:
    """Return a number with as many digits as a chart shows, so that it takes few bytes."""
    return float(f"{value:.{digits}g}")


def moment(seconds: float) -> str:
    """Return a date, with its time of day where it has one."""
    text = str(np.datetime64(round(seconds), "s")).replace("T", " ")
    return text.removesuffix(" 00:00:00")


def cell_text(value: float, kind: str) -> str:
    """Return a number, a date, or yes and no."""
    if not np.isfinite(value):
        return "(missing)"
    if kind == "date":
        return moment(value)
    if kind == "boolean":
        return "yes" if value else "no"
    return as_text(value)


def cells_of_row(frame: pd.DataFrame, row: int, features: Sequence[Feature]) -> list[str]:
    """Return some cells of a row."""
    found = []
    for feature in features:
        cell: Any = frame[feature.name].iloc[row]
        if pd.isna(cell):
            found.append("(missing)")
        elif feature.kind == "category" or isinstance(cell, str):
            found.append(short(cell))
        else:
            found.append(cell_text(float(cell), feature.kind))
    return found


def features_in_order(model: Model, order: Sequence[str]) -> list[Feature]:
    """Return the features by the order of their columns."""
    by_name = {each.name: each for each in model.encoder.features}
    return [by_name[name] for name in order if name in by_name]


def row_name(frame: pd.DataFrame, row: int) -> str:
    """Return the number of a row in its file, from 1: the header is none."""
    at = frame.index[row]
    return f"{int(at) + 1:,}" if isinstance(at, int | np.integer) else short(at)


def share(value: float) -> str:
    """Return a share of rows in percent."""
    return f"{value:.1%}"
