"""What learns, `model` in a config: a network that predicts, and what learns without a target."""

from collections.abc import Iterator, Mapping
from typing import Any

from ann_cli.config.cluster_spec import not_averaged
from ann_cli.config.families import (
    AutoencoderFamily,
    BoltzmannFamily,
    Family,
    MapFamily,
    NetworkFamily,
)
from ann_cli.engine.settings import table
from ann_cli.errors import ConfigError, Problem

MODELS = table(NetworkFamily, AutoencoderFamily, MapFamily, BoltzmannFamily)
"""The kinds of model by their names."""


def family_of(config: Any) -> type[Family]:
    """Return what a config's kind of model is for its rows."""
    return MODELS[config.model].of(config)


def with_defaults(config: Any) -> Mapping[str, Any]:
    """Return the values of keys that a config leaves to its kind of model."""
    defaults = family_of(config).defaults
    return {key: value for key, value in defaults.items() if key not in config.model_fields_set}


def keys_of_others(family: type[Family]) -> set[str]:
    """Return the keys that a kind of model takes no notice of."""
    every = {key for each in MODELS.values() for key in (*each.own, *each.of_ratings)}
    others = every - {*family.own}
    return others | {*family.unused, *(() if family.has_target else ("data.target",))}


def without_others(config: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Return a config's plain values without the keys that are not of its kind of model."""
    others = keys_of_others(family_of(config))
    data = {key: value for key, value in values["data"].items() if f"data.{key}" not in others}
    found = {key: value for key, value in values.items() if key not in others} | {"data": data}
    if config.model == "boltzmann":  # whose units have no activation to choose
        found["layers"] = [{"units": getattr(each, "units", 0)} for each in config.layers]
    return found


def check_model(config: Any) -> None:
    """Raise ConfigError where keys are for another kind of model, or of no use for this one."""
    if problems := [*_misplaced(config), *not_averaged(config)]:
        raise ConfigError.of(problems)


def _misplaced(config: Any) -> Iterator[Problem]:
    """Yield each key that is named, and is for another kind of model, or of no use for this one."""
    family = family_of(config)
    steps = [key.split(".") for key in config.written]
    named = {".".join(each[: 1 + (each[0] == "data")]) for each in steps}
    for key, message, remedy in family.misfits(config):
        yield Problem(message, config.place(key), remedy)
    owners: dict[str, list[str]] = {}
    for other in MODELS.values():
        for key in (*other.own, *other.of_ratings):
            owners.setdefault(key, []).append(other.name)
    for key, names in owners.items():
        ours = config.model in names
        if key in named and not ours and differs(config, key):
            yield Problem(
                f"{key} is for model: {' or '.join(names)}, and this one is model: {config.model}",
                config.place(key),
                family.instead.get(key, f"remove it, or set model: {' or '.join(names)}"),
            )
    unused = (*family.unused, *(() if family.has_target else ("data.target",)))
    for key in unused:
        if key in named and differs(config, key):
            column = config.data.target if key == "data.target" else None
            yield Problem(
                f"{key} has no use with model: {config.model}"
                + (", which learns without a target" if column else ""),
                config.place(key),
                f"remove it; to leave the column out: data.exclude: [{column}]"
                if column
                else family.instead.get(key, "remove it"),
            )


def differs(config: Any, key: str) -> bool:
    """Whether a key says something else than a config without it."""
    head, _, name = key.rpartition(".")
    holder: Any = config.data if head else config
    usual = type(holder).model_fields[name].get_default()
    value = getattr(holder, name)
    return value not in (usual, "none", None, False) and getattr(value, "name", "") != "none"
