"""LSTM layers: a memory that is written, kept and read by gates."""

from dataclasses import dataclass
from typing import Any

from ann_cli.engine.layers.recurrent import RecurrentLayer, tanh
from ann_cli.engine.layers.recurrent_entry import Recurrent, units_setting
from ann_cli.engine.layers.recurrent_form import Form, Gate
from ann_cli.engine.parameters import Shape


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
    """A step, of the gates i, f, o and the candidate g; read is tanh(c)."""

    gates = (
        Gate("input_gate"),
        Gate("forget_gate", start=1.0),
        Gate("output_gate"),
        Gate("candidate"),
    )
    form = Form(sigmoids=3, tanhs=1, linear=0, kept=2, carried=1)
    keeping = 1
    limited = 2

    @staticmethod
    def step(i: Any, f: Any, o: Any, g: Any, h: Any, cell: Any, before: Any) -> Any:
        cell = f * cell + i * g
        read = tanh(cell)
        return o * read, cell, read

    @staticmethod
    def back(
        i: Any, f: Any, o: Any, g: Any, h: Any, cell: Any, before: Any,
        after: Any, new_cell: Any, read: Any, by_h: Any, by_cell: Any,
    ) -> Any:  # fmt: skip
        # The slope of a sigmoid a is a (1 - a), that of a tanh 1 - a²; and o read is h after it.
        by_cell = by_cell + by_h * (o - after * read)
        by_old, by_new = by_cell * f, by_cell * i
        by_i, by_f = by_new * g * (1.0 - i), by_old * cell * (1.0 - f)
        return by_i, by_f, by_h * after * (1.0 - o), by_new * (1.0 - g * g), by_old
