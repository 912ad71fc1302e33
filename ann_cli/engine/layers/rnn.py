"""Plain recurrent layers: a state that is made anew at each step."""

from dataclasses import dataclass

import numpy as np

from ann_cli.engine.layers.recurrent import Gate, Memory, RecurrentLayer, sigmoid
from ann_cli.engine.layers.recurrent_entry import Recurrent, units_setting
from ann_cli.engine.parameters import Shape
from ann_cli.engine.settings import Array


@dataclass(frozen=True)
class Rnn(Recurrent):
    """Units that see each step of a series and their state before it: {rnn: 64}.

    h(t) = tanh(x(t) W + h(t - 1) U + b): Elman 1990, "Finding structure in time".
    """

    name = "rnn"
    rnn: int = units_setting()

    def layer(self, inputs: Shape) -> "RnnLayer":
        return RnnLayer(self, inputs)


class RnnLayer(RecurrentLayer):
    """h = tanh(z)."""

    gates = (Gate("", factor=-2.0),)

    def _step(self, memory: Memory, before: int, after: int) -> None:
        z = memory.sums[..., before, :, :]
        sigmoid(z)
        z *= 2
        z -= 1
        memory.states[..., after, :, :] = z

    def _step_back(self, memory: Memory, step: int, slope: Array) -> None:
        state = memory.sums[..., step, :, :]
        np.multiply(state, state, out=state)
        np.subtract(1, state, out=state)
        state *= slope
