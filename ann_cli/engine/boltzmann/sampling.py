"""Rows drawn from a machine: chains that have gone far enough to have forgotten their beginning."""

from collections.abc import Iterator

import numpy as np

from ann_cli.engine.boltzmann.chains import Chains
from ann_cli.engine.boltzmann.machine import BoltzmannMachine
from ann_cli.engine.settings import Array

AT_A_TIME = 256
"""Chains side by side: their states stay in the cache."""


def drawn(
    machine: BoltzmannMachine,
    rows: int,
    sweeps: int,
    generator: np.random.Generator,
    start: Array | None = None,
) -> Iterator[Chains]:
    """Yield chains, as many as there are to be `rows`, each after so many sweeps of its own.

    They begin with each visible unit drawn by its bias alone, or at rows × inputs: `start`, taken
    in turn. A row has a chain of its own, so that rows do not depend on each other.
    """
    stack = machine.stack
    for first in range(0, rows, AT_A_TIME):
        count = min(AT_A_TIME, rows - first)
        chains = Chains(stack, count)
        if start is None:
            visible = np.tile(machine.biases[0], (count, 1))
            deviation = None if stack.variance is None else np.sqrt(stack.variance)
            x = np.empty_like(visible)
            machine.visible.sample(visible, deviation, generator, x)
        else:
            x = start[np.arange(first, first + count) % len(start)]
        chains.begin(machine.inferred(x), generator)
        for _ in range(sweeps):
            chains.sweep(stack, generator)
        yield chains
