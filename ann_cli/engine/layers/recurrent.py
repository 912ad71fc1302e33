"""What recurrent layers share: the steps of a series one after the other, and a state between them.

The weights of all gates are one matrix, M (see `GateMatrix`), of which a step is one product.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil
from typing import Any, ClassVar

import numpy as np

from ann_cli.engine.compiled.signals import signals_wait
from ann_cli.engine.layers.dropout import Dropout, DropoutLayer
from ann_cli.engine.layers.layer import Layer, Seen
from ann_cli.engine.layers.recurrent_entry import All, Recurrent, without_steps
from ann_cli.engine.layers.recurrent_form import Form, Gate
from ann_cli.engine.layers.recurrent_matrix import GateMatrix
from ann_cli.engine.layers.recurrent_memory import Memory, Step
from ann_cli.engine.parallel import each as in_parts
from ann_cli.engine.parameters import Shape
from ann_cli.engine.settings import Array

PART, COMPILED, PREDICTED = 64, 32, 256
"""Rows that go through the steps together: in training, with compiled steps, for a prediction. What
a step makes of them stays in the cache, and each core takes parts of its own. Of 32 a step in NumPy
took 0.64 of the time of 64, as each operation costs its call; a compiled one 0.54."""


class RecurrentLayer(Layer):
    """h(t) from h(t - 1) and x(t), with h(0) = 0. How, is said by two formulas on numbers.

    `step` makes of a unit's gates and of what it has the state after the step and what is kept with
    it. `back` makes of the same, of what was kept, and of the loss's slopes by the state (and by
    what carries slopes of its own) the slopes by the gates' sums and by what was before.
    """

    gates: ClassVar[tuple[Gate, ...]]
    """Sigmoids first, then tanhs, then sums as they are. Those that see the state come first."""
    form: ClassVar[Form]
    keeping: ClassVar[int | None] = None
    """The gate that says which share of its state a unit keeps from one step to the next."""
    limited: ClassVar[int] = 0
    """Which of the numbers kept beside the state comes near ±1 where a unit is saturated; 0: the
    state itself."""
    step: ClassVar[Callable[..., Any]]
    back: ClassVar[Callable[..., Any]]

    in_parts = True
    entry: Recurrent
    compiled: Any = None
    """The formulas as machine code, where they are to be used."""

    def __init__(self, entry: Recurrent, inputs: Shape) -> None:
        """Raises ShapeError where what arrives has no steps."""
        super().__init__(entry, inputs)
        if len(inputs) != 2:
            raise without_steps(entry, inputs)
        (self.steps, self.channels), self.units = inputs, entry.units
        self.all = isinstance(entry.states, All)
        self.outputs = (self.steps, self.units) if self.all else (self.units,)
        self.resting = DropoutLayer(Dropout(entry.dropout), self.outputs) if entry.dropout else None
        self.joined = GateMatrix(self.gates, self.form, self.units, self.channels)
        self.depth, self.width = self.joined.depth, self.joined.width
        self.seeing = self.joined.seeing
        self.work = self.steps * self.width * self.depth
        self.curves = self.steps * self.width
        self.parameters, self.places = self.joined.parameters, self.joined.places
        self.parts_of_rows: list[tuple[slice, Memory]] = []
        """How the last rows were divided, and what their steps left."""

    @property
    def held(self) -> int:
        numbers = self.depth + self.width + self.form.kept * self.units
        return self.steps * numbers + super().held

    def bind(self, values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        self.values, self.slopes, self.parts_of_rows = values, slopes, []
        self.members = values[self.parameters[0].name].shape[:-2]

    def scale_dropout(self, factor: float) -> None:
        if self.resting:
            self.resting.scale_dropout(factor)

    def compile(self, dtype: Any) -> None:
        with signals_wait():
            from ann_cli.engine.compiled.recurrent import pair

        if self.compiled is None:
            self.compiled, self.parts_of_rows = pair(self.form, self.step, self.back, dtype), []

    def is_compiled(self, dtype: Any) -> bool:
        with signals_wait():
            from ann_cli.engine.compiled.recurrent import is_compiled

        return is_compiled(self.form, self.step, self.back, dtype)

    def keeps(self, x: Array) -> Array | None:
        """Return by unit which share of its state it keeps from a step to the next, 0 to 1.

        It is the mean of a gate over the rows × inputs and their steps: of the forget gate of an
        LSTM, of the update gate of a GRU. None where there is no such gate.
        """
        if self.keeping is None:
            return None
        total = np.zeros((*self.members, self.units))
        matrix = self.joined.scaled(self.joined.of(self.values, self.members))
        for rows in _parts(x, PREDICTED):
            for step in self._passing(x[..., rows, :], matrix):
                total += step.gates[self.keeping].sum(axis=-2, dtype=np.float64)
        return total / (x.shape[-2] * self.steps)

    @property
    def is_watched(self) -> bool:
        return True

    def seen(self) -> Iterator[Seen]:
        """Yield the states after all steps of the last rows, (rows · steps) × units.

        What comes near ±1 is that of the later half of the steps, as a memory takes some to fill.
        """
        memories, later = [memory for _, memory in self.parts_of_rows], 1 + self.steps // 2
        numbers = [
            each.kept[self.limited - 1] if self.limited else each.states for each in memories
        ]
        states = [_joined(each.states[..., 1:, :, :]) for each in memories]
        near = [_joined(each[..., later:, :, :]) for each in numbers]
        yield Seen("", None, np.concatenate(near, -2), np.concatenate(states, -2))

    def predict(self, x: Array) -> Array:
        matrix = self.joined.scaled(self.joined.of(self.values, self.members))
        steps = self.steps if self.all else 1
        out = np.empty((*self.members, x.shape[-2], steps, self.units), x.dtype)

        def through(rows: slice) -> None:
            for at, step in enumerate(self._passing(x[..., rows, :], matrix)):
                out[..., rows, at % steps, :] = step.after[0]

        in_parts(through, _parts(x, PREDICTED))
        return out.reshape(*out.shape[:-2], self.size)

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        self.matrix = self.joined.of(self.values, self.members)
        matrix, series = self.joined.scaled(self.matrix), self._by_step(x)
        parts = _parts(x, COMPILED if self.compiled else PART)
        out = np.empty((*self.members, x.shape[-2], self.size), x.dtype)
        self._make_room(parts, x.dtype)

        def through(part: tuple[slice, Memory]) -> None:
            rows, memory = part
            memory.present[..., :-1, :, self.units : -1] = series[..., rows, :]
            with np.errstate(over="ignore"):
                for at, step in enumerate(memory.steps):
                    self._sum(step, matrix)
                    if memory.ahead:
                        memory.ahead(at)
                    else:
                        self._go_on(step)
            states = memory.states[..., 1:, :, :]
            out[..., rows, :] = _by_row(states) if self.all else states[..., -1, :, :]

        in_parts(through, self.parts_of_rows)
        return self.resting.forward(out, generator) if self.resting else out

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        if self.resting:
            slope = self.resting.backward(slope)
        units, seeing = self.units, self.seeing
        slope = slope.reshape(*slope.shape[:-1], -1, units)
        turned, inputs = self.matrix[..., :units, :seeing].mT, self.matrix[..., units:-1, :].mT

        def back(part: tuple[slice, Memory]) -> tuple[Array, Any]:
            rows, memory = part
            arriving, by_state = slope[..., rows, :, :], memory.by_state
            by_state[...] = arriving[..., -1, :]
            memory.others[...] = 0
            for at in reversed(range(self.steps)):
                step = memory.steps[at]
                if memory.back:
                    memory.back(at)
                else:
                    self._go_back(step, memory)
                if at:
                    np.matmul(step.z[..., :seeing], turned, out=by_state)
                    if self.form.beside:
                        by_state += memory.others[0]
                    if self.all:
                        by_state += arriving[..., at - 1, :]
            # What all steps had, and the slopes by their sums: one product for all of them.
            present, slopes = _joined(memory.present[..., :-1, :, :]), _joined(memory.sums)
            gradient = np.empty_like(self.matrix)
            np.matmul(present.mT, slopes[..., :seeing], out=gradient[..., :seeing])
            if seeing < self.width:
                blind = gradient[..., units:, seeing:]
                np.matmul(present[..., units:].mT, slopes[..., seeing:], out=blind)
            if not wanted:
                return gradient, None
            found = slopes @ inputs
            return gradient, _by_row(found.reshape(*memory.sums.shape[:-1], self.channels))

        (gradient, first), *others = in_parts(back, self.parts_of_rows)
        for other, _ in others:
            gradient += other
        for name, place in self.places.items():
            self.slopes[name][...] = gradient[place]
        return np.concatenate([first, *(each for _, each in others)], -2) if wanted else None

    def _make_room(self, parts: Sequence[slice], dtype: Any) -> None:
        """Have a memory for each part of the rows, those of the last time where they fit."""
        sizes = [rows.stop - rows.start for rows in parts]
        memories = [memory for _, memory in self.parts_of_rows]
        fit = [(each.rows, each.present.dtype) for each in memories] == [(n, dtype) for n in sizes]
        if not fit:
            memories = [self._memory(rows, self.steps, dtype) for rows in sizes]
            if self.compiled:
                for memory in memories:
                    memory.compile(*self.compiled)
        self.parts_of_rows = list(zip(parts, memories, strict=True))

    def _memory(self, rows: int, steps: int, dtype: Any) -> Memory:
        return Memory(self.form, self.members, rows, steps, self.units, self.depth, dtype)

    def _passing(self, x: Array, matrix: Array) -> Iterator[Step]:
        """Yield each step of rows, which is then overwritten by the next one."""
        memory, series = self._memory(x.shape[-2], 0, x.dtype), self._by_step(x)
        (step,) = memory.steps
        for at in range(self.steps):
            step.present[..., self.units : -1] = series[..., at, :, :]
            with np.errstate(over="ignore"):
                self._sum(step, matrix)
                self._go_on(step)
            yield step

    def _sum(self, step: Step, matrix: Array) -> None:
        units, seeing = self.units, self.seeing
        np.matmul(step.present, matrix[..., :seeing], out=step.z[..., :seeing])
        if seeing < self.width:
            blind = matrix[..., units:, seeing:]
            np.matmul(step.present[..., units:], blind, out=step.z[..., seeing:])

    def _go_on(self, step: Step) -> None:
        """Make of a step's sums its gates and what is after it."""
        (sums, gates), curved = step.curved, step.z[..., : self.form.curved * self.units]
        # Where exp is beyond all numbers it is infinite, and 1 / (1 + it) is 0, as it should be.
        np.exp(curved, out=curved)
        curved += 1
        np.reciprocal(sums, out=gates)
        for gate in step.gates[self.form.sigmoids : self.form.curved]:
            gate *= 2
            gate -= 1
        found = self.step(*step.gates, *step.before)
        for place, numbers in zip(step.after, found, strict=True):
            place[...] = numbers

    def _go_back(self, step: Step, memory: Memory) -> None:
        """Put in the place of a step's gates the slopes by its sums."""
        form = self.form
        carried = memory.others[form.beside : form.others]
        found = self.back(*step.gates, *step.before, *step.after, memory.by_state, *carried)
        places = (*step.sums, *memory.others[: form.others])
        for place, numbers in zip(places, found, strict=True):
            place[...] = numbers

    def _by_step(self, x: Array) -> Array:
        """Return rows of all steps as … × steps × rows × channels."""
        return x.reshape(*x.shape[:-1], self.steps, self.channels).swapaxes(-3, -2)


def tanh(z: Array) -> Array:
    """Return tanh(z); compiled formulas have one of their own under this name."""
    found = np.exp(-2.0 * z)
    found += 1.0
    np.divide(2.0, found, out=found)
    found -= 1.0
    return found


def _parts(x: Array, most: int) -> list[slice]:
    """Return how rows are divided: evenly, whatever the number of threads."""
    rows = x.shape[-2]
    size = ceil(rows / max(1, ceil(rows / most)))
    return [slice(at, min(at + size, rows)) for at in range(0, max(rows, 1), max(size, 1))]


def _joined(steps: Array) -> Array:
    """Return … × steps × rows × numbers with the rows of all steps below each other, a view."""
    return steps.reshape(*steps.shape[:-3], -1, steps.shape[-1])


def _by_row(steps: Array) -> Array:
    """Return … × steps × rows × numbers as flat rows."""
    turned = steps.swapaxes(-3, -2)
    return turned.reshape(*turned.shape[:-2], -1)
