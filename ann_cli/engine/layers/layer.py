"""What every kind of layer offers: its settings, its shapes, the way forward and the way back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ann_cli.engine.activations import Activation
from ann_cli.engine.parameters import Columns, Parameter, Shape
from ann_cli.engine.settings import Array, Entry, setting


class ShapeError(ValueError):
    """What arrives at a layer does not fit it: the shape that arrives, the one wanted, and where.

    `steps` lead to the layer, as keys of a config do: a number, or the key of a layer around it.
    """

    def __init__(self, message: str, remedy: str, steps: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.message, self.remedy, self.steps = message, remedy, steps

    def within(self, step: str | int) -> "ShapeError":
        """Return it as an error of the layer around."""
        return ShapeError(self.message, self.remedy, (step, *self.steps))


def shown(shape: Shape) -> str:
    """Say how many numbers a shape has, in words."""
    if len(shape) == 1:
        return f"{shape[0]:,} number{'s' * (shape[0] != 1)}"
    return " × ".join(f"{size:,}" for size in shape)


def of_table(inputs: Shape, taker: str) -> Columns:
    """Return the shape of a table's rows. Raises ShapeError where it is that of a layer's outputs.

    `taker` says what takes it, in words: "an embedding takes the columns".
    """
    if isinstance(inputs, Columns):
        return inputs
    raise ShapeError(
        f"{taker} of the table, and {shown(inputs)} arrive from the layer before it",
        "make it the first layer",
    )


def own_decay() -> Any:
    """Declare the setting of a kind of layer that has parameters: what decays them."""
    return setting(
        None,
        "the weight_decay of this layer, in the place of the optimizer's; null: that one",
        kind=float,
        ge=0,
    )


@dataclass(frozen=True)
class LayerEntry(Entry):
    """One kind of layer with its settings; the first of them is the key that tells it in a config.

    An entry is plain data. `layer` makes what computes.
    """

    def layer(self, inputs: Shape) -> "Layer":
        """Return the layer for rows of a shape. Raises ShapeError where it does not fit."""
        raise NotImplementedError

    def summary(self) -> str:
        """Return the layer in a word or two."""
        main = getattr(self, self.key())
        return f"{self.name} {main.name if isinstance(main, Entry) else main}"

    def drops(self) -> bool:
        """Whether numbers rest in a step of training."""
        return False

    def draws(self) -> bool:
        """Whether a step of training draws random numbers."""
        return self.drops()

    def joins_rows(self) -> bool:
        """Whether a row's outputs in training depend on the other rows of its step."""
        return False

    def along_steps(self) -> bool | None:
        """Whether it works along the steps of a series; None: as what follows it does."""
        return False

    def followed(self, along_steps: bool) -> "LayerEntry":
        """Return it as it is before layers that work along the steps, or that do not."""
        return self

    @classmethod
    def key(cls) -> str:
        """Return the key that tells this kind in a config."""
        return next(cls.settings()).name


class Seen(NamedTuple):
    """What the units of a layer made of the last rows that went forward, rows × units."""

    name: str
    """The place of the layer within the one asked, "" for itself."""
    activation: Activation | None
    """None of a layer whose units have a state from step to step: `a` has it after each step of
    each row, 0 before the first, and `z` is what comes near ±1 where a unit no longer learns."""
    z: Array
    a: Array


class Layer:
    """A layer between its inputs and its outputs; rows are flat, rows × size of the shape.

    Of several networks that compute side by side, their number stands before: members × rows ×
    size. The first layer's inputs are the same for all of them, and rows × size.

    `forward` keeps what `backward` needs, until the next `forward`; `predict` keeps nothing. None
    of them changes a parameter: looking changes nothing.
    """

    parameters: tuple[Parameter, ...] = ()
    parts: "tuple[Layer, ...]" = ()
    """The layers within it, one after the other."""
    activation: Activation | None = None
    """What makes its outputs of weighted sums, where it has any."""
    passed: tuple[Array, Array] | None = None
    """What came in and what went out on the last way forward, as `Chain` keeps it; None where rows
    passed through several layers a block at a time."""
    work: int = 0
    """Multiplications a row, about: what the choice of engine and threads goes by."""
    curves: int = 0
    """Numbers of a row, beside its outputs, that functions are computed of, likewise; they are what
    such a layer has machine code for."""
    in_parts: ClassVar[bool] = False
    """Whether rows pass in parts, which threads take; then their products have one thread each."""

    def __init__(self, entry: LayerEntry, inputs: Shape) -> None:
        self.entry = entry
        self.inputs = inputs
        self.outputs: Shape = inputs
        self._buffers: dict[str, Array] = {}

    def __reduce__(self) -> Any:
        # A layer that was copied or pickled is bound anew, by the network that it belongs to.
        return type(self), (self.entry, self.inputs)

    @property
    def size(self) -> int:
        """The numbers that a row has behind the layer."""
        return prod(self.outputs)

    @property
    def held(self) -> int:
        """The numbers that a step holds of a row, at least: z, the activation and a slope."""
        return 3 * self.size

    def bind(self, values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        """Take the parameters, and the places for the loss's slopes by the trained ones."""

    def compile(self, dtype: Any) -> None:
        """Compute `curves` by machine code from now on, for numbers of a type.

        It is for steps of training; predictions stay NumPy's, and the same everywhere.
        """

    def is_compiled(self, dtype: Any) -> bool:
        """Whether there is nothing to compile now, as it was compiled before."""
        return True

    @property
    def is_watched(self) -> bool:
        """Whether `seen` tells of units of its own."""
        return self.activation is not None

    def predict(self, x: Array) -> Array:
        """Return the outputs for rows × inputs, keeping nothing."""
        raise NotImplementedError

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        """Return the outputs of a step in training, keeping what the way back needs.

        Without a generator nothing is drawn, and the outputs are those of `predict`.
        """
        raise NotImplementedError

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        """Write the parameters' slopes, summed over the rows; return that by the inputs.

        `slope` is that by the outputs, and may be overwritten. Returns None where none is `wanted`.
        """
        raise NotImplementedError

    def scale_dropout(self, factor: float) -> None:
        """Let so large a part of each share rest, in the steps from now on, as its entry says."""
        for part in self.parts:
            part.scale_dropout(factor)

    def settle(self) -> None:
        """Keep what the step that was taken saw of its rows, such as running means."""

    def leaves(self) -> Iterator[tuple[str, "Layer"]]:
        """Yield the layers within this one that hold no others, and their places in it."""
        if not self.parts:
            yield "", self
        for number, part in enumerate(self.parts):
            for place, leaf in part.leaves():
                yield f"{number}.{place}".removesuffix("."), leaf

    def seen(self) -> Iterator[Seen]:
        """Yield what each group of units within the layer made of the last rows."""
        return iter(())

    def names(self, inputs: Sequence[str]) -> tuple[str, ...] | None:
        """Return what its outputs are called after its inputs; None where they are not."""
        return None

    def _buffer(self, name: str, like: Array, columns: int, members: Shape | None = None) -> Array:
        """Return … × rows × columns of the type and with as many rows as an array.

        What stands before the rows are the `members`, or what stands there in the array.
        """
        held, rows = self._buffers.get(name), like.shape[-2]
        if held is None or held.shape[-2] < rows:
            before = like.shape[:-2] if members is None else members
            held = self._buffers[name] = np.empty((*before, rows, columns), like.dtype)
        return held if held.shape[-2] == rows else held[..., :rows, :]
