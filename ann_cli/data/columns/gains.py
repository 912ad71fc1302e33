"""What more inputs of a column explain of the target, in rows held back."""

from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd

from ann_cli.data.cells.values import Array, Kind

ROWS = 5_000
"""Rows that are looked at."""

FOLDS = 5
WIDEST = 300
"""Inputs from which on this is not tried."""


class Tried(NamedTuple):
    """What is tried of a column, rows × inputs each."""

    beside: Array
    """Inputs that stand on both sides."""
    more: Array
    """Those in question; or the place of each row among inputs of which a row has one, a number."""


class Gain(NamedTuple):
    """R² in rows held back, without the inputs in question and with them."""

    before: float
    after: float
    error: float
    """The standard error of the difference."""


def gains(
    frame: pd.DataFrame,
    kinds: Mapping[str, Kind],
    names: Sequence[str],
    y: Array,
    classes: bool,
    tried: Mapping[str, Tried],
) -> Iterator[tuple[str, Gain]]:
    """Yield what each column gains that is tried.

    Ridge regressions on all columns that are named, and what stands beside, are set beside those
    that have the inputs in question, too; in five parts, of which each is held back in turn. The
    differences of the squared errors are paired. `y` numbers classes, of which each is an output.
    """
    if not tried or len(names) > WIDEST:
        return
    others = [_inputs(frame[name], kinds[name]) for name in names]
    if sum(each.shape[1] for each in others) > WIDEST:
        return
    goal = np.eye(int(y.max()) + 1)[y] if classes else y[:, None].astype(np.float64)
    goal = goal - goal.mean(axis=0)
    spread = float(np.square(goal).sum(axis=1).mean())
    if not spread:
        return
    parts = np.random.default_rng(0).permutation(len(y)) % FOLDS
    from threadpoolctl import threadpool_limits

    for name, (beside, more) in tried.items():
        base = np.column_stack([*others, beside])
        with threadpool_limits(1, "blas"):  # two take longer for products of this size
            before = _held_back(base, goal, parts) / spread
            places = more if more.ndim == 1 else None
            wider = base if more.ndim == 1 else np.column_stack([base, more])
            after = _held_back(wider, goal, parts, places) / spread
        error = float((before - after).std(ddof=1)) / sqrt(len(goal))
        yield name, Gain(1 - float(before.mean()), 1 - float(after.mean()), error)


def scaled(values: Array) -> Array:
    """Return numbers less their mean, by their deviation."""
    return (values - values.mean()) / (values.std() or 1.0)


def _inputs(column: pd.Series, kind: Kind) -> Array:
    if kind != "category":
        values = column.fillna(column.mean()).fillna(0.0).to_numpy(np.float64)
        return scaled(values)[:, None]
    places, distinct = pd.factorize(column)
    if len(distinct) > 30:
        return np.empty((len(column), 0))
    return np.eye(len(distinct) + 1)[places]


def _held_back(x: Array, y: Array, parts: Array, places: Array | None = None) -> Array:
    """Return each row's squared error by a ridge regression on the other parts.

    With the `places` of rows there is an input for each place beside `x`. Two of these are in no
    row together, so that each follows from the weights of `x`, for which alone is solved.
    """
    errors = np.empty(len(y))
    for part in range(FOLDS):
        held = parts == part
        own, goal = x[~held], y[~held]
        middle = goal.mean(axis=0)
        products, sums = own.T @ own + np.eye(x.shape[1]), own.T @ (goal - middle)
        if places is None:
            weights = np.linalg.solve(products, sums)
            predicted = x[held] @ weights
        else:
            order = np.argsort(places[~held], kind="stable")
            found = np.unique(places[~held][order], return_index=True, return_counts=True)
            there, starts, counts = found
            inputs = np.add.reduceat(own[order], starts)
            goals = np.add.reduceat((goal - middle)[order], starts)
            shrunk = inputs / (counts + 1)[:, np.newaxis]
            weights = np.linalg.solve(products - shrunk.T @ inputs, sums - shrunk.T @ goals)
            effects = np.zeros((int(places.max()) + 1, y.shape[1]))
            effects[there] = (goals - inputs @ weights) / (counts + 1)[:, np.newaxis]
            predicted = x[held] @ weights + effects[places[held]]
        errors[held] = np.square(y[held] - middle - predicted).sum(axis=1)
    return errors
