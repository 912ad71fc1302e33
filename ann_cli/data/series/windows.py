"""Windows of a series: what the network looks back on, and what comes after, as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ann_cli.data.cells.values import Array
from ann_cli.data.series.history import Series
from ann_cli.data.series.known import Known

CLASSICAL = ("naive", "seasonal_naive", "seasonal_drift")
"""Forecasts without a network: the last value; that of the last season; that with its drift."""


@dataclass(frozen=True)
class Form:
    """What a window is: its columns, and what is learned of the target."""

    target: str
    known: Known
    window: int
    horizon: int
    season: int
    """The steps of a season; 1 of a series that has none."""
    difference: str
    """none, season or step."""

    @classmethod
    def of(cls, data: Any, season: int, difference: str, known: Known) -> "Form":
        """Return the one that the `data` of a config asks for."""
        return cls(data.target, known, data.window, data.horizon, season, difference)

    @property
    def lag(self) -> int:
        """How far back lies what is subtracted from a step; 0 of nothing."""
        return {"none": 0, "season": self.season, "step": 1}[self.difference]

    @property
    def history(self) -> int:
        """The steps that a prediction needs, up to the origin."""
        return self.window + self.lag

    @property
    def leads(self) -> list[int]:
        """How many steps later the columns known ahead enter besides.

        With the first, the last `horizon` steps of a window hold the whole future; of a horizon
        beyond the window several together do.
        """
        if not self.known.columns:
            return []
        return [self.horizon - self.window * at for at in range(ceil(self.horizon / self.window))]

    @cached_property
    def channels(self) -> list[str]:
        """What a step of a window consists of."""
        known = self.known.behind
        ahead = [f"{name} {lead} ahead" for lead in self.leads for name in known]
        return [self.target, *known, *ahead]

    @cached_property
    def features(self) -> list[str]:
        """The columns of a window: step by step, the channel last; the origin is step 0."""
        steps = range(1 - self.window, 1)
        return [f"{channel} {step}" for step in steps for channel in self.channels]

    @cached_property
    def of_texts(self) -> frozenset[str]:
        """The columns of a window that say by 1 that a known text has a value."""
        own = [name in self.known.of_texts for name in self.known.behind]
        every = [False, *own, *(own * len(self.leads))] * self.window
        return frozenset(
            name for name, of_text in zip(self.features, every, strict=True) if of_text
        )

    @cached_property
    def raw(self) -> dict[str, str]:
        """The file's column behind each column of a window."""
        known = list(self.known.behind.values())
        names = [self.target, *known, *(known * len(self.leads))]
        found = dict(zip(self.features, names * self.window, strict=True))
        return found | dict.fromkeys(self.targets, self.target)

    @cached_property
    def targets(self) -> list[str]:
        """One column a step ahead."""
        return ahead(self.target, self.horizon)

    @property
    def shape(self) -> tuple[int, int]:
        """Steps and channels of a window."""
        return self.window, len(self.channels)


def ahead(name: str, horizon: int) -> list[str]:
    """Return the names of a column at each step ahead."""
    return [f"{name} +{step}" for step in range(1, horizon + 1)]


def origins(series: Series, form: Form) -> Array:
    """Return the steps after which a future begins, of which no cell of the target is missing."""
    finite = np.isfinite(series.values)
    size = form.history + form.horizon
    if len(finite) < size:
        return np.empty(0, dtype=np.intp)
    whole = sliding_window_view(finite, size).all(axis=1)
    return np.flatnonzero(whole) + form.history - 1


def past(series: Series, at: Array, form: Form, scale: float) -> Array:
    """Return windows before some origins: origins × steps × channels. NaN where a cell is missing.

    A column known ahead enters a second time as it is `horizon` steps later, if that is not told.
    """
    values = changes(series.values / scale, form.lag)
    columns = [values, *series.known.T]
    empty = np.full((form.horizon, series.known.shape[1]), np.nan)
    later = np.concatenate([series.known, empty])
    columns += [column for lead in form.leads for column in later[lead:][: len(values)].T]
    found = np.empty((len(at), form.window, len(columns)))
    for channel, column in enumerate(columns):
        windows = sliding_window_view(column, form.window)
        found[:, :, channel] = windows[at - form.window + 1]
    return found


def changes(values: Array, lag: int) -> Array:
    """Return each value less the one `lag` steps before, NaN where there is none."""
    if not lag:
        return values
    found = np.full(len(values), np.nan)
    found[lag:] = values[lag:] - values[:-lag]
    return found


def bases(values: Array, at: Array, form: Form) -> Array:
    """Return what is subtracted from each step ahead, origins × steps: it is known at the origin.

    Of a season it is the last known value of the same phase: y(t + h − k·season) with the least k
    that makes h − k·season at most 0.
    """
    shape = (len(at), form.horizon)
    if form.difference == "none":
        return np.zeros(shape)
    if form.difference == "step":
        return np.broadcast_to(values[at][:, np.newaxis], shape)
    return values[_phases(at, form)[0]]


def future(values: Array, at: Array, horizon: int) -> Array:
    """Return the values after some origins, origins × steps."""
    return sliding_window_view(values, horizon)[at + 1]


def classical(values: Array, at: Array, form: Form) -> Mapping[str, Array]:
    """Return the forecasts of CLASSICAL, origins × steps each.

    Where the history is too short, or a cell of it missing, the last value stands.
    """
    last = np.broadcast_to(values[at][:, np.newaxis], (len(at), form.horizon))
    places, seasons = _phases(at, form)
    season = np.where(places >= 0, values[np.maximum(places, 0)], np.nan)
    season = np.where(np.isfinite(season), season, last)
    drift = changes(values, form.season)
    mean = np.full(len(values), np.nan)
    if len(values) >= form.season:
        mean[form.season - 1 :] = sliding_window_view(drift, form.season).mean(axis=1)
    grown = np.nan_to_num(mean[at])[:, np.newaxis] * seasons
    return dict(zip(CLASSICAL, (last, season, season + grown), strict=True))


def _phases(at: Array, form: Form) -> tuple[Array, Array]:
    """Return the last known step of the phase of each step ahead, and how many seasons before."""
    steps = np.arange(1, form.horizon + 1)
    seasons = -(-steps // form.season)
    return at[:, np.newaxis] + steps - seasons * form.season, seasons
