"""What learns, `model` in a config: a network that predicts, and what learns without a target."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.schedules import Cosine
from ann_cli.engine.settings import Entry, table
from ann_cli.errors import ConfigError, Problem
from ann_cli.tasks.map import MapOfRows

OF_TARGETS = (
    *("target_transform", "target_range", "sample_weight", "leakage"),
    *("window", "horizon", "series", "known", "season"),
)
"""Keys of `data` that are about a column to predict, or about a series of it."""

OF_PREDICTION = ("recipe", "class_weight", "ensemble", "difference")
"""Keys that are about what is predicted."""

OF_LAYERS = (
    *("recipe", "layers", "output_activation", "loss", "optimizer", "batch_size", "schedule"),
    *("weight_decay_schedule", "dropout_schedule", "initializer", "l1", "l2", "gradient_clip"),
)
"""Keys that are about layers, and about steps along their gradient."""


class Family(Entry):
    """A kind of model: its keys, what they are by default, and what is learned of the rows."""

    called: ClassVar[str] = "network"
    """What it is called beside its baselines."""
    has_target: ClassVar[bool] = False
    """Whether it predicts a column, data.target."""
    own: ClassVar[tuple[str, ...]] = ()
    """Keys of a config that are for it alone; those of `data` with "data." before them."""
    unused: ClassVar[tuple[str, ...]] = ()
    """Keys that it takes no notice of."""
    one_pass: ClassVar[bool] = True
    """Whether it can learn from rows that pass but once."""
    of_layers: ClassVar[bool] = True
    """Whether it is a network of layers, with an output and a loss to choose."""
    defaults: ClassVar[Mapping[str, Any]] = {}
    """Values of keys that a config leaves out, where these are not those of a network."""
    instead: ClassVar[Mapping[str, str]] = {}
    """What to write instead of keys of other kinds."""

    @classmethod
    def task(cls, config: Any) -> str:
        """Return the task that its rows are read for; auto where the target says it."""
        raise NotImplementedError


class NetworkFamily(Family):
    """predicts data.target from the other columns."""

    name = "network"
    has_target = True
    instead = {"learning_rate": "write optimizer: {name: adam, learning_rate: …}"}

    @classmethod
    def task(cls, config: Any) -> str:
        return "auto"


class AutoencoderFamily(Family):
    """rebuilds each row from a few numbers, so that what is unusual stands out."""

    name = "autoencoder"
    own = ("noise",)
    unused = (*(f"data.{key}" for key in OF_TARGETS), *OF_PREDICTION, "data.encoding", "augment")

    @classmethod
    def task(cls, config: Any) -> str:
        return "reconstruction"


class MapFamily(Family):
    """lays the rows out on a grid of units, rows that are alike near each other."""

    name = "som"
    called = MapOfRows.name
    one_pass = False
    of_layers = False
    own = ("data.label", "grid", "topology", "rule", "radius", "learning_rate")
    unused = (
        *(f"data.{key}" for key in OF_TARGETS if key != "sample_weight"),
        *OF_PREDICTION,
        *OF_LAYERS,
        *("data.encoding", "augment", "early_stopping"),
    )
    defaults: ClassVar[Mapping[str, Any]] = {"epochs": 20, "learning_rate": 0.5}

    @classmethod
    def task(cls, config: Any) -> str:
        return MapOfRows.name


class BoltzmannFamily(Family):
    """tells how likely a row is, and draws others: hidden units that are 0 or 1."""

    name = "boltzmann"
    called = "machine"
    one_pass = False
    of_layers = False
    own = (
        *("visible", "pretraining", "learning_rate"),
        *("mean_field_steps", "chains", "gibbs_steps"),
    )
    unused = (
        *(f"data.{key}" for key in OF_TARGETS),
        *OF_PREDICTION,
        *("data.encoding", "augment", "optimizer", "loss", "output_activation", "initializer"),
        *("weight_decay_schedule", "dropout_schedule", "l1", "gradient_clip", "early_stopping"),
        "engine",
    )
    defaults = {"layers": [Dense(100)], "epochs": 80, "schedule": Cosine(), "l2": 0.0}
    instead = {"optimizer": "write learning_rate: 0.05"}

    @classmethod
    def task(cls, config: Any) -> str:
        return "reconstruction"


MODELS = table(NetworkFamily, AutoencoderFamily, MapFamily, BoltzmannFamily)
"""The kinds of model by their names."""


def with_defaults(config: Any) -> Mapping[str, Any]:
    """Return the values of keys that a config leaves to its kind of model."""
    defaults = MODELS[config.model].defaults
    return {key: value for key, value in defaults.items() if key not in config.model_fields_set}


def keys_of_others(model: str) -> set[str]:
    """Return the keys that a kind of model takes no notice of."""
    family = MODELS[model]
    others = {key for each in MODELS.values() for key in each.own} - {*family.own}
    return others | {*family.unused, *(() if family.has_target else ("data.target",))}


def without_others(config: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Return a config's plain values without the keys that are not of its kind of model."""
    others = keys_of_others(config.model)
    data = {key: value for key, value in values["data"].items() if f"data.{key}" not in others}
    found = {key: value for key, value in values.items() if key not in others} | {"data": data}
    if config.model == "boltzmann":  # whose units have no activation to choose
        found["layers"] = [{"units": getattr(each, "units", 0)} for each in config.layers]
    return found


def check_model(config: Any) -> None:
    """Raise ConfigError where keys are for another kind of model, or of no use for this one."""
    if problems := list(_misplaced(config)):
        raise ConfigError.of(problems)


def _misplaced(config: Any) -> Iterator[Problem]:
    """Yield each key that is named, and is for another kind of model, or of no use for this one."""
    family = MODELS[config.model]
    steps = [key.split(".") for key in config.written]
    named = {".".join(each[: 1 + (each[0] == "data")]) for each in steps}
    owners: dict[str, list[str]] = {}
    for other in MODELS.values():
        for key in other.own:
            owners.setdefault(key, []).append(other.name)
    for key, names in owners.items():
        if key in named and key not in family.own and _differs(config, key):
            yield Problem(
                f"{key} is for model: {' or '.join(names)}, and this one is model: {config.model}",
                config.place(key),
                family.instead.get(key, f"remove it, or set model: {' or '.join(names)}"),
            )
    unused = (*family.unused, *(() if family.has_target else ("data.target",)))
    for key in unused:
        if key in named and _differs(config, key):
            column = config.data.target if key == "data.target" else None
            yield Problem(
                f"{key} has no use with model: {config.model}"
                + (", which learns without a target" if column else ""),
                config.place(key),
                f"remove it; to leave the column out: data.exclude: [{column}]"
                if column
                else family.instead.get(key, "remove it"),
            )


def _differs(config: Any, key: str) -> bool:
    """Whether a key says something else than a config without it."""
    head, _, name = key.rpartition(".")
    holder: Any = config.data if head else config
    usual = type(holder).model_fields[name].get_default()
    value = getattr(holder, name)
    return value not in (usual, "none", None, False) and getattr(value, "name", "") != "none"
