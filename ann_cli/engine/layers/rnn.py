"""Plain recurrent layers: a state that is made anew at each step."""

from dataclasses import dataclass
from typing import Any

from ann_cli.engine.layers.recurrent import RecurrentLayer
from ann_cli.engine.layers.recurrent_entry import Recurrent, units_setting
from ann_cli.engine.layers.recurrent_form import Form, Gate
from ann_cli.engine.parameters import Shape


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
    """h(t) is the tanh of the sums."""

    gates = (Gate(""),)
    form = Form(sigmoids=0, tanhs=1, linear=0)

    @staticmethod
    def step(gate: Any, h: Any) -> Any:
        return (gate,)

    @staticmethod
    def back(gate: Any, h: Any, after: Any, by_h: Any) -> Any:
        return (by_h * (1.0 - gate * gate),)
