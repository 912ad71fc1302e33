"""What the units do on given rows: which are dead, which saturated, and what a layer gives."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ann_cli.engine.activations import Activation
from ann_cli.engine.layers.layer import Seen
from ann_cli.engine.layers.recurrent import RecurrentLayer
from ann_cli.engine.network import PREDICTED_ROWS, Network
from ann_cli.engine.settings import Array

NEAR = 0.01
"""An activation is near a limit within this share of the distance between the two limits: sigmoid
below 0.01 or above 0.99, tanh beyond ±0.98. Its slope is then below 4% of its greatest."""

SATURATED_ROWS = 0.95
"""A unit is saturated when it is near a limit on this share of the rows or more."""

DISTRIBUTION_ROWS = 10_000
"""A layer's distribution is told from this many rows at most, evenly spaced."""

NUMBERS = 1 << 26
"""Numbers of all layers that are looked at together, at most."""

STATES = (-1.0, 1.0)
"""The limits of what goes from step to step."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class UnitShares:
    """A hidden layer's units on some rows: two arrays of truth values, one a unit."""

    dead: Array
    """The unit's slope is 0 on every row, so that no gradient reaches its weights, as of a relu
    that never fires; or its state stays within NEAR of 0 at every step. A saturated unit is not
    called dead."""
    saturated: Array
    """The unit is near a limit of its activation on almost all rows (see NEAR): of a state that
    goes from step to step, or of the tanh of an LSTM's memory, at almost all later steps."""


@dataclass(frozen=True)
class Distribution:
    """The activations of a layer, of all its units together."""

    mean: float
    standard_deviation: float
    quantiles: tuple[float, ...]
    """At QUANTILES."""
    zero: float
    """The share that is exactly 0."""


def unit_shares(network: Network, parts: Iterable[Array]) -> dict[str, UnitShares]:
    """Return for each hidden layer with units, by its place, which are dead and which saturated.

    The rows come in parts of rows × inputs. The pass is that of prediction, without dropout.
    """
    size = min(PREDICTED_ROWS, _rows_at_a_time(network))
    return shares_in(_pass(network, block) for part in parts for block in _blocks(part, size))


def shares_in(passes: Iterable[Iterable[Seen]]) -> dict[str, UnitShares]:
    """Return the same from passes that have been made, each of some rows through all the layers."""
    tallies: dict[str, _Tally] = {}
    for layers in passes:
        for seen in layers:
            tallies.setdefault(seen.name, _Tally(seen.z.shape[1])).add(seen)
    return {name: tally.shares() for name, tally in tallies.items()}


class _Tally:
    """Counts, of the units of a layer, on which rows they learn and on which they are flat."""

    def __init__(self, units: int) -> None:
        self.alive = np.zeros(units, bool)
        self.near = np.zeros(units, np.intp)
        self.rows = 0

    def add(self, seen: Seen) -> None:
        _, activation, z, a = seen
        self.rows += len(z)
        quiet = np.flatnonzero(~self.alive)
        limits: tuple[float, float] | None
        if activation is None:
            self.alive[quiet] = (np.abs(a[:, quiet]) > NEAR).any(axis=0)
            limits, a = STATES, z
        else:
            self.alive[quiet] = _slope(activation, z[:, quiet], a[:, quiet]).any(axis=0)
            limits = activation.limits
        if limits is not None:
            found = _near(a, *limits).T  # NumPy counts along rows faster
            self.near += [np.count_nonzero(unit) for unit in found]

    def shares(self) -> UnitShares:
        saturated = self.near >= SATURATED_ROWS * self.rows
        return UnitShares(~self.alive & ~saturated, saturated)


def overall(shares: Collection[UnitShares]) -> tuple[float, float]:
    """Return the share of all hidden units that is dead, and the share that is saturated."""
    units = max(1, sum(each.dead.size for each in shares))
    return (
        float(sum(each.dead.sum() for each in shares)) / units,
        float(sum(each.saturated.sum() for each in shares)) / units,
    )


def distributions(network: Network, x: Array) -> dict[str, Distribution]:
    """Return how the activations of each layer with units are distributed on rows × inputs.

    By the layer's place, the output's last.
    """
    every = max(1, -(-len(x) // min(DISTRIBUTION_ROWS, _rows_at_a_time(network))))
    sums = network.chain.forward(x[::every], None)
    found = {seen.name: _distribution(seen.a) for seen in network.seen()}
    last = str(len(network.layers) - 1)
    return found | {last: _distribution(network.output.predict(sums))}


def _distribution(a: Array) -> Distribution:
    a = a.astype(np.float64)
    quantiles = tuple(map(float, np.quantile(a, QUANTILES)))
    return Distribution(float(a.mean()), float(a.std()), quantiles, float((a == 0).mean()))


def _blocks(x: Array, size: int) -> Iterator[Array]:
    for start in range(0, len(x), size):
        yield x[start : start + size]


def _rows_at_a_time(network: Network) -> int:
    """Return how many rows go forward at a time, when what each layer makes of them is kept."""
    leaves = [layer for _, layer in network.chain.leaves()]
    numbers = (each.held if isinstance(each, RecurrentLayer) else each.size for each in leaves)
    return max(1, NUMBERS // sum(numbers))


def _pass(network: Network, x: Array) -> Iterator[Seen]:
    """Yield what the units of each hidden layer make of rows × inputs."""
    network.chain.forward(x, None)
    return network.seen()


def _slope(activation: Activation, z: Array, a: Array) -> Array:
    return activation.backward(np.ones_like(z), z, a, activation.values())


def _near(a: Array, low: float, high: float) -> Array:
    margin = NEAR * (high - low)
    return (a <= low + margin) | (a >= high - margin)
