"""Back-propagation against central differences, on a network and rows as they are.

A slope is right when it is what the loss does as a parameter is moved a little to either side:
(L(θ + h) - L(θ - h)) / 2h. The relative error of a layer is ‖backprop - differences‖ / (‖backprop‖
+ ‖differences‖), as in Stanford's notes (CS231n, "Gradient checks").
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ann_cli.engine.network import Network
from ann_cli.engine.rows import Rows
from ann_cli.engine.settings import Array
from ann_cli.errors import DivergedError

ROWS = 32
"""Rows that the loss is the mean of."""

SAMPLE = 500
"""Parameters of a layer that are moved at most, drawn at random where it has more."""

LEAST = 20
"""Parameters of a layer that are moved, however much work the network is."""

WORK = 2_000_000_000
"""Multiplications that the moves may take, about a second's; convolutions leave fewer moves."""

MOVES = (1e-5, 1e-6, 1e-7)
"""How far a parameter is moved; the smaller ones only where the larger seems to cross a kink."""

TOLERANCE = 1e-6
"""The relative error up to which two slopes agree."""

KINK = 1e-3
"""The share by which the slopes on the two sides of a parameter differ, however near, at a kink."""

ROUNDING = 20 * float(np.finfo(np.float64).eps)
"""How far off a loss of about 1 may be, from the rounding of what it is summed up from."""


@dataclass(frozen=True)
class LayerCheck:
    """How well a layer's gradient agrees with the differences."""

    parameters: int
    checked: int
    at_kinks: int
    """Parameters at which the loss has two slopes, one a side, and none to compare with."""
    relative_error: float
    """Over the parameters that are at no kink; 0 where all slopes are 0."""
    agrees: bool


def check_gradients(network: Network, rows: Rows, seed: int = 0) -> dict[str, LayerCheck]:
    """Return a check for each layer that learns, by its place, in float64.

    The rows are some of those given, spaced evenly. The seed draws the sample. Dropout and random
    slopes are drawn once and stay. A kink (relu's at 0) within reach of a move disturbs the
    differences: the move is made smaller until they agree, and what lies on the kink itself is
    counted apart. Raises DivergedError for a loss that is not finite.
    """
    double = network.like("float64")
    chosen = np.linspace(0, len(rows) - 1, min(ROWS, len(rows))).astype(np.intp)
    x, y = rows.x[chosen].astype(np.float64), rows.y[chosen].astype(np.float64)
    weight = None if rows.weight is None else rows.weight[chosen].astype(np.float64)

    def loss() -> float:
        losses, _ = double.output.compare(double.chain.forward(x, np.random.default_rng(0)), y)
        return float(np.mean(losses if weight is None else losses * weight.T))

    with np.errstate(over="ignore", invalid="ignore"):
        differences = Differences(loss, double.theta)
        double.gradient(x, y, weight, np.random.default_rng(0))
        gradient = double.grad.copy()
        checks, generator = dict[str, LayerCheck](), np.random.default_rng(seed)
        places, most = np.arange(double.theta.size), _most(double, len(x))
        for place, _ in double.chain.leaves():
            parameters = [each.ravel() for each in double.views(places, place).values()]
            if not parameters:
                continue
            sampled = every = np.concatenate(parameters)
            if len(every) > most:
                sampled = generator.choice(every, most, replace=False)
            checks[place] = _check(len(every), sampled, gradient, differences)
        return checks


def _most(network: Network, rows: int) -> int:
    """Return how many parameters of a layer are moved at most."""
    leaves = [layer for _, layer in network.chain.leaves()]
    learning = sum(bool(layer.parameters) for layer in leaves)
    a_move = 2 * rows * sum(layer.work for layer in leaves)  # to either side
    return min(SAMPLE, max(LEAST, WORK // max(1, a_move * learning)))


def _check(
    parameters: int, sampled: Array, gradient: Array, differences: "Differences"
) -> LayerCheck:
    given = gradient[sampled]
    found = [differences.slope(at, value) for at, value in zip(sampled, given, strict=True)]
    expected, noise = np.array(found).T
    smooth = ~np.isnan(expected)
    error = _norm(given[smooth] - expected[smooth])
    size = _norm(given[smooth]) + _norm(expected[smooth])
    return LayerCheck(
        parameters,
        len(sampled),
        int(np.count_nonzero(~smooth)),
        error / size if size else 0.0,
        error <= TOLERANCE * size + _norm(noise[smooth]),
    )


class Differences:
    """The slopes of a loss by each of its parameters, which are moved and put back."""

    def __init__(self, loss: Callable[[], float], theta: Array) -> None:
        self.loss, self.theta = loss, theta
        self.present = loss()
        if not np.isfinite(self.present):
            raise DivergedError(
                "the loss at the first weights is not a finite number, and has no slope",
                remedy="look for cells far beyond the others, or set data.scaling: standard",
            )

    def slope(self, at: int, given: float) -> tuple[float, float]:
        """Return the slope by one parameter, NaN at a kink, and how far rounding may be off.

        A slope that differs from the one given is measured again closer by: what is wrong stays
        wrong however small the move, what a kink disturbs comes right.
        """
        for move in MOVES:
            left, right = self._sides(at, move)
            noise = ROUNDING * max(1.0, abs(self.present)) / move
            slack = TOLERANCE * max(abs(given), abs(left), abs(right)) + noise
            slope = (left + right) / 2
            if abs(given - slope) <= slack:
                return slope, noise
        at_kink = abs(right - left) > KINK * max(abs(left), abs(right)) + noise
        return (np.nan if at_kink else slope), noise

    def _sides(self, at: int, move: float) -> tuple[float, float]:
        value = self.theta[at]
        self.theta[at] = value - move
        left = (self.present - self.loss()) / move
        self.theta[at] = value + move
        right = (self.loss() - self.present) / move
        self.theta[at] = value
        return left, right


def _norm(values: Array) -> float:
    return float(np.linalg.norm(values))
