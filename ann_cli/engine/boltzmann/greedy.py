"""Greedy pretraining: the layers of a deep machine two at a time, from below."""

import numpy as np

from ann_cli.engine.boltzmann.machine import BoltzmannMachine
from ann_cli.engine.boltzmann.stack import Stack
from ann_cli.engine.boltzmann.units import sigmoid
from ann_cli.engine.settings import Array

RARE = 1e-3
"""How rare a unit may be that its first bias is that of its share."""


def logit(p: Array) -> Array:
    """Return the weighted sums that have these probabilities, none of them too near 0 or 1."""
    p = np.clip(p, RARE, 1 - RARE)
    return np.log(p / (1 - p))


class Greedy:
    """The stages of a training: each pair of neighbouring layers, and 0, all of them together.

    In the whole machine a hidden layer is told from below and from above. Each pair has one of the
    two, and counts it twice: its sums are 2 (x·W + b). The whole then has W, and the sum of the two
    biases that such a layer has learned in its two pairs (Salakhutdinov & Hinton 2009, section 3.1;
    2012, "An efficient learning procedure for deep Boltzmann machines", section 4).
    """

    def __init__(self, machine: BoltzmannMachine, epochs: int) -> None:
        """`epochs` are those of each pair."""
        self.machine = machine
        self._each = epochs if machine.is_deep else 0
        self.epochs = self._each * len(machine.units)
        """All of pretraining."""

    def stage(self, number: int) -> int:
        """Return the hidden layer, from 1 on, that an epoch pretrains; 0: it trains all."""
        return (number - 1) // self._each + 1 if number <= self.epochs else 0

    def starts(self, number: int) -> bool:
        """Whether an epoch is the first of its stage."""
        return number == 1 or self.stage(number) != self.stage(number - 1)

    def ends(self, number: int) -> bool:
        """Whether an epoch is the last of its stage."""
        return self.stage(number) != self.stage(number + 1)

    def new_state(self, chains: int) -> Array:
        """Return room for what a training keeps: a row a chain, and the first pairs' biases."""
        rows = chains + bool(self.epochs)
        return np.zeros((rows, sum(self.machine.units)), self.machine.stored.dtype)

    def stack(self, stage: int) -> Stack:
        """Return the layers that a stage trains."""
        machine = self.machine
        if not stage:
            return machine.stack
        lower = stage - 1
        visible, variance = (None, None) if lower else (machine.visible, machine.variance)
        factors = (1 if lower == 0 else 2, 1 if stage == len(machine.units) else 2)
        biases = machine.biases[lower : stage + 1]
        return Stack([machine.weights[lower]], biases, visible, variance, factors)

    def inputs(self, stage: int, x: Array, state: Array) -> Array:
        """Return what the lowest layer of a stage is told of rows: probabilities, rows × units."""
        machine = self.machine
        for layer, weights in enumerate(machine.weights[: max(stage - 1, 0)]):
            z = (machine.stack.scaled(x) if layer == 0 else x) @ weights
            z += self._own_bias(layer, state)
            z *= 2
            x = sigmoid(z)
        return x

    def end(self, stage: int, state: Array, x: Array) -> None:
        """Make ready what comes after a stage; `x` are some of the rows.

        The upper layer's bias becomes that of its next pair, which starts as the units' shares have
        it; that of this pair is kept, and comes to it when that next pair is done.
        """
        machine = self.machine
        if stage > 1:
            machine.biases[stage - 1] += self._own_bias(stage - 2, state)
        if 0 < stage < len(machine.units):
            bias = machine.biases[stage]
            self._own_bias(stage - 1, state)[...] = bias
            shares = self.inputs(stage + 1, x, state).mean(axis=0, dtype=np.float64)
            bias[...] = 0.5 * logit(shares)

    def _own_bias(self, layer: int, state: Array) -> Array:
        """Return the bias that a hidden layer, from 0 on, has learned in the pair below it."""
        start = sum(self.machine.units[:layer])
        return state[-1, start : start + self.machine.units[layer]]
