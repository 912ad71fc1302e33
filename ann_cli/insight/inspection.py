"""A trained network looked into: what its units look at, and with data what they do."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ann_cli.data.cells.values import cut_off, not_seen
from ann_cli.data.rows.split import HELD, SIDES
from ann_cli.data.rows.trained_rows import divided_as_trained
from ann_cli.data.table import Table
from ann_cli.engine.layers.dense import SumsLayer
from ann_cli.engine.layers.layer import Layer
from ann_cli.engine.layers.recurrent import RecurrentLayer
from ann_cli.engine.network import Network
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError, counted, within
from ann_cli.insight.importance import permutation_importance
from ann_cli.insight.machines import activity, inspect_machine
from ann_cli.insight.maps import hits_of, inspect_map
from ann_cli.insight.names import LayerNames, function_of, layer_names
from ann_cli.insight.pictures import kernels, occlusion
from ann_cli.insight.plain import plain
from ann_cli.insight.recommendation_inspection import inspect_ratings
from ann_cli.insight.units import QUANTILES, distributions, unit_shares
from ann_cli.model.model import Model
from ann_cli.model.own_table import trained_on

Document = dict[str, Any]
"""What JSON can hold, under the names that `ann inspect --json` prints."""


class Inspection(NamedTuple):
    """How a kind of model is looked into that has no layers of weighted sums."""

    weights: Callable[[Model], Document]
    """What it has learned."""
    rows: Callable[[Model, Array], Document]
    """What it makes of rows × inputs."""


OTHERS = {
    "som": Inspection(inspect_map, hits_of),
    "boltzmann": Inspection(inspect_machine, activity),
}
"""By the kind of model; those that are not here are networks of layers."""


def inspect(model: Model) -> Document:
    """Return the layers and their weights by name, and which weights are 0.

    Of an ensemble the layers are those of its first network.

    A synapse of weight 0 is discarded: the unit does not look at that input. `looks_at` has the
    others, the greatest weight first; as inputs are scaled alike, their weights can be compared.
    """
    if model.task.of_ratings:
        return inspect_ratings(model)
    if model.config.model in OTHERS:
        return OTHERS[model.config.model].weights(model)
    network = model.member  # of an ensemble a copy, made once
    leaves = dict(network.chain.leaves())
    layers = [_layer(model, network, names, leaves[names.place]) for names in layer_names(model)]
    first = next(each for each in layers if each["weights"] is not None)
    unused = np.flatnonzero((np.array(first["weights"]) == 0).all(axis=1))
    return {
        "task": model.config.task,
        "networks": model.network.members or 1,
        "parameters": model.network.theta.size,
        "layers": layers,
        "unused_inputs": [first["inputs"][at] for at in unused],
        "kernels": kernels(model),
    }


def _layer(model: Model, network: Network, names: LayerNames, layer: Layer) -> Document:
    """Return a layer's parameters by name; of one without weighted sums no weights, and no units.

    `parameters` holds what others learn: gains, vectors, running means.
    """
    described = {
        "name": names.layer,
        "kind": layer.entry.name,
        "activation": function_of(model, layer),
        "inputs": list(names.inputs),
    }
    if not isinstance(layer, SumsLayer):
        values = network.views(network.stored, names.place)
        parameters = {name: plain(each) for name, each in values.items()}
        nothing: Document = {"zero_weights": 0, "weights": None, "units": []}
        return described | nothing | {"outputs": layer.size, "parameters": parameters}
    units = [
        {
            "name": unit,
            "bias": plain(bias),
            "looks_at": [names.inputs[at] for at in np.argsort(-abs(column)) if column[at]],
            "discarded": [names.inputs[at] for at in np.flatnonzero(column == 0)],
        }
        for unit, bias, column in zip(names.units, layer.bias, layer.weights.T, strict=True)
    ]
    return described | {
        "zero_weights": int((layer.weights == 0).sum()),
        "weights": plain(layer.weights),
        "units": units,
    }


def read_rows(model: Model, source: str | Path) -> tuple[Array, Array | None, list[str]]:
    """Return a CSV's rows × inputs, rows × outputs, and what a person should know of its cells.

    The rows that lack a target come last and have none; where all do it is None. Raises
    DataError.
    """
    encoder = model.encoder
    if model.task.of_ratings:
        raise ConfigError(
            "these weights hold the ratings that they were trained on, and are looked at with them",
            place="--data",
            remedy="leave it out; ann evaluate scores them on other ratings",
        )
    table = model.table(source)
    targets = list(encoder.target_kinds)
    known_target = encoder.target_kinds if set(targets) <= set(table.columns) else {}
    if known_target and trained_on(model, table):
        return _apart(model, table)
    frame = table.read({**encoder.input_columns, **known_target})
    notes = table.notes() + not_seen(encoder.unknown(frame)) + cut_off(encoder.beyond(frame))
    precision = model.config.precision
    if not known_target:  # nor has what learns without a target one to measure by
        return encoder.transform(frame, precision), None, notes
    has_targets = frame[targets].notna().all(axis=1)
    known = frame[has_targets]
    frame = pd.concat([known, frame[~has_targets]])
    with within(table.name):
        y = encoder.y(known, model.network.outputs, precision) if len(known) else None
    return encoder.transform(frame, precision), y, notes


def _apart(model: Model, table: Table) -> tuple[Array, Array | None, list[str]]:
    """Return the rows of the file that the model was trained on, those held back first.

    Only these have a target, where there are some: a column's importance is measured on rows that
    nothing was learned from.
    """
    encoder, precision = model.encoder, model.config.precision
    divided = divided_as_trained(model.config, table)
    sides = {side: list(divided.frames(side)) for side in SIDES if divided.counts.get(side, 1)}
    held = [frame for side in HELD for frame in sides.get(side, ())]
    trained = sides["training"]
    scored = pd.concat(held or trained, ignore_index=True)
    count = sum(map(len, trained))
    notes = table.notes([*encoder.input_columns, *encoder.target_kinds])
    measured = "the others" if held else "them, for want of others"
    notes.append(
        f"{counted(count, 'row')} of {table.name} were trained on; a column's importance is "
        f"measured on {measured}"
    )
    y = encoder.y(scored, model.network.outputs, precision)
    every = pd.concat([scored, *trained], ignore_index=True) if held else scored
    return encoder.transform(every, precision), y, notes


def inspect_data(model: Model, x: Array, y: Array | None, repeats: int) -> Document:
    """Return what the units do on rows × inputs, and the columns' importance where y is known.

    Of pictures it is that of their patches.

    Of a map it is where the rows lie.

    `y` belongs to the first rows. The order of the shuffled cells follows from the model's seed.
    """
    if model.config.model in OTHERS:
        return OTHERS[model.config.model].rows(model, x)
    with np.errstate(over="ignore", invalid="ignore"):  # cells far beyond the training rows'
        shares = unit_shares(model.member, [x])
        spread = distributions(model.member, x)
    names = {each.place: each for each in layer_names(model)}
    leaves = dict(model.member.chain.leaves())
    layers = []
    for place, distribution in spread.items():
        share = shares.get(place)
        units = np.array(names[place].units, dtype=object)
        if share and len(share.dead) < len(units):  # one has a number at each place, or step
            noun = "unit" if isinstance(leaves[place], RecurrentLayer) else "kernel"
            own = [f"{noun} {at}" for at in range(1, len(share.dead) + 1)]
            units = np.array(own, dtype=object)
        layers.append(
            {
                "name": names[place].layer,
                "units": len(units),
                "has_state": isinstance(leaves[place], RecurrentLayer),
                "dead": units[share.dead].tolist() if share else [],
                "saturated": units[share.saturated].tolist() if share else [],
                "mean": plain(distribution.mean),
                "standard_deviation": plain(distribution.standard_deviation),
                "quantiles": dict(
                    zip(map(str, QUANTILES), plain(distribution.quantiles), strict=True)
                ),
                "zero": distribution.zero,
            }
        )
    document: Document = {"rows": len(x), "layers": layers, "importance": None, "occlusion": None}
    if y is not None and (told := occlusion(model, x[: len(y)], y)):
        # Of a pixel alone, whose neighbours say the same, a shuffle would tell little.
        document |= {"rows_with_target": len(y), "occlusion": told}
    elif y is not None:
        generator = np.random.default_rng(model.config.seed)
        found = permutation_importance(model, x[: len(y)], y, repeats, generator)
        document |= {
            "rows_with_target": len(y),
            "repeats": repeats,
            "importance": [{"column": each.column, **asdict(each)["worse"]} for each in found],
        }
    return document
