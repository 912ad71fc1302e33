"""Cells that name files: in a table as seen from its folder, in its frames as seen from here."""

from collections.abc import Callable
from os.path import join

import pandas as pd


def seen_from_here(frame: pd.DataFrame, column: str, folder: str) -> pd.DataFrame:
    """Return the frame with the folder of its table before the paths of a column."""
    return _changed(frame, column, lambda path: join(folder, path))


def as_named(frame: pd.DataFrame, column: str, folder: str) -> pd.DataFrame:
    """Return the same paths as the table has them, wherever it lies."""
    return _changed(frame, column, lambda path: path.removeprefix(join(folder, "")))


def _changed(frame: pd.DataFrame, column: str, change: Callable[[str], str]) -> pd.DataFrame:
    paths = [change(cell) if isinstance(cell, str) else cell for cell in frame[column]]
    return frame.assign(**{column: pd.Series(paths, frame.index, dtype=object)})
