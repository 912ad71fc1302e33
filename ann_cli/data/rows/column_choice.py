"""Which columns of a table a config asks for, what they hold, and the task that follows."""

from collections.abc import Mapping, Sequence
from typing import Any

from ann_cli.config.models import MODELS, family_of
from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Kind
from ann_cli.data.cells.writing import kinds_given
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.named_columns import check_named
from ann_cli.data.rows.image_columns import check_image, kinds_in
from ann_cli.data.rows.task_guess import guess_task
from ann_cli.data.series.derived import Derived
from ann_cli.data.table import Table
from ann_cli.engine.losses import Loss
from ann_cli.engine.parameters import Shape
from ann_cli.errors import ConfigError, DataError
from ann_cli.tasks import TASKS, task_of_kind, task_of_windows


def kinds_of(config: Config, table: Table, given: Encoder | None) -> dict[str, Kind]:
    """Return the kinds of the columns that are read. Raises DataError for those that are absent.

    `given` is an encoder whose columns are taken as they are.
    """
    if isinstance(table, Derived):
        return table.kinds(config.task)
    data = config.data
    weight = [data.sample_weight] if data.sample_weight else []
    by = {"data.group": data.group, "data.time": data.time}
    named = {
        "data.target": list(data.targets),
        "data.features": data.features or [],
        "data.exclude": data.exclude,
        "data.types": list(data.types),
        "data.sample_weight": weight,
        "data.label": list(data.labels),
        **{key: [name] for key, name in by.items() if name is not None},
    }
    if data.image and data.image.column is not None:
        named["data.image.column"] = [data.image.column]
    check_named(config, table, named)
    features = list(given.input_columns) if given else features_of(config, table)
    if not features:
        raise DataError(
            "no column is left to learn from",
            place=table.name,
            remedy="the target, data.exclude and data.sample_weight take all there are",
        )
    check_image(config, table, features, given)
    types: dict[str, Kind] = {**kinds_given(data), **(given.input_columns if given else {})}
    if data.image:
        types |= kinds_in(data.image, features)
    if weight:
        types[weight[0]] = "number"
    if config.task != "auto":
        wanted = TASKS[config.task].kind
        types |= dict.fromkeys(data.targets, "category") if wanted == "category" else {}
    for_sides = [name for name in by.values() if name is not None]
    asked = dict.fromkeys([*features, *weight, *data.labels, *for_sides, *data.targets])
    types |= dict.fromkeys(data.labels, "category")
    if data.group is not None and data.group not in features:
        types[data.group] = "category"
    kinds = table.recognise(types, list(asked))
    if data.time is not None and kinds[data.time] == "category":
        raise DataError(
            f"column {data.time} holds text, and the latest rows are found by a date or a number",
            place=config.place("data.time"),
            remedy="say how its dates are written: "
            f'data.types: {{{data.time}: {{date: "%d/%m/%Y"}}}}',
        )
    return kinds


def as_read_for(task: str, kinds: Mapping[str, Kind], targets: Sequence[str]) -> dict[str, Kind]:
    """Return the kinds as a task reads its targets: labels keep the file's text, 012 is not 12."""
    if TASKS[task].kind != "category":
        return dict(kinds)
    return {**kinds, **dict.fromkeys(targets, "category")}


def features_of(config: Config, table: Table) -> list[str]:
    """Return the columns that may be learned from."""
    data = config.data
    if data.image and data.image.column is not None:
        return [data.image.column]
    if isinstance(table, Derived):
        return table.features
    apart = {*data.targets, data.sample_weight, data.label, *data.exclude}
    if data.features is None:
        apart |= {data.group, data.time if data.image else None}
    return [name for name in data.features or table.columns if name not in apart]


def shape_of(config: Config, table: Table) -> Shape | None:
    """Return the shape of a row whose numbers have places; None of a row of a plain table."""
    if isinstance(table, Derived):
        return table.shape
    return config.data.image.shape if config.data.image else None


def fits(encoder: Encoder, task: str) -> bool:
    """Whether an encoder's targets are read as a task reads them."""
    kinds = set(encoder.target_kinds.values())
    return kinds == ({TASKS[task].kind} if TASKS[task].has_target else set())


def _kinds_of(loss: Any) -> tuple[str, ...]:
    """Return the kinds of target that a loss compares; none of auto."""
    return loss.kinds if isinstance(loss, Loss) else ()


def _task_of_rows(config: Config, given: Encoder | None) -> str:
    """Return the task of what learns without a target. Raises ConfigError."""
    task = family_of(config).task(config)
    if config.task not in ("auto", task):
        raise ConfigError(
            f"{config.task} is no task of model: {config.model}",
            place=config.place("task"),
            remedy="remove it, or set model: network",
        )
    if given and given.targets:
        raise ConfigError(
            f"the encoder is one that predicts, and model: {config.model} learns without a target",
            place="--encoder",
            remedy="give the weights of a training of the same kind, or none",
        )
    return task


def task_of(
    config: Config, kinds: Mapping[str, Kind], table: Table, given: Encoder | None
) -> tuple[str, str]:
    """Return the task, and why where it was guessed. Raises ConfigError and DataError."""
    targets = config.data.targets
    if not MODELS[config.model].has_target:
        return _task_of_rows(config, given), ""
    of_windows = task_of_windows()
    if config.data.horizon is not None and not given:
        if config.task not in ("auto", of_windows):
            raise ConfigError(
                f"data.horizon asks for a {of_windows}, and the task is {config.task}",
                place=config.place("task"),
                remedy="remove it, or data.window and data.horizon",
            )
        return of_windows, ""
    if len(targets) > 1 and config.task != "auto" and not TASKS[config.task].many_targets:
        raise ConfigError(
            f"{config.task} predicts one column, and data.target names {len(targets)}",
            place=config.place("data.target"),
            remedy="name one, or use task: regression for columns of numbers",
        )
    texts = [name for name in targets if kinds[name] == "category"]
    number = config.task != "auto" and TASKS[config.task].kind == "number"
    by_loss = config.task == "auto" and not given and _kinds_of(config.loss) == ("number",)
    if texts and (number or by_loss or len(targets) > 1):
        raise DataError(
            f"column {texts[0]} holds text, and regression predicts "
            f"{'numbers' if len(targets) > 1 else 'a number'}",
            place=config.place("task" if number else "loss" if by_loss else "data.target"),
            remedy="name one column alone to predict its class"
            if len(targets) > 1
            else "use loss: cross_entropy, or name a column of numbers as data.target"
            if by_loss
            else "use task: classification, or name a column of numbers as data.target",
        )
    if given:
        task = config.task
        if task == "auto" or not fits(given, task):
            task = task_of_kind("category" if given.classes else "number")
            task = of_windows if given.timeline else task
        told = tuple(each.name for each in given.targets)
        if told != targets or config.task not in ("auto", task):
            raise ConfigError(
                f"the encoder is one for {task} of {' and '.join(told)}, and this config asks for "
                f"{config.task.replace('auto', task)} of {' and '.join(targets)}",
                place="--encoder",
                remedy="give the weights of a training for the same target, or none",
            )
        return task, ""
    if config.task != "auto":
        return config.task, ""
    if len(targets) > 1:
        return task_of_kind("number"), f"{len(targets)} targets are numbers"
    if by_loss:
        return task_of_kind("number"), f"{config.loss.name} compares numbers"
    (target,) = targets
    # Most targets give themselves away in the first rows, the others are read to their end.
    parts = table.chunks({target: kinds[target]})
    return guess_task(kinds[target], target, (each[target] for each in parts))
