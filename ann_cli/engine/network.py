"""The network: layers over one flat vector of parameters, and an output that compares."""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from ann_cli.engine.initializers import INITIALIZERS, Initializer
from ann_cli.engine.layers.chain import Chain
from ann_cli.engine.layers.dense import Sums
from ann_cli.engine.layers.layer import LayerEntry, Seen
from ann_cli.engine.losses import Loss
from ann_cli.engine.output import Output
from ann_cli.engine.parameters import Layout, Shape, of_place
from ann_cli.engine.settings import Array

OUTPUT_SCALE = 0.1
"""How much smaller the output's first weights are than a hidden layer's: training starts near the
same prediction for every row, and has no random function to unlearn first (Zhang et al. 2019,
"Fixup initialization", goes as far as 0)."""

PREDICTED_ROWS = 4096
"""Rows predicted at a time: enough for the matrix product, few enough for the cache."""

PREDICTED_NUMBERS = 1 << 24
"""Numbers that rows with places, such as pixels, may have behind a layer: many kernels at each
would not fit into memory."""


def chain_of(entries: Sequence[LayerEntry], inputs: Shape, outputs: int, output: Output) -> Chain:
    """Return the layers of a network, the last of which makes the output's weighted sums.

    Raises ShapeError where a layer does not fit what arrives at it.
    """
    sums = Sums(outputs, output.activation.initializer, OUTPUT_SCALE)
    return Chain([*entries, sums], inputs)


