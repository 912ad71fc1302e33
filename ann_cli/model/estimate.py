"""What a training will take of memory and of its weights file, before it takes it."""

import json
from math import prod

import numpy as np

from ann_cli.config.plain_config import as_dict
from ann_cli.config.spec import Config
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.rows.memory import shortage
from ann_cli.engine.trainers.output_solving import Newton
from ann_cli.errors import ConfigError
from ann_cli.model.networks import OTHERS, variations_of
from ann_cli.model.weights import MOST_CHARACTERS, too_long

KEPT = 4
"""θ, its gradient, the best weights and the last finite ones; the optimizer's state comes on top,
twice, as it is kept with the last finite weights."""

SOLVED = 6
"""Numbers for each product of two inputs of an output that is solved for: three, in float64."""

OF_SCORES = 10_000
"""Characters of metadata left for what is known after training only: scores and versions."""


def check_network(config: Config, encoder: Encoder, rows: int) -> None:
    """Raise ConfigError where the network would not fit into memory, or into a weights file."""
    described = [as_dict(config), encoder.to_dict(), encoder.inputs, encoder.classes]
    if len(json.dumps(described, ensure_ascii=False)) + OF_SCORES > MOST_CHARACTERS:
        raise too_long()
    size = np.dtype(config.precision).itemsize
    if config.model in OTHERS:
        _check_other(config, encoder, size)
        return
    chain, *others = variations_of(config, encoder)
    step = rows if config.batch_size == "full" else min(config.batch_size, rows)
    parameters = kept = units = held = 0
    for number, (form, each) in enumerate(zip(config.forms, [chain, *others], strict=True)):
        members = config.members(number)
        own = members * sum(prod(parameter.shape) for parameter in each.parameters)
        parameters += own
        kept += (KEPT + 2 * len(form.optimizer.state)) * own
        if isinstance(form.optimizer, Newton):
            kept += SOLVED * members * prod(each.parts[-1].inputs) ** 2
        # The forms of an ensemble take their steps one after the other.
        layers = [layer for _, layer in each.leaves()]
        units = max(units, members * sum(layer.size for layer in layers))
        held = max(held, members * step * sum(layer.held for layer in layers))
    lacking = shortage(size * (kept + held))
    if not lacking:
        return
    if kept >= held:
        message = f"a network of {parameters:,} parameters, trained with {config.optimizer.name},"
        place, remedy = "layers", "use fewer units a layer"
        if config.ensemble:
            message = f"an ensemble of {parameters:,} parameters in all"
            place, remedy = "ensemble.members", "use fewer members, or fewer units a layer"
        if encoder.catalogue is not None:
            remedy += encoder.catalogue.smaller()
        elif len(encoder.inputs) > chain.parts[0].size:
            remedy += f", or fewer inputs: columns and categories make {len(encoder.inputs):,}"
    else:
        message = f"a step on {step:,} rows through {units:,} units"
        place, remedy = "batch_size", "use a smaller batch_size, or fewer units a layer"
    raise ConfigError(f"{message} takes {lacking}", place=config.place(place), remedy=remedy)


def _check_other(config: Config, encoder: Encoder, size: int) -> None:
    """Raise ConfigError where what learns in the place of layers would not fit into memory."""
    kind = OTHERS[config.model]
    parameters = sum(prod(each.shape) for each in kind.parameters(config, encoder))
    if lacking := shortage(size * parameters * (KEPT + 2)):
        raise ConfigError(
            f"a model of {parameters:,} numbers, from {len(encoder.inputs):,} inputs, takes "
            f"{lacking}",
            place=config.place(kind.sized_by),
            remedy="choose a smaller one, or fewer columns",
        )
