"""What a Boltzmann machine's config leaves open, once it is known what its columns hold."""

from collections.abc import Iterator
from math import ceil
from typing import Any

from ann_cli.config.spec import Config
from ann_cli.engine.layers.dense import Dense
from ann_cli.errors import Problem

RATES = {"binary": (0.1, 0.05), "gaussian": (0.01, 0.01), "rating": (1.0, 1.0)}
"""By what cells are taken for: the learning rates of pretraining, and of all layers. Gaussian units
tell ten times as much as those that are 0 or 1 (Hinton 2010, section 13.2); of a step's users few
have rated an item, whose weights move by that share alone."""

STEPS, MOST_EPOCHS = 10_000, 1_000
"""Steps of a training that few rows get all the same, and its epochs at most. With 80 epochs of 275
penguins what was drawn mixed islands and species up; with 1,000 hardly any did."""


def with_machine(config: Config, visible: str, why: str, rows: int) -> Config:
    """Return the config of a Boltzmann machine whose visible units and rows to train are known.

    Rates that it leaves out follow from the units, epochs from the rows; why `visible` is what it
    is may be told.
    """
    if config.model != "boltzmann":
        return config
    first, all_layers = RATES[visible]
    chosen: dict[str, Any] = {"visible": visible}
    if config.learning_rate is None:
        chosen["learning_rate"] = all_layers
    if config.pretraining.learning_rate is None:
        chosen["pretraining"] = config.pretraining.model_copy(update={"learning_rate": first})
    reasons = {"visible": why} if why and config.visible == "auto" else {}
    if "epochs" not in config.model_fields_set:
        size = rows if config.batch_size == "full" else min(config.batch_size, rows)
        wanted = min(ceil(STEPS / ceil(rows / size)), MOST_EPOCHS)
        if wanted > config.epochs:
            chosen["epochs"] = wanted
            reasons["epochs"] = f"{rows:,} rows make few steps an epoch"
    found = config.model_copy(update=chosen)
    return found.explained({**config.reasons, **reasons})


def misfits(config: Config) -> Iterator[Problem]:
    """Yield each layer that is none of a Boltzmann machine."""
    if config.model != "boltzmann":
        return
    if not config.layers:
        yield Problem(
            "a Boltzmann machine has a layer of hidden units at least",
            config.place("layers"),
            "layers: [{units: 100}]",
        )
    for number, layer in enumerate(config.layers):
        if not isinstance(layer, Dense) or layer != Dense(layer.units):
            yield Problem(
                "a layer of a Boltzmann machine is a number of units, which are 0 or 1",
                config.place(f"layers.{number}"),
                f"{{units: {layer.units}}}" if isinstance(layer, Dense) else "remove it",
            )
