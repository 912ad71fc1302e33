"""What is to be predicted of a history: the steps after the last one that has a target."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ann_cli.data.cells.values import Array
from ann_cli.data.series.history import History, Roles, Series, written
from ann_cli.data.series.table import WindowTable
from ann_cli.data.series.timeline import Timeline
from ann_cli.data.series.windows import Form, bases, future, past
from ann_cli.errors import DataError, Problem, counted


@dataclass(frozen=True)
class Futures:
    """Windows, and what brings their predictions back to the target's units."""

    windows: pd.DataFrame
    bases: Array
    """Windows × steps: what is added to a change, before it is multiplied by the scale."""
    scales: Array
    """Windows × 1."""
    rows: pd.DataFrame
    """A row a step of each window: time, the series where there are many, and the step."""

    def restored(self, values: Array) -> Array:
        """Return predictions, windows × steps, in the target's units."""
        return np.ravel((values + self.bases) * self.scales)


def futures_of(history: History, roles: Roles, form: Form, timeline: Timeline) -> Futures:
    """Return what is to be predicted. Raises DataError for all rows and cells that it lacks."""
    problems = [
        each for own in history.series for each in _lacks(own, history, roles, form, timeline)
    ]
    if problems:
        raise DataError.of(problems)
    windows, added, scales, rows = [], [], [], []
    for series in history.series:
        last = series.last - series.start
        at, scale = np.array([last]), timeline.scale(series, last, form.season)
        windows.append(past(series, at, form, scale).reshape(1, -1))
        added.append(bases(series.values / scale, at, form))
        scales.append(scale)
        steps = range(1, form.horizon + 1)
        moments = [history.moment(series.last + step) for step in steps]
        rows.append(
            pd.DataFrame(
                {
                    "time": [written(each, timeline.form) for each in moments],
                    **({"series": series.name} if roles.series is not None else {}),
                    "step": steps,
                }
            )
        )
    return Futures(
        pd.DataFrame(np.concatenate(windows), columns=form.features),
        np.concatenate(added),
        np.array(scales)[:, np.newaxis],
        pd.concat(rows, ignore_index=True),
    )


def futures_at(table: WindowTable, side: int) -> Iterator[Futures]:
    """Yield what is to be predicted from the origins of a side, a series at a time, and the actual.

    `rows` then has the moment of the origin, too.
    """
    form, timeline, history = table.form, table.file.timeline, table.file.history
    for series, every in table.origins():
        at = every[table.sides(series.start + every) == side]
        if not len(at):
            continue
        scale = timeline.scale(series, int(every[0]), form.season)
        steps = np.arange(1, form.horizon + 1)

        def moments(positions: Array, start: int = series.start) -> list[str]:
            every = (history.moment(start + each) for each in np.ravel(positions).tolist())
            return [written(each, timeline.form) for each in every]

        named = {"series": series.name} if table.roles.series is not None else {}
        yield Futures(
            pd.DataFrame(past(series, at, form, scale).reshape(len(at), -1), columns=form.features),
            bases(series.values / scale, at, form),
            np.full((len(at), 1), scale),
            pd.DataFrame(
                {
                    **named,
                    "origin": np.repeat(moments(at), form.horizon),
                    "time": moments(at[:, np.newaxis] + steps),
                    "step": np.tile(steps, len(at)),
                    "actual": np.ravel(future(series.values, at, form.horizon)),
                }
            ),
        )


def _lacks(
    series: Series, history: History, roles: Roles, form: Form, timeline: Timeline
) -> list[Problem]:
    """Return what of a series is missing to predict what comes."""
    place = f"{roles.series} {series.name}" if roles.series is not None else ""
    last = series.last - series.start
    if series.last < 0:
        return [Problem(f"no row has {roles.target}", place, "give its history")]
    own = series.values[max(last - form.history + 1, 0) : last + 1]
    if len(own) < form.history:
        return [
            Problem(
                f"{counted(len(own), 'step')} with {roles.target}, and a prediction looks back on "
                f"{form.history}",
                place,
                "give a longer history",
            )
        ]
    problems = []
    if missing := np.isnan(own).sum():
        rows = series.rows[last - form.history + 1 + np.flatnonzero(np.isnan(own))] + 1
        problems.append(
            Problem(
                f"{roles.target} is missing in {counted(int(missing), 'row')} of the "
                f"{form.history} that a prediction looks back on, the first of these is row "
                f"{int(rows[0]):,}",
                place,
                "fill these cells",
            )
        )
    after = len(series.values) - 1 - last
    if form.known.columns and after < form.horizon:
        first, end = (
            written(history.moment(series.last + step), timeline.form)
            for step in (after + 1, form.horizon)
        )
        problems.append(
            Problem(
                f"{counted(form.horizon - after, 'row')} to come missing, which tell "
                f"{' and '.join(form.known.columns)} ahead",
                place,
                f"add the rows of {first} to {end}, whose {roles.target} is empty",
            )
        )
    return problems
