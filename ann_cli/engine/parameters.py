"""Parameters by name: what a layer declares, and where it lies in one flat vector."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from math import prod
from operator import attrgetter
from typing import Any, Self, TypeAlias, TypeVar

import numpy as np

from ann_cli.engine.settings import Array

Shape: TypeAlias = tuple[int, ...]
"""The sizes of an array, or of one row where it passes from a layer to the next."""


class Columns(tuple[int, ...]):
    """The shape of a table's rows: how many inputs, and what they tell.

    First come those of every column, then those of all encodings.
    """

    categories: Mapping[str, tuple[int, int]]
    """From where to where the inputs of such a column lie: that of the row's category is 1."""

    encoded: int
    """From which input on the encodings lie; the size where there are none."""

    numbers: tuple[int, ...]
    """Which inputs are the numbers that the encodings tell of."""

    def __new__(
        cls,
        size: int,
        categories: Mapping[str, tuple[int, int]] | None = None,
        encoded: int | None = None,
        numbers: tuple[int, ...] = (),
    ) -> Self:
        shape = super().__new__(cls, (size,))
        shape.categories = categories or {}
        shape.encoded = size if encoded is None else encoded
        shape.numbers = numbers
        return shape

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self[0], self.categories, self.encoded, self.numbers

    @property
    def size(self) -> int:
        """The number of inputs."""
        return self[0]


@dataclass(frozen=True)
class Parameter:
    """One array of a layer: its name, its shape, and how it begins."""

    name: str
    shape: Shape
    fans: tuple[int, int] | None = None
    """The inputs and outputs of a unit, by which an initializer draws it; None: `start`."""
    start: float = 0.0
    initializer: str = "glorot_uniform"
    """What draws it unless the config names another."""
    scale: float = 1.0
    """What its own initializer's numbers are multiplied by."""
    penalized: bool = False
    """Whether l1 and l2 act on it."""
    trained: bool = True
    """False: a statistic, which no gradient moves."""
    weight_decay: float | None = None
    """What its layer has in the place of the optimizer's; None: that one."""

    def of(self, members: int) -> Self:
        """Return those of so many networks side by side, which stand along a first axis."""
        return replace(self, shape=(members, *self.shape))

    def within(self, place: str) -> Self:
        """Return it as a part of what is called `place`."""
        return replace(self, name=f"{place}.{self.name}")


Value = TypeVar("Value")


def of_place(values: Mapping[str, Value], place: str) -> dict[str, Value]:
    """Return what belongs to a place, by the names that it has there."""
    head = f"{place}."
    return {name.removeprefix(head): each for name, each in values.items() if name.startswith(head)}


class Layout:
    """Where parameters lie in a flat vector: penalized, then other trained, then statistics."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.parameters = tuple(parameters)
        """In the order of the layers."""
        # sorted() keeps the order of the layers within each of the three parts.
        self.stored = sorted(parameters, key=lambda one: (not one.trained, not one.penalized))
        sizes = [prod(each.shape) for each in self.stored]
        ends = list(accumulate(sizes))
        self._places = {
            each.name: slice(end - size, end)
            for each, size, end in zip(self.stored, sizes, ends, strict=True)
        }
        self.size = sum(sizes)
        self.trained = sum(prod(each.shape) for each in parameters if each.trained)
        self.penalized = sum(prod(each.shape) for each in parameters if each.penalized)
        self.decays = tuple(self._decays())
        """The parts of the trained parameters by their weight_decay; None is the optimizer's."""

    def _decays(self) -> Iterator[tuple[slice, float | None]]:
        trained = (each for each in self.stored if each.trained)
        for decay, neighbours in groupby(trained, attrgetter("weight_decay")):
            places = [self._places[each.name] for each in neighbours]
            yield slice(places[0].start, places[-1].stop), decay

    def start(self, name: str) -> int:
        """Return where a parameter begins."""
        return self._places[name].start

    def views(self, flat: Array) -> dict[str, Array]:
        """Return the parameters of a flat vector as views of it, in the order of the layers.

        Of several vectors (… × size), what stands before the size stands before each shape, too.
        A vector of the trained parameters alone (a gradient) has no statistics.
        """
        return {
            each.name: flat[..., self._places[each.name]].reshape(*flat.shape[:-1], *each.shape)
            for each in self.parameters
            if self._places[each.name].stop <= flat.shape[-1]
        }


def columns_of(inputs: Shape) -> Array:
    """Return the number of the column that each input belongs to, from 0.

    The inputs of a column of categories belong together; each other one stands for itself.
    """
    first = np.ones(prod(inputs), dtype=np.int64)
    for start, end in getattr(inputs, "categories", {}).values():
        first[start + 1 : end] = 0
    return np.cumsum(first) - 1
