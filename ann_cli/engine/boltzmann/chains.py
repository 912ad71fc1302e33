"""Chains: states of a machine that are drawn again and again, layer by layer (Gibbs sampling)."""

from collections.abc import Sequence

import numpy as np

from ann_cli.engine.boltzmann.stack import Stack
from ann_cli.engine.boltzmann.units import draw, draw_of_sums, sigmoid
from ann_cli.engine.settings import Array


class Chains:
    """States of all layers, chains × units each.

    Layers of even numbers have no weights between them, nor have odd ones: all of the former are
    drawn at once, given the latter, and the other way round. Only the odd ones need be kept.
    """

    def __init__(self, stack: Stack, rows: int, means: Sequence[Array] | None = None) -> None:
        """Make room for so many chains; `begin` or `go_on_from` fills them.

        `means` is the room for what they tell: even layers as drawn, and the probabilities of the
        odd ones. Given the even layers the odd ones are independent, so that these have the same
        mean as what is drawn with them, and less chance.
        """
        dtype = stack.weights[0].dtype
        sizes = [len(bias) for bias in stack.biases]
        self.means = list(means or [np.empty((rows, size), dtype) for size in sizes])
        self._other = [np.empty((rows, size), dtype) for size in sizes]
        """Sums of even layers, and what is drawn in odd ones."""
        self.states = [
            other if layer % 2 else mean
            for layer, (mean, other) in enumerate(zip(self.means, self._other, strict=True))
        ]

    def begin(self, states: Sequence[Array], generator: np.random.Generator) -> None:
        """Draw the odd layers with the probabilities of rows, again from the first if too few."""
        for layer in range(1, len(self.states), 2):
            wanted = np.resize(states[layer], self.states[layer].shape)
            draw(wanted, generator, self.states[layer])

    def sweep(
        self, stack: Stack, generator: np.random.Generator, known: Array | None = None
    ) -> None:
        """Draw the even layers given the odd ones, then the odd ones given the even ones.

        `known` is 1 where a visible unit takes part; the others stay 0.
        """
        for layer in range(0, stack.layers, 2):
            z = stack.sums(layer, self.states, self._other[layer])
            if layer == 0 and stack.visible is not None:
                deviation = None if stack.variance is None else np.sqrt(stack.variance)
                stack.visible.sample(z, deviation, generator, self.states[0])
                if known is not None:
                    self.states[0] *= known
            else:
                draw_of_sums(z, generator, self.states[layer])
        for layer in range(1, stack.layers, 2):
            p = sigmoid(stack.sums(layer, self.states, self.means[layer]))
            draw(p, generator, self.states[layer])

    def keep(self, room: Array) -> None:
        """Write the odd layers side by side into the first columns: all that a sweep needs."""
        start = 0
        for state in self.states[1::2]:
            room[:, start : start + state.shape[1]] = state
            start += state.shape[1]

    def go_on_from(self, kept: Array) -> None:
        """Take up odd layers as they were kept."""
        start = 0
        for state in self.states[1::2]:
            state[...] = kept[:, start : start + state.shape[1]]
            start += state.shape[1]
