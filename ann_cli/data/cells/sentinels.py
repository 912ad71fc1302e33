"""Numbers that stand for no value: -9999 among amounts, -3.4e38 of a raster."""

import numpy as np

from ann_cli.data.cells.values import IMMENSE, Array

NO_DATA = (-9999.0, -99999.0, -999999.0, -32768.0, -2147483648.0, -999.0, -99.0)
"""Numbers that often stand for no value where all others are far from them."""

FAR = 1
"""Sizes of the range of all other numbers from which a number is far."""


def no_data(values: Array) -> tuple[float, ...]:
    """Return the numbers that stand for no value: known ones, far from all others."""
    found: list[float] = []
    if not len(values) or (values.min() > max(NO_DATA) and values.max() < IMMENSE):
        return ()
    for candidate in values[(np.abs(values) >= IMMENSE) | np.isin(values, NO_DATA)]:
        others = values[
            (values != candidate) & (np.abs(values) < IMMENSE) & ~np.isin(values, found)
        ]
        if candidate > -IMMENSE and candidate < IMMENSE:
            others = others[~np.isin(others, NO_DATA)]
        if len(others) < 2:
            continue
        low, high = others.min(), others.max()
        gap = low - candidate if candidate < low else candidate - high
        known = abs(candidate) >= IMMENSE or low >= 0 or len(str(int(-candidate))) > 3
        if known and gap > FAR * (high - low) and gap > 0:
            found.append(float(candidate))
    return tuple(sorted(found))
