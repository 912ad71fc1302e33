"""Randomness has names: one seed, and a generator for each purpose."""

import numpy as np

PURPOSES = ("split", "initialization", "order", "dropout", "augmentation", "chains")


def generators(seed: int) -> dict[str, np.random.Generator]:
    """Return one independent generator for each purpose, all from one seed."""
    spawned = np.random.SeedSequence(seed).spawn(len(PURPOSES))
    return {name: np.random.default_rng(one) for name, one in zip(PURPOSES, spawned, strict=True)}


FOLDS = 1_000
"""The number of the generator that draws folds, beyond those of a training's purposes."""


def folds_generator(seed: int) -> np.random.Generator:
    """Return the generator that draws the folds of a cross-validation, which no training uses."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(FOLDS,)))


ROUNDS = 2_000
"""The number of the generators of rounds, of which each replica has its own."""


def round_generators(
    seed: int, epoch: int, replica: int, first: int
) -> dict[str, np.random.Generator]:
    """Return the generators of a replica's round, which begins after `first` steps of an epoch.

    The order of rows is the epoch's, in whichever round they come.
    """
    order = np.random.SeedSequence(seed, spawn_key=(ROUNDS, epoch, replica))
    drawn = np.random.SeedSequence(seed, spawn_key=(ROUNDS, epoch, replica, first)).spawn(2)
    named = zip(("order", "dropout", "augmentation"), (order, *drawn), strict=True)
    return {name: np.random.default_rng(one) for name, one in named}
