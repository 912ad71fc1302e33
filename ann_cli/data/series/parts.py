"""Which windows train, validate and test: by time, so that nothing looks ahead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ann_cli.data.cells.values import Array, listed
from ann_cli.data.series.history import History, Series, written
from ann_cli.data.series.windows import Form, origins
from ann_cli.errors import DataError, counted

NAMES = ("training", "validation", "test")
NOWHERE = -1
"""The side of a window whose future crosses a cut."""


@dataclass(frozen=True)
class Cuts:
    """The last step of the training part, of the validation part, and of all."""

    training: int
    validation: int
    last: int

    @classmethod
    def of(cls, data: Any, steps: int) -> "Cuts":
        """Return those of so many steps: the latest shares validate and test.

        Raises DataError for a part that is shorter than the horizon.
        """
        shares = {name: part.share for name, part in data.parts.items()}
        test, held = (round(shares[name] * steps) for name in ("test", "validation"))
        for name, size in (("validation", held), ("test", test)):
            if shares[name] and size < data.horizon:
                raise DataError(
                    f"data.{name}: {shares[name]:g} is {counted(size, 'step')} of {steps:,}, in "
                    f"which no horizon of {data.horizon} has room",
                    remedy=f"use at least data.{name}: "
                    f"{np.ceil(1000 * data.horizon / steps) / 1000:g}, a shorter data.horizon, or "
                    f"data.{name}: 0",
                )
        last = steps - 1
        return cls(last - test - held, last - test, last)

    @classmethod
    def rolling(cls, data: Any, steps: int, fold: int, folds: int) -> "Cuts":
        """Return those of a fold, from 1, whose test is later than all that it is trained on.

        So many steps lie in folds + 1 stretches of about one length, and a fold is trained on all
        before the one that tests it (Tashman 2000, "Out-of-sample tests of forecasting accuracy").
        The latest share of what is trained on validates. Raises DataError for a part that is
        shorter than the horizon.
        """
        trained, end = (steps * at // (folds + 1) for at in (fold, fold + 1))
        share = data.parts["validation"].share
        held = round(share * trained)
        if end - trained < data.horizon:
            raise DataError(
                f"{counted(steps, 'step')} in {folds:,} folds and what is before them are "
                f"{end - trained:,} each, in which no horizon of {data.horizon} has room",
                place="--folds",
                remedy="use fewer folds, or a shorter data.horizon",
            )
        if share and held < data.horizon:
            raise DataError(
                f"data.validation: {share:g} of the {trained:,} steps before fold {fold} is "
                f"{held:,}, in which no horizon of {data.horizon} has room",
                place="--folds",
                remedy="use fewer folds, a larger data.validation, or data.validation: 0",
            )
        return cls(trained - held - 1, trained - 1, end - 1)

    def sides(self, positions: Array, horizon: int) -> Array:
        """Return the side of each origin, as its whole future lies in one part; else NOWHERE."""
        sides = np.full(len(positions), NOWHERE, dtype=np.int8)
        starts = (-1, self.training, self.validation)
        ends = (self.training, self.validation, self.last)
        for side, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if end > start:
                sides[(positions >= start) & (positions + horizon <= end)] = side
        return sides


def told_parts(history: History, form: Form, cuts: Cuts, time: str, written_as: str) -> list[str]:
    """Return a sentence a part: its dates, its windows, and its first and last origin."""
    at = [each.start + origins(each, form) for each in history.series]
    positions = np.concatenate(at) if at else np.empty(0)
    sides = cuts.sides(positions, form.horizon)
    first = min(each.start for each in history.series)
    starts = (first, cuts.training + 1, cuts.validation + 1)
    ends = (cuts.training, cuts.validation, cuts.last)

    def moment(position: int) -> str:
        return written(history.moment(position), written_as)

    told = []
    for side, (name, start, end) in enumerate(zip(NAMES, starts, ends, strict=True)):
        own = positions[sides == side]
        if end < start:
            continue
        windows = (
            f"{counted(len(own), 'window')}, origins {moment(own.min())} to {moment(own.max())}"
            if len(own)
            else "no window"
        )
        told.append(f"{name}: {time} {moment(start)} to {moment(end)}; {windows}")
    return told


def told_left_out(series: Sequence[Series], form: Form) -> list[str]:
    """Return sentences on series that are too short, and on windows around missing cells."""
    size, notes = form.history + form.horizon, list[str]()
    short = [each.name for each in series if not len(origins(each, form))]
    if short and len(short) < len(series):
        notes.append(
            f"left out {len(short):,} of {len(series):,} series without "
            f"{size} steps in a row, {form.history} back and {form.horizon} ahead: "
            f"{listed(short, 5)}"
        )
    notes += _missing(series, form)
    return notes


def _missing(series: Iterable[Series], form: Form) -> list[str]:
    cells = windows = 0
    for each in series:
        known = np.flatnonzero(np.isfinite(each.values))
        if not len(known):
            continue
        within = each.values[known[0] : known[-1] + 1]
        cells += int(np.isnan(within).sum())
        possible = max(len(within) - form.history - form.horizon + 1, 0)
        windows += possible - len(origins(each, form))
    if not cells:
        return []
    return [
        f"{counted(cells, 'cell')} of {form.target} missing: {counted(windows, 'window')} around "
        "left out"
    ]
