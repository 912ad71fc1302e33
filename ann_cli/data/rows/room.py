"""Whether rows have room: in memory, or else on the disk."""

from collections.abc import Mapping
from math import prod
from pathlib import Path
from shutil import disk_usage

import numpy as np

from ann_cli.config.models import MODELS
from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Kind
from ann_cli.data.rows.memory import available, readable
from ann_cli.data.table import Table
from ann_cli.engine.schedules import Constant
from ann_cli.errors import ConfigError

SHARE = 0.5
"""The share of free memory that rows may take before they are streamed."""

COPIES = 3
"""What reading takes at its height, in sizes of the table: its parts, the whole, the sides."""

CELL = 64
"""The bytes of a text and of what points to it, about."""


def streams(config: Config, table: Table, kinds: Mapping[str, Kind]) -> tuple[bool, list[str]]:
    """Return whether to stream, and a note where the person did not choose it.

    Raises ConfigError where a batch of all rows would have to be streamed.
    """
    chosen, notes = config.data.stream, list[str]()
    if chosen == "auto":
        needed, free = _needed(config, table, kinds), available()
        chosen = needed > SHARE * free
        if chosen:
            notes.append(
                f"the rows are streamed: in memory they would take about {readable(needed)}, "
                f"and {readable(free)} are free (data.stream: to choose)"
            )
    if chosen and config.batch_size == "full":
        raise ConfigError(
            "full takes all rows in one step, and rows that are streamed are never all there",
            place=config.place("batch_size"),
            remedy="use a number, such as 4096, or data.stream: false",
        )
    return bool(chosen), notes


def _needed(config: Config, table: Table, kinds: Mapping[str, Kind]) -> float:
    """Estimate the bytes that all rows would take in memory, by the first of them."""
    texts = [name for name, kind in kinds.items() if kind == "category"]
    image = config.data.image
    values = (
        prod(image.shape) if image and image.column == name else table.different(name)
        for name in texts
    )
    inputs = len(kinds) - len(texts) + sum(values)
    read = COPIES * (8 * len(kinds) + CELL * len(texts))
    return table.rows_about() * (read + inputs * np.dtype(config.precision).itemsize)


def room_on_disk(folder: Path) -> int:
    """Return the bytes that are free where a folder is, or is to be made."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    return disk_usage(there).free


def needs_one_pass(config: Config) -> bool:
    """Whether nothing has to be known of the rows before they are trained on."""
    data = config.data
    return (
        config.epochs == 1
        and MODELS[config.model].one_pass
        and set(config.schedules.values()) == {Constant()}
        and config.batch_size != "full"
        and config.class_weight is None
        and data.sample_weight is None
        and data.stream is not False
        and data.window is None
    )
