"""A number for each row that follows from its cells."""

from collections.abc import Hashable

import numpy as np
import pandas as pd

from ann_cli.data.cells.values import Array


def hashes(frame: pd.DataFrame) -> Array:
    """Return a number for each row that follows from its cells: equal rows have equal numbers.

    It is that of pandas' `hash_pandas_object`, which takes a column at a time: here all numbers are
    hashed at once, and all texts. A row's are put together as CPython's tuple did until 3.8.
    """
    hashed: dict[Hashable, Array] = {}
    for part in (frame.select_dtypes("float64"), frame.select_dtypes(exclude="float64")):
        cells = part.to_numpy()
        columns = pd.util.hash_array(cells.ravel()).reshape(cells.shape).T
        hashed |= dict(zip(part.columns, columns, strict=True))
    found, factor = np.full(len(frame), 0x345678, dtype=np.uint64), 1000003
    for left, name in zip(range(len(hashed), 0, -1), frame, strict=True):
        found = (found ^ hashed[name]) * np.uint64(factor)
        factor += 82520 + 2 * left
    return found + np.uint64(97531)
