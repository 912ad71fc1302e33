"""Newton's method on the weights of the output, while those of hidden layers stay as drawn."""

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from math import ceil, isfinite
from typing import Any, ClassVar, Self

import numpy as np

from ann_cli.engine.activations import Activation, Linear
from ann_cli.engine.losses import Loss
from ann_cli.engine.network import Network
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.settings import Array, Entry, setting, table
from ann_cli.engine.trainers.block_trainer import BlockTrainer
from ann_cli.engine.trainers.trainer import Epoch
from ann_cli.errors import ConfigError, DivergedError

MOST = 2048
"""Numbers that may arrive at the output, at most: their products take seconds to take apart."""

NUMBERS = 1 << 19
"""Numbers that arrive at the output of some rows at a time, for all members."""


@dataclass(frozen=True)
class Newton(Entry):
    """Newton's method on the output's weights, by all rows at a time; hidden layers stay as drawn.

    Each epoch has a penalty for the weights' sum of squares, less than the one before it. Of half
    the squared error one step is the exact solution (ridge regression), of classes one towards
    it. Which epoch is the best the rows that validate tell.
    """

    name = "newton"
    state: ClassVar[tuple[str, ...]] = ("before",)
    penalty: float = setting(
        1000.0, "what half the sum of squares costs in the first epoch, in rows", gt=0
    )
    last_penalty: float = setting(0.001, "what it costs in the last epoch", gt=0)

    def at(self, epoch: int, epochs: int) -> float:
        """Return the penalty of an epoch: from each to the next it changes by the same factor."""
        share = (epoch - 1) / (epochs - 1) if epochs > 1 else 1.0
        return float(self.penalty * (self.last_penalty / self.penalty) ** share)


SOLVERS = table(Newton)


def is_solvable(activation: type[Activation], loss: type[Loss]) -> bool:
    """Whether the slope of a loss by the sums is known, and the most that it changes by."""
    return activation.steepest is not None and activation.name in loss.natural


@dataclass
class _Sums:
    """What is added up over the rows at some weights of the output, for each member; in float64."""

    weights: Array
    """Members × inputs × outputs."""
    bias: Array
    """Members × 1 × outputs."""
    count: Array
    """The rows' weights."""
    mean: Array
    """The weighted inputs of the output: members × 1 × inputs; in the first epoch alone."""
    products: Array
    """The weighted products of these, members × inputs × inputs, likewise."""
    slope: Array
    """The slopes of the loss by the output's sums: members × 1 × outputs."""
    gradient: Array
    """That by its weights, members × inputs × outputs."""
    loss: float = 0.0

    def moved(self, weights: Array, bias: Array) -> "_Sums":
        """Return the sums at other weights, where the slopes of the loss follow them in a line."""
        further, shift = weights - self.weights, bias - self.bias
        mean, products = self.mean.mT, self.products @ further
        count = self.count[:, np.newaxis, np.newaxis]
        risen = self.gradient * further + further * (products / 2 + mean @ shift)
        level = (self.slope + count * shift / 2) * shift
        return replace(
            self,
            weights=weights,
            bias=bias,
            slope=self.slope + self.mean @ further + count * shift,
            gradient=self.gradient + products + mean @ shift,
            loss=self.loss + float(risen.sum() + level.sum()),
        )


