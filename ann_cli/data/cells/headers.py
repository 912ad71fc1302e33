"""Names of columns: what to do where one is not there."""

from collections.abc import Sequence

from ann_cli.data.cells.notation import is_number
from ann_cli.data.cells.values import listed
from ann_cli.errors import did_you_mean


def without_header(columns: Sequence[str]) -> str:
    """Return what to do about names that are the cells of a row; "" where they are names."""
    if 2 * sum(map(is_number, columns)) < len(columns):
        return ""
    return "the first line looks like a row: write a line with the columns' names above it"


def instead(absent: str, columns: Sequence[str]) -> str:
    """Return what to do about a column that is not among those of a table."""
    near = did_you_mean(absent, columns)
    headless = "" if is_number(absent) else without_header(columns)
    return near or headless or f"the columns are: {listed(columns)}"
