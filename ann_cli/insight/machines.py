"""A Boltzmann machine looked into: what its hidden units go with, and how often they are on."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ann_cli.data.ratings.source import as_inputs
from ann_cli.engine.boltzmann.machine import BoltzmannMachine
from ann_cli.engine.boltzmann.sampling import drawn
from ann_cli.engine.settings import Array
from ann_cli.insight.boltzmann_baselines import machine_of
from ann_cli.insight.plain import plain
from ann_cli.model.model import Model

Document = dict[str, Any]

STRONGEST = 10
"""Visible units that are told of each hidden one, at most."""

DRAWN, SWEEPS = 512, 200
"""States that the machine draws to tell how often its units are on, and how far their chains go."""

ALWAYS = 0.99
"""A unit that has on average this probability of being on is always on; of 1 - this, off."""


def inspect_machine(model: Model) -> Document:
    """Return each hidden unit's strongest visible units, and how often it is on.

    A unit of an upper layer tells the visible ones by way of those between them: its weights are
    then the products of the layers' (Erhan et al. 2010, "Understanding representations learned in
    deep architectures", section 2.3). How often units are on is of states that the machine draws.
    """
    machine = machine_of(model)
    states = _states(model, machine)
    on = _on(states)
    return {
        "task": model.config.task,
        "visible": machine.visible.kind.name,
        "parameters": machine.theta.size,
        "inputs": input_names(model),
        "visible_bias": plain(machine.biases[0]),
        "layers": [
            _layer(model, machine, number, weights, own)
            for number, (weights, own) in enumerate(zip(_through(machine), on, strict=True))
        ],
        "drawn": len(states[0]),
    }


def input_names(model: Model) -> list[str]:
    """Return what the visible units are called: of ratings each item's levels."""
    catalogue = model.encoder.catalogue
    if catalogue is None or not catalogue.levels:
        return list(model.encoder.inputs)
    return [f"{item} = {level:g}" for item in catalogue.items for level in catalogue.levels]


def _states(model: Model, machine: BoltzmannMachine) -> list[Array]:
    """Return states of the hidden layers: drawn, or of ratings those of the users who trained."""
    if machine.visible.conditional and model.ratings is not None:
        x = as_inputs(model.recommender.catalogue, model.ratings).dense(
            np.arange(min(DRAWN, len(model.ratings)))
        )
        return machine.inferred(x)[1:]
    chains = list(drawn(machine, DRAWN, SWEEPS, np.random.default_rng(model.config.seed)))
    every = range(1, len(machine.units) + 1)
    return [np.concatenate([each.states[layer] for each in chains]) for layer in every]


def _through(machine: BoltzmannMachine) -> list[Array]:
    """Return what the units of each layer tell the visible ones: visible × units."""
    found = [machine.weights[0]]
    for weights in machine.weights[1:]:
        found.append(found[-1] @ weights)
    return found


def _layer(
    model: Model, machine: BoltzmannMachine, number: int, weights: Array, on: Array
) -> Document:
    names = input_names(model)
    order = np.argsort(-np.abs(weights), axis=0, kind="stable")[:STRONGEST]
    units = [
        {
            "name": f"{number + 1}_{unit + 1}",
            "bias": plain(machine.biases[number + 1][unit]),
            "on": plain(on[unit]),
            "strongest": [
                {"input": names[at], "weight": plain(weights[at, unit])} for at in order[:, unit]
            ],
        }
        for unit in range(weights.shape[1])
    ]
    return {"name": f"layer {number + 1}", "units": units} | always(on)


def _on(layers: Sequence[Array]) -> list[Array]:
    return [each.mean(axis=0, dtype=np.float64) for each in layers]


def always(on: Array) -> Document:
    """Return the numbers, from 1 on, of units that are always on, and always off."""
    return {
        "always_on": (np.flatnonzero(on >= ALWAYS) + 1).tolist(),
        "always_off": (np.flatnonzero(on <= 1 - ALWAYS) + 1).tolist(),
    }


def activity(model: Model, x: Array) -> Document:
    """Return how often each hidden unit is on for rows × inputs, and what the rows are to it."""
    machine = machine_of(model)
    hidden = machine.hidden(x)
    ends = np.cumsum(machine.units)[:-1]
    layers = _on(np.split(hidden, ends, axis=1))
    return {
        "rows": len(x),
        "free_energy": float(machine.free_energy(x).mean(dtype=np.float64)),
        "layers": [
            {"name": f"layer {number}", "on": plain(on)} | always(on)
            for number, on in enumerate(layers, start=1)
        ],
    }
