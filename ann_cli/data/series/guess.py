"""Whether a table is clearly a series, and what of it to look back on and ahead."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ann_cli.data.cells.values import Kind
from ann_cli.data.series.history import History, Roles, history_of
from ann_cli.errors import DataError

MOST_OTHERS = 4
"""Columns beside the target, the time and the series that a series has at most."""

LEAST_STEPS = 50
SHARE = 12
"""A horizon is at most so manieth of the steps: every part has room for some."""

WITHOUT_SEASON = 6
"""Steps ahead where no season is known."""


def series_keys(frame: pd.DataFrame, kinds: Mapping[str, Kind], target: str) -> dict[str, Any]:
    """Return the keys of `data` for a table that is clearly a series; none for another.

    It has one column of dates, which go on by one step, or do so for each value of one column of
    text; few other columns, and rows enough. The horizon is a season, of steps shorter than a day a
    day; two of them are looked back on.
    """
    dates = [name for name, kind in kinds.items() if kind == "date"]
    texts = [name for name, kind in kinds.items() if kind == "category"]
    others = len(kinds) - 2 - len(texts)
    if len(dates) != 1 or kinds[target] != "number" or len(texts) > 1 or others > MOST_OTHERS:
        return {}
    (time,), series = dates, texts[0] if texts else None
    history = _history(frame, Roles(target, time, series, ()))
    if history is None:
        return {}
    longest = max(len(each.values) for each in history.series)
    if longest < LEAST_STEPS:
        return {}
    seasons = history.step.seasons
    ahead = min(seasons[0] if seasons else WITHOUT_SEASON, longest // SHARE)
    named = {} if series is None else {"series": series}
    return {"time": time, "window": 2 * ahead, "horizon": ahead, **named}


def _history(frame: pd.DataFrame, roles: Roles) -> History | None:
    try:
        return history_of(frame, roles, dates=True, form="%Y-%m-%d")
    except DataError:
        return None
