"""Numbers as JSON can hold them."""

from typing import Any

import numpy as np


def plain(values: Any) -> Any:
    """Return a number, or an array as nested lists; None stands for what is not finite."""
    array = np.asarray(values)
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return array.tolist()
    held = array.astype(object)
    held[~np.isfinite(array)] = None
    return held.tolist()
