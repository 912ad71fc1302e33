"""GRU layers: a state that gates keep or replace."""

from dataclasses import dataclass
from typing import Any

from ann_cli.engine.layers.recurrent import RecurrentLayer, tanh
from ann_cli.engine.layers.recurrent_entry import Recurrent, units_setting
from ann_cli.engine.layers.recurrent_form import Form, Gate
from ann_cli.engine.parameters import Shape


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
    """A step, of the gates r and u and of the sums of the state and of the inputs in n."""

    gates = (
        Gate("reset_gate"),
        Gate("update_gate"),
        Gate("candidate", inputs="", bias="recurrent_bias"),
        Gate("candidate", recurrent=""),
    )
    form = Form(sigmoids=2, tanhs=0, linear=2, kept=1, beside=True)
    keeping = 1

    @staticmethod
    def step(r: Any, u: Any, of_state: Any, of_inputs: Any, h: Any, before: Any) -> Any:
        n = tanh(of_inputs + r * of_state)
        return n + u * (h - n), n

    @staticmethod
    def back(
        r: Any, u: Any, of_state: Any, of_inputs: Any, h: Any, before: Any,
        after: Any, n: Any, by_h: Any,
    ) -> Any:  # fmt: skip
        # The slope of a sigmoid a is a (1 - a), that of a tanh 1 - a²; u (h - n) is h after it - n.
        beside = by_h * u
        new = by_h - beside
        by_n = new * (1.0 - n * n)
        by_state = by_n * r
        return by_state * of_state * (1.0 - r), new * (after - n), by_state, by_n, beside
