"""What the steps of a recurrent layer leave, for the steps after them and for the way back."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ann_cli.engine.layers.recurrent_form import Form
from ann_cli.engine.parameters import Shape
from ann_cli.engine.settings import Array

Kernel = Callable[..., Callable[[int], float]]
"""Machine code, called with its arrays and then with the number of a step."""


class Step(NamedTuple):
    """The places of one step, each … × rows × numbers."""

    present: Array
    """s = [h x 1]."""
    z: Array
    sums: list[Array]
    """The part of z of each gate, a number a unit; on the way back its slopes."""
    curved: tuple[Array, Array]
    """What functions are computed of, … × gates × rows × units, and where what they make goes."""
    gates: list[Array]
    """What they make, of each gate; those without a function are their sums."""
    before: list[Array]
    """The state before the step, and what was kept with it."""
    after: list[Array]
    """The same after it."""


class Memory:
    """Arrays of members × steps × rows × numbers, and the places of each step in them.

    Where no steps are kept, there is one, and what is after it lies where it was before.
    """

    def __init__(
        self, form: Form, members: Shape, rows: int, steps: int, units: int, depth: int, dtype: Any
    ) -> None:
        def room(*shape: int) -> Array:
            return np.empty((*members, *shape), dtype)

        self.rows = rows
        self.present = room(steps + 1, rows, depth)
        self.present[..., 0, :, :units] = 0
        self.present[..., -1] = 1
        self.states = self.present[..., :units]
        self.sums = room(max(steps, 1), rows, form.gates * units)
        """z of each step, and on the way back the slopes by it."""
        self.gates = room(max(steps, 1), form.curved, rows, units)
        """What NumPy makes of the sums: each gate's numbers in one piece, as z does not have them.
        Compiled steps put them in the place of the sums."""
        self.kept = np.zeros((max(form.kept, 1), *members, steps + 1, rows, units), dtype)
        self.by_state = room(rows, units)
        self.others = np.zeros((max(form.others, 1), *members, rows, units), dtype)
        """The slopes that go to the step before beside those through the sums."""
        self.ahead: Callable[[int], float] | None = None
        self.back: Callable[[int], float] | None = None
        """What a step does of so many, and its way back, as machine code."""
        self.sizes = np.array([np.prod(members), steps, rows, units, depth], dtype)
        lasting = [self.states, *self.kept[: form.kept]]
        self.steps = [self._step(form, at, lasting, units) for at in range(max(steps, 1))]

    def _step(self, form: Form, at: int, lasting: list[Array], units: int) -> Step:
        z, gates = self.sums[..., at, :, :], self.gates[..., at, :, :, :]
        sums = z.reshape(*z.shape[:-1], form.gates, units).swapaxes(-3, -2)
        each_sum = [sums[..., gate, :, :] for gate in range(form.gates)]
        after = at + (self.present.shape[-3] > 1)
        return Step(
            self.present[..., at, :, :],
            z,
            each_sum,
            (sums[..., : form.curved, :, :], gates),
            [gates[..., gate, :, :] for gate in range(form.curved)] + each_sum[form.curved :],
            [each[..., at, :, :] for each in lasting],
            [each[..., after, :, :] for each in lasting],
        )

    def compile(self, ahead: Kernel, back: Kernel) -> None:
        """Let machine code work on these arrays."""
        arrays = (self.sums, self.present, self.kept, self.by_state, self.others, self.sizes)
        flat = [each.reshape(-1) for each in arrays]
        self.ahead, self.back = ahead(*flat), back(*flat)
