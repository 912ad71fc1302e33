"""Columns that a frame lacks."""

from collections.abc import Sequence

import pandas as pd

from ann_cli.errors import DataError, Problem, did_you_mean


def no_columns(columns: Sequence[str], frame: pd.DataFrame) -> DataError:
    """Return the error that says which columns are not there, and which are."""
    given = [str(each) for each in frame.columns]
    listed = f"the columns are: {', '.join(given)}"
    return DataError.of(
        Problem(f"no column {each}", "", did_you_mean(each, given) or listed) for each in columns
    )
