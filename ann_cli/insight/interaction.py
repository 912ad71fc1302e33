"""The pair of columns that a prediction moves with jointly, beyond what each does alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np
import pandas as pd

from ann_cli.engine.settings import Array
from ann_cli.insight.cells import Cells, cells_of
from ann_cli.insight.intervals import Interval, mean_interval
from ann_cli.insight.outcomes import answer_names, answers
from ann_cli.insight.partial_dependence import Grid, affordable, grid_of, movable, moving
from ann_cli.model.model import Model

AMONG = 5
"""Columns of which pairs are made, the first of those that are asked for."""

CHOOSING, MEASURING, SIDE, UNDER = 60, 300, 20, 100
"""Rows by which a pair is chosen, and measured; points of a side of the surface, and rows under
each of them. At most."""

RESAMPLES, LEAST = 200, 0.05
"""Times that rows are drawn anew for the interval of H, and what its lower end must be above."""


@dataclass(frozen=True)
class Pair:
    """Two columns, and how much of what they do together is joint."""

    first: str
    second: str
    strength: Interval
    """H of Friedman & Popescu 2008, "Predictive learning via rule ensembles", equation 44 (its
    root): 0 where their effects only add up, 1 where all is joint. The interval is that of other
    rows of this kind (Efron 1979, the percentiles of a bootstrap)."""
    moves: float
    """The standard deviation of the joint part, in the answer's own units."""
    answer: str
    helps: Interval | None
    """By how much squared errors rise, a row, where the joint part is taken away."""
    rows: int
    surface: "Surface | None"
    """None where the joint part cannot be told from nothing."""


@dataclass(frozen=True)
class Surface:
    """The mean answer over two columns' values."""

    first: Grid
    second: Grid
    mean: Array
    """Points of the first × points of the second."""
    counts: Array
    """The rows that are nearest to each point: where there are none, nothing is known."""


