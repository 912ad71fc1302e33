"""Whole numbers that are codes: the number of a tree says which it is, and not how much."""

from collections.abc import Iterator, Mapping, Sequence
from math import sqrt

import numpy as np
import pandas as pd

from ann_cli.data.cells.values import Array, Kind

ROWS = 5_000
"""Rows that are looked at."""

FEWEST, MOST = 5, 300
"""Different values of a code."""

REPEATS = 3
"""Rows that a code has on average, at least."""

SURE = 4.0
"""Standard errors by which the loss has to fall: by chance it does so once in 30,000 times."""

GAIN = 0.1
"""The share by which the loss has to fall."""

LEAST_R2 = 0.01
"""What more has to be explained of all that varies."""

FOLDS = 5
WIDEST = 300
"""Inputs from which on this is not tried."""


def helpful_codes(
    frame: pd.DataFrame, kinds: Mapping[str, Kind], names: Sequence[str], y: Array, classes: bool
) -> Iterator[tuple[str, float, float]]:
    """Yield columns of whole numbers that do better as categories; R² before and after.

    Ridge regressions on the other columns and on a cubic curve of the number are set beside those
    that have an input a value besides, on rows held back in five parts. The differences of the
    squared errors are paired. `y` numbers classes, of which each is then an output.
    """
    if len(names) > WIDEST:
        return
    frame, y = frame[:ROWS], y[:ROWS]
    candidates = [name for name in names if kinds[name] == "number" and _may_be_code(frame[name])]
    if not candidates:
        return
    others = {name: _inputs(frame[name], kinds[name]) for name in names}
    if sum(each.shape[1] for each in others.values()) > WIDEST:
        return
    goal = np.eye(int(y.max()) + 1)[y] if classes else y[:, None].astype(np.float64)
    goal = goal - goal.mean(axis=0)
    spread = float(np.square(goal).sum(axis=1).mean())
    if not spread:
        return
    parts = np.random.default_rng(0).permutation(len(y)) % FOLDS
    from threadpoolctl import threadpool_limits

    for name in candidates:
        values = _scaled(frame[name].to_numpy(np.float64))
        base = np.column_stack([*others.values(), values**2, values**3])
        places, _ = pd.factorize(frame[name])
        one_hot = np.eye(int(places.max()) + 1)[places]
        with threadpool_limits(1, "blas"):  # two take longer for products of this size
            before = _held_back(base, goal, parts)
            after = _held_back(np.column_stack([base, one_hot]), goal, parts)
        gain = before - after
        error = float(gain.std(ddof=1)) / sqrt(len(gain))
        least = max(SURE * error, GAIN * float(before.mean()), LEAST_R2 * spread)
        sure = float(gain.mean()) > least
        if sure:
            yield (
                name,
                1 - float(before.mean()) / spread,
                1 - float(after.mean()) / spread,
            )


def _may_be_code(column: pd.Series) -> bool:
    values = column.to_numpy(np.float64)
    if np.isnan(values).any() or (values != np.floor(values)).any() or (values < 0).any():
        return False
    different = len(np.unique(values))
    return FEWEST <= different <= min(MOST, len(values) / REPEATS)


def _inputs(column: pd.Series, kind: Kind) -> Array:
    if kind != "category":
        values = column.fillna(column.mean()).fillna(0.0).to_numpy(np.float64)
        return _scaled(values)[:, None]
    places, distinct = pd.factorize(column)
    if len(distinct) > 30:
        return np.empty((len(column), 0))
    return np.eye(len(distinct) + 1)[places]


def _scaled(values: Array) -> Array:
    return (values - values.mean()) / (values.std() or 1.0)


def _held_back(x: Array, y: Array, parts: Array) -> Array:
    """Return each row's squared error by a ridge regression on the other parts."""
    errors = np.empty(len(y))
    for part in range(FOLDS):
        held = parts == part
        own, goal = x[~held], y[~held]
        middle = goal.mean(axis=0)
        products = own.T @ own + np.eye(x.shape[1])
        weights = np.linalg.solve(products, own.T @ (goal - middle))
        errors[held] = np.square(y[held] - middle - x[held] @ weights).sum(axis=1)
    return errors
