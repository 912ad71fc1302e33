"""What of a series is learned, its values or their changes: chosen where the config leaves it."""

import numpy as np

from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Array
from ann_cli.data.series.season import naive_error
from ann_cli.data.series.table import Difference, WindowTable
from ann_cli.data.series.windows import Form, bases, future, origins, past
from ann_cli.errors import DataError

FITTED, JUDGED = 4096, 2048
"""Windows that a linear model is fitted to, and judged on; of more, so many evenly spaced."""

PENALTIES = (0.1, 1.0, 10.0, 100.0, 1000.0)
"""Of the squared weights of inputs in their standard deviations; the best one counts."""

LATEST = 0.2
"""The share of the training part that judges where nothing validates."""


def with_difference(config: Config, table: WindowTable) -> tuple[Config, list[str]]:
    """Return the config with its season and difference written out, and a note on what was chosen.

    A linear model with a penalty is fitted to the training windows of each form, as are there of
    all forms. That of the least mean absolute error on the validation windows is taken: on the four
    series of tests/benchmarks/families.py it is the one that networks are best with, or within a
    few percent of it. Raises DataError where no window is there.
    """
    season = table.file.season
    data = config.data.model_copy(update={"season": season if season > 1 else None})
    notes = []
    if season > 1 and config.data.season is None:
        notes.append(f"a season is {season} steps (data.season to choose)")
    if config.difference != "auto":
        return config.model_copy(update={"data": data}), notes
    errors = errors_by_difference(config, table)
    best = min(errors, key=lambda name: errors[name])
    table.difference = best
    if len(errors) > 1:
        listed = ", ".join(f"{name} {error:.3g}" for name, error in errors.items())
        notes.append(
            f"difference: {best}, by a linear model's scaled error on the latest windows before "
            f"the test: {listed} (difference: to choose)"
        )
    return config.model_copy(update={"data": data, "difference": best}), notes


def errors_by_difference(config: Config, table: WindowTable) -> dict[Difference, float]:
    """Return the scaled error of a linear model with each difference that can be."""
    names: list[Difference] = (
        ["none", "season", "step"] if table.file.season > 1 else ["none", "step"]
    )
    while True:
        season, known = table.file.season, table.file.known
        forms = {name: Form.of(config.data, season, name, known) for name in names}
        largest = max(names, key=lambda name: forms[name].history)
        try:
            fitted, judged = _windows(table, forms[largest])
        except DataError:
            if len(names) == 1:
                return {"none": 0.0}
            names.remove(largest)  # the history is too short for it
            continue
        return {name: _error(table, form, fitted, judged) for name, form in forms.items()}


def _windows(table: WindowTable, longest: Form) -> tuple[list[Array], list[Array]]:
    """Return the origins in each series that are fitted, and those that judge."""
    cuts, horizon = table.file.cuts, longest.horizon
    at = [origins(each, longest) for each in table.file.history.series]
    starts = [each.start for each in table.file.history.series]
    held = cuts.validation
    train = cuts.training
    if held == train:
        train = held - max(round(LATEST * (held + 1)), horizon)
    fitted = [own[own + start + horizon <= train] for own, start in zip(at, starts, strict=True)]
    judged = [
        own[(own + start >= train) & (own + start + horizon <= held)]
        for own, start in zip(at, starts, strict=True)
    ]
    for parts in (fitted, judged):
        if sum(map(len, parts)) < 2:
            raise DataError("too few windows")
    return _spaced(fitted, FITTED), _spaced(judged, JUDGED)


def _spaced(parts: list[Array], most: int) -> list[Array]:
    step = -(-sum(map(len, parts)) // most)
    return [each[::step] for each in parts]


def _error(table: WindowTable, form: Form, fitted: list[Array], judged: list[Array]) -> float:
    x, y = _numbers(table, form, fitted)
    held_x, held_y = _numbers(table, form, judged)
    flat = x.reshape(-1, x.shape[-1])
    center, scale = np.nanmean(flat, axis=0), np.nanstd(flat, axis=0)
    scale[~(scale > 0)] = 1.0
    x, held_x = (
        np.nan_to_num((each - center) / scale).reshape(len(each), -1) for each in (x, held_x)
    )
    means, middle = x.mean(axis=0), y.mean(axis=0)
    x, held_x = x - means, held_x - means
    # (X'X + p)^-1 = V (D + p)^-1 V' for every penalty p, with one decomposition.
    sizes, axes = np.linalg.eigh(x.T @ x)
    sums, seen = axes.T @ (x.T @ (y - middle)), held_x @ axes
    errors = []
    for penalty in PENALTIES:
        weights = sums / (np.maximum(sizes, 0) + penalty)[:, np.newaxis]
        errors.append(float(np.abs(seen @ weights + middle - held_y).mean()))
    return min(errors)


def _numbers(table: WindowTable, form: Form, at: list[Array]) -> tuple[Array, Array]:
    """Return windows and what comes after them, in units of each series' naive error."""
    xs, ys = [], []
    for series, own in zip(table.file.history.series, at, strict=True):
        if len(own):
            known = table.file.timeline.scales.get(series.name)
            scale = known or naive_error(series.values[: own[0] + 1], form.season)
            values = series.values / scale
            xs.append(past(series, own, form, scale))
            ys.append(future(values, own, form.horizon) - bases(values, own, form))
    return np.concatenate(xs), np.concatenate(ys)
