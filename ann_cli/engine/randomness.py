"""Randomness has names: one seed, and a generator for each purpose."""

import numpy as np

PURPOSES = ("split", "initialization", "order", "dropout")


def generators(seed: int) -> dict[str, np.random.Generator]:
    """Return one independent generator for each purpose, all from one seed."""
    spawned = np.random.SeedSequence(seed).spawn(len(PURPOSES))
    return {name: np.random.default_rng(one) for name, one in zip(PURPOSES, spawned, strict=True)}
