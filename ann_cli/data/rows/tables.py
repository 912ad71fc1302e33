"""The tables that a config's rows are in: its own, and those of the sides that have one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from ann_cli.config.spec import Config
from ann_cli.data.cells.notation import Notation
from ann_cli.data.cells.values import Array
from ann_cli.data.cells.writing import as_written
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.columns.number_feature import NumberFeature
from ann_cli.data.columns.targets import NumberTarget
from ann_cli.data.open_table import open_table
from ann_cli.data.rows.split import Side
from ann_cli.data.series.examples import ExampleTable
from ann_cli.data.series.known import Known
from ann_cli.data.series.table import WindowTable
from ann_cli.data.series.timeline import Timeline
from ann_cli.data.series.windows import Form
from ann_cli.data.table import Table

Chosen: TypeAlias = Mapping[Side, Array]
"""Of the data's own file, which rows train and which test, where others are not to be seen."""


def own_table(
    config: Config, encoder: Encoder | None, once: bool, hashed: bool, chosen: Chosen | None
) -> Table:
    """Open the table of a config's `data.file`, or the rows of it that are chosen to train."""
    written = as_written(config.data, usual_notations(config, encoder) if encoder else None)
    path = config.resolve(config.data.file)
    if chosen is not None:
        return open_table(path, written=written, rows=chosen["training"])
    table = open_table(path, spooled=not once, hashed=hashed, written=written)
    return windowed(table, config, encoder.timeline if encoder else None)


def windowed(table: Table, config: Config, timeline: Timeline | None, every: int = 1) -> Table:
    """Return a table of a series as one of windows or of examples; another as it is.

    `timeline` is what a training learned of it; of the windows one in `every` is there.
    """
    if config.data.window is None:
        return table
    if config.data.horizon is None:
        return ExampleTable(table, config)
    return WindowTable(table, config, timeline, every)


def with_timeline(encoder: Encoder, table: Table) -> Encoder:
    """Return the encoder of a table of windows with what was learned of time and size.

    The numbers of many series are divided by their naive errors, so that an error of 1 is one. What
    says that a text is known ahead enters as it is, 1 or 0, as a category of a plain table does.
    """
    if not isinstance(table, WindowTable):
        return encoder
    timeline = table.file.timeline
    naive = 1.0 if table.roles.series is not None else timeline.scales[""]
    targets = tuple(
        replace(each, naive=naive) if isinstance(each, NumberTarget) else each
        for each in encoder.targets
    )
    features = tuple(
        replace(each, fill=0.0, center=0.0, scale=1.0, limit=None)
        if isinstance(each, NumberFeature) and each.name in table.form.of_texts
        else each
        for each in encoder.features
    )
    return replace(encoder, features=features, targets=targets, timeline=timeline)


def usual_notations(config: Config, encoder: Encoder) -> dict[str, Notation]:
    """Return how the columns of the file were written that an encoder was trained on."""
    if config.data.window is None:
        return encoder.notations
    if encoder.timeline is None:
        return {name.rpartition(" ")[0]: each for name, each in encoder.notations.items()}
    known = Known.of(config.data, encoder.timeline.texts)
    raw = Form.of(config.data, 1, "none", known).raw
    found = {raw[name]: notation for name, notation in encoder.notations.items() if name in raw}
    return found | {str(config.data.time): encoder.timeline.notation}


def bytes_of(table: Table, others: Mapping[Side, Table]) -> tuple[dict[str, str], dict[str, int]]:
    """Return the SHA-256 and the size of each table's bytes, where known, by the keys of data."""
    tables: list[tuple[str, Table]] = [("file", table), *others.items()]
    digests = {name: digest for name, each in tables if (digest := each.digest())}
    return digests, {name: each.size for name, each in tables if name in digests and each.size}


def other_tables(
    config: Config, table: Table, hashed: bool, chosen: Chosen | None
) -> dict[Side, Table]:
    """Open the tables of sides that are no share of the config's own."""
    others: dict[Side, Table] = {}
    written = as_written(config.data, table.notations)
    for side, part in config.data.parts.items():
        if part.file is not None:
            own = open_table(config.resolve(part.file), True, hashed, written)
            learned = table.file.timeline if isinstance(table, WindowTable) else None
            others[side] = windowed(own, config, learned)
    if chosen is not None:
        path = config.resolve(config.data.file)
        others["test"] = open_table(path, written=written, rows=chosen["test"])
    return others