class Network:
    """Layers whose parameters are views of `stored`, and whose gradients are views of `grad`.

    `stored` holds the penalized parameters, then the other trained ones, then statistics; `theta`
    is its trained part, and `grad` lies as `theta` does.

    With `members` it stands for so many networks of one form that compute side by side: each
    parameter has the members along a first axis, and so have weighted sums, outputs and losses.
    One product of arrays a layer then serves all of them.
    """

    block_rows = PREDICTED_ROWS
    """The number of rows that are predicted at a time."""

    def __init__(
        self,
        chain: Chain,
        output: Output,
        dtype: str = "float32",
        members: int | None = None,
        stored: Array | None = None,
    ) -> None:
        """`stored` is where the parameters are to lie, as they are; else they begin as 0."""
        self.chain = chain
        self.output = output
        widths = [layer.size for _, layer in chain.leaves() if len(layer.outputs) > 1]
        if widths:
            self.block_rows = min(PREDICTED_ROWS, max(1, PREDICTED_NUMBERS // max(widths)))
        self.members = members
        parameters = [each.within("layers") for each in chain.parameters]
        self.layout = Layout([each.of(members) for each in parameters] if members else parameters)
        self.stored = np.zeros(self.layout.size, dtype) if stored is None else stored
        self.grad = np.zeros(self.layout.trained, self.stored.dtype)
        self.theta = self.stored[: self.layout.trained]
        self._bind()

    def _bind(self) -> None:
        values, slopes = self.views(self.stored), self.views(self.grad)
        if self.members:
            values = side_by_side(values)
        self.chain.bind(of_place(values, "layers"), of_place(slopes, "layers"))

    def __reduce__(self) -> Any:
        # A copy's layers hold views of the copy's own parameters, or it would not learn.
        chain = self.chain
        return _restored, (chain.entries, chain.inputs, self.output, self.stored, self.members)

    @property
    def layers(self) -> tuple[Any, ...]:
        """The layers, the output's weighted sums last."""
        return self.chain.parts

    @property
    def member(self) -> "Network":
        """The network that layers and units are told of: itself."""
        return self

    @property
    def work(self) -> int:
        """The multiplications of the largest product of matrices a row, but for those of parts."""
        leaves = (layer for _, layer in self.chain.leaves())
        return max(layer.work for layer in leaves if not layer.in_parts)

    @property
    def in_parts(self) -> bool:
        """Whether rows pass some layers in parts, of which each has a thread."""
        return any(layer.in_parts for _, layer in self.chain.leaves())

    @property
    def loss(self) -> Loss:
        """What a prediction costs."""
        return self.output.loss

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        return prod(self.chain.inputs)

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        return self.chain.size

    def views(self, flat: Array, place: str = "") -> dict[str, Array]:
        """Return the parameters in a flat vector that lies as `stored` does, by name, as views.

        With a `place` ("0", "1.2"): those of one layer, by the names that it has for them.
        """
        views = self.layout.views(flat)
        return of_place(views, f"layers.{place}") if place else views

    def like(self, dtype: str) -> "Network":
        """Return a network of the same form and parameters with numbers of another type."""
        return self.lying_in(self.stored.astype(dtype))

    def lying_in(self, stored: Array) -> "Network":
        """Return a network of the same form whose parameters lie in `stored`, with this one's."""
        stored[...] = self.stored
        chain = Chain(self.chain.entries, self.chain.inputs)
        return Network(chain, self.output, members=self.members, stored=stored)

    def initialize(
        self, generator: np.random.Generator, initializer: Initializer | None = None
    ) -> None:
        """Draw the first parameters; without an initializer each has the one that suits it."""
        values = self.views(self.stored)
        for each in self.layout.parameters:
            value = values[each.name]
            if each.fans is None:
                value[...] = each.start
                continue
            own = initializer or INITIALIZERS[each.initializer]()
            for one in value if self.members else [value]:
                one[...] = own.weights(generator, one.shape, *each.fans)
            if initializer is None:
                value *= each.scale

    def predict(self, x: Array) -> Array:
        """Return the outputs for rows × inputs, as rows × outputs."""
        return np.concatenate([a for _, a in self._outputs(x)], axis=-2)

    def evaluate(self, x: Array, y: Array, fold: Array | None = None) -> tuple[Array, Array]:
        """Return the outputs (rows × outputs) and each row's loss, in whatever `fold` they are."""
        z, a = (np.concatenate(parts, -2) for parts in zip(*self._outputs(x), strict=True))
        return a, self.output.losses(z, a, y)

    def trials(self, stored: Array, x: Array) -> tuple[Array, Array]:
        """Return weighted sums and outputs of several vectors of parameters for rows × inputs.

        `stored` is trials × size, what is returned is trials × rows × outputs.
        """
        chain = Chain(self.chain.entries, self.chain.inputs)
        chain.bind(of_place(side_by_side(self.views(stored)), "layers"), {})
        z = chain.predict(x)
        return z, self.output.predict(z)

    def _outputs(self, x: Array) -> Iterator[tuple[Array, Array]]:
        for start in range(0, max(len(x), 1), self.block_rows):
            z = self.chain.predict(x[start : start + self.block_rows])
            yield z, self.output.predict(z)

    def gradient(
        self, x: Array, y: Array, weight: Array | None, generator: np.random.Generator | None
    ) -> float:
        """Write the gradient of a batch's mean loss into `grad` and return that loss.

        `x` is rows × inputs, `y` rows × outputs; `weight` is one number a row, or rows × members,
        and 1 for each where None. Without a generator nothing is drawn, as in a prediction. The
        seven steps of the textbook: forward from left to right, compare, and back from right to
        left.
        """
        y = y.astype(self.theta.dtype, copy=False)
        z = self.chain.forward(x, generator)
        losses, slope = self.output.compare(z, y)
        if weight is not None:
            losses = losses * weight.T
            slope *= weight.T[..., None]
        slope /= len(x)
        self.chain.backward(slope, wanted=False)
        return float(np.add.reduce(losses, axis=None)) / losses.size

    def settle(self) -> None:
        """Keep what the step that was taken saw of its rows, such as running means."""
        self.chain.settle()

    def seen(self) -> Iterator[Seen]:
        """Yield what the units of the hidden layers made of the rows that went forward last."""
        return self.chain.seen()


def side_by_side(values: Mapping[str, Array]) -> dict[str, Array]:
    """Return the parameters of several networks such that each stands for all rows of its network.

    What is one number a unit becomes members × 1 × units.
    """
    return {name: each[:, np.newaxis] if each.ndim == 2 else each for name, each in values.items()}


def _restored(
    entries: Sequence[LayerEntry],
    inputs: Shape,
    output: Output,
    stored: Array,
    members: int | None,
) -> Network:
    return Network(Chain(entries, inputs), output, members=members, stored=stored.copy())
