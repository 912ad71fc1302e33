"""Rows in compiled code: a block of them in one call, step by step, with the tables' own formulas.

All that a network learns with (parameters, gradient, state, each layer's sums) lies in one array
`w`, at places and in sizes that the compiler knows: it sees that nothing overlaps, keeps what it
can in registers and works on several units at once. Numbers that change from run to run (rates,
penalties, an activation's settings) are read from arrays: they need no new compilation.
"""

# What is compiled are closures over whole numbers, which the compiler takes for constants. Their
# arguments have no Python types; numba finds the types of what they are called with.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from typing import Any

import numpy as np

from ann_cli.engine.compiled.formulas import changer, formula, known_by, reader
from ann_cli.engine.compiled.kernel import is_kept, kernel
from ann_cli.engine.compiled.row import NARROW, Memory, row_through
from ann_cli.engine.compiled.training import Training
from ann_cli.engine.rows import Rows
from ann_cli.engine.settings import Array

UNROLLED = 32
"""Units of a layer up to which the compiler unrolls a loop over them, and then vectorises it.

Measured: 4-8-1 gains 30%, 4-64-32-1 a factor of 3; 4-64-1, whose loops stay loops, would lose a
factor of 2.5.
"""


class Steps:
    """The steps of one training in compiled code, called with a block of rows at a time."""

    def __init__(self, training: Training, batch: int) -> None:
        network = training.network
        self.training, self.batch = training, batch
        self.dtype = network.theta.dtype
        self.memory = Memory()
        self.memory.place(network.theta.size)  # theta lies first: its indices are places
        self.state = self.memory.place(training.state.size)
        block = _block(training, batch, self.memory, self.state)
        unrolled = any(NARROW <= layer.size <= UNROLLED for layer in network.layers)
        self.kernel = kernel(block, self.dtype, _key(training, batch), unrolled)
        self.w = np.zeros(self.memory.size, self.dtype)
        for start, values in self.memory.constants:
            self.w[start : start + len(values)] = values

    def __call__(self, rows: Rows, course: Array) -> float:
        """Take a step for each row of a `course`; return the sum of the rows' losses."""
        training, dtype = self.training, self.dtype
        rates, decays, _ = course.T
        optimizer = training.optimizer.decaying(decays)
        steps = np.arange(training.steps + 1, training.steps + len(rates) + 1)
        columns = (rates, *optimizer.corrections(steps), *optimizer.values())
        numbers = np.empty((len(rates), len(columns)), dtype)
        for index, column in enumerate(columns):
            numbers[:, index] = column
        weight = np.ones(len(rows), dtype) if rows.weight is None else rows.weight
        size = len(rows) * self.memory.draws
        draws = training.generators["dropout"].random(size, dtype=dtype.type)
        kept = (0, training.network.theta), (self.state, training.state.reshape(-1))
        for start, values in kept:
            self.w[start : start + values.size] = values
        arrays = (
            np.require(each, dtype, ["C", "W"]).reshape(-1) for each in (rows.x, rows.y, weight)
        )
        loss = self.kernel(self.w, *arrays, draws, numbers.reshape(-1))(self.batch)
        for start, values in kept:
            values[...] = self.w[start : start + values.size]
        training.steps += len(rates)
        return loss


def is_compiled(training: Training, rows: int) -> bool:
    """Whether the steps of a training on so many rows were compiled before."""
    return is_kept(_key(training, training.rows_in_step(rows)))


def _block(training: Training, batch: int, memory: Memory, state: int) -> Any:
    """Return the function that takes the steps of a block of rows."""
    network, optimizer, dtype = training.network, training.optimizer, training.network.theta.dtype
    parameters, weights = network.theta.size, network.layout.penalized
    inputs, outputs = network.inputs, network.outputs
    l1, l2, clip = training.l1 > 0, training.l2 > 0, training.gradient_clip is not None
    # One row's slopes go straight into the step, unless they are summed over rows or clipped.
    stored = batch > 1 or clip
    grad = memory.place(parameters if stored else 0)
    bounds = (training.l1, training.l2, training.gradient_clip or 0.0)
    penalties, read_costs = memory.constant(bounds)
    change_weight = _change(training, state, l1, l2 and not stored)
    change_bias = _change(training, state, False, False)
    columns = 1 + len(optimizer.corrections(1)) + len(optimizer.values())
    read_numbers = reader(columns)
    number = dtype.type
    zero = number(0)

    def add(w, p, slope, numbers, penalties):
        w[grad + p] += slope

    def finish(w, numbers, costs):
        if l2:
            for p in range(weights):
                w[grad + p] += costs[1] * w[p]
        if clip:
            square = zero
            for p in range(parameters):
                square += w[grad + p] * w[grad + p]
            norm = np.sqrt(square)
            if norm > costs[2]:
                shrink = costs[2] / norm
                for p in range(parameters):
                    w[grad + p] *= shrink
        for p in range(weights):
            change_weight(w, p, w[grad + p], numbers, costs)
        for p in range(weights, parameters):
            change_bias(w, p, w[grad + p], numbers, costs)

    x_at, y_at = memory.place(inputs), memory.place(outputs)
    learn = (add, add) if stored else (change_weight, change_bias)
    row = row_through(training, memory, 0, x_at, None, y_at, learn)
    drawn = memory.draws

    def block(w, x, y, weight, draws, table, batch):
        loss = 0.0
        costs = read_costs(w, penalties)
        for step in range(len(table) // columns):
            first = step * batch
            count = min(batch, len(weight) - first)
            numbers = read_numbers(table, step * columns)
            if stored:
                for p in range(parameters):
                    w[grad + p] = zero
            for r in range(count):
                for i in range(inputs):
                    w[x_at + i] = x[(first + r) * inputs + i]
                for j in range(outputs):
                    w[y_at + j] = y[(first + r) * outputs + j]
                scale = weight[first + r] / number(count)
                cost = row(w, draws, first * drawn, r, count, scale, numbers, costs)
                loss += cost * weight[first + r]
            if stored:
                finish(w, numbers, costs)
        return loss

    return block


def _change(training: Training, state: int, l1: bool, l2: bool) -> Any:
    """Return the function that takes a parameter's step, given its slope."""
    size, dtype = training.network.theta.size, training.network.theta.dtype
    update = formula(training.optimizer.update, dtype)
    zero = dtype.type(0)
    step = changer(update, [state + size * at for at in range(len(training.optimizer.state))])

    def change(w, p, slope, numbers, costs):
        if l2:
            slope += costs[1] * w[p]
        step(w, p, slope, numbers)
        if l1:
            size = np.maximum(abs(w[p]) - numbers[0] * costs[0], zero)
            w[p] = size if w[p] >= zero else -size

    return change


def _key(training: Training, batch: int) -> str:
    """Return all that decides what is compiled: the network's form and the formulas' text."""
    network, optimizer = training.network, training.optimizer
    activations = [*(each.activation for each in network.layers[:-1]), network.output.activation]
    formulas = [optimizer.update, network.loss.value, network.loss.derivative]
    for each in activations:
        formulas += filter(None, (each.value, getattr(each, "derivative", None), each.random))
    return repr(
        (
            network.theta.dtype.str,
            [(each.width, each.units) for each in network.layers],
            [each.entry.dropout > 0 for each in network.layers[:-1]],
            [known_by(each) for each in formulas],
            [type(each).__qualname__ for each in activations],
            network.output.activation.name in network.loss.natural,
            len(optimizer.state),
            (batch > 1, training.l1 > 0, training.l2 > 0, training.gradient_clip is not None),
        )
    )
