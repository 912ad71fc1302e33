"""What is told of a machine while it learns: reconstruction, pseudo-likelihood, free energies."""

from dataclasses import dataclass

import numpy as np

from ann_cli.engine.boltzmann.greedy import Greedy
from ann_cli.engine.boltzmann.stack import Stack
from ann_cli.engine.boltzmann.units import softplus
from ann_cli.engine.boltzmann.visible import Binary, VisibleUnits
from ann_cli.engine.settings import Array

HIDDEN = VisibleUnits(Binary, 0)
"""What hidden units are to the pair above them, which is pretrained."""


def pseudo_likelihood(stack: Stack, x: Array) -> float:
    """Return the mean of ln p(value | the other values of its row), of units that are 0 or 1.

    Exact for one visible unit of each row: those of neighbouring rows follow on each other, so that
    with rows enough each has its turn (Hinton 2010, section 15, takes one at random). `x` is rows
    × units, of probabilities the nearer of 0 and 1 is taken.
    """
    v = np.round(x)
    rows, (flipped, b) = np.arange(len(v)), (np.arange(len(v)) % v.shape[1], stack.biases[0])
    z = stack.scaled(v) @ stack.weights[0]
    z += stack.biases[1]
    change = 1 - 2 * v[rows, flipped]
    other = z + change[:, np.newaxis] * stack.weights[0][flipped]
    # F(flipped) - F(as it is); the sigmoid of it is the probability of the value as it is.
    difference = np.add.reduce(softplus(z) - softplus(other), axis=1) - change * b[flipped]
    return float(-softplus(-difference).mean(dtype=np.float64))


@dataclass(frozen=True)
class Told:
    """What is told of some rows after an epoch, each the mean of a row."""

    loss: float
    """What its reconstruction costs."""
    reconstruction: float
    """The squared error of its reconstruction, a visible unit."""
    free_energy: float
    pseudo_likelihood: float | None
    """A visible unit's; None where its values are more than two, or the layers more."""


def told_of(greedy: Greedy, stage: int, rows: Array, state: Array) -> Told:
    """Return what a stage of a training is to be told of."""
    stack = greedy.stack(stage)
    x = greedy.inputs(stage, rows, state)
    states = stack.mean_field(x, greedy.machine.mean_field_steps)
    mean = stack.lowest(states)
    losses = (stack.visible or HIDDEN).losses(x, mean)
    is_binary = stack.visible is not None and stack.visible.is_binary
    return Told(
        float(losses.mean(dtype=np.float64)),
        float(np.square(x - mean).mean(dtype=np.float64)),
        float(stack.free_energy(states).mean(dtype=np.float64)),
        pseudo_likelihood(stack, x) if is_binary and not greedy.machine.is_deep else None,
    )
