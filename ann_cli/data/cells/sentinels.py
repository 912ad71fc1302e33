"""What stands for no value: -9999 among amounts, -3.4e38 of a raster, the year 9999."""

import numpy as np

from ann_cli.data.cells.values import IMMENSE, Array

NO_DATA = (-9999.0, -99999.0, -999999.0, -32768.0, -2147483648.0, -999.0, -99.0)
"""Numbers that often stand for no value where all others are far from them."""

NO_DAYS = np.array(
    ["0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01",
     "2099-12-31", "2999-12-31", "3000-01-01", "9999-12-30", "9999-12-31"],
    dtype="datetime64[D]",
).astype(np.int64)  # fmt: skip
"""Days that databases and spreadsheets write where there is none: in days since 1970."""

ALONE = (-999.0, -9999.0, -99999.0, -999999.0)
"""Those of them that are no amount where no other number is below 0, however wide their range."""

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
        # The one number below 0, and just this one: amounts of any range have no such value.
        alone = candidate in ALONE and low >= 0
        if known and gap > 0 and (alone or gap > FAR * (high - low)):
            found.append(float(candidate))
    return tuple(sorted(found))


def no_moments(values: Array) -> tuple[float, ...]:
    """Return the moments, in seconds since 1970, that stand for no value: far from all others."""
    known = np.isin(np.floor(values / 86400), NO_DAYS)
    found = []
    for candidate in np.unique(values[known]).tolist():
        others = values[~known]
        if len(others) < 2:
            continue
        low, high = others.min(), others.max()
        if max(low - candidate, candidate - high) > FAR * (high - low):
            found.append(candidate)
    return tuple(found)
