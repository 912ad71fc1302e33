"""The page of what a config names, from the engine's tables, and of the metrics."""

from collections.abc import Iterator, Mapping
from typing import Any

from ann_cli.cli.reference.markdown import table
from ann_cli.config.entry_schema import plain
from ann_cli.config.stepless import STEPLESS
from ann_cli.config.write import line
from ann_cli.engine.activations import ACTIVATIONS
from ann_cli.engine.encodings import ENCODINGS
from ann_cli.engine.initializers import INITIALIZERS
from ann_cli.engine.layers import LAYERS
from ann_cli.engine.losses import LOSSES
from ann_cli.engine.optimizers import OPTIMIZERS
from ann_cli.engine.schedules import SCHEDULES
from ann_cli.engine.settings import Entry, Setting
from ann_cli.tasks import TASKS
from ann_cli.tasks.metrics import METRICS

HEAD = """\
# Parts by name

What may stand at a key of a config. A part with settings is a mapping with its name and those
settings that are not to have their default: `{name: leaky_relu, slope: 0.1}`. A layer is a mapping
with the key of its kind: `{conv: 16, kernel: 3}`. `ann compare` tries several parts."""

LAYERS_HEADING = "Layers"
PARTS: dict[str, tuple[str, Mapping[str, type[Entry]]]] = {
    LAYERS_HEADING: ("layers: [{units: 64, activation: relu}, {dropout: 0.2}]", LAYERS),
    "Activations": ("layers: [{units: 64, activation: {name: elu, alpha: 0.5}}]", ACTIVATIONS),
    "Losses": ("loss: huber", LOSSES),
    "Optimizers": (
        "optimizer: {name: adam, learning_rate: 0.001}",
        {**OPTIMIZERS, **STEPLESS},
    ),
    "Schedules": ("schedule: {name: cosine, warm_up: 5}", SCHEDULES),
    "Initializers": ("initializer: he_normal", INITIALIZERS),
    "Encodings": ("data: {encoding: piecewise}", ENCODINGS),
    "Tasks": ("task: regression", TASKS),
}
"""By their heading: an example of where a config names one, and the table."""


def parts() -> list[str]:
    """Return the page of what a config names."""
    lines = HEAD.splitlines()
    for heading, (example, entries) in PARTS.items():
        rows = [
            (f"`{key}`", entry.description(), "<br>".join(map(_setting, entry.settings())))
            for key, entry in entries.items()
        ]
        told = any(settings for *_, settings in rows)
        head = ("name", "what it is", "settings (default): meaning")
        lines += ["", f"## {heading}", "", f"`{example}`", ""]
        lines += table(head, rows) if told else table(head[:2], [row[:2] for row in rows])
    rows = [
        (f"`{name}`", each.label, "higher" if each.more_is_better else "lower")
        for name, each in METRICS.items()
    ]
    lines += ["", "## Metrics", "", "As metrics.json and `--json` name them.", ""]
    return [*lines, *table(("name", "on the terminal", "is better"), rows)]


def heading_of(properties: Mapping[str, Any]) -> str:
    """Return the heading under which the entry stands that a schema has these properties of."""
    name = properties["name"]["const"]
    for heading, (_, entries) in PARTS.items():
        if name in entries and {"name", *_names(entries[name])} == set(properties):
            return heading
    raise KeyError(name)


def _names(entry: type[Entry]) -> Iterator[str]:
    return (each.name for each in entry.settings())


def _setting(setting: Setting) -> str:
    default = "" if setting.required else f" ({line(plain(setting.default, brief=True))})"
    return f"`{setting.name}`{default}: {setting.help}"
