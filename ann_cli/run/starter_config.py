"""A CSV becomes the config to start with."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ann_cli.config.entry_schema import plain
from ann_cli.config.read import load
from ann_cli.config.starter import starter
from ann_cli.data.cells.writing import Written, layout
from ann_cli.data.columns.description import describe, folded
from ann_cli.data.columns.image_recognition import image_in
from ann_cli.data.named_columns import absent_column
from ann_cli.data.open_table import open_table
from ann_cli.data.rows.preparation import prepare
from ann_cli.data.rows.task_guess import guess_task
from ann_cli.data.series.guess import series_keys
from ann_cli.errors import DataError, Problem
from ann_cli.tasks import task_of_kind, task_of_windows

MANY = 1000
"""Rows from which some are kept for the last score alone."""


def start_config(
    source: str,
    target: str | None,
    model: str = "network",
    query: str | None = None,
    ratings: Mapping[str, str] = MappingProxyType({}),
) -> tuple[str, list[str]]:
    """Return a commented config for a CSV and a target, and notes on how its cells were read.

    Without a target it is one for another kind of `model`; `ratings` are the columns of who rated
    what, by the keys of data that name them. What it says can be trained on: raises
    DataError where `train` would.
    """
    table = open_table(source, written=Written(query=query))
    named = [*([] if target is None else [target]), *ratings.values()]
    if absent := [name for name in named if name not in table.columns]:
        raise DataError.of(
            Problem(f"there is no column {name!r}", table.name, absent_column(name, table))
            for name in absent
        )
    kinds = table.recognise()
    frame = table.read(kinds)
    image = image_in(frame, kinds, target, table.folder) if target is not None else {}
    shown = ((name, (kind, name == target)) for name, kind in kinds.items())
    found = [
        (name, kind, describe(frame[name], kind) if count == 1 else f"{count:,} columns")
        for name, (kind, _), count in folded(shown, alone=not image)
    ]
    task, labels = "auto", set[Any]()
    if target is not None:
        task, _ = guess_task(kinds[target], target, [frame[target]])
        labels = set(frame[target].unique()) if kinds[target] == "category" else set()
    written = layout(
        table.separator, table.notations, kinds, lambda name: bool((frame[name] % 1 > 0).any())
    )
    given: dict[str, Any] = written | image | {**ratings}
    given |= {"query": query} if query else {}
    markers = {text for name in kinds if name in table.odd for text in table.odd[name].texts}
    if missing := sorted(markers - labels):
        given["missing"] = missing
    series = {}
    if target is not None and task == task_of_kind("number"):
        series = series_keys(frame, kinds, target)
    if series:
        given |= series
        task = task_of_windows()
    known = len(frame) if target is None else frame[target].notna().sum()
    if series or known >= MANY:
        given["test"] = 0.2
    notes = table.notes()
    if table.repeatable:
        data = {"file": source, "target": target, **given}
        config = load({"data": data, "task": task, "model": model})
        # Where the config says how cells are to be read, they are read anew.
        again = None if given.keys() - {"test", "query", *ratings} else table
        data_set = prepare(config, np.random.default_rng(config.seed), table=again)
        notes += data_set.notes
        if types := plain(data_set.config.data.types):
            given["types"] = types
        if target is None:  # what was chosen for this table is no default
            chosen = plain(data_set.config, brief=True)
            given |= {key: chosen[key] for key in data_set.config.reasons if key in chosen}
    text = starter(source, target, found, task, given, model)
    return text, list(dict.fromkeys(notes))
