"""Blocks: a few rows pass through several layers before the next ones come.

What lies between two layers then stays in the cache, and each core takes blocks of its own. How the
rows are divided follows from the layers alone, and sums over blocks are made in their order: a
result never depends on the number of threads.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from math import ceil, prod
from typing import Any, NamedTuple

import numpy as np

from ann_cli.engine.layers.layer import Layer
from ann_cli.engine.parallel import each
from ann_cli.engine.settings import Array

ROOM = 1 << 19
"""Numbers that the largest array of a block may have: 2 MB in float32.

With half of them a step of tests/benchmarks/families.py took a sixth longer on two cores, as each
operation costs its call; with twice as many, a third longer on one.
"""


class Block:
    """Some rows on their way, and what is kept of them for the way back."""

    def __init__(self, rows: slice, generator: np.random.Generator | None) -> None:
        self.rows, self.generator = rows, generator
        self.kept: dict[Any, Any] = {}
        self.slopes: dict[tuple[BlockLayer, str], Array] = {}
        """The loss's slopes by parameters, summed over these rows."""


class Operation(NamedTuple):
    """A part of what a layer does with a block, and its way back."""

    forward: Callable[[Array, Block], Array]
    """… × rows × size, as a layer's; what it returns, the next may overwrite."""
    backward: Callable[[Array, Block, bool], Any]
    """As `Layer.backward`; slopes by parameters are left in the block."""
    rises: bool = False
    """Whether what is greater stays greater, each number by itself in a channel."""
    picks: bool = False
    """Whether it picks the greatest of some places, each channel by itself."""


class BlockLayer(Layer):
    """A layer that rows pass a block at a time, each row by itself."""

    in_parts = True
    run: "Run | None" = None
    """Where the last rows passed."""
    slopes: Mapping[str, Array] = {}

    @property
    def room(self) -> int:
        """The numbers of the largest array that a row needs."""
        return self.size

    def operations(self) -> Sequence[Operation]:
        """Return what is done with a block, in this order."""
        raise NotImplementedError

    def bind(self, values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        self.slopes = slopes

    def predict(self, x: Array) -> Array:
        return Run([self]).predict(x)

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        return Run([self]).forward(x, generator)

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        assert self.run
        return self.run.backward(slope, wanted)


class Run(Layer):
    """Layers one after the other, through all of which a block passes before the next one does."""

    def __init__(self, layers: Sequence[BlockLayer]) -> None:
        self.layers = layers
        self.operations = _in_order(layers)
        self.room = max(layer.room for layer in layers)
        self.draws = any(layer.entry.draws() for layer in layers)
        self.blocks: list[Block] = []

    def rows(self, x: Array) -> int:
        """Return how many of such rows a block has: evenly many, such that each finds room."""
        members, rows = prod(x.shape[:-2]), x.shape[-2]
        blocks = ceil(rows / max(1, ROOM // (self.room * members)))
        return ceil(rows / max(1, blocks))

    def predict(self, x: Array) -> Array:
        return self._through(x, self._divided(x, None))

    def forward(self, x: Array, generator: np.random.Generator | None) -> Array:
        self.blocks = self._divided(x, generator)
        for layer in self.layers:
            layer.run, layer.passed = self, None
        return self._through(x, self.blocks)

    def _divided(self, x: Array, generator: np.random.Generator | None) -> list[Block]:
        size, rows = self.rows(x), x.shape[-2]
        slices = [slice(start, start + size) for start in range(0, max(rows, 1), max(size, 1))]
        if generator is None or not self.draws or len(slices) == 1:
            return [Block(each, generator) for each in slices]
        # Blocks are taken by threads in any order, so each has a generator of its own.
        seeds = generator.integers(1 << 63, size=len(slices)).tolist()
        return [
            Block(each, np.random.default_rng(seed))
            for each, seed in zip(slices, seeds, strict=True)
        ]

    def _through(self, x: Array, blocks: Sequence[Block]) -> Array:
        x = np.ascontiguousarray(x)

        def through(block: Block) -> Array:
            passing = x[..., block.rows, :]
            for operation in self.operations:
                passing = operation.forward(passing, block)
            return passing

        return _joined(each(through, blocks))

    def backward(self, slope: Array, wanted: bool = True) -> Any:
        def back(block: Block) -> Any:
            passing = slope[..., block.rows, :]
            for at in reversed(range(len(self.operations))):
                passing = self.operations[at].backward(passing, block, wanted or at > 0)
            return passing

        found = each(back, self.blocks)
        for layer in self.layers:
            for name, sum_of_all in layer.slopes.items():
                first, *others = (block.slopes[layer, name] for block in self.blocks)
                np.copyto(sum_of_all, first)
                for other in others:
                    sum_of_all += other
        return _joined(found) if wanted else None

    def kept(self, key: Any) -> Array:
        """Return what an operation keeps of all rows by a name of its own, … × rows × size."""
        return _joined([block.kept[key] for block in self.blocks])


def _in_order(layers: Sequence[BlockLayer]) -> list[Operation]:
    """Return the operations of layers, such that the greatest is picked as soon as it can be.

    Where an operation rises, the greatest of its results is its result of the greatest: picked
    before, a bias and an activation have a quarter of the numbers to work on.
    """
    found: list[Operation] = []
    for operation in (one for layer in layers for one in layer.operations()):
        before = len(found) - 1 if operation.picks and found and found[-1].rises else len(found)
        found.insert(before, operation)
    return found


def _joined(parts: Sequence[Array]) -> Array:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-2)


def in_runs(layers: Sequence[Layer]) -> list[Layer]:
    """Return the layers, those that rows pass in blocks joined where they follow on each other."""
    found: list[Layer] = []
    for _, group in groupby(layers, lambda layer: isinstance(layer, BlockLayer)):
        several = list(group)
        blocks = [layer for layer in several if isinstance(layer, BlockLayer)]
        found += [Run(blocks)] if blocks else several
    return found