def strongest_pair(
    model: Model,
    frame: pd.DataFrame,
    actual: Array | None,
    columns: Sequence[str],
    generator: np.random.Generator,
) -> Pair | None:
    """Return the pair whose joint part is greatest, of the first columns of those asked for.

    It is the numerator of H that chooses, beside how far the answer's predictions are apart: H
    itself is great, too, of two columns that hardly matter. `actual` is rows × answers, where
    known. There is a surface where the interval of H lies above LEAST and taking the joint part
    away makes errors worse, by an interval above 0: a network also learns joint parts of noise.
    None where there is no pair.
    """
    features = movable(model.encoder)
    names = [name for name in columns if name in features][:AMONG]
    if len(names) < 2 or len(frame) < 2:
        return None
    order = generator.permutation(len(frame))
    x = model.encoder.transform(frame.iloc[order[:MEASURING]], model.config.precision)
    apart = np.maximum(answers(model, x).std(axis=0), np.finfo(np.float32).tiny)
    few = x[: round(sqrt(affordable(model, 0.2, len(names) * (len(names) + 1) // 2, CHOOSING**2)))]
    alone = {name: _moved(model, few, [name]) for name in names}
    joint = {
        pair: _joint(alone[pair[0]], alone[pair[1]], _moved(model, few, pair)).std(axis=0) / apart
        for pair in combinations(names, 2)
    }
    first, second = max(joint, key=lambda pair: joint[pair].max())
    at = int(joint[first, second].argmax())
    x = x[: round(sqrt(affordable(model, 0.3, 3, MEASURING**2)))]
    one, other, both = (
        _moved(model, x, names)[..., at] for names in ((first,), (second,), (first, second))
    )
    equal = np.full(len(x), 1 / len(x))
    drawn = (generator.multinomial(len(x), equal) / len(x) for _ in range(RESAMPLES))
    every = [_strength(one, other, both, each) for each in drawn]
    low, high = np.quantile(every, (0.025, 0.975)).tolist()
    part, helps = _joint(one, other, both), None
    if actual is not None:
        left = actual[order[: len(x)], at] - answers(model, x)[:, at]
        worse = np.square(left + part) - np.square(left)
        helps = mean_interval(worse.tolist()) if np.isfinite(worse).all() else None
    surface = None
    if low > LEAST and helps is not None and helps.low > 0:
        surface = _surface(model, frame, x, (first, second), at)
    return Pair(
        first,
        second,
        Interval(_strength(one, other, both, equal), low, high),
        float(part.std()),
        answer_names(model)[at],
        helps,
        len(x),
        surface,
    )


def _moved(model: Model, x: Array, columns: Sequence[str]) -> Array:
    """Return the answers where each row's cells of some columns stand in all rows.

    Rows whose cells they are × rows that have them × answers.
    """
    inputs = [at for name in columns for at in model.encoder.places_of[name]]
    block, found = max(model.network.block_rows // len(x), 1), []
    for start in range(0, len(x), block):
        own = x[start : start + block][:, inputs]
        every = np.tile(x, (len(own), 1))
        every[:, inputs] = np.repeat(own, len(x), axis=0)
        found.append(answers(model, every).reshape(len(own), len(x), -1))
    return np.concatenate(found)


def _joint(first: Array, second: Array, both: Array, part: Array | None = None) -> Array:
    """Return what two columns do beyond the sum of what each does, rows first.

    The arguments are what `_moved` gives of one column, of the other and of both; `part` is what
    each row counts, of sum 1.
    """
    one, other, together = (_centred(each, part) for each in (first, second, both))
    return together - one - other


def _centred(moved: Array, part: Array | None) -> Array:
    """Return the partial dependence at each row, its mean over the rows 0."""
    if part is None:
        part = np.full(len(moved), 1 / len(moved))
    found = np.einsum("ij...,j->i...", moved, part)
    return found - part @ found


def _strength(first: Array, second: Array, both: Array, part: Array) -> float:
    """Return H of one answer."""
    whole = float(part @ np.square(_centred(both, part)))
    # What rounds off of float32 is no joint part.
    if whole <= (1e-5 * float(np.abs(both).max())) ** 2:
        return 0.0
    return sqrt(float(part @ np.square(_joint(first, second, both, part))) / whole)


def _surface(
    model: Model, frame: pd.DataFrame, x: Array, pair: tuple[str, str], at: int
) -> Surface:
    features = movable(model.encoder)
    cells = [cells_of(frame, features[name]) for name in pair]
    # Finer, most of its points would have no rows near.
    side = int(np.clip(sqrt(len(frame) / 4), 6, SIDE))
    grids = [grid_of(each, side, SIDE // 2) for each in cells]
    under = x[: affordable(model, 0.1, len(grids[0]) * len(grids[1]), UNDER)]
    places = model.encoder.places_of
    inputs = [
        moving(model, frame, name, grid.cells) for name, grid in zip(pair, grids, strict=True)
    ]
    mean = np.empty((len(grids[0]), len(grids[1])))
    for row, own in enumerate(inputs[0]):
        every = np.tile(under, (len(inputs[1]), 1))
        every[:, places[pair[0]]] = own
        every[:, places[pair[1]]] = np.repeat(inputs[1], len(under), axis=0)
        mean[row] = answers(model, every)[:, at].reshape(len(inputs[1]), -1).mean(axis=1)
    near = [nearest(each, grid) for each, grid in zip(cells, grids, strict=True)]
    known = (near[0] >= 0) & (near[1] >= 0)
    where = near[0][known] * len(grids[1]) + near[1][known]
    counts = np.bincount(where, minlength=mean.size).reshape(mean.shape)
    return Surface(grids[0], grids[1], mean, counts)


def nearest(cells: Cells, grid: Grid) -> Array:
    """Return the point of a grid that each cell is nearest to; -1 of a category without one."""
    missing, last = cells.missing, len(grid) - 1
    if cells.values is None:
        assert cells.codes is not None
        place = {label: at for at, label in enumerate(grid.labels)}
        found = np.array([*(place.get(label, -1) for label in cells.labels), -1])[cells.codes]
    else:
        values = np.array(grid.cells[: last + 1 - grid.has_missing], dtype=np.float64)
        middles = (values[1:] + values[:-1]) / 2
        found = np.searchsorted(middles, np.where(missing, 0.0, cells.values))
    return np.where(missing, last if grid.has_missing else -1, found)