@dataclass
class OutputSolver(BlockTrainer):
    """Steps of Newton's method with the greatest curvature that the loss can have.

    With inputs h of the output less their mean, sums z = h W + c, and the loss's slopes s by z, the
    curvature of the summed losses by W is at most H = κ Σ hᵀh, with κ the output's `steepest`. So
    W ← V - (H + penalty)⁻¹ (Σ hᵀs + penalty V) lowers the penalized loss (Böhning & Lindsay 1988,
    "Monotonicity of quadratic-approximation algorithms"), and solves it where the output is linear,
    for which one pass over the rows is enough.
    V lies ahead of W by t / (t + 3) of the step before, which gets there sooner (Nesterov 1983).
    H = Q Λ Qᵀ is taken apart once, so that another penalty costs no more. The bias has none.
    `state` is W before its last step. An epoch counts as many steps as batches would make.
    """

    name: ClassVar[str] = "Newton's method on the output"
    resumable: ClassVar[bool] = True
    told: ClassVar[tuple[str, ...]] = ("penalty",)

    network: Network
    entry: Newton
    generators: dict[str, np.random.Generator]
    epochs: int
    batch_size: int | None = None
    steps: int = 0
    blocks: int = 0
    loss: float = 0.0
    best: int | None = field(default=None, init=False)
    """The epoch that is the best so far, as somebody says who judges them."""
    _curvature: tuple[Array, Array, Array] | None = field(default=None, init=False)
    """The directions of the curvature, members × inputs × inputs, its size along each, and the
    mean of the output's inputs; from the first epoch on."""
    _at_zero: _Sums | None = field(default=None, init=False)
    """The sums where all weights are 0, from which others follow where the output is linear."""

    def __post_init__(self) -> None:
        self.state = self.network.theta[np.newaxis].copy()

    @classmethod
    def suits(cls, config: Any) -> bool:
        return isinstance(config.optimizer, Newton)

    @classmethod
    def of(cls, config: Any, network: Network, random: dict[str, np.random.Generator]) -> Self:
        size = None if config.batch_size == "full" else config.batch_size
        return cls(network, config.optimizer, random, config.epochs, size)

    def check(self, rows: Source, place: str) -> None:
        if self._inputs > MOST:
            raise ConfigError(
                f"newton solves for all weights of an output at once, and {self._inputs:,} numbers "
                f"arrive there, more than {MOST:,}",
                place=place,
                remedy="use optimizer: adam, or a last hidden layer of fewer units",
            )

    def rows_in_block(self, size: int) -> int:
        return size

    @property
    def _members(self) -> int:
        return self.network.members or 1

    @property
    def _inputs(self) -> int:
        width: int = self.network.layers[-1].width
        return width

    def _weights(self, flat: Array) -> tuple[Array, Array]:
        """Return the output's weights and bias in a flat vector, as views, member by member."""
        views = self.network.views(flat, str(len(self.network.layers) - 1))
        shape = self._members, -1, self.network.outputs
        return views["weights"].reshape(shape), views["bias"].reshape(shape)

    def rests(self, epoch: int) -> bool:
        """Whether its weights stay as they are in an epoch: less penalty has helped no more."""
        return self.best is not None and epoch - self.best > max(4, self.epochs // 8)

    def run(self, rows: Source) -> Generator[Epoch, None, None]:
        """Yield a record after each epoch. Raises DivergedError when the loss is not finite.

        The loss of an epoch in which it rests is not computed, and 0.
        """
        in_epoch = ceil(len(rows) / self.rows_in_step(len(rows)))
        done = self.steps // in_epoch
        for number in range(done + 1, self.epochs + 1):
            penalty = self.entry.at(number, self.epochs)
            if self.rests(number):
                self.steps += in_epoch
                yield Epoch(number, 0.0, {"penalty": penalty})
                continue
            ahead = self._ahead((number - 1) / (number + 2))
            with np.errstate(over="ignore", invalid="ignore"):
                sums = self._sums(rows, *ahead)
            if not isfinite(sums.loss) or not np.isfinite(sums.products).all():
                raise DivergedError(
                    f"training diverged in epoch {number}: the loss is no longer a finite number",
                    remedy="look for cells far beyond the others, or use data.scaling: quartiles",
                )
            if self._curvature is None:
                self._take_apart(sums)
            self._step(sums, penalty)
            self.steps += in_epoch
            yield Epoch(number, sums.loss / float(sums.count.sum()), {"penalty": penalty})

    def _ahead(self, share: float) -> tuple[Array, Array]:
        """Return the weights and the bias beyond those of now, by a share of their last change."""
        now, before = self._weights(self.network.theta), self._weights(self.state[0])
        weights, bias = (own + share * (own - last) for own, last in zip(now, before, strict=True))
        return weights, bias

    def _sums(self, rows: Source, weights: Array, bias: Array) -> _Sums:
        """Return the sums at some weights: of a linear output without a second pass over rows."""
        if not isinstance(self.network.output.activation, Linear):
            return self._pass(rows, weights, bias)
        if self._at_zero is None:
            self._at_zero = self._pass(rows, np.zeros_like(weights), np.zeros_like(bias))
        return self._at_zero.moved(weights, bias)

    def _pass(self, rows: Source, weights: Array, bias: Array) -> _Sums:
        """Return the sums over all rows at some weights."""
        members, inputs, outputs = weights.shape
        first = self._curvature is None
        sums = _Sums(
            weights,
            bias,
            np.zeros(members),
            np.zeros((members, 1, inputs)),
            np.zeros((members if first else 0, inputs, inputs)),
            np.zeros((members, 1, outputs)),
            np.zeros((members, inputs, outputs)),
        )
        for block in rows.blocks(max(1, NUMBERS // (members * inputs)), None):
            self._add(sums, block, first)
        return sums

    def _add(self, sums: _Sums, rows: Rows, first: bool) -> None:
        network, shape = self.network, (self._members, len(rows))
        dtype = network.theta.dtype
        linear = isinstance(network.output.activation, Linear)
        arrived = rows.x
        for layer in network.layers[:-1]:
            arrived = layer.predict(arrived)
        y = rows.y.astype(dtype, copy=False)
        losses, slope = network.output.compare(arrived @ sums.weights + sums.bias, y)
        weight = np.ones(shape, dtype) if rows.weight is None else rows.weight.T
        weight = np.broadcast_to(weight, shape)
        slope = slope * weight[..., np.newaxis]
        sums.loss += float(np.sum(losses * weight, dtype=np.float64))
        sums.count += weight.sum(axis=1, dtype=np.float64)
        sums.slope += slope.sum(axis=1, keepdims=True, dtype=np.float64)
        # A member at a time, so that its numbers stay in the cache.
        for number, own in enumerate(np.broadcast_to(arrived, (*shape, arrived.shape[-1]))):
            exact = own.astype(np.float64) if first else own
            # A solution in one step needs all digits; one that is gone towards does not.
            of_slope = exact if linear else own
            sums.gradient[number] += of_slope.T @ slope[number]
            if first:
                sums.mean[number] += weight[number] @ exact
                exact *= np.sqrt(weight[number])[:, np.newaxis]
                sums.products[number] += exact.T @ exact

    def _take_apart(self, sums: _Sums) -> None:
        """Keep the curvature."""
        activation = self.network.output.activation
        assert activation.steepest is not None
        count = sums.count[:, np.newaxis, np.newaxis]
        mean = sums.mean / count
        sizes, directions = np.linalg.eigh(sums.products - count * (mean.mT @ mean))
        sizes = activation.steepest * np.maximum(sizes, 0)[..., np.newaxis]
        self._curvature = directions, sizes, mean

    def _step(self, sums: _Sums, penalty: float) -> None:
        """Take the step from the weights that the sums are at."""
        steepest = self.network.output.activation.steepest
        assert self._curvature is not None
        assert steepest is not None
        directions, sizes, mean = self._curvature
        gradient = sums.gradient - mean.mT @ sums.slope + penalty * sums.weights
        change = directions @ ((directions.mT @ gradient) / (sizes + penalty))
        count = sums.count[:, np.newaxis, np.newaxis]
        shift = sums.slope / (steepest * count) - mean @ change
        self.state[0] = self.network.theta
        weights, bias = self._weights(self.network.theta)
        weights[...] = sums.weights - change
        bias[...] = sums.bias - shift
