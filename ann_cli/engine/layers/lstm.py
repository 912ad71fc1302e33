"""LSTM layers: a memory that is written, kept and read by gates."""

from dataclasses import dataclass

import numpy as np

from ann_cli.engine.layers.recurrent import Gate, Memory, RecurrentLayer, sigmoid, tanh
from ann_cli.engine.layers.recurrent_entry import Recurrent, units_setting
from ann_cli.engine.parameters import Shape
from ann_cli.engine.settings import Array


@dataclass(frozen=True)
class Lstm(Recurrent):
    """Units with a memory that gates write, keep and read: {lstm: 64}.

    c(t) = f c(t - 1) + i g and h(t) = o tanh(c(t)), where the gates i, f, o are sigmoids and the
    candidate g a tanh of sums of x(t) and h(t - 1). Hochreiter & Schmidhuber 1997, "Long short-term
    memory"; the forget gate f of Gers et al. 2000, whose bias begins at 1, so that units remember
    (Jozefowicz et al. 2015, "An empirical exploration of recurrent network architectures").
    """

    name = "lstm"
    lstm: int = units_setting()

    def layer(self, inputs: Shape) -> "LstmLayer":
        return LstmLayer(self, inputs)


class LstmLayer(RecurrentLayer):
    """h = o tanh(c), c = f c' + i g."""

    gates = (
        Gate("input_gate"),
        Gate("forget_gate", start=1.0),
        Gate("output_gate"),
        Gate("candidate", factor=-2.0),
    )
    kept = ("cell", "squashed")
    keeping = 1

    def _step(self, memory: Memory, before: int, after: int) -> None:
        z = memory.sums[..., before, :, :]
        sigmoid(z)
        i, f, o, g = self._gates(z)
        g *= 2
        g -= 1
        cells, squashed = memory.kept
        cell = cells[..., after, :, :]
        np.multiply(cells[..., before, :, :], f, out=cell)
        cell += np.multiply(i, g, out=memory.work[0])
        read = tanh(cell, squashed[..., after, :, :])
        np.multiply(o, read, out=memory.states[..., after, :, :])

    def _step_back(self, memory: Memory, step: int, slope: Array) -> None:
        z, slopes = memory.sums[..., step, :, :], memory.slopes
        i, f, o, g = self._gates(z)
        by_i, by_f, by_o, by_g = self._gates(slopes)
        cells, squashed = memory.kept
        read, by_cell, work = squashed[..., step + 1, :, :], memory.work[1], memory.work[2]
        # What arrives at the cell: from the steps after it, and by what was read of it.
        np.multiply(read, read, out=work)
        np.subtract(1, work, out=work)
        work *= o
        work *= slope
        by_cell += work
        np.subtract(1, z, out=slopes)
        slopes *= z  # a sigmoid's slope, a (1 - a)
        by_i *= g
        by_i *= by_cell
        by_f *= cells[..., step, :, :]
        by_f *= by_cell
        by_o *= read
        by_o *= slope
        np.multiply(g, g, out=by_g)
        np.subtract(1, by_g, out=by_g)
        by_g *= i
        by_g *= by_cell
        by_cell *= f
        z[...] = slopes
