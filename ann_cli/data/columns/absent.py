"""Columns that a frame lacks."""

from collections.abc import Sequence

import pandas as pd

from ann_cli.data.cells.headers import instead
from ann_cli.errors import DataError, Problem


def no_columns(columns: Sequence[str], frame: pd.DataFrame) -> DataError:
    """Return the error that says which columns are not there, and which are."""
    given = [str(each) for each in frame.columns]
    return DataError.of(Problem(f"no column {each}", "", instead(each, given)) for each in columns)
