"""A model: the config, the encoder and the network that turn a table into predictions."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.config.spec import Config
from ann_cli.data.cells.frames import as_read
from ann_cli.data.cells.writing import as_written
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.open_table import open_table
from ann_cli.data.rows.encoding import outputs_of
from ann_cli.data.table import Table
from ann_cli.engine.activations import ACTIVATIONS
from ann_cli.engine.ensemble import Ensemble
from ann_cli.engine.layers.chain import Chain
from ann_cli.engine.layers.layer import ShapeError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.output import Output
from ann_cli.engine.parameters import Columns, Shape
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError
from ann_cli.tasks import TASKS, Task


def layers_of(config: Config, encoder: Encoder) -> Chain:
    """Return the layers that a completed config describes; they hold no parameters yet.

    Raises ConfigError where a layer does not fit what arrives at it.
    """
    inputs = Columns(
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


def new_network(config: Config, encoder: Encoder) -> Network | Ensemble:
    """Build the network that a completed config describes, its parameters all 0."""
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
    every = (config.variation(number) for number in range(config.variations))
    return [layers_of(each, encoder) for each in every]


def shapes_of(config: Config, encoder: Encoder) -> dict[str, Shape]:
    """Return the shape of each array that a network of a completed config stores, by name."""
    found: dict[str, Shape] = {}
    for number, chain in enumerate(variations_of(config, encoder)):
        head = f"variations.{number}.layers" if config.ensemble else "layers"
        members = (config.members(number),) if config.ensemble else ()
        found |= {each.within(head).name: (*members, *each.shape) for each in chain.parameters}
    return found | ({"shares": (config.variations,)} if config.ensemble else {})


def first_network(
    config: Config, encoder: Encoder, generator: np.random.Generator
) -> Network | Ensemble:
    """Build the network that a completed config describes, with its first weights."""
    network = new_network(config, encoder)
    each_one = network.variations if isinstance(network, Ensemble) else (network,)
    for number, each in enumerate(each_one):
        initializer = config.variation(number).initializer
        each.initialize(generator, None if initializer == "auto" else initializer)
    return network


def trained_on(model: "Model", table: Table) -> bool:
    """Whether a table is the very file that a model was trained on, its own rows and those apart.

    Takes a pass over the file, where the model knows its digest.
    """
    known = model.digests.get("file")
    return known is not None and table.repeatable and table.digest() == known


@dataclass
class Model:
    """What `ann_cli.load` returns: `predict(frame)` gives a frame, pandas in and out."""

    config: Config
    encoder: Encoder
    network: Network | Ensemble
    metrics: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, Any] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    """The SHA-256 of the data's `file` and `validation` that it was trained on, where known."""
    sizes: dict[str, int] = field(default_factory=dict)
    """The bytes of these files."""
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What a person should know of the file it was loaded from; not stored."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes' labels; none for regression."""
        return self.encoder.classes

    @property
    def member(self) -> Network:
        """The network that layers and units are told of; of an ensemble its first."""
        return self.network.member

    def table(self, source: str | Path, strict: bool = False, hashed: bool = False) -> Table:
        """Open a CSV that holds rows for this model, written as it pleases. Raises DataError.

        Where its cells leave a doubt they are read as those of the training rows.
        """
        written = as_written(self.config.data, self.encoder.notations)
        return open_table(source, hashed=hashed, written=written, strict=strict)

    def predict(self, frame: pd.DataFrame, probabilities: bool = False) -> pd.DataFrame:
        """Return a frame with `prediction`, and `probability_<label>` for each class when asked.

        Columns are bound by name, in any order; more than needed do no harm. Raises DataError where
        one is missing, ConfigError where the model has no probabilities. A cell that is not what
        its column holds counts as missing, with a UserWarning.
        """
        self.encoder.check_columns(frame)
        frame = as_read(frame, self.encoder.input_columns, self.encoder.notations)
        x = self.encoder.transform(frame, self.config.precision)
        with np.errstate(over="ignore", invalid="ignore"):  # cells far beyond the training rows'
            outputs = self.network.predict(x)
        return self.decode(outputs, frame.index, probabilities)

    def decode(
        self, outputs: Array, index: pd.Index | None = None, probabilities: bool = False
    ) -> pd.DataFrame:
        """Return the frame of predictions for the network's outputs, rows × outputs."""
        columns = self.task.decode(
            outputs, self.encoder.targets, self.network.output, probabilities
        )
        return pd.DataFrame(columns, index=index)

    @property
    def task(self) -> Task:
        """What is predicted."""
        return TASKS[self.config.task]()

    def number_format(self, column: str = "prediction") -> str:
        """Return how a column of predictions is printed, for the operator %; "" for all digits."""
        if self.config.precision == "float64":
            return ""
        targets = self.encoder.targets
        of_column = self.task.prediction_columns(targets, self.network.output, False)
        return of_column.get(column, targets[0]).number_format
