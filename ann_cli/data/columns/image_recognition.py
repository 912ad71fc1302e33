"""Which columns of a table are the pixels of a picture, or name its file, for `ann init`."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from math import isqrt
from os.path import join
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.data.cells.pictures import PictureError, size_of
from ann_cli.data.cells.values import Array, Kind

FEWEST, SQUARE = 16, 64
"""Pixels of a picture at least: where names tell row and column, and where their number does."""

GREATEST = (16, 255)
"""The greatest value of whole pixels, by which columns that are but numbered are known."""


def image_in(
    frame: pd.DataFrame, kinds: Mapping[str, Kind], target: str, folder: str
) -> dict[str, Any]:
    """Return the keys of data for a table of pictures: image and what is left out; {} of others."""
    others = {name: kind for name, kind in kinds.items() if name != target}
    names = [name for name, kind in others.items() if kind == "category"]
    for name in names:
        if shape := _of_files(frame[name], folder):
            return {"image": {"column": name, **shape}}
    numbers = [name for name in others if name not in names]
    if len(numbers) < FEWEST:
        return {}
    forms = {name: re.sub(r"[0-9]+", "0", name) for name in numbers}
    usual, _ = Counter(forms.values()).most_common(1)[0]
    pixels = [name for name in numbers if forms[name] == usual]
    shape = _shape_of([tuple(map(int, re.findall("[0-9]+", name))) for name in pixels])
    values = frame[pixels].to_numpy(np.float64)
    if not shape or not np.nanmin(values, initial=0) >= 0:
        return {}
    if usual.count("0") == 1 and not _are_levels(values):
        return {}
    left = [name for name in others if name not in pixels]
    return {"image": shape} | ({"exclude": left} if left else {})


def _shape_of(places: Sequence[tuple[int, ...]]) -> dict[str, int]:
    """Return height, width and channels where places go through them in order; {} where not."""
    first, last = places[0], places[-1]
    if len(places) < FEWEST or any(each not in (0, 1) for each in first):
        return {}
    sizes = [high - low + 1 for low, high in zip(first, last, strict=True)]
    if len(sizes) == 1:
        side = isqrt(len(places))
        square = side * side == len(places) >= SQUARE
        in_order = list(places) == [(at,) for at in range(first[0], last[0] + 1)]
        return {"height": side, "width": side} if square and in_order else {}
    ranges = [range(low, high + 1) for low, high in zip(first, last, strict=True)]
    if len(sizes) > 3 or min(sizes[:2]) < 2 or list(places) != list(product(*ranges)):
        return {}
    return dict(zip(("height", "width", "channels"), sizes, strict=False))


def _are_levels(values: Array) -> bool:
    """Whether cells are whole numbers of a range that pixels have."""
    known = values[~np.isnan(values)]
    return bool((known % 1 == 0).all()) and known.max(initial=0) in GREATEST


def _of_files(column: pd.Series, folder: str) -> dict[str, int]:
    """Return the shape of the first file where all cells name a PNG; {} where they do not."""
    cells = column.dropna()
    if cells.empty or not cells.str.lower().str.endswith(".png").all():
        return {}
    try:
        height, width, channels = size_of(join(folder, cells.iloc[0]))
    except PictureError:
        return {}
    return {"height": height, "width": width} | ({"channels": channels} if channels > 1 else {})
