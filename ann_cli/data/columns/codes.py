"""Whole numbers that are codes: the number of a tree says which it is, and not how much."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.columns.gains import ROWS, Gain, Tried, gains, scaled
from ann_cli.engine.encodings import share

FEWEST, MOST = 5, 1000
"""Different values of a code."""

BINS = 8

REPEATS = 3
"""Rows that a code has on average, at least."""

SURE = 4.0
"""Standard errors by which the loss has to fall: by chance it does so once in 30,000 times."""

GAIN = 0.1
"""The share by which the loss has to fall."""

LEAST_R2 = 0.01
"""What more has to be explained of all that varies."""


def helpful_codes(
    frame: pd.DataFrame, kinds: Mapping[str, Kind], names: Sequence[str], y: Array, classes: bool
) -> Iterator[tuple[str, Gain]]:
    """Yield columns of whole numbers that do better as categories than on a bent curve.

    The curve has eight bins, as the networks' encodings have: a column of which a bend tells is no
    code. Without them the 36 brightnesses of satellite pictures were taken for codes.
    """
    frame, y = frame[:ROWS], y[:ROWS]
    tried = {
        name: _tried(frame[name])
        for name in names
        if kinds[name] == "number" and _may_be_code(frame[name])
    }
    for name, gain in gains(frame, kinds, names, y, classes, tried):
        least = max(SURE * gain.error, GAIN * (1 - gain.before), LEAST_R2)
        if gain.after - gain.before > least:
            yield name, gain


def _may_be_code(column: pd.Series) -> bool:
    values = column.dropna().to_numpy(np.float64)
    if (values != np.floor(values)).any() or (values < 0).any():
        return False
    different = len(np.unique(values))
    return FEWEST <= different <= min(MOST, len(values) / REPEATS)


def _tried(column: pd.Series) -> Tried:
    values = scaled(column.fillna(column.mean()).to_numpy(np.float64))
    places = pd.factorize(column, use_na_sentinel=False)[0]
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)))
    bins = share(values[:, np.newaxis], edges[:-1], edges[1:])
    return Tried(np.column_stack([values**2, values**3, bins, column.isna()]), places)
