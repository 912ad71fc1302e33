"""Columns that a config names: each has to be there."""

from collections.abc import Mapping, Sequence

from ann_cli.config.spec import Config
from ann_cli.data.cells.values import listed
from ann_cli.data.csv.table import CsvTable
from ann_cli.data.table import Table
from ann_cli.errors import DataError, Problem, did_you_mean


def check_named(config: Config, table: Table, named: Mapping[str, Sequence[str]]) -> None:
    """Raise DataError for all columns that a table lacks, each at the key that names it."""
    absent = [
        Problem(
            f"{table.name} has no column {name!r}",
            config.place(key),
            absent_column(name, table),
        )
        for key, names in named.items()
        for name in names
        if name not in table.columns
    ]
    if absent:
        raise DataError.of(absent)


def absent_column(name: str, table: Table) -> str:
    """Return what to do about a column that a table lacks."""
    parts = [each.strip() for each in name.split(",")]
    if len(parts) > 1 and set(parts) <= set(table.columns):
        several = f"these are {len(parts)} columns: name each by itself"
        return f"{several}, in a config as [{', '.join(parts)}]"
    if isinstance(table, CsvTable) and (elsewhere := table.elsewhere(name)):
        return elsewhere
    return f"{did_you_mean(name, table.columns)} columns: {listed(table.columns)}".strip()
