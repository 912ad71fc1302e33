"""What recurrent layers share: the steps of a series one after the other, and a state between them.

What a step has stands side by side, s = [h x 1]: the state before it, what arrives, and 1. So its
weighted sums are one product, z = s M, where M has the recurrent weights, the input weights and the
biases of all gates below each other. The gradient by M is one product over all steps, Σ sᵀ dz,
after the way back.

Exponentials are what takes the time. NumPy's exp takes half of its tanh: both functions of gates
are made of it, σ(z) = 1 / (1 + exp(-z)) and tanh(z) = 2 σ(2 z) - 1.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from ann_cli.engine.layers.dropout import Dropout, DropoutLayer
from ann_cli.engine.layers.layer import Layer
from ann_cli.engine.layers.recurrent_entry import All, Recurrent, without_steps
from ann_cli.engine.parameters import Parameter, Shape
from ann_cli.engine.settings import Array

PREDICTED = 256
"""Rows predicted at a time: what a step makes of them stays in the cache."""


@dataclass(frozen=True)
class Gate:
    """Weighted sums that a step makes, one a unit."""

    name: str
    """What its parameters are called after; "" where it is the only one."""
    factor: float = -1.0
    """What its sums are times from the start, as exp(-z) is what a sigmoid asks for."""
    start: float = 0.0
    """Its first bias."""
    recurrent: str = "recurrent_weights"
    inputs: str = "input_weights"
    bias: str = "bias"
    """What its parameters are called; "" for one that it lacks."""

    def parameters(self, units: int, channels: int) -> Iterator[tuple[Parameter, Any]]:
        """Yield its parameters, and the rows of M in which each lies."""
        for name, size, initializer, rows in (
            (self.recurrent, (units, units), "orthogonal", slice(units)),
            (self.inputs, (channels, units), "glorot_uniform", slice(units, -1)),
        ):
            if name:
                yield (
                    Parameter(
                        self._called(name), size, size, initializer=initializer, penalized=True
                    ),
                    rows,
                )
        yield Parameter(self._called(self.bias), (units,), start=self.start), -1

    def _called(self, parameter: str) -> str:
        return f"{self.name}.{parameter}".removeprefix(".")


class Memory:
    """What the steps leave: … × steps × rows × numbers."""

    def __init__(
        self, layer: "RecurrentLayer", x: Array, steps: int, rooms: dict[str, Array]
    ) -> None:
        """Make room for so many steps, or 0 for the present one alone, in `rooms` where it fits."""
        rows = x.shape[-2]

        def room(name: str, *shape: int) -> Array:
            shape = (*layer.members, *shape)
            size, held = prod(shape), rooms.get(name)
            if held is None or held.size < size:
                held = rooms[name] = np.empty(size, x.dtype)
            return held[:size].reshape(shape)

        self.present = room("present", steps + 1, rows, layer.depth)
        """s of each step; behind the last one its state alone."""
        self.present[..., 0, :, : layer.units] = 0
        self.present[..., -1] = 1
        self.states = self.present[..., : layer.units]
        self.sums = room("sums", max(steps, 1), rows, layer.width)
        """z of each step, then what the gates make of it, and on the way back the slopes by z."""
        self.kept = [room(name, steps + 1, rows, layer.units) for name in layer.kept]
        """What else a step leaves, from before the first one on."""
        for each in self.kept:
            each[..., 0, :, :] = 0
        self.slopes = room("slopes", rows, layer.width)
        self.work = [room(f"work {at}", rows, layer.units) for at in range(4)]
        """Room for what is computed on the way."""


class RecurrentLayer(Layer):
    """h(t) from h(t - 1) and x(t), with h(0) = 0; each kind says how."""

    gates: ClassVar[tuple[Gate, ...]]
    """Those that see the state come first."""
    kept: ClassVar[tuple[str, ...]] = ()
    """What is kept of each unit and step beside its state."""
    keeping: ClassVar[int | None] = None
    """The gate that says which share of its state a unit keeps from one step to the next."""

    entry: Recurrent

    def __init__(self, entry: Recurrent, inputs: Shape) -> None:
        """Raises ShapeError where what arrives has no steps."""
        super().__init__(entry, inputs)
        if len(inputs) != 2:
            raise without_steps(entry, inputs)
        (self.steps, self.channels), self.units = inputs, entry.units
        self.all = isinstance(entry.states, All)
        self.outputs = (self.steps, self.units) if self.all else (self.units,)
        self.resting = DropoutLayer(Dropout(entry.dropout), self.outputs) if entry.dropout else None
        self.depth, self.width = self.units + self.channels + 1, self.units * len(self.gates)
        self.seeing = self.units * sum(bool(gate.recurrent) for gate in self.gates)
        """How many of the sums see the state; they come first."""
        self.work = self.steps * self.width * self.depth
        self.factors = np.repeat([gate.factor for gate in self.gates], self.units)
        placed = [
            (parameter, (..., rows, slice(at * self.units, (at + 1) * self.units)))
            for at, gate in enumerate(self.gates)
            for parameter, rows in gate.parameters(self.units, self.channels)
        ]
        self.parameters = tuple(parameter for parameter, _ in placed)
        self.places = {parameter.name: place for parameter, place in placed}
        """Where each parameter lies in M."""

    @property
    def held(self) -> int:
        numbers = self.depth + self.width + len(self.kept) * self.units
        return self.steps * numbers + super().held

    def bind(self, values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        self.values, self.slopes = values, slopes
        self.members = values[self.parameters[0].name].shape[:-2]

    def keeps(self, x: Array) -> Array | None:
        """Return by unit which share of its state it keeps from a step to the next, 0 to 1.

        It is the mean of a gate over rows × inputs and their steps: of the forget gate of an LSTM,
        of the update gate of a GRU. None where there is no such gate.
        """
        if self.keeping is None:
            return None
        total = np.zeros((*self.members, self.units))
        for rows in _parts(x):
            memory = self._remembered(x[..., rows, :], {}, self._matrix())
            total += self._gates(memory.sums)[self.keeping].sum(axis=(-3, -2), dtype=np.float64)
        return total / (x.shape[-2] * self.steps)

    def predict(self, x: Array) -> Array:
        matrix = self._matrix()
        return np.concatenate(
            [self._predicted(x[..., rows, :], matrix) for rows in _parts(x)], axis=-2
        )

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        self.matrix = self._matrix()
        self.memory = self._remembered(x, self._buffers, self.matrix)
        states = self.memory.states[..., 1:, :, :]
        out = _by_row(states) if self.all else states[..., -1, :, :].copy()
        return self.resting.forward(out, generator) if self.resting else out

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        if self.resting:
            slope = self.resting.backward(slope)
        memory, units, seeing = self.memory, self.units, self.seeing
        by_step = slope.reshape(*slope.shape[:-1], -1, units)
        carried, turned = memory.work[0], self.matrix[..., :units, :seeing].mT
        carried[...] = by_step[..., -1, :]
        for each in memory.work[1:]:
            each[...] = 0
        for step in reversed(range(self.steps)):
            beside = self._step_back(memory, step, carried)
            np.matmul(memory.sums[..., step, :, :seeing], turned, out=carried)
            if beside is not None:
                carried += beside
            if self.all and step:
                carried += by_step[..., step - 1, :]
        # The present of all steps but the one behind the last, and the slopes, as one product each.
        present, slopes = _joined(memory.present[..., :-1, :, :]), _joined(memory.sums)
        gradient = np.empty_like(self.matrix)
        np.matmul(present.mT, slopes[..., :seeing], out=gradient[..., :seeing])
        if seeing < self.width:
            blind = gradient[..., units:, seeing:]
            np.matmul(present[..., units:].mT, slopes[..., seeing:], out=blind)
        for name, place in self.places.items():
            self.slopes[name][...] = gradient[place]
        if not wanted:
            return None
        found = slopes @ self.matrix[..., units:-1, :].mT
        return _by_row(found.reshape(*memory.sums.shape[:-1], self.channels))

    def _step(self, memory: Memory, before: int, after: int) -> None:
        """Make of a step's z its gates and the state after it.

        Both may have the same place: then nothing is kept.
        """
        raise NotImplementedError

    def _step_back(self, memory: Memory, step: int, slope: Array) -> Array | None:
        """Put in the place of a step's gates the slopes by its z, from that by the state after it.

        Return what of the slope goes to the state before it by other ways than z.
        """
        raise NotImplementedError

    def _gates(self, sums: Array) -> list[Array]:
        """Return the part of each gate."""
        units = self.units
        return [sums[..., at : at + units] for at in range(0, self.width, units)]

    def _matrix(self) -> Array:
        """Return M."""
        like = self.values[self.parameters[0].name]
        matrix = np.zeros((*self.members, self.depth, self.width), like.dtype)
        for name, place in self.places.items():
            part = matrix[place]
            part[...] = self.values[name].reshape(part.shape)
        return matrix

    def _by_step(self, x: Array) -> Array:
        """Return rows of all steps as … × steps × rows × channels."""
        return x.reshape(*x.shape[:-1], self.steps, self.channels).swapaxes(-3, -2)

    def _remembered(self, x: Array, rooms: dict[str, Array], matrix: Array) -> Memory:
        """Return what all steps leave."""
        memory = Memory(self, x, self.steps, rooms)
        memory.present[..., :-1, :, self.units : -1] = self._by_step(x)
        matrix = self._scaled(matrix)
        with np.errstate(over="ignore"):
            for step in range(self.steps):
                self._take_step(memory, matrix, step, step + 1)
        return memory

    def _predicted(self, x: Array, matrix: Array) -> Array:
        """Return the outputs for some rows."""
        memory, matrix = Memory(self, x, 0, {}), self._scaled(matrix)
        arriving, state = self._by_step(x), memory.states[..., 0, :, :]
        steps = self.steps if self.all else 1
        out = np.empty((*state.shape[:-1], steps, self.units), x.dtype)
        with np.errstate(over="ignore"):
            for step in range(self.steps):
                memory.present[..., 0, :, self.units : -1] = arriving[..., step, :, :]
                self._take_step(memory, matrix, 0, 0)
                out[..., step % steps, :] = state
        return out.reshape(*out.shape[:-2], self.size)

    def _scaled(self, matrix: Array) -> Array:
        scaled = matrix.copy()
        scaled *= self.factors
        return scaled

    def _take_step(self, memory: Memory, matrix: Array, before: int, after: int) -> None:
        present, z = memory.present[..., before, :, :], memory.sums[..., before, :, :]
        units, seeing = self.units, self.seeing
        np.matmul(present, matrix[..., :seeing], out=z[..., :seeing])
        if seeing < self.width:
            blind = matrix[..., units:, seeing:]
            np.matmul(present[..., units:], blind, out=z[..., seeing:])
        self._step(memory, before, after)


def sigmoid(z: Array) -> None:
    """Put 1 / (1 + exp(z)), which is σ(-z), in the place of z.

    Where exp is beyond all numbers it is infinite, and the sigmoid 0, as it should be.
    """
    np.exp(z, out=z)
    z += 1
    np.reciprocal(z, out=z)


def tanh(z: Array, out: Array) -> Array:
    """Return tanh(z) = 2 σ(2 z) - 1."""
    sigmoid(np.multiply(z, -2, out=out))
    out *= 2
    out -= 1
    return out


def _parts(x: Array) -> Iterator[slice]:
    return (slice(at, at + PREDICTED) for at in range(0, max(x.shape[-2], 1), PREDICTED))


def _joined(each: Array) -> Array:
    """Return … × steps × rows × numbers with the rows of all steps below each other, a view."""
    return each.reshape(*each.shape[:-3], -1, each.shape[-1])


def _by_row(each: Array) -> Array:
    """Return … × steps × rows × numbers as flat rows."""
    turned = each.swapaxes(-3, -2)
    return turned.reshape(*turned.shape[:-2], -1)
