"""Steps of contrastive divergence: what rows make of the units, less what the machine does."""

import numpy as np

from ann_cli.engine.boltzmann.chains import Chains
from ann_cli.engine.boltzmann.stack import Stack
from ann_cli.engine.settings import Array


class Learning:
    """Takes steps along the gradient of the mean log-likelihood, for a stack of layers.

    The gradient by Wₗ is the mean of sₗ·sₗ₊₁ with the rows in the visible units, less its mean over
    chains of the machine's own states (Salakhutdinov & Hinton 2009, equation 5). The rows are
    stacked upon the chains, so that one product of arrays makes the difference.

    Chains go on from step to step. Where each row has units of its own, those of the items that a
    user rated, they cannot, and start at the rows (Salakhutdinov, Mnih & Hinton 2007, "Restricted
    Boltzmann machines for collaborative filtering", section 2.2).
    """

    def __init__(
        self, stack: Stack, rows: int, chains: int, sweeps: int = 1, mean_field_steps: int = 10
    ) -> None:
        """Make room for so many rows a step, and so many chains."""
        self.stack, self.sweeps, self.mean_field_steps = stack, sweeps, mean_field_steps
        self.conditional = stack.visible is not None and stack.visible.conditional
        self._other: Learning | None = None
        """For a step of fewer rows, where there are as many chains."""
        if self.conditional:
            chains = rows
        dtype = stack.weights[0].dtype
        self._room = [np.empty((chains + rows, len(bias)), dtype) for bias in stack.biases]
        self._scaled = [np.empty_like(each) for each in self._room]
        self._change = [np.empty_like(each) for each in stack.weights]
        self.chains = Chains(stack, chains, [each[:chains] for each in self._room])
        self._count = chains

    def step(
        self,
        x: Array,
        weight: Array | None,
        rate: float,
        decay: float,
        generator: np.random.Generator,
    ) -> None:
        """Go one step of size `rate` on rows × lowest units; `decay` draws the weights to 0.

        `weight` says what each row counts, 1 on average.
        """
        if self.conditional and len(x) != self._count:
            if self._other is None or self._other._count != len(x):
                self._other = Learning(self.stack, len(x), 0, self.sweeps, self.mean_field_steps)
            self._other.step(x, weight, rate, decay, generator)
            return
        stack, most = self.stack, self._count + len(x)
        states = [each[self._count : most] for each in self._room]
        states[0][...] = x
        stack.mean_field(states[0], self.mean_field_steps, states)
        known = None
        if self.conditional and stack.visible is not None:
            known = stack.visible.known(states[0])
            self.chains.begin(states, generator)
        for _ in range(self.sweeps):
            self.chains.sweep(stack, generator, known)
        shares = np.full(most, -rate / self._count, x.dtype)
        shares[self._count :] = rate / len(x) * (1 if weight is None else weight)
        self.move([each[:most] for each in self._room], shares, rate * decay)

    def move(self, states: list[Array], shares: Array, decay: float = 0.0) -> None:
        """Add the states' products to the parameters, each row's by its share.

        The gradient by what gaussian units tell has 1 / σ² as a factor. It is left out: what is
        then followed rises as well, and is of the size that it has with units that are 0 or 1.
        """
        stack = self.stack
        for layer, (weights, change) in enumerate(zip(stack.weights, self._change, strict=True)):
            scaled = self._scaled[layer + 1][: len(shares)]
            np.multiply(states[layer + 1], shares[:, np.newaxis], out=scaled)
            np.matmul(states[layer].T, scaled, out=change)
            if decay:
                weights *= 1 - decay
            weights += change
        for bias, state in zip(stack.biases, states, strict=True):
            bias += shares @ state
