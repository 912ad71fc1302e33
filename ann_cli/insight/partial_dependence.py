"""How a prediction moves with a column: partial dependence, single rows, accumulated effects."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ann_cli.data.columns.category_feature import MISSING
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.picture_feature import PictureFeature
from ann_cli.engine.settings import Array
from ann_cli.insight.association import Association, strongest
from ann_cli.insight.cells import Cells, all_cells
from ann_cli.insight.outcomes import answer_names, answers
from ann_cli.model.model import Model

COLUMNS = 12
"""Columns that are looked at, at most: the first of those that are asked for."""

POINTS, CATEGORIES = 30, 15
"""Values of a column of numbers, and categories, at most."""

ROWS, LINES = 500, 40
"""Rows that the mean is taken over, and that have a line of their own, at most."""

TOGETHER = 0.5
"""How strongly a column must hang together with another for accumulated effects beside it: rows in
which the one moves and the other stays would then be like none that there are."""

WORK = 1.2e10
"""Multiplications that all of it may take: about a second on one core."""


@dataclass(frozen=True)
class Grid:
    """The values of a column that a prediction is asked for."""

    column: str
    kind: str
    """number, date, boolean or category."""
    labels: tuple[str, ...]
    """Of categories and booleans; none of numbers and dates."""
    values: Array
    """Of numbers and dates, ascending; of others the places of their labels."""
    has_missing: bool
    """Whether one more point, the last, is a missing cell."""
    left_out: int
    """Categories that are not among them, as they are rarer."""
    cells: tuple[object, ...]
    """What stands in a frame for each point."""

    def __len__(self) -> int:
        return len(self.cells)


@dataclass(frozen=True)
class Dependence:
    """How the answers move with a column, all other cells staying as they are."""

    grid: Grid
    mean: Array
    """Points × answers: the mean over the rows (Friedman 2001, "Greedy function approximation",
    section 8.2)."""
    lines: Array
    """Lines × points × answers: single rows (Goldstein et al. 2015, "Peeking inside the
    black box")."""
    spread: Array
    """Points × answers: the standard deviation of the rows' answers."""
    with_most: Association | None
    """The column that this one hangs together with most."""
    accumulated: "Accumulated | None"
    """Where it does so strongly, and has an order."""

    @property
    def reach(self) -> Array:
        """How far the mean of each answer moves from its least point to its greatest."""
        return np.ptp(self.mean, axis=0)


@dataclass(frozen=True)
class Accumulated:
    """Accumulated local effects of a column (Apley & Zhu 2020, equations 15 and 16).

    Each row's cell moves only to the ends of its own small interval, so that rows stay like those
    that there are.
    """

    edges: Array
    effects: Array
    """Edges × answers; their mean over the rows is that of the predictions."""
    counts: Array
    """The rows in each interval."""


@dataclass(frozen=True)
class Dependences:
    """All columns that were looked at, and on how many rows."""

    answers: tuple[str, ...]
    columns: tuple[Dependence, ...]
    rows: int
    left_out: tuple[str, ...]
    """Columns that were asked for and not looked at: more than COLUMNS, or with one value only."""


def movable(encoder: Encoder) -> dict[str, Feature]:
    """Return the columns whose cells a person can move one by one; none of pictures and series."""
    if encoder.shape is not None or encoder.timeline is not None:
        return {}
    return {each.name: each for each in encoder.features if not isinstance(each, PictureFeature)}


def dependences(
    model: Model, frame: pd.DataFrame, columns: Sequence[str], generator: np.random.Generator
) -> Dependences:
    """Return how the answers of a model move with its columns, the first COLUMNS of those asked.

    `frame` has rows whose cells are read; of many a sample is drawn. All inputs of a column move
    together.
    """
    features = movable(model.encoder)
    sample = sampled(frame, ROWS, generator)
    cells = all_cells(sample, features)
    grids = {name: grid_of(cells[name]) for name in columns if name in features}
    asked = [name for name, grid in grids.items() if len(grid) > 1][:COLUMNS]
    points = sum(len(grids[name]) for name in asked)
    rows = affordable(model, 0.4, points, ROWS)
    x = model.encoder.transform(sample, model.config.precision)
    lines = generator.permutation(min(rows, len(x)))[:LINES]
    together = strongest(cells, asked)
    found = []
    for name in asked:
        inputs = model.encoder.places_of[name]
        moved = moving(model, sample, grids[name].column, grids[name].cells)
        every = np.stack([answers(model, _with(x[:rows], inputs, each)) for each in moved])
        most, accumulated = together[name], None
        if most is not None and most.strength >= TOGETHER:
            accumulated = _accumulated(model, sample, x, cells[name])
        found.append(
            Dependence(
                grids[name],
                every.mean(axis=1),
                every[:, lines].swapaxes(0, 1),
                every.std(axis=1),
                most,
                accumulated,
            )
        )
    left_out = tuple(name for name in columns if name in features and name not in asked)
    return Dependences(answer_names(model), tuple(found), min(rows, len(x)), left_out)


def sampled(frame: pd.DataFrame, most: int, generator: np.random.Generator) -> pd.DataFrame:
    """Return at most so many rows of a frame, drawn, in their own order."""
    if len(frame) <= most:
        return frame
    return frame.iloc[np.sort(generator.choice(len(frame), most, replace=False))]


def affordable(model: Model, part: float, times: int, most: int) -> int:
    """Return how many rows may be predicted so many times, for a part of WORK; at least 20."""
    predictions = part * WORK / max(model.network.theta.size, 1)
    return int(min(max(predictions / max(times, 1), 20), most))


def grid_of(cells: Cells, points: int = POINTS, categories: int = CATEGORIES) -> Grid:
    """Return the values of a column that are asked for: quantiles of numbers, common categories."""
    gap, labels, left_out = bool(cells.missing.any()), tuple[str, ...](), 0
    written: list[object]
    if cells.values is not None:
        known = cells.values[~np.isnan(cells.values)]
        values = np.unique(known)
        if len(values) > points:
            shares = np.linspace(0, 1, points)
            values = np.unique(np.quantile(known, shares, method="closest_observation"))
        written = values.tolist()
        if cells.kind == "boolean":
            labels = tuple("yes" if each else "no" for each in written)
            values = np.arange(len(written), dtype=np.float64)
    else:
        assert cells.codes is not None
        counts = np.bincount(cells.codes[cells.codes >= 0], minlength=len(cells.labels))
        kept = np.sort(np.argsort(-counts, kind="stable")[:categories]).tolist()
        labels, left_out = tuple(cells.labels[at] for at in kept), len(counts) - len(kept)
        written = [cells.distinct[at] for at in kept]
        values = np.arange(len(kept), dtype=np.float64)
    if gap:
        written.append(np.nan)
        labels = (*labels, MISSING) if labels else ()
    return Grid(cells.column, cells.kind, labels, values, gap, left_out, tuple(written))


def moving(model: Model, frame: pd.DataFrame, column: str, cells: Sequence[object]) -> Array:
    """Return the inputs that a column becomes for each of some cells, cells × its inputs.

    They follow from the column alone, so that other cells may be any.
    """
    kind = model.encoder.input_columns[column]
    rows = frame.iloc[np.zeros(len(cells), np.intp)].reset_index(drop=True)
    written = pd.Series(list(cells), dtype=object if kind == "category" else np.float64)
    x = model.encoder.transform(rows.assign(**{column: written}), model.config.precision)
    return x[:, model.encoder.places_of[column]]


def _with(x: Array, inputs: list[int], cell: Array) -> Array:
    moved = x.copy()
    moved[:, inputs] = cell
    return moved


def _accumulated(model: Model, frame: pd.DataFrame, x: Array, cells: Cells) -> Accumulated | None:
    """Return the accumulated local effects of a column of numbers; None of categories."""
    if cells.values is None or cells.kind == "boolean":
        return None
    known = np.flatnonzero(~np.isnan(cells.values))
    own = cells.values[known]
    edges = np.unique(np.quantile(own, np.linspace(0, 1, POINTS), method="closest_observation"))
    if len(edges) < 3:
        return None
    place = np.maximum(np.searchsorted(edges, own, side="left") - 1, 0)
    inputs = model.encoder.places_of[cells.column]
    ends = moving(model, frame, cells.column, edges.tolist())
    below, above = (answers(model, _with(x[known], inputs, ends[place + side])) for side in (0, 1))
    counts = np.bincount(place, minlength=len(edges) - 1)
    steps = np.stack(
        [np.bincount(place, one, len(counts)) / np.maximum(counts, 1) for one in (above - below).T],
        axis=-1,
    )
    effects = np.concatenate([np.zeros((1, steps.shape[1])), steps.cumsum(axis=0)])
    middle = counts @ (effects[1:] + effects[:-1]) / 2 / counts.sum()
    return Accumulated(edges, effects - middle + answers(model, x[known]).mean(axis=0), counts)
