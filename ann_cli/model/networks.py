"""From a completed config to its network: the layers, the output, the shapes, the first weights."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ann_cli.config.spec import Config
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.rows.encoding import outputs_of
from ann_cli.data.rows.visible_choice import units_of
from ann_cli.engine.activations import ACTIVATIONS
from ann_cli.engine.boltzmann import machine
from ann_cli.engine.boltzmann.machine import BoltzmannMachine
from ann_cli.engine.boltzmann.visible import VisibleUnits
from ann_cli.engine.ensemble import Ensemble
from ann_cli.engine.layers.chain import Chain
from ann_cli.engine.layers.layer import ShapeError
from ann_cli.engine.maps.grid import TOPOLOGIES, Grid
from ann_cli.engine.maps.map import Map, parameters_of
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.output import Output
from ann_cli.engine.parameters import Columns, Parameter, Shape
from ann_cli.errors import ConfigError


class OtherLearner:
    """What learns in the place of a network of layers: how it is built for a config."""

    sized_by: ClassVar[str]
    """The key of the config that says how large it is."""

    @staticmethod
    def new(config: Config, encoder: Encoder) -> Any:
        """Build it, its parameters all 0."""
        raise NotImplementedError

    @staticmethod
    def parameters(config: Config, encoder: Encoder) -> Sequence[Parameter]:
        """Return what it stores, by name."""
        raise NotImplementedError

    @staticmethod
    def check(learner: Any) -> None:
        """Raise ValueError where what was read from a file is none that training leaves."""


class MapLearner(OtherLearner):
    """A self-organizing map."""

    sized_by = "grid"

    @staticmethod
    def new(config: Config, encoder: Encoder) -> Map:
        return Map(*MapLearner._form(config, encoder), config.precision)

    @staticmethod
    def parameters(config: Config, encoder: Encoder) -> Sequence[Parameter]:
        return parameters_of(*MapLearner._form(config, encoder))

    @staticmethod
    def check(learner: Map) -> None:
        if (learner.hits < 0).any() or (learner.labels < 0).any():
            raise ValueError("some counts of rows are below 0")

    @staticmethod
    def _form(config: Config, encoder: Encoder) -> tuple[Grid, int, int]:
        """Return the grid, and how many inputs and labels there are."""
        rows, columns = (int(each) for each in config.grid)
        labels = len(encoder.label.classes) if encoder.label else 0
        grid = Grid(rows, columns, TOPOLOGIES[config.topology])
        return grid, len(encoder.inputs), labels


class MachineLearner(OtherLearner):
    """A Boltzmann machine."""

    sized_by = "layers"

    @staticmethod
    def new(config: Config, encoder: Encoder) -> BoltzmannMachine:
        visible, units = MachineLearner._form(config, encoder)
        return BoltzmannMachine(visible, units, config.precision, config.mean_field_steps)

    @staticmethod
    def parameters(config: Config, encoder: Encoder) -> Sequence[Parameter]:
        return machine.parameters_of(*MachineLearner._form(config, encoder))

    @staticmethod
    def _form(config: Config, encoder: Encoder) -> tuple[VisibleUnits, list[int]]:
        return units_of(config, encoder), [layer.units for layer in config.layers]


OTHERS: Mapping[str, type[OtherLearner]] = {"som": MapLearner, "boltzmann": MachineLearner}
"""By the kind of model; those that are not here are networks of layers."""


def layers_of(config: Config, encoder: Encoder) -> Chain:
    """Return the layers that a completed config describes; they hold no parameters yet.

    Raises ConfigError where a layer does not fit what arrives at it.
    """
    inputs = encoder.shape or Columns(
        len(encoder.inputs), encoder.one_of_each, encoder.encoded, encoder.encoded_numbers
    )
    outputs = outputs_of(config, encoder)
    try:
        return chain_of(config.layers, inputs, outputs, output_of(config))
    except ShapeError as error:
        place = ".".join(map(str, ("layers", *error.steps)))
        raise ConfigError(error.message, place=config.place(place), remedy=error.remedy) from error


def output_of(config: Config) -> Output:
    """Return the output that a completed config describes."""
    return Output(ACTIVATIONS[config.output_activation](), config.loss)


def new_network(config: Config, encoder: Encoder) -> Any:
    """Build the network, or what else learns, of a completed config, its parameters all 0."""
    if config.model in OTHERS:
        return OTHERS[config.model].new(config, encoder)
    output, precision = output_of(config), config.precision
    if config.ensemble is None:
        return Network(layers_of(config, encoder), output, precision)
    variations = [
        Network(layers, output, precision, config.members(number))
        for number, layers in enumerate(variations_of(config, encoder))
    ]
    return Ensemble(variations, config.folds)


def variations_of(config: Config, encoder: Encoder) -> list[Chain]:
    """Return the layers of each form that networks of a config have: of an ensemble several."""
    return [layers_of(form, encoder) for form in config.forms]


def shapes_of(config: Config, encoder: Encoder) -> dict[str, Shape]:
    """Return the shape of each array that a network of a completed config stores, by name."""
    if config.model in OTHERS:
        return {each.name: each.shape for each in OTHERS[config.model].parameters(config, encoder)}
    found: dict[str, Shape] = {}
    for number, chain in enumerate(variations_of(config, encoder)):
        head = f"variations.{number}.layers" if config.ensemble else "layers"
        members = (config.members(number),) if config.ensemble else ()
        found |= {each.within(head).name: (*members, *each.shape) for each in chain.parameters}
    return found | ({"shares": (config.variations,)} if config.ensemble else {})


def first_network(config: Config, encoder: Encoder, generator: np.random.Generator) -> Any:
    """Build the network that a completed config describes, with its first weights.

    What else learns has those that its trainer gives it.
    """
    network = new_network(config, encoder)
    if config.model in OTHERS:
        return network
    each_one = network.variations if isinstance(network, Ensemble) else (network,)
    for form, each in zip(config.forms, each_one, strict=True):
        each.initialize(generator, None if form.initializer == "auto" else form.initializer)
    return network
