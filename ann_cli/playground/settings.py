"""What the page sets: keys of a config and the noise; and the config to save."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from ann_cli.config.entry_schema import plain
from ann_cli.config.locations import absolute
from ann_cli.config.models import MODELS
from ann_cli.config.origin import Origin
from ann_cli.config.read import Draft, read
from ann_cli.config.spec import Config
from ann_cli.config.write import as_written, block, commented
from ann_cli.engine.activations import hidden
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.optimizers import OPTIMIZERS
from ann_cli.engine.settings import Entry
from ann_cli.errors import ConfigError, Problem, counted, did_you_mean

KEYS = ("layers", "optimizer", "batch_size", "epochs", "seed")
"""The keys of a config that the page sets; the others stay as they were given."""

OWN = ("data", "noise")
"""What it sets beside: the name of a table, and how much its rows are moved."""

MOST_NOISE = 1.0

USUAL: dict[str, Any] = {
    "layers": [{"units": 8, "activation": "tanh"}],
    "optimizer": {"name": "adam", "learning_rate": 0.01},
    "epochs": 1000,
}
"""What the page begins with where the layers are left open: a network that can be drawn."""

NUMPY = "what is watched need not be compiled first; auto chooses the faster one"


def playable(draft: Draft) -> Draft:
    """Return a config's draft as the playground trains it: one network, its keys named.

    Raises ConfigError with all that the page cannot draw.
    """
    config = draft.config()
    problems = list(_undrawable(config))
    if problems:
        raise ConfigError.of(problems)
    values = deepcopy(draft.tree.value)
    values.pop("ensemble", None)
    if "layers" not in config.model_fields_set:
        values = {"data": None, **deepcopy(USUAL), **values}
    values.setdefault("engine", "numpy")
    return _draft(values, draft)


def _undrawable(config: Config) -> Iterator[Problem]:
    """Yield what the page cannot draw."""
    if not MODELS[config.model].has_target:
        yield Problem(
            f"the playground draws what a network predicts, and model: {config.model} predicts "
            "nothing",
            config.place("model"),
            "train it: ann train CONFIG",
        )
    table = "the playground draws the rows of a table"
    for key in ("image", "window"):
        if getattr(config.data, key) is not None:
            yield Problem(table, config.place(f"data.{key}"), "train it: ann train CONFIG")
    for number, layer in enumerate(config.layers):
        if not isinstance(layer, Dense):
            yield Problem(
                f"the playground draws dense layers, and this one is of the kind {layer.name}",
                config.place(f"layers.{number}"),
                "use {units: 8, activation: tanh}",
            )
    if config.optimizer.name not in OPTIMIZERS:
        yield Problem(
            "a search takes no steps, and there are none to watch",
            config.place("optimizer"),
            "use another optimizer: --set optimizer=sgd",
        )


def settings_of(name: str, noise: float, config: Config) -> dict[str, Any]:
    """Return the settings of a table, a noise and a config, as short as the config may say them."""
    return {
        "data": name,
        "noise": noise,
        "layers": [_short(each, "units", "activation") for each in config.layers],
        "optimizer": {"name": config.optimizer.name, **_short(config.optimizer, "learning_rate")},
        **{key: getattr(config, key) for key in ("batch_size", "epochs", "seed")},
    }


def _short(entry: Entry, *always: str) -> dict[str, Any]:
    """Return an entry's settings but for those that have their default, and not `always` stand."""
    told = ((each, getattr(entry, each.name)) for each in entry.settings())
    return {
        each.name: plain(value, brief=True)
        for each, value in told
        if each.name in always or value != each.default
    }


def noise_of(settings: Mapping[str, Any]) -> float:
    """Return the noise. Raises ConfigError for what is no number from 0 to 1."""
    noise = settings.get("noise", 0.0)
    number = isinstance(noise, (int, float)) and not isinstance(noise, bool)
    if not number or not 0 <= noise <= MOST_NOISE:
        raise ConfigError(f"expected a number from 0 to {MOST_NOISE:g}", place="noise")
    return float(noise)


def check_keys(settings: Any) -> None:
    """Raise ConfigError for settings that are no mapping, or have keys that are not the page's."""
    allowed = (*OWN, *KEYS)
    if not isinstance(settings, Mapping):
        raise ConfigError(f"expected a mapping with the keys {', '.join(allowed)}")
    unknown = [str(key) for key in settings if key not in allowed]
    if unknown:
        raise ConfigError.of(
            Problem(f"the page does not set {key!r}", key, did_you_mean(key, allowed))
            for key in unknown
        )


def with_settings(draft: Draft, settings: Mapping[str, Any]) -> Draft:
    """Return the draft of a table's config with the keys that the page sets, not yet checked."""
    given = {key: settings[key] for key in KEYS if key in settings}
    return _draft({**draft.tree.value, **given}, draft)


def checked(draft: Draft) -> Config:
    """Return its config. Raises ConfigError whose places are keys, and which the page can show."""
    config = draft.checked()
    if problems := list(_undrawable(config)):
        raise ConfigError.of(problems)
    return config


def _draft(values: Mapping[str, Any], like: Draft) -> Draft:
    """Return a draft of other values; an error in it is placed by its key alone."""
    return Draft(read(values).tree, Origin("", like.origin.folder, like.origin.name))


def to_save(draft: Draft, file: str | None, noise: float, epochs: int) -> str:
    """Return the text of a config that trains as the page did, wherever it is saved.

    `file` is the name of the rows that were made up, which lie beside it; None: they are a
    person's own. `epochs` are those that were watched.
    """
    config, values = draft.checked(), deepcopy(draft.tree.value)
    for key, path in config.data.files.items():
        values["data"][key] = absolute(config.resolve(path))
    reasons = {"engine": NUMPY} if values.get("engine") == "numpy" else {}
    lines = [f"# Saved by ann playground, where {counted(epochs, 'epoch')} of it had been watched."]
    if file is not None:
        values["data"]["file"] = file
        lines.append(f"# Its rows are made up: save them as {file} in the folder of this config.")
    elif noise:
        lines.append(f"# The playground added noise to the training rows, {noise:g} times each")
        lines.append("# column's standard deviation. No key says so: ann train takes them as are.")
    return "\n".join([*lines, commented(block(as_written(values)), reasons)])


def offers() -> dict[str, Any]:
    """Return what the page offers to choose from, as the engine's tables have it."""
    return {
        "activations": [
            {"name": name, "description": entry.description()} for name, entry in hidden().items()
        ],
        "optimizers": [
            {
                "name": name,
                "description": entry.description(),
                "learning_rate": entry().learning_rate,
            }
            for name, entry in OPTIMIZERS.items()
        ],
        "help": {key: Config.model_fields[key].description for key in KEYS},
        "most_noise": MOST_NOISE,
    }
