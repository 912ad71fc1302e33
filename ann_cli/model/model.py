"""A model: the config, the encoder and the network that turn a table into predictions."""

from dataclasses import dataclass, field
from math import ceil, log10
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.config.spec import Config
from ann_cli.data.encoder import Encoder
from ann_cli.data.encoding import outputs_of
from ann_cli.data.frames import as_read
from ann_cli.data.table import Table
from ann_cli.data.targets import ClassTarget
from ann_cli.data.written import as_written
from ann_cli.engine.activations import ACTIVATIONS
from ann_cli.engine.layers.chain import Chain
from ann_cli.engine.layers.layer import ShapeError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.output import Output
from ann_cli.engine.parameters import Columns
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError

MOST_DECIMALS = 15
"""More are written as all digits of float64."""


def layers_of(config: Config, encoder: Encoder) -> Chain:
    """Return the layers that a completed config describes; they hold no parameters yet.

    Raises ConfigError where a layer does not fit what arrives at it.
    """
    inputs = Columns(len(encoder.inputs), encoder.one_of_each)
    outputs = outputs_of(config, len(encoder.classes))
    try:
        return chain_of(config.layers, inputs, outputs, output_of(config))
    except ShapeError as error:
        place = ".".join(map(str, ("layers", *error.steps)))
        raise ConfigError(error.message, place=config.place(place), remedy=error.remedy) from error


def output_of(config: Config) -> Output:
    """Return the output that a completed config describes."""
    return Output(ACTIVATIONS[config.output_activation](), config.loss)


def new_network(config: Config, encoder: Encoder) -> Network:
    """Build the network that a completed config describes, its parameters all 0."""
    return Network(layers_of(config, encoder), output_of(config), config.precision)


def first_network(config: Config, encoder: Encoder, generator: np.random.Generator) -> Network:
    """Build the network that a completed config describes, with its first weights."""
    network = new_network(config, encoder)
    network.initialize(generator, None if config.initializer == "auto" else config.initializer)
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
    network: Network
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

    def table(self, source: str | Path, strict: bool = False, hashed: bool = False) -> Table:
        """Open a CSV that holds rows for this model, written as it pleases. Raises DataError.

        Where its cells leave a doubt they are read as those of the training rows.
        """
        written = as_written(self.config.data, self.encoder.notations)
        return Table(source, hashed=hashed, written=written, strict=strict)

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
        if not self.classes:
            if probabilities:
                raise ConfigError(
                    "a number is predicted here, and numbers have no probabilities",
                    place="--probabilities",
                    remedy="leave it out",
                )
            return pd.DataFrame({"prediction": self.encoder.numbers(outputs)}, index=index)
        labels = np.array(self.classes, dtype=object)
        frame = pd.DataFrame({"prediction": labels[self.chosen(outputs)]}, index=index)
        if not probabilities:
            return frame
        shares = self.probabilities(outputs)
        if shares is None:
            raise ConfigError(
                f"{self.config.loss.name} gives a decision and no probabilities",
                place="--probabilities",
                remedy="train with loss: cross_entropy",
            )
        for label, column in zip(self.classes, shares.T, strict=True):
            frame[f"probability_{label}"] = column
        return frame

    @property
    def number_format(self) -> str:
        """How a prediction is printed, as for the operator %; "" for all digits of float64.

        float32 carries about 1e-7 of the target's scale: a printed number is off by half of that at
        most, and has no digits that say nothing. Where the target is left as it is, its own size
        decides.
        """
        target = self.encoder.target
        if self.config.precision == "float64":
            return ""
        if isinstance(target, ClassTarget) or (target.center, target.scale) == (0.0, 1.0):
            return "%.9g"
        decimals = max(0, ceil(7 - log10(target.scale)))
        return f"%.{decimals}f" if decimals <= MOST_DECIMALS and target.scale < 1e15 else ""

    def chosen(self, outputs: Array) -> Array:
        """Return each row's class as its number in `classes`."""
        if outputs.shape[1] > 1:
            return outputs.argmax(axis=1)
        boundary = 0.0 if self.config.output_activation == "linear" else 0.5
        return (outputs[:, 0] > boundary).astype(np.intp)

    def ranks(self, outputs: Array) -> Array | None:
        """Return rows × classes, more where a class is likelier; None of mere decisions."""
        if self.config.output_activation == "threshold":
            return None
        scores = outputs.astype(np.float64)
        return np.hstack([-scores, scores]) if scores.shape[1] == 1 else scores

    def probabilities(self, outputs: Array) -> Array | None:
        """Return rows × classes in float64, each row's sum 1; None where the loss gives none."""
        if not self.network.loss.probabilities:
            return None
        shares = outputs.astype(np.float64)
        if shares.shape[1] == 1:
            return np.hstack([1 - shares, shares])
        total = shares.sum(axis=1, keepdims=True)
        return np.divide(
            shares, total, out=np.full_like(shares, 1 / shares.shape[1]), where=total > 0
        )
