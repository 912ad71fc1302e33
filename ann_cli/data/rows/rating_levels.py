"""Levels of ratings: what a Boltzmann machine learns how likely each is of."""

from dataclasses import replace

import numpy as np

from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Array
from ann_cli.data.ratings.catalogue import Catalogue
from ann_cli.errors import ConfigError

MOST_LEVELS = 20
"""Different ratings at most: each item has a unit for each of them."""


def with_levels(config: Config, catalogue: Catalogue, ratings: Array) -> Catalogue:
    """Return the catalogue with the levels of its ratings, for a machine. Raises ConfigError."""
    if config.model != "boltzmann" or not catalogue.rated:
        return catalogue
    levels = np.unique(ratings).tolist()
    if not 2 <= len(levels) <= MOST_LEVELS:
        few = len(levels) < 2
        raise ConfigError(
            f"column {config.data.rating} has {len(levels):,} different ratings, and a machine "
            f"learns how likely each of 2 to {MOST_LEVELS} is",
            place=config.place("data.rating"),
            remedy="leave it out: each row is a choice then" if few else "use model: autoencoder",
        )
    return replace(catalogue, levels=tuple(levels))
