"""A forecast looked into: when it is off, and how long its units remember."""

from math import log
from typing import Any

import numpy as np

from ann_cli.data.columns.targets import NumberTarget
from ann_cli.data.rows.encoding import Encoding
from ann_cli.data.rows.split import HELD, SIDES
from ann_cli.data.series.step import DAY, moment_of
from ann_cli.data.series.table import WindowTable
from ann_cli.engine.layers.recurrent import RecurrentLayer
from ann_cli.engine.settings import Array
from ann_cli.insight.names import layer_names
from ann_cli.insight.plain import plain
from ann_cli.insight.scoring import Scoring, to_score
from ann_cli.model.model import Model
from ann_cli.model.own_table import trained_on

PARTS = {"hour": lambda moment: moment.hour, "month": lambda moment: moment.month}


def errors_in_time(model: Model, source: str) -> dict[str, Any]:
    """Return the scaled error by step ahead, and by the hour and the month that are predicted.

    Of many series it is told of each, too, and the mean over them. Of the file that was trained on
    it is that of the parts held back, where there are some. The
    hour is there where a step is less than a day, the month where it is less than a year. Raises
    DataError.
    """
    table = model.table(source)
    assert isinstance(table, WindowTable)
    encoder, time = model.encoder, table.roles.time
    kinds = {**encoder.input_columns, **encoder.target_kinds, time: "number"}
    apart = trained_on(model, table) and any(model.config.data.parts.values())
    sides = [SIDES.index(side) for side in HELD]
    history, scoring = table.file.history, Scoring(model)
    sums = {name: np.zeros((2, 24)) for name in _parts(table)}
    found = {
        position: moment_of(history.moment(position))
        for position in range(history.steps if sums else 0)
    }
    each_series = _BySeries(table)
    for frame in table.chunks(kinds):
        if apart:
            frame = frame[np.isin(table.sides(frame[time].to_numpy()), sides)]
        origins, passed = frame[time].to_numpy().astype(int), 0
        if not len(frame):
            continue
        for block in to_score(Encoding(model.config, encoder).rows(frame), model):
            scoring.add(block)
            own = origins[passed : passed + len(block)]
            rows = frame.index[passed : passed + len(block)].to_numpy()
            passed += len(block)
            if sums or each_series.names:
                errors = _errors(model, block.x, block.y)
                each_series.add(rows, errors)
                ahead = own[:, np.newaxis] + np.arange(1, errors.shape[1] + 1)
                for name, total in sums.items():
                    at = [PARTS[name](found[each]) for each in ahead.ravel().tolist()]
                    total += [
                        np.bincount(at, errors.ravel(), 24),
                        np.bincount(at, minlength=24),
                    ]
    return {
        "steps": scoring.details()["steps"] if scoring.weight else [],
        **each_series.told(),
        **{
            f"by_{name}": [
                {name: at, "mase": float(total[0, at] / total[1, at])}
                for at in np.flatnonzero(total[1]).tolist()
            ]
            for name, total in sums.items()
        },
    }


class _BySeries:
    """The scaled error of each of many series, and the mean over them, which counts them alike.

    That mean is the MASE of several series (Hyndman & Koehler 2006, section 4): over all windows a
    series with more of them counts more.
    """

    def __init__(self, table: WindowTable) -> None:
        many = [] if table.roles.series is None else list(table.origins())
        self.names = [series.name for series, _ in many]
        sizes = [len(at) for _, at in many]
        self._series = np.repeat(np.arange(len(many)), sizes)
        """That of each window of the table."""
        self._sums = np.zeros((2, len(many)))

    def add(self, rows: Array, errors: Array) -> None:
        """Add the errors of some windows, rows × steps."""
        if self.names:
            at, count = self._series[rows], len(self.names)
            found = errors.mean(axis=1)
            self._sums += [np.bincount(at, found, count), np.bincount(at, minlength=count)]

    def told(self) -> dict[str, Any]:
        """Return the series that have windows, how many, and their scaled errors."""
        total, windows = self._sums
        each = [
            {"series": self.names[at], "windows": int(windows[at]), "mase": total[at] / windows[at]}
            for at in np.flatnonzero(windows).tolist()
        ]
        if not each:
            return {}
        return {"by_series": each, "mase_of_series": float(np.mean([one["mase"] for one in each]))}


def _parts(table: WindowTable) -> list[str]:
    step = table.file.history.step
    if step.unit == "number":
        return []
    short = step.unit == "second"
    within_day = short and step.count < DAY
    within_year = short or step.count < 12
    return [name for name, asked in (("hour", within_day), ("month", within_year)) if asked]


def _errors(model: Model, x: Array, y: Array) -> Array:
    """Return the scaled errors, rows × steps."""
    decoded = model.task.decode(
        model.network.predict(x), model.encoder.targets, model.network.output, False
    )
    named = model.task.prediction_columns(model.encoder.targets, model.network.output, False)
    firsts = {target.name: name for name, target in reversed(named.items())}
    every, outputs = model.encoder.targets, y.shape[1] // len(model.encoder.targets)
    columns = [
        np.abs(decoded[firsts[each.name]] - each.decode(y[:, at * outputs])) / (each.naive or 1.0)
        for at, each in enumerate(every)
        if isinstance(each, NumberTarget)
    ]
    return np.stack(columns, axis=-1)


def memory(model: Model, x: Array) -> list[dict[str, Any]]:
    """Return for each recurrent layer which share of its state a unit keeps in a step, in the mean.

    `half_life` is after how many steps half of it is left: log ½ / log share.
    """
    network, found = model.member, []
    names = {each.place: each.layer for each in layer_names(model)}
    for number, layer in enumerate(network.chain.parts):
        kept = layer.keeps(x) if isinstance(layer, RecurrentLayer) else None
        if kept is not None:
            shares = np.clip(kept, 1e-9, 1 - 1e-9)
            found.append(
                {
                    "name": names[str(number)],
                    "keeps": plain(kept),
                    "half_life": plain(log(0.5) / np.log(shares)),
                }
            )
        x = layer.predict(x)
    return found
