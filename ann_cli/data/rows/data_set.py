"""A data set: the rows that a config asks for, encoded, and what was learned of them."""

import json
from dataclasses import dataclass, replace

from ann_cli.config import recipe
from ann_cli.config.autoencoder_recipe import with_layers
from ann_cli.config.boltzmann_recipe import with_machine
from ann_cli.config.complete import check_dropout, complete, with_target_keys
from ann_cli.config.entry_schema import plain
from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.ratings.sides import RatingSides
from ann_cli.data.ratings.source import rows_in
from ann_cli.data.rows.in_memory import RowsInMemory
from ann_cli.data.rows.map_form import with_map_form
from ann_cli.data.rows.split import Side
from ann_cli.data.rows.streaming import RowsFromFile
from ann_cli.engine.rows import Source, without_folds


@dataclass(frozen=True)
class DataSet:
    """What training needs: the config with nothing left to guess, the encoder, the encoded rows."""

    config: Config
    kinds: dict[str, Kind]
    encoder: Encoder
    training: Source
    validation: Source | None
    """The training rows themselves where an ensemble's folds validate."""
    test: Source | None
    """Rows that only the last score sees."""
    class_factors: Array | None
    """What training rows count by their class, in the order of the classes; None: all alike."""
    data: RowsInMemory | RowsFromFile | RatingSides
    """Where the rows are from."""
    once: bool
    """Whether rows pass but once: their number is not known before."""
    digests: dict[str, str]
    """The SHA-256 of the data's `file`, and of `validation` and `test` where these are CSVs; none
    if dry."""
    sizes: dict[str, int]
    """The bytes of these files, as they lie on the disk."""
    notes: tuple[str, ...]
    """Sentences for the person: what was recognised, dropped or left out."""
    facts: recipe.Facts | None = None
    """What the recipe went by, where it was asked for."""

    @property
    def rows(self) -> int:
        """The number of rows, on whatever side."""
        held = [] if self.validation is self.training else [self.validation]
        return sum(map(rows_in, filter(None, (self.training, *held, self.test))))

    @property
    def sides(self) -> dict[Side, Source]:
        """The rows of each side that has any."""
        every: dict[Side, Source | None] = {
            "training": without_folds(self.training),
            "validation": self.validation,
            "test": self.test,
        }
        return {side: rows for side, rows in every.items() if rows is not None}

    @property
    def dropped(self) -> int:
        """Rows without a target, among those read so far."""
        return self.data.dropped


SHARED = (
    *("data", "model", "task", "seed", "precision", "class_weight"),
    *("output_activation", "loss", "ensemble", "difference"),
)
"""The keys of a config that its rows follow from; the others change how they are learned from."""


def rows_asked_for(config: Config) -> str:
    """Return a text that is the same for configs which ask for the same rows in the same form."""
    values, layers = plain(with_target_keys(config)), "layers" in config.model_fields_set
    how = (layers, recipe.is_asked_for(config, in_memory=True))
    return json.dumps([config.resolve(config.data.file), *how, *(values[key] for key in SHARED)])


def with_config(data_set: DataSet, config: Config) -> DataSet:
    """Return a data set for another config that asks for the same rows. Raises ConfigError."""
    known = data_set.config
    if data_set.facts and recipe.is_asked_for(config, in_memory=True):
        config = recipe.completed(recipe.with_folds(config), data_set.facts, config)
    rows_of = {"data": known.data, "difference": known.difference}
    config = recipe.declined(config.model_copy(update=rows_of))
    rows, validated = len(data_set.training), data_set.validation is not None
    encoder = data_set.encoder
    config = with_layers(config, len(encoder.inputs))
    visible = known.visible if config.visible == "auto" else config.visible
    config = with_machine(config, visible, known.reasons.get("visible", ""), rows)
    share = encoder.catalogue.share_beside(config.noise) if encoder.catalogue else None
    classes = len(encoder.classes)
    completed = complete(config, known.task, classes, validated, rows, share)
    check_dropout(completed)
    return replace(data_set, config=with_map_form(completed, data_set.training))
