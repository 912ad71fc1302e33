"""Rows that a Boltzmann machine makes up, in the units of the table that it learned from."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ann_cli.data.columns.decoding import rebuilt
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.columns.number_feature import NumberFeature
from ann_cli.data.ratings.catalogue import Catalogue
from ann_cli.engine.boltzmann.machine import BoltzmannMachine
from ann_cli.engine.boltzmann.sampling import drawn
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError
from ann_cli.model.model import Model

SWEEPS = 1000
"""How often each row is drawn anew before it is shown."""


def samples(
    model: Model, rows: int, seed: int = 0, sweeps: int = SWEEPS, means: bool = False
) -> Iterator[pd.DataFrame]:
    """Yield frames of rows that are drawn from a model, with the columns that it learned from.

    Of choices a row is a user, who has a row of the frame for each item.

    Equal seeds give equal rows. With `means` a row has what is expected of its cells, given its
    hidden units, and not what is drawn with it. Raises ConfigError for a model that draws nothing.
    """
    machine = model.network
    if not isinstance(machine, BoltzmannMachine):
        raise ConfigError(
            f"these weights are of model: {model.config.model}, which draws no rows",
            place="WEIGHTS",
            remedy="train a model: boltzmann",
        )
    catalogue = model.encoder.catalogue
    if catalogue is not None and (catalogue.levels or means):
        raise ConfigError(
            "which items a user rates is given, and not drawn"
            if catalogue.levels
            else "a choice is made or not: there is nothing between",
            place="WEIGHTS" if catalogue.levels else "--means",
            remedy="train without data.rating: choices are drawn"
            if catalogue.levels
            else "leave it out",
        )
    generator, users = np.random.default_rng(seed), 0
    for chains in drawn(machine, rows, sweeps, generator):
        if catalogue is not None:
            yield _choices(catalogue, chains.states[0], users)
            users += len(chains.states[0])
            continue
        x = machine.stack.lowest(chains.states) if means else chains.states[0]
        yield with_gaps(model.encoder, x)


def _choices(catalogue: Catalogue, x: Array, before: int) -> pd.DataFrame:
    """Return what users who are made up chose, a row a choice; they are numbered on."""
    rows, items = np.nonzero(x)
    names = np.array(catalogue.items, dtype=object)
    return pd.DataFrame({catalogue.user: rows + before + 1, catalogue.item: names[items]})


def with_gaps(encoder: Encoder, x: Array) -> pd.DataFrame:
    """Return the cells that rows of inputs tell, none where they say that a number is missing."""
    frame = rebuilt(encoder, x)
    for each in encoder.features:
        if isinstance(each, NumberFeature) and each.was_missing:
            missing = x[:, encoder.places_of[each.name][1]] >= 0.5
            frame[each.name] = frame[each.name].where(~missing, None)
    return frame
