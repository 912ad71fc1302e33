"""What the units do on given rows: which are dead, which saturated, and what a layer gives."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ann_cli.engine.layers import Dense
from ann_cli.engine.network import PREDICTED_ROWS, Network
from ann_cli.engine.settings import Array

NEAR = 0.01
"""An activation is near a limit within this share of the distance between the two limits: sigmoid
below 0.01 or above 0.99, tanh beyond ±0.98. Its slope is then below 4% of its greatest."""

SATURATED_ROWS = 0.95
"""A unit is saturated when it is near a limit on this share of the rows or more."""

DISTRIBUTION_ROWS = 10_000
"""A layer's distribution is told from this many rows at most, evenly spaced."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

Passed: TypeAlias = tuple[Dense, Array, Array]
"""A layer with its weighted sums and its activations, rows × units."""


@dataclass(frozen=True)
class UnitShares:
    """A hidden layer's units on some rows: two arrays of truth values, one a unit."""

    dead: Array
    """The unit's slope is 0 on every row, so that no gradient reaches its weights, as of a relu
    that never fires. A saturated unit is not called dead."""
    saturated: Array
    """The unit is near a limit of its activation on almost all rows (see NEAR)."""


@dataclass(frozen=True)
class Distribution:
    """The activations of a layer, of all its units together."""

    mean: float
    standard_deviation: float
    quantiles: tuple[float, ...]
    """At QUANTILES."""
    zero: float
    """The share that is exactly 0."""


def unit_shares(network: Network, parts: Iterable[Array]) -> list[UnitShares]:
    """Return for each hidden layer which units are dead and which saturated.

    The rows come in parts of rows × inputs. The pass is that of prediction, without dropout.
    """
    hidden = network.layers[:-1]
    return shares_in(hidden, (_pass(hidden, block) for part in parts for block in _blocks(part)))


def shares_in(hidden: Sequence[Dense], passes: Iterable[Iterable[Passed]]) -> list[UnitShares]:
    """Return the same from passes that have been made, each of some rows through all the layers."""
    alive = [np.zeros(layer.units, bool) for layer in hidden]
    near = [np.zeros(layer.units, np.intp) for layer in hidden]
    rows = 0
    for passed in passes:
        for at, (layer, z, a) in enumerate(passed):
            rows += len(z) if at == 0 else 0
            quiet = np.flatnonzero(~alive[at])
            alive[at][quiet] = _slope(layer, z[:, quiet], a[:, quiet]).any(axis=0)
            if layer.activation.limits is not None:
                found = _near(a, *layer.activation.limits).T  # NumPy counts along rows faster
                near[at] += [np.count_nonzero(unit) for unit in found]
    shares = []
    for living, count in zip(alive, near, strict=True):
        saturated = count >= SATURATED_ROWS * rows
        shares.append(UnitShares(~living & ~saturated, saturated))
    return shares


def overall(shares: Sequence[UnitShares]) -> tuple[float, float]:
    """Return the share of all hidden units that is dead, and the share that is saturated."""
    units = max(1, sum(each.dead.size for each in shares))
    return (
        float(sum(each.dead.sum() for each in shares)) / units,
        float(sum(each.saturated.sum() for each in shares)) / units,
    )


def distributions(network: Network, x: Array) -> list[Distribution]:
    """Return how each layer's activations are distributed on rows × inputs, the output's last."""
    every = max(1, -(-len(x) // DISTRIBUTION_ROWS))
    found = []
    for _, _, a in _pass(network.layers, x[::every]):
        a = a.astype(np.float64)
        quantiles = tuple(map(float, np.quantile(a, QUANTILES)))
        found.append(
            Distribution(float(a.mean()), float(a.std()), quantiles, float((a == 0).mean()))
        )
    return found


def _blocks(x: Array) -> Iterator[Array]:
    for start in range(0, len(x), PREDICTED_ROWS):
        yield x[start : start + PREDICTED_ROWS]


def _pass(layers: Sequence[Dense], a: Array) -> Iterator[Passed]:
    """Yield each layer with its weighted sums and its activations."""
    for layer in layers:
        z = layer.weighted_sum(a)
        a = layer.activation.forward(z, layer.activation.values())
        yield layer, z, a


def _slope(layer: Dense, z: Array, a: Array) -> Array:
    return layer.activation.backward(np.ones_like(z), z, a, layer.activation.values())


def _near(a: Array, low: float, high: float) -> Array:
    margin = NEAR * (high - low)
    return (a <= low + margin) | (a >= high - margin)
