"""The tables that a config's rows are in: its own, and those of the sides that have one."""

from collections.abc import Mapping
from typing import TypeAlias

from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Array
from ann_cli.data.cells.writing import as_written
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.open_table import open_rows, open_table
from ann_cli.data.rows.split import Side
from ann_cli.data.table import Table

Chosen: TypeAlias = Mapping[Side, Array]
"""Of the data's own file, which rows train and which test, where others are not to be seen."""


def own_table(
    config: Config, encoder: Encoder | None, once: bool, hashed: bool, chosen: Chosen | None
) -> Table:
    """Open the table of a config's `data.file`, or the rows of it that are chosen to train."""
    written = as_written(config.data, encoder.notations if encoder else None)
    path = config.resolve(config.data.file)
    if chosen is not None:
        return open_rows(path, chosen["training"], written)
    return open_table(path, spooled=not once, hashed=hashed, written=written)


def other_tables(
    config: Config, table: Table, hashed: bool, chosen: Chosen | None
) -> dict[Side, Table]:
    """Open the tables of sides that are no share of the config's own."""
    others: dict[Side, Table] = {}
    written = as_written(config.data, table.notations)
    for side, part in config.data.parts.items():
        if part.file is not None:
            others[side] = open_table(config.resolve(part.file), True, hashed, written)
    if chosen is not None:
        path = config.resolve(config.data.file)
        others["test"] = open_rows(path, chosen["test"], written)
    return others
