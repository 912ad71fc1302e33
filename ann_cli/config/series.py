"""The keys of a series: which go together, and which have no use with windows."""

from collections.abc import Iterator

from ann_cli.config.column_forms import ColumnForm
from ann_cli.config.models import differs
from ann_cli.config.spec import Config
from ann_cli.errors import ConfigError, Problem

SERIES_KEYS = ("window", "horizon", "series", "known", "season")
"""Those of `data`; `difference` stands beside them."""

NO_USE = {
    "features": "name columns that are known ahead as data.known",
    "exclude": "only the target and data.known enter",
    "group": "rows are divided by time",
    "sample_weight": "all windows count alike",
    "encoding": "the steps enter as they are scaled",
    "target_transform": "use difference",
    "target_range": "remove it",
}
"""Keys of `data` that windows take no notice of, and what to do instead."""

OF_EXAMPLES = ("features", "exclude", "target_transform", "target_range")
"""Those that examples have a use for: sequences of which one value is predicted."""


def check_series(config: Config) -> None:
    """Raise ConfigError where keys of a series are missing, or have no use."""
    if problems := list(of_series(config)):
        raise ConfigError.of(problems)


def of_series(config: Config) -> Iterator[Problem]:
    """Yield what is wrong with the keys of a series."""
    data = config.data
    if data.window is None:
        for key in SERIES_KEYS[1:]:
            if getattr(data, key) is not None:
                yield Problem(
                    f"data.{key} is for a series, and data.window is missing",
                    config.place(f"data.{key}"),
                    "say how many steps are looked back on, such as data.window: 24",
                )
        if "difference" in config.model_fields_set and config.difference != "auto":
            yield Problem(
                "difference is for a series, and data.window is missing",
                config.place("difference"),
                "remove it, or set data.window, data.horizon and data.time",
            )
        return
    examples = data.horizon is None and data.series is not None
    wanted = {"time": "name the column that says when: data.time: month"}
    if not examples:
        wanted["horizon"] = (
            "say how many steps are predicted, such as data.horizon: 12; or name the column that "
            "tells examples apart, of each of which one value is predicted: data.series"
        )
    for key, remedy in wanted.items():
        if getattr(data, key) is None:
            yield Problem(
                f"data.window is for a series, which needs data.{key}",
                config.place("data.window"),
                remedy,
            )
    if data.window == "auto" and data.horizon is not None:
        yield Problem(
            "auto is for examples that are classified, and a horizon is predicted here",
            config.place("data.window"),
            "say how many steps are looked back on, such as data.window: 24",
        )
    if isinstance(data.target, list):
        yield Problem(
            "a series has one target, and data.target names several",
            config.place("data.target"),
            "name one; the others may be data.known where they are known ahead",
        )
    used = [("target", data.target), ("time", data.time), ("series", data.series)]
    taken = {str(name): key for key, name in used if name is not None}
    if examples and data.known:
        yield Problem(
            "nothing comes after an example, and data.known names what is known ahead",
            config.place("data.known"),
            "name its columns as data.features",
        )
    for name in data.known or []:
        if name in taken:
            yield Problem(
                f"{name} is data.{taken[name]} already",
                config.place("data.known"),
                "leave it out",
            )
        form = data.types.get(name)
        if isinstance(form, ColumnForm) and form.of_values:
            yield Problem(
                f"the values of {name} are known ahead one by one, and data.types has "
                f"{form.of_values}",
                config.place("data.types"),
                f"use data.types: {{{name}: category}}",
            )
    if data.series is not None and data.series in (data.target, data.time):
        yield Problem(
            f"{data.series} is the target, or the time, already",
            config.place("data.series"),
            "name the column that tells the series apart",
        )
    for key, remedy in NO_USE.items():
        if examples and key in OF_EXAMPLES:
            continue
        if key in data.model_fields_set and differs(config, f"data.{key}"):
            yield Problem(
                f"data.{key} has no use with data.window", config.place(f"data.{key}"), remedy
            )
