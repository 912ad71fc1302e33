"""From a config and its CSV to arrays: read, split, fit the encoder, encode."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ann_cli.config.complete import complete
from ann_cli.config.spec import Config
from ann_cli.data.encoder import Encoder
from ann_cli.data.split import split
from ann_cli.data.table import Kind, Table, opened
from ann_cli.data.task import guess_task
from ann_cli.engine.rows import Rows
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError, DataError, Problem, did_you_mean, within


@dataclass(frozen=True)
class Prepared:
    """What training needs: the config with nothing left to guess, the encoder, the encoded rows."""

    config: Config
    kinds: dict[str, Kind]
    encoder: Encoder
    training: Rows
    validation: Rows | None
    dropped: int
    """Rows without a target."""
    notes: tuple[str, ...]
    """Sentences for the person: what was recognised, dropped or left out."""


def outputs_of(config: Config, classes: int) -> int:
    """Return the number of outputs: 1 for a number or for two classes without softmax."""
    if not classes or (classes == 2 and config.output_activation != "softmax"):
        return 1
    return classes


def prepare(config: Config, generator: np.random.Generator, table: Table | None = None) -> Prepared:
    """Read and encode the data of a config; `generator` draws the split.

    `table` is its data where it is open already. Raises DataError and ConfigError with all the
    problems of their kind.
    """
    data = config.data
    table = table or opened(config.resolve(data.file))
    kinds = _kinds(config, table)
    frame = table.read(kinds)
    task, why = _task(config, kinds, frame)
    if task == "classification" and kinds[data.target] != "category":
        # Labels keep the text of the file: 012 is not 12.
        kinds[data.target] = "category"
        frame[data.target] = table.read({data.target: "category"})[data.target]
    frame, dropped = _with_target(table, frame, data.target)
    training, validation = _split(config, kinds, frame, task, generator)
    with within(table.name):
        encoder = Encoder.fit(
            training,
            {name: kind for name, kind in kinds.items() if name != data.sample_weight},
            data.target,
            task,
            data.scaling,
            named={*(data.features or ()), *data.types},
        )
    held = validation is not None
    config = complete(config, task, len(encoder.classes), held, len(training))
    notes = [f"{task}, as {why} (task: to choose)"] if why else []
    if dropped:
        notes.append(f"{dropped:,} rows have no {data.target} and were left out")
    notes.extend(encoder.notes)
    unknown = {} if validation is None else encoder.unknown(validation)
    for name, count in unknown.items():
        notes.append(f"column {name}: {count:,} validation cells hold values not seen in training")
    rows = _rows(config, encoder, training, config.class_weight is not None)
    with within(data.validation if isinstance(data.validation, str) else table.name):
        held_rows = None if validation is None else _rows(config, encoder, validation, False)
    return Prepared(config, kinds, encoder, rows, held_rows, dropped, tuple(notes))


def _kinds(config: Config, table: Table) -> dict[str, Kind]:
    data = config.data
    weight = [data.sample_weight] if data.sample_weight else []
    named = {
        "data.target": [data.target],
        "data.features": data.features or [],
        "data.exclude": data.exclude,
        "data.types": list(data.types),
        "data.sample_weight": weight,
    }
    absent = [
        Problem(
            f"{table.name} has no column {name!r}",
            config.place(key),
            f"{did_you_mean(name, table.columns)} columns: {_listed(table.columns)}".strip(),
        )
        for key, names in named.items()
        for name in names
        if name not in table.columns
    ]
    if absent:
        raise DataError.of(absent)
    apart = {data.target, *weight, *data.exclude}
    features = [name for name in data.features or table.columns if name not in apart]
    if not features:
        raise DataError(
            "no column is left to learn from",
            place=table.name,
            remedy="the target, data.exclude and data.sample_weight take all there are",
        )
    types: dict[str, Kind] = dict(data.types)
    if weight:
        types[weight[0]] = "number"
    if config.task == "classification":
        types[data.target] = "category"
    return table.recognise(types, [*features, *weight, data.target])


def _task(config: Config, kinds: dict[str, Kind], frame: pd.DataFrame) -> tuple[str, str]:
    target = config.data.target
    if config.task == "regression" and kinds[target] == "category":
        raise DataError(
            f"column {target} holds text, and regression predicts a number",
            place=config.place("task"),
            remedy="use task: classification, or name a column of numbers as data.target",
        )
    return (config.task, "") if config.task != "auto" else guess_task(kinds[target], frame[target])


def _with_target(table: Table, frame: pd.DataFrame, target: str) -> tuple[pd.DataFrame, int]:
    known = frame[target].notna()
    if not known.any():
        raise DataError(
            f"column {target} is the target, and every cell of it is missing",
            place=table.name,
            remedy="name another column as data.target, or fill it",
        )
    return frame[known], int((~known).sum())


def _split(
    config: Config,
    kinds: dict[str, Kind],
    frame: pd.DataFrame,
    task: str,
    generator: np.random.Generator,
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    validation, target = config.data.validation, config.data.target
    if isinstance(validation, str):
        other = opened(config.resolve(validation))
        return frame, _with_target(other, other.read(kinds), target)[0]
    if not validation:
        return frame, None
    labels = frame[target].to_numpy(object) if task == "classification" else None
    chosen, held = split(len(frame), validation, generator, labels)
    return frame.iloc[chosen], frame.iloc[held]


def _rows(config: Config, encoder: Encoder, frame: pd.DataFrame, balanced: bool) -> Rows:
    x = encoder.transform(frame, config.precision)
    y = encoder.targets(frame, outputs_of(config, len(encoder.classes)), config.precision)
    weight = np.ones(len(frame))
    if config.data.sample_weight:
        weight *= _sample_weight(config, frame[config.data.sample_weight].to_numpy(np.float64))
    if balanced:
        weight *= _class_weight(config, encoder, frame[config.data.target].to_numpy(object))
    elif not config.data.sample_weight:
        return Rows(x, y, None)
    return Rows(x, y, (weight / weight.mean()).astype(config.precision))


def _sample_weight(config: Config, weight: Array) -> Array:
    if not (weight >= 0).all() or not weight.any():
        raise DataError(
            f"column {config.data.sample_weight} has cells that are missing or below 0",
            place=config.place("data.sample_weight"),
            remedy="a weight is a number of at least 0 in every row, and not 0 in all",
        )
    return weight


def _class_weight(config: Config, encoder: Encoder, labels: Array) -> Array:
    if isinstance(config.class_weight, str):
        counts = {label: np.count_nonzero(labels == label) for label in encoder.classes}
        factors = {label: 1 / float(count) for label, count in counts.items()}
    else:
        factors = dict(config.class_weight or {})
    unknown = [label for label in factors if label not in encoder.classes]
    if unknown:
        raise ConfigError(
            f"no class is called {_listed(unknown)}",
            place=config.place("class_weight"),
            remedy=f"classes: {_listed(encoder.classes)}",
        )
    return np.array([factors.get(label, 1.0) for label in labels])


def _listed(names: Sequence[str], most: int = 20) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
