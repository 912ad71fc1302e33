"""The online rule of a self-organizing map in compiled code, a block of rows in one call.

One kernel serves all maps: sizes are read from an array. Weights lie inputs × units, so that the
loops over units, which are many, vectorise, and no sum runs across a vector.
"""

# What is compiled has no Python types; numba finds those of what it is called with.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from ann_cli.engine.compiled.kernel import is_kept, kernel
from ann_cli.engine.maps.map import Map
from ann_cli.engine.settings import Array

FURTHEST = -60.0
"""The exponent below which a neighbour stays where it is: it would move by less than rounding."""


class Steps:
    """The steps of a map's training, called with a block of rows at a time."""

    def __init__(self, network: Map) -> None:
        self.network, dtype = network, network.stored.dtype
        grid = network.grid
        sizes = (network.inputs, grid.rows, grid.columns, grid.topology.down)
        self._sizes = np.array([*sizes, *grid.shifts], dtype)
        self._weights = np.empty(network.weights.shape[::-1], dtype)
        self._room = np.empty(2 * grid.units, dtype)
        self._kernel = kernel(_steps(dtype), dtype, _key(dtype), False)

    def __call__(self, x: Array, course: Array) -> float:
        """Take a step for each row, with its rate and radius; return the sum of distances."""
        weights, dtype = self._weights, self._weights.dtype
        weights[...] = self.network.weights.T
        rows = np.require(x, dtype, ["C"]).reshape(-1)
        numbers = np.ascontiguousarray(course, dtype).reshape(-1)
        arrays = (weights.reshape(-1), rows, numbers, self._sizes, self._room, self._room[:0])
        total = self._kernel(*arrays)(len(x))
        self.network.weights[...] = weights.T
        return total


def is_compiled(dtype: Any) -> bool:
    """Whether it was compiled before."""
    return is_kept(_key(dtype))


def _steps(dtype: Any) -> Any:
    number = dtype.type
    zero, half, furthest = number(0), number(0.5), number(FURTHEST)

    def steps(w, x, course, sizes, room, nothing, count):
        inputs, rows, columns = int(sizes[0]), int(sizes[1]), int(sizes[2])
        down = sizes[3]
        units = rows * columns
        squares = room[:units]
        near = room[units : 2 * units]
        total = 0.0
        for r in range(count):
            rate, radius = course[2 * r], course[2 * r + 1]
            for u in range(units):
                squares[u] = zero
            known = 0
            for i in range(inputs):
                value = x[r * inputs + i]
                if value == value:  # a missing cell is not equal to itself
                    known += 1
                    own = w[i * units : (i + 1) * units]
                    for u in range(units):
                        apart = value - own[u]
                        squares[u] += apart * apart
            if known:
                best, least = 0, squares[0]
                for u in range(units):
                    if squares[u] < least:
                        best, least = u, squares[u]
                total += np.sqrt(least * number(inputs) / number(known))
                line, place = best // columns, best % columns
                scale = half / (radius * radius)
                for i in range(rows):
                    away = down * number(i - line)
                    shift = sizes[4 + i] - sizes[4 + line] - number(place)
                    for j in range(columns):
                        right = number(j) + shift
                        power = -(away * away + right * right) * scale
                        near[i * columns + j] = rate * np.exp(power) if power > furthest else zero
                for i in range(inputs):
                    value = x[r * inputs + i]
                    if value == value:
                        own = w[i * units : (i + 1) * units]
                        for u in range(units):
                            own[u] += near[u] * (value - own[u])
        return total

    return steps


def _key(dtype: Any) -> str:
    """Return all that decides what is compiled: this file's text, the type."""
    text = sha256(Path(__file__).read_bytes()).hexdigest()
    return repr(("map", text, dtype.str))
