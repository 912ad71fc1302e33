"""Whether the cells of a column are names although most look like numbers."""

import re
from collections.abc import Mapping

import numpy as np

from ann_cli.data.cells.numerals import bare
from ann_cli.engine.settings import Array

DIGITS = re.compile(r"\s*[0-9]+\s*")

FEW_NUMBERS = 20
"""Up to so many different numbers, with texts among them, are names of categories."""

MANY_TEXTS = 0.2
"""The share of cells from which texts among numbers make names of categories."""

EXACT = 15
"""Digits that a 64-bit float holds exactly: of longer ids the last ones would be lost."""


def are_codes(cells: Mapping[str, int]) -> bool:
    """Whether numbers are codes of one width, such as 0123, which lose their zero as numbers.

    Or ids of so many digits that two of them would be one number.
    """
    width = len(bare(next(iter(cells))))
    if width < 2:
        return False
    texts = list(map(bare, cells))
    if not all(map(DIGITS.fullmatch, texts)):
        return False
    if width > EXACT and all(len(text) > EXACT for text in texts):
        return True
    return all(len(text) == width for text in texts) and any(text[0] == "0" for text in texts)


def are_names(cells: Mapping[str, int], values: Array, times: Array) -> bool:
    """Whether texts among numbers make names of all of them: they are many, or the numbers few."""
    odd = np.isnan(values)
    share = times[odd].sum() / times.sum()
    if share > 0.5:
        return True
    known = values[~odd]
    real = len(known) > FEW_NUMBERS or (len(known) > 2 and (known != np.floor(known)).any())
    return not real or (share > MANY_TEXTS and odd.sum() > 2)
