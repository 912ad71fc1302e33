"""A baseline of networks of images: the same config without its convolutions."""

from collections.abc import Iterable
from math import ceil

from ann_cli.config.spec import Config
from ann_cli.engine.layers.conv import Conv
from ann_cli.engine.layers.layer import LayerEntry
from ann_cli.engine.layers.pool import Pool
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.trainers import trainer_for
from ann_cli.errors import DivergedError
from ann_cli.insight.smearing import smeared, without_left
from ann_cli.model.model import Model
from ann_cli.model.networks import first_network

WORK = 200_000_000_000
"""Rows times epochs times parameters at most: some minutes."""

READ = 5_000_000
"""Rows times epochs at most where rows are streamed, and files may be read for each."""


def without_convolutions(model: Model, training: Source) -> Model | None:
    """Return a network that was trained as the model was, which looks at all pixels from the start.

    It has the config's other layers, epochs and seed; where that is much work, fewer epochs. What
    it is after the last of them is judged. Rows that are streamed pass again in each epoch. None
    where no layer is left or none was taken away, or where it diverges.
    """
    config = _config(model.config)
    if config is None:
        return None
    random = generators(config.seed)
    encoder = without_left(model.encoder)
    network = first_network(config, encoder, random["initialization"])
    rows = len(training)
    epochs = min(config.epochs, ceil(WORK / (rows * max(network.theta.size, 1))))
    if not isinstance(training, Rows):
        epochs = min(epochs, ceil(READ / rows))
    config = config.model_copy(update={"epochs": epochs})
    trainer = trainer_for(config).of(config, network, random)
    try:
        for epoch in trainer.run(training):
            trainer.validated(epoch.number, None)
    except DivergedError:
        return None
    found = Model(config, encoder, network)
    found.encoder = smeared(found, training)
    return found


def _config(config: Config) -> Config | None:
    """Return the config without convolutions and pools; None where that is no other network."""
    if not any(isinstance(layer, Conv) for form in config.forms for layer in form.layers):
        return None
    ensemble = config.ensemble
    if ensemble is not None:
        variations = [
            each.model_copy(update={"layers": _others(each.layers)}) if each.layers else each
            for each in ensemble.variations
        ]
        ensemble = ensemble.model_copy(update={"variations": variations})
    layers = _others(config.layers)
    if not layers:  # the linear model
        return None
    return config.model_copy(update={"layers": layers, "ensemble": ensemble})


def _others(layers: Iterable[LayerEntry]) -> list[LayerEntry]:
    return [each for each in layers if not isinstance(each, Conv | Pool)]
