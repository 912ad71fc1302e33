"""A config with every default written out: as plain values for weights, and as YAML."""

from os.path import abspath
from pathlib import Path
from typing import Any

from ann_cli.config.complete import TARGET_KEYS
from ann_cli.config.entry_schema import plain
from ann_cli.config.locations import seen_from
from ann_cli.config.models import without_others
from ann_cli.config.series import SERIES_KEYS
from ann_cli.config.spec import Config
from ann_cli.config.write import block, commented
from ann_cli.engine.schedules import Constant


def as_dict(config: Config) -> dict[str, Any]:
    """Return what was learned from and how, not where and how often it was saved: for weights."""
    values: dict[str, Any] = plain(config)
    del values["save_to"], values["checkpoint_every"], values["recipe"]
    # A key that came later is not written where it changes nothing: equal trainings give the
    # bytes that they gave before there was one.
    if values["loss"] == {"name": "cross_entropy", "smoothing": 0.0}:
        del values["loss"]["smoothing"]
    if values["cluster"]:
        del values["cluster"]["address"]  # where it was computed changes no bit
    for key in ("ensemble", "augment", "cluster"):
        if values[key] is None:
            del values[key]
    for key in ("image", "query"):
        if values["data"][key] is None:
            del values["data"][key]
    if values["data"]["encoding"] == {"name": "none"}:
        del values["data"]["encoding"]
    for key in ("weight_decay_schedule", "dropout_schedule"):
        if getattr(config, key) == Constant():
            del values[key]
    for key in TARGET_KEYS:
        if values["data"][key] == "none":
            del values["data"][key]
    for key in SERIES_KEYS:
        if values["data"][key] is None:
            del values["data"][key]
    if config.data.horizon is None:
        del values["difference"]
    values = without_others(config, values)
    if config.model == "network":
        del values["model"]
    return values


def as_yaml(config: Config, folder: str | Path) -> str:
    """Return the config's text, every default written out, as it reads from a file in `folder`."""
    values = plain(config, brief=True)
    if config.data.horizon is None:
        del values["difference"]  # of what is no series
    values = without_others(config, values)
    if abspath(folder) != abspath(config.folder):
        for key, path in config.data.files.items():
            values["data"][key] = seen_from(path, config.folder, folder)
    return commented(block(values), config.reasons)
