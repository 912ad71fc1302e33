"""Layers of units with weights between neighbours: what each layer is told, and free energies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ann_cli.engine.boltzmann.units import sigmoid, softplus
from ann_cli.engine.boltzmann.visible import VisibleUnits
from ann_cli.engine.settings import Array

SETTLED = 1e-4
"""How little the units may change in a step of mean field that ends it."""


@dataclass(frozen=True)
class Stack:
    """A whole machine, or two neighbouring layers of one while they are pretrained.

    Its energy is -Σ bₗ·sₗ - Σ sₗ·Wₗ·sₗ₊₁ over the states sₗ of its layers. Gaussian units have
    Σ (v - b)² / 2σ² - (v / σ²)·W·h instead (Cho, Ilin & Raiko 2011, "Improved learning of
    Gaussian-Bernoulli restricted Boltzmann machines", equation 2): given h, v has the mean b + W·h.
    """

    weights: Sequence[Array]
    biases: Sequence[Array]
    """One a layer, from the visible units up."""
    visible: VisibleUnits | None = None
    """None where the lowest are hidden units of a machine."""
    variance: Array | None = None
    """That of each visible unit, 1 of those that are 0 or 1; None where they have none."""
    factors: Sequence[int] = ()
    """What the sums of each layer are multiplied by: 2 where a machine would have another layer
    on its other side (Salakhutdinov & Hinton 2009, section 3.1)."""

    @property
    def layers(self) -> int:
        """The number of layers, the lowest included."""
        return len(self.biases)

    def scaled(self, x: Array) -> Array:
        """Return what the visible units tell the first hidden ones."""
        return x if self.variance is None else x / self.variance

    def sums(self, layer: int, states: Sequence[Array], out: Array | None = None) -> Array:
        """Return the weighted sums of a layer, told by the states of its neighbours."""
        above = layer + 1 < self.layers
        if layer == 0:
            z = np.matmul(states[1], self.weights[0].T, out=out)
        else:
            below = states[layer - 1]
            told = self.scaled(below) if layer == 1 else below
            z = np.matmul(told, self.weights[layer - 1], out=out)
            if above:
                z += states[layer + 1] @ self.weights[layer].T
        z += self.biases[layer]
        if self.factors and self.factors[layer] != 1:
            z *= self.factors[layer]
        return z

    def upward(self, x: Array, out: Sequence[Array | None] = ()) -> list[Array]:
        """Return the rows and what each hidden layer makes of the one below it alone.

        What is missing from above is made up for by a second half from below. `out` is where the
        states of the layers may be written.
        """
        states = [x]
        for layer, weights in enumerate(self.weights, start=1):
            told = self.scaled(x) if layer == 1 else states[-1]
            z = np.matmul(told, weights, out=out[layer] if out else None)
            if layer + 1 < self.layers:
                z *= 2
            z += self.biases[layer]
            if self.factors and self.factors[layer] != 1:
                z *= self.factors[layer]
            states.append(sigmoid(z))
        return states

    def mean_field(self, x: Array, steps: int, out: Sequence[Array | None] = ()) -> list[Array]:
        """Return the states: the rows, and the probability that each hidden unit is 1.

        Of one hidden layer this is exact. Of more it is the fully factorized posterior that is
        found by going through the layers in turn (Salakhutdinov & Hinton 2009, equation 8).
        """
        states = self.upward(x, out)
        for _ in range(steps if self.layers > 2 else 0):
            change = 0.0
            for layer in range(1, self.layers):
                found = sigmoid(self.sums(layer, states))
                change = max(change, float(np.abs(found - states[layer]).max(initial=0)))
                states[layer][...] = found
            if change < SETTLED:
                break
        return states

    def lowest(self, states: Sequence[Array]) -> Array:
        """Return the expected values of the lowest units, given the layer above them."""
        z = self.sums(0, states)
        return sigmoid(z) if self.visible is None else self.visible.mean(z)

    def free_energy(self, states: Sequence[Array]) -> Array:
        """Return each row's free energy: -ln of its probability, less what all rows share.

        Of one hidden layer it is exact, and `states` may be the rows alone. Of more it is that of
        the mean field, from which the true one is never further down than the posterior is from it.
        """
        x = states[0]
        found = self._of_visible(x)
        if self.layers == 2:
            z = self.scaled(x) @ self.weights[0]
            z += self.biases[1]
            down, up = self.factors or (1, 1)
            # With doubled sums there are two of the lower layer, or else two of the upper one.
            hidden = softplus(up * z) if up > 1 else down * softplus(z)
            return max(down, up) * found - np.add.reduce(hidden, axis=-1)
        for layer in range(1, self.layers):
            below = self.scaled(x) if layer == 1 else states[layer - 1]
            own = states[layer]
            told = below @ self.weights[layer - 1]
            told += self.biases[layer]
            found = found - np.add.reduce(told * own, axis=-1) - _entropy(own)
        return found

    def _of_visible(self, x: Array) -> Array:
        b = self.biases[0]
        if self.variance is None:
            return -(x @ b)
        assert self.visible is not None
        plain = self.visible.plain
        squares = np.square(x - b) / (2 * self.variance)
        return np.add.reduce(np.where(plain, squares, -x * b), axis=-1)


def _entropy(p: Array) -> Array:
    """Return the entropy of units that are 1 with these probabilities, of each row."""
    q = np.clip(p.astype(np.float64), 1e-12, 1 - 1e-12)
    found: Array = -np.add.reduce(q * np.log(q) + (1 - q) * np.log1p(-q), axis=-1)
    return found
