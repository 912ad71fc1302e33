"""GRU layers: a state that gates keep or replace."""

from dataclasses import dataclass

import numpy as np

from ann_cli.engine.layers.recurrent import Gate, Memory, RecurrentLayer, sigmoid, tanh
from ann_cli.engine.layers.recurrent_entry import Recurrent, units_setting
from ann_cli.engine.parameters import Shape
from ann_cli.engine.settings import Array


@dataclass(frozen=True)
class Gru(Recurrent):
    """Units whose state gates keep or replace: {gru: 64}.

    h(t) = u h(t - 1) + (1 - u) n, where n = tanh(x(t) W + b + r (h(t - 1) U + c)), and the update
    gate u and the reset gate r are sigmoids of sums of x(t) and h(t - 1). Cho et al. 2014,
    "Learning phrase representations using RNN encoder-decoder"; r acts behind the product with U,
    as in their third version and in PyTorch.
    """

    name = "gru"
    gru: int = units_setting()

    def layer(self, inputs: Shape) -> "GruLayer":
        return GruLayer(self, inputs)


class GruLayer(RecurrentLayer):
    """h = u h' + (1 - u) n, n = tanh(of the inputs + r · of the state)."""

    gates = (
        Gate("reset_gate"),
        Gate("update_gate"),
        Gate("candidate", factor=1.0, inputs="", bias="recurrent_bias"),
        Gate("candidate", factor=1.0, recurrent=""),
    )
    keeping = 1

    def _step(self, memory: Memory, before: int, after: int) -> None:
        z = memory.sums[..., before, :, :]
        r, u, of_state, n = self._gates(z)
        sigmoid(z[..., : 2 * self.units])
        n += np.multiply(r, of_state, out=memory.work[0])
        tanh(n, n)
        state = memory.states[..., after, :, :]
        np.subtract(memory.states[..., before, :, :], n, out=state)
        state *= u
        state += n

    def _step_back(self, memory: Memory, step: int, slope: Array) -> Array:
        z, slopes = memory.sums[..., step, :, :], memory.slopes
        r, u, of_state, n = self._gates(z)
        by_r, by_u, by_state, by_n = self._gates(slopes)
        _, beside, work, _ = memory.work
        np.multiply(n, n, out=by_n)
        np.subtract(1, by_n, out=by_n)
        by_n *= slope
        np.subtract(1, u, out=work)
        by_n *= work
        # A sigmoid's slope is a (1 - a).
        np.multiply(u, work, out=by_u)
        np.subtract(memory.states[..., step, :, :], n, out=work)
        by_u *= work
        by_u *= slope
        np.multiply(by_n, r, out=by_state)
        np.subtract(1, r, out=by_r)
        by_r *= by_state
        by_r *= of_state
        np.multiply(slope, u, out=beside)
        z[...] = slopes
        return beside
