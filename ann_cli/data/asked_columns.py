"""Which columns of a table a config asks for, what they hold, and the task that follows."""

from collections.abc import Mapping

from ann_cli.config.spec import Config
from ann_cli.data.encoder import Encoder
from ann_cli.data.table import Kind, Table
from ann_cli.data.task import guess_task
from ann_cli.data.values import listed
from ann_cli.data.written import kinds_given
from ann_cli.errors import ConfigError, DataError, Problem, did_you_mean


def kinds_of(config: Config, table: Table, given: Encoder | None) -> dict[str, Kind]:
    """Return the kinds of the columns that are read. Raises DataError for those that are absent.

    `given` is an encoder whose columns are taken as they are.
    """
    data = config.data
    weight = [data.sample_weight] if data.sample_weight else []
    by = {"data.group": data.group, "data.time": data.time}
    named = {
        "data.target": [data.target],
        "data.features": data.features or [],
        "data.exclude": data.exclude,
        "data.types": list(data.types),
        "data.sample_weight": weight,
        **{key: [name] for key, name in by.items() if name is not None},
    }
    absent = [
        Problem(
            f"{table.name} has no column {name!r}",
            config.place(key),
            f"{did_you_mean(name, table.columns)} columns: {listed(table.columns)}".strip(),
        )
        for key, names in named.items()
        for name in names
        if name not in table.columns
    ]
    if absent:
        raise DataError.of(absent)
    features = list(given.input_columns) if given else features_of(config, table)
    if not features:
        raise DataError(
            "no column is left to learn from",
            place=table.name,
            remedy="the target, data.exclude and data.sample_weight take all there are",
        )
    types: dict[str, Kind] = {**kinds_given(data), **(given.input_columns if given else {})}
    if weight:
        types[weight[0]] = "number"
    if config.task == "classification":
        types[data.target] = "category"
    for_sides = [name for name in by.values() if name is not None]
    asked = dict.fromkeys([*features, *weight, *for_sides, data.target])
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


def features_of(config: Config, table: Table) -> list[str]:
    """Return the columns that may be learned from."""
    data = config.data
    apart = {data.target, data.sample_weight, *data.exclude}
    if data.features is None:
        apart.add(data.group)
    return [name for name in data.features or table.columns if name not in apart]


def task_of(
    config: Config, kinds: Mapping[str, Kind], table: Table, given: Encoder | None
) -> tuple[str, str]:
    """Return the task, and why where it was guessed. Raises ConfigError and DataError."""
    target = config.data.target
    if config.task == "regression" and kinds[target] == "category":
        raise DataError(
            f"column {target} holds text, and regression predicts a number",
            place=config.place("task"),
            remedy="use task: classification, or name a column of numbers as data.target",
        )
    if given:
        task = "classification" if given.classes else "regression"
        if given.target_name != target or config.task not in ("auto", task):
            raise ConfigError(
                f"the encoder is one for {task} of {given.target_name}, and this config asks for "
                f"{config.task.replace('auto', task)} of {target}",
                place="--encoder",
                remedy="give the weights of a training for the same target, or none",
            )
        return task, ""
    if config.task != "auto":
        return config.task, ""
    # Most targets give themselves away in the first rows, the others are read to their end.
    parts = table.chunks({target: kinds[target]})
    return guess_task(kinds[target], target, (each[target] for each in parts))
