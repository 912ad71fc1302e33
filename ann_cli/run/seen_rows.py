"""The rows that a run is looked at with: those that judged it, or those of another CSV."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ann_cli.config.plain_config import as_dict
from ann_cli.config.read import load as load_config
from ann_cli.data.columns.labels import label_column
from ann_cli.data.rows.encoding import actual
from ann_cli.data.rows.in_memory import has_all
from ann_cli.data.rows.preparation import prepare
from ann_cli.data.rows.split import judging
from ann_cli.engine.network import PREDICTED_ROWS
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.settings import Array
from ann_cli.errors import AnnError, DataError, within
from ann_cli.model.model import Model
from ann_cli.run.recorded_data import recorded_data

MOST = 10_000
"""Rows of a side that are looked at: a drawn sample, where there are more."""


@dataclass(frozen=True)
class Sample:
    """Some rows of one side, in the order of the file: all of them, or a drawn sample."""

    side: str
    """training, validation or test; "other" of a CSV that the model was not trained on."""
    count: int
    """The number of rows of that side."""
    frame: pd.DataFrame
    """Their cells: the columns that the model reads, and the targets."""
    rows: Rows
    """The same encoded: rows × inputs, rows × outputs."""

    @property
    def whole(self) -> bool:
        """Whether these are all rows of the side."""
        return len(self.frame) == self.count


@dataclass(frozen=True)
class SeenRows:
    """The rows of each side, and what the model says of those that judge it."""

    sides: Mapping[str, Sample]
    judge: str
    """The side that had least part in the training."""
    outputs: Array
    """Of the judging rows, rows × outputs: by the members that were not trained on the row."""
    losses: Array
    """Of the judging rows, one a row, as the task's `row_loss` says."""

    @property
    def judged(self) -> Sample:
        """The rows that judge."""
        return self.sides[self.judge]


def seen_rows(model: Model, path: Path, data: str | None = None, most: int = MOST) -> SeenRows:
    """Return the rows of the run whose weights.npz lies at `path`, or those of the CSV `data`.

    The run's own are divided anew, as they were for the training. Raises DataError where they are
    no longer there, or are not those that the weights record, and ConfigError.
    """
    generator = np.random.default_rng(model.config.seed)
    sides: dict[str, Sample]
    if data:
        sides = {"other": _of_csv(model, data, most, generator)}
        with suppress(AnnError):  # what trained it is there to compare with, or it is not
            sides["training"] = _of_run(model, path, most, generator)["training"]
    else:
        sides = _of_run(model, path, most, generator)
    judge = "other" if data else judging(sides)
    outputs, losses = _predicted(model, sides[judge].rows)
    return SeenRows(sides, judge, outputs, losses)


def _of_run(
    model: Model, path: Path, most: int, generator: np.random.Generator
) -> dict[str, Sample]:
    config = as_dict(model.config)
    config["data"] |= recorded_data(model, path, None)
    asked = load_config(config)
    data_set = prepare(asked, generators(asked.seed)["split"], model.encoder)
    found = {}
    folds = data_set.validation is data_set.training
    for side, rows in data_set.sides.items():
        # Where folds validate, these are the training rows, each with its fold.
        frames = data_set.data.frames("training" if side == "validation" and folds else side)
        frame, places, count = _drawn(frames, most, generator)
        fold = rows.fold[places] if isinstance(rows, Rows) and rows.fold is not None else None
        found[str(side)] = _sample(model, side, frame, count, fold)
    return found


def _of_csv(model: Model, data: str, most: int, generator: np.random.Generator) -> Sample:
    table, encoder = model.table(data), model.encoder
    kinds = {**encoder.input_columns, **encoder.target_kinds}
    kinds |= {name: kind for name, kind in label_column(encoder).items() if name in table.columns}
    targets = list(encoder.target_kinds)
    chunks = table.chunks(kinds)
    known = (each[has_all(each, targets)] for each in chunks)
    frame, _, count = _drawn(known, most, generator)
    if not count:
        why = "\n  ".join(table.notes(targets))
        message = f"no row has a cell in {' and '.join(targets)}"
        raise DataError(message, place=table.name, remedy=why)
    with within(table.name):
        return _sample(model, "other", frame, count, None)


def _sample(model: Model, side: str, frame: pd.DataFrame, count: int, fold: Array | None) -> Sample:
    encoder, precision = model.encoder, model.config.precision
    x = encoder.transform(frame, precision)
    y = actual(model.config, encoder, frame, x, model.network.outputs)
    return Sample(side, count, frame, Rows(x, y, fold=fold))


def _drawn(
    frames: Iterable[pd.DataFrame], most: int, generator: np.random.Generator
) -> tuple[pd.DataFrame, Array, int]:
    """Return `most` rows at most, their places, and how many there were.

    Each row draws a number, and those with the lowest stay: every set is as likely, in one pass.
    """
    kept: list[pd.DataFrame] = []
    numbers, places = np.empty(0), np.empty(0, dtype=np.int64)
    count = 0
    for frame in frames:
        kept.append(frame)
        numbers = np.concatenate([numbers, generator.random(len(frame))])
        places = np.concatenate([places, np.arange(count, count + len(frame))])
        count += len(frame)
        if len(numbers) > most:
            lowest = np.sort(np.argpartition(numbers, most)[:most])
            kept = [pd.concat(kept).iloc[lowest]]
            numbers, places = numbers[lowest], places[lowest]
    return pd.concat(kept) if kept else pd.DataFrame(), places, count


def _predicted(model: Model, rows: Rows) -> tuple[Array, Array]:
    scorer = model.task.scorer(model.encoder.targets, model.network.output)
    outputs, losses = [], []
    with np.errstate(over="ignore", invalid="ignore"):  # cells far beyond the training rows'
        for block in rows.blocks(PREDICTED_ROWS, None):
            outputs.append(model.network.evaluate(block.x, block.y, block.fold)[0])
            losses.append(scorer.add(block.y, outputs[-1], None))
    return np.concatenate(outputs), np.concatenate(losses)
