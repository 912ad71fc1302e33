"""Where the middle of a column lies and how wide it is: (x − center) / scale is what enters."""

from typing import Any, Literal, TypeAlias

import numpy as np

from ann_cli.data.cells.values import Array
from ann_cli.data.columns.statistics import Numbers

Scaling: TypeAlias = Literal["standard", "robust", "minmax", "none"]


def center_and_scale(found: Numbers, scaling: str) -> tuple[float, float]:
    """Return center and scale of the numbers found; the scale is never 0."""
    moments = found.moments
    if scaling == "none":
        return 0.0, 1.0
    if scaling == "minmax":
        center, scale = moments.least, moments.greatest - moments.least
    elif scaling == "robust":
        low, center, high = found.percentiles(25, 50, 75)
        scale = high - low or moments.deviation
    else:
        center, scale = moments.mean, moments.deviation
    return center, scale or 1.0


def scaled(values: Array, center: float | Array, scale: float | Array, dtype: Any) -> Array:
    """Return (values − center) / scale, held within what the dtype can hold."""
    limit = np.finfo(dtype).max
    with np.errstate(over="ignore"):
        moved = values - center
        moved /= scale
        return np.clip(moved, -limit, limit, out=moved).astype(dtype, copy=False)
