"""The Boltzmann machine: restricted with one layer of hidden units, deep with more."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ann_cli.engine.boltzmann.stack import Stack
from ann_cli.engine.boltzmann.visible import VisibleUnits
from ann_cli.engine.losses.loss import Loss
from ann_cli.engine.parameters import Layout, Parameter
from ann_cli.engine.settings import Array

PREDICTED_ROWS = 4096
"""Rows predicted at a time at most."""

SMALL = 0.01
"""The deviation of the first weights (Hinton 2010, "A practical guide to training restricted
Boltzmann machines", section 8)."""


class BoltzmannMachine:
    """Visible units and layers of hidden ones, over one flat vector of parameters.

    `stored` holds the weights between layers, then the biases, and last the visible units'
    variances where they have any, which are not learned.
    """

    block_rows = PREDICTED_ROWS
    members = None
    in_parts = False

    def __init__(
        self,
        visible: VisibleUnits,
        units: Sequence[int],
        dtype: str = "float32",
        mean_field_steps: int = 10,
        stored: Array | None = None,
    ) -> None:
        """`units` are those of each hidden layer, from below; parameters begin as 0."""
        self.visible, self.units = visible, tuple(units)
        self.mean_field_steps = mean_field_steps
        self.layout = Layout(parameters_of(visible, self.units))
        self.stored = np.zeros(self.layout.size, dtype) if stored is None else stored
        self.theta = self.stored[: self.layout.trained]
        views = self.views(self.stored)
        numbers = range(len(self.units))
        self.weights = [views[f"layers.{number}.weights"] for number in numbers]
        self.biases = [views[VISIBLE_BIAS], *(views[f"layers.{each}.bias"] for each in numbers)]
        self.variance = views.get(VARIANCE)

    def __reduce__(self) -> Any:
        # A copy's layers are views of the copy's own parameters.
        dtype, steps = self.stored.dtype.name, self.mean_field_steps
        return BoltzmannMachine, (self.visible, self.units, dtype, steps, self.stored.copy())

    @property
    def member(self) -> "BoltzmannMachine":
        """What units are told of: itself."""
        return self

    @property
    def output(self) -> VisibleUnits:
        """What reads its outputs."""
        return self.visible

    @property
    def loss(self) -> Loss:
        """What a row's reconstruction costs."""
        return self.visible.loss

    @property
    def work(self) -> int:
        """The multiplications of the largest product of matrices, for each row."""
        return max(each.size for each in self.weights)

    def summary(self) -> str:
        """Say what it is in a few words."""
        hidden = " ↔ ".join(map(str, self.units))
        return f"{self.inputs} {self.visible.kind.name} ↔ {hidden} hidden units"

    @property
    def stack(self) -> Stack:
        """All layers as they are."""
        return Stack(self.weights, self.biases, self.visible, self.variance)

    @property
    def inputs(self) -> int:
        """The number of visible units."""
        return self.visible.size

    @property
    def outputs(self) -> int:
        """The number of visible units, which are reconstructed, or of items that are rated."""
        return len(self.visible.groups) if self.visible.levels else self.visible.size

    @property
    def unit_names(self) -> list[str]:
        """The hidden units by their layer and number, from 1 on: 1_1, 1_2, … 2_1."""
        return [
            f"{layer}_{unit}"
            for layer, count in enumerate(self.units, start=1)
            for unit in range(1, count + 1)
        ]

    @property
    def is_deep(self) -> bool:
        """Whether it has more than one layer of hidden units."""
        return len(self.units) > 1

    def views(self, flat: Array) -> dict[str, Array]:
        """Return the parameters in a flat vector that lies as `stored` does, by name, as views."""
        return self.layout.views(flat)

    def initialize(self, generator: np.random.Generator, _: object = None) -> None:
        """Draw small weights, which differ from unit to unit; the biases are 0."""
        for each in self.weights:
            each[...] = SMALL * generator.standard_normal(each.shape)
        if self.variance is not None:
            self.variance[...] = 1

    def inferred(self, x: Array) -> list[Array]:
        """Return the rows and the probabilities of each hidden layer's units, rows × units."""
        return self.stack.mean_field(self.visible.held(x), self.mean_field_steps)

    def hidden(self, x: Array) -> Array:
        """Return the probabilities of all hidden units side by side, from the first layer up."""
        blocks = [np.concatenate(self.inferred(part)[1:], axis=1) for part in self._parts(x)]
        return np.concatenate(blocks)

    def predict(self, x: Array) -> Array:
        """Return the reconstruction of rows × inputs: what the first hidden layer tells of them."""
        return np.concatenate([self._reconstructed(part) for part in self._parts(x)])

    def evaluate(self, x: Array, y: Array, fold: Array | None = None) -> tuple[Array, Array]:
        """Return the reconstruction, and what it costs of each row."""
        a = self.predict(x)
        if self.visible.levels:  # what ratings cost is told of them one by one
            return a, np.zeros(len(x), a.dtype)
        return a, self.visible.losses(self.visible.held(y), a)

    def free_energy(self, x: Array) -> Array:
        """Return each row's free energy, of a deep machine that of its mean field."""
        return np.concatenate(
            [self.stack.free_energy(self.inferred(part)) for part in self._parts(x)]
        )

    def _reconstructed(self, x: Array) -> Array:
        return self.visible.told(self.stack.lowest(self.inferred(x)))

    def _parts(self, x: Array) -> Iterator[Array]:
        for start in range(0, max(len(x), 1), self.block_rows):
            yield x[start : start + self.block_rows]


VISIBLE_BIAS, VARIANCE = "layers.0.visible_bias", "layers.0.visible_variance"


def parameters_of(visible: VisibleUnits, units: Sequence[int]) -> list[Parameter]:
    """Return what a machine of such units stores."""
    found = [Parameter(VISIBLE_BIAS, (visible.size,))]
    if visible.kind.has_variance:
        found.append(Parameter(VARIANCE, (visible.size,), trained=False))
    below = visible.size
    for number, own in enumerate(units):
        place = f"layers.{number}"
        found.append(Parameter(f"{place}.weights", (below, own), (below, own), penalized=True))
        found.append(Parameter(f"{place}.bias", (own,)))
        below = own
    return found
