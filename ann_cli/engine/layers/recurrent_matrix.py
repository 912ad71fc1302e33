"""The parameters of a recurrent layer's gates as one matrix, M: a step is one product with it."""

from collections.abc import Mapping, Sequence

import numpy as np

from ann_cli.engine.layers.recurrent_form import Form, Gate
from ann_cli.engine.parameters import Shape
from ann_cli.engine.settings import Array


class GateMatrix:
    """M has the recurrent weights, the input weights and the biases of all gates below each other.

    What a step has stands side by side, s = [h x 1]: the state before it, what arrives, and 1. So
    its weighted sums are one product, z = s M. The gradient by M is one product over all steps,
    Σ sᵀ dz, after the way back.

    Exponentials are what takes the time. NumPy's exp takes half of its tanh: both functions of
    gates are made of it, σ(z) = 1 / (1 + exp(-z)) and tanh(z) = 2 σ(2 z) - 1, and M is times -1 or
    -2.
    """

    def __init__(self, gates: Sequence[Gate], form: Form, units: int, channels: int) -> None:
        self.depth, self.width = units + channels + 1, units * len(gates)
        self.seeing = units * sum(bool(gate.recurrent) for gate in gates)
        """How many of the sums see the state; they come first."""
        factors = [-1.0] * form.sigmoids + [-2.0] * form.tanhs + [1.0] * form.linear
        self._factors = np.repeat(factors, units)
        placed = [
            (parameter, (..., rows, slice(at * units, (at + 1) * units)))
            for at, gate in enumerate(gates)
            for parameter, rows in gate.parameters(units, channels)
        ]
        self.parameters = tuple(parameter for parameter, _ in placed)
        self.places = {parameter.name: place for parameter, place in placed}
        """Where each parameter lies in M."""

    def of(self, values: Mapping[str, Array], members: Shape) -> Array:
        """Return M of the parameters' values, members × depth × width."""
        like = values[self.parameters[0].name]
        matrix = np.zeros((*members, self.depth, self.width), like.dtype)
        for name, place in self.places.items():
            part = matrix[place]
            part[...] = values[name].reshape(part.shape)
        return matrix

    def scaled(self, matrix: Array) -> Array:
        """Return M times what the functions of the gates ask for."""
        scaled = matrix.copy()
        scaled *= self._factors
        return scaled
