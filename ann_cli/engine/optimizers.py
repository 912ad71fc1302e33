"""Optimizers: how a gradient becomes a step.

`update(theta, grad, …state, learning_rate, …corrections, …settings)` is a plain function of numbers
that returns the new theta and the new state, in that order. It is elementwise, so it runs on
arrays, on blocks of arrays and on single numbers alike; its literals are written with a point, as a
compiler needs them. `learning_rate` is the current one: the schedule has been applied.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from ann_cli.engine.settings import Array, Entry, setting, table

BLOCK = 65_536
"""Parameters updated at a time: their temporaries stay in the cache. With a quarter of it steps
took 10 to 40% longer, by the time of NumPy's calls."""


@dataclass(frozen=True)
class Optimizer(Entry):
    """How a gradient becomes a step; `state` names the arrays that it keeps beside theta."""

    update: ClassVar[Callable[..., Any]]
    state: ClassVar[tuple[str, ...]] = ()
    means: ClassVar[tuple[str, ...]] = ()
    """The settings that say which share of a mean of past steps each step keeps."""
    learning_rate: float = setting(0.001, "the size of a step", gt=0, le=1e6)

    def values(self) -> tuple[Any, ...]:
        return super().values()[1:]

    def decaying(self, factor: Any, own: float | None = None) -> Self:
        """Return it with its weight_decay, where it has one, times a factor: a number a step.

        `own` is what a layer has in its place.
        """
        if not hasattr(self, "weight_decay"):
            return self
        changed: dict[str, Any] = {
            "weight_decay": factor * (self.weight_decay if own is None else own)
        }
        return replace(self, **changed)

    def of_steps(self, count: float) -> Self:
        """Return it for steps that stand for so many: as long, and forgetting as much.

        Malladi, Lyu, Panigrahi & Arora 2022, "On the SDEs and scaling rules for adaptive gradient
        algorithms" (arXiv 2205.10287), has 1 - β times as large, which this is where it is small.
        """
        kept: dict[str, Any] = {name: getattr(self, name) ** count for name in self.means}
        return replace(self, learning_rate=self.learning_rate * count, **kept)

    @classmethod
    def formula(cls) -> str:
        """Return the update rule as the docstring has it; its first line where it has none."""
        text = " ".join((cls.__doc__ or "").split())
        found = re.search(r"[^.:]*←.*?(?=\. [A-Z]|\.$)", text)
        return found[0].strip() if found else cls.description()

    def new_state(self, theta: Array) -> Array:
        """Return the state before the first step: one row of zeros for each name in `state`."""
        return np.zeros((len(self.state), theta.size), theta.dtype)

    def corrections(self, step: Any) -> tuple[Any, ...]:
        """Return what `update` needs to know of the step's number, counted from 1 (or of many)."""
        return ()

    def step(self, theta: Array, grad: Array, state: Array, step: int, rate: float) -> None:
        """Take one step in place; `theta` and `grad` are flat, `state` has a row for each name."""
        numbers = (rate, *self.corrections(step), *self.values())
        for start in range(0, theta.size, BLOCK):
            block = slice(start, start + BLOCK)
            self.move(theta[block], grad[block], state[:, block], numbers)

    def move(self, theta: Array, grad: Array, state: Array, numbers: tuple[Any, ...]) -> None:
        """Apply `update` with its last arguments, and keep what it returns in place."""
        theta[...], *kept = self.update(theta, grad, *state, *numbers)
        for row, new in zip(state, kept, strict=True):
            row[...] = new


@dataclass(frozen=True)
class Sgd(Optimizer):
    """Downhill by the learning rate: θ ← θ - η g.

    Robbins & Monro 1951, "A stochastic approximation method".
    """

    name = "sgd"
    learning_rate: float = setting(0.01, "the size of a step", gt=0, le=1e6)

    @staticmethod
    def update(theta: Any, grad: Any, learning_rate: Any) -> Any:
        return (theta - learning_rate * grad,)


@dataclass(frozen=True)
class Momentum(Optimizer):
    """sgd that keeps rolling: v ← μ v - η g; θ ← θ + v.

    Polyak 1964, "Some methods of speeding up the convergence of iteration methods".
    """

    name = "momentum"
    state = ("velocity",)
    learning_rate: float = setting(0.01, "the size of a step", gt=0, le=1e6)
    momentum: float = setting(0.9, "the share of the last step that is kept", ge=0, lt=1)

    @staticmethod
    def update(theta: Any, grad: Any, velocity: Any, learning_rate: Any, momentum: Any) -> Any:
        velocity = momentum * velocity - learning_rate * grad
        return theta + velocity, velocity


class Nesterov(Momentum):
    """momentum that looks ahead: v ← μ v - η g; θ ← θ + μ v - η g.

    Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning", in
    the form that keeps θ at the point looked ahead to.
    """

    name = "nesterov"

    @staticmethod
    def update(theta: Any, grad: Any, velocity: Any, learning_rate: Any, momentum: Any) -> Any:
        velocity = momentum * velocity - learning_rate * grad
        return theta + momentum * velocity - learning_rate * grad, velocity


@dataclass(frozen=True)
class RmsProp(Optimizer):
    """Steps divided by the gradient's recent size: s ← ρ s + (1-ρ) g²; θ ← θ - η g / (√s + ε).

    Tieleman & Hinton 2012, "Neural networks for machine learning", lecture 6.5.
    """

    name = "rmsprop"
    state = ("square",)
    means = ("rho",)
    rho: float = setting(0.9, "how long past gradients count", ge=0, lt=1)
    epsilon: float = setting(1e-8, "keeps the division finite", gt=0)

    @staticmethod
    def update(
        theta: Any, grad: Any, square: Any, learning_rate: Any, rho: Any, epsilon: Any
    ) -> Any:
        square = rho * square + (1.0 - rho) * grad * grad
        return theta - learning_rate * grad / (np.sqrt(square) + epsilon), square


@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Steps divided by the size of all gradients so far: s ← s + g²; θ ← θ - η g / (√s + ε).

    Duchi et al. 2011, "Adaptive subgradient methods for online learning and stochastic
    optimization", in its diagonal form.
    """

    name = "adagrad"
    state = ("square",)
    learning_rate: float = setting(0.01, "the size of a step", gt=0, le=1e6)
    epsilon: float = setting(1e-8, "keeps the division finite", gt=0)

    @staticmethod
    def update(theta: Any, grad: Any, square: Any, learning_rate: Any, epsilon: Any) -> Any:
        square = square + grad * grad
        return theta - learning_rate * grad / (np.sqrt(square) + epsilon), square


@dataclass(frozen=True)
class Adam(Optimizer):
    """Momentum and rmsprop in one, corrected for their start at zero.

    m ← β₁ m + (1-β₁) g; v ← β₂ v + (1-β₂) g²; θ ← θ - η m̂ / (√v̂ + ε) with m̂ = m / (1-β₁ᵗ) and
    v̂ = v / (1-β₂ᵗ). Kingma & Ba 2015, "Adam: a method for stochastic optimization", algorithm 1.
    """

    name = "adam"
    state = ("mean", "square")
    means = ("beta1", "beta2")
    beta1: float = setting(0.9, "how long past gradients count", ge=0, lt=1)
    beta2: float = setting(0.999, "how long past squared gradients count", ge=0, lt=1)
    epsilon: float = setting(1e-8, "keeps the division finite", gt=0)

    def corrections(self, step: Any) -> tuple[Any, ...]:
        return 1 - self.beta1**step, 1 - self.beta2**step

    @staticmethod
    def update(
        theta: Any,
        grad: Any,
        mean: Any,
        square: Any,
        learning_rate: Any,
        correction1: Any,
        correction2: Any,
        beta1: Any,
        beta2: Any,
        epsilon: Any,
    ) -> Any:
        mean = beta1 * mean + (1.0 - beta1) * grad
        square = beta2 * square + (1.0 - beta2) * grad * grad
        root = np.sqrt(square / correction2)
        return theta - learning_rate / correction1 * mean / (root + epsilon), mean, square

    def move(self, theta: Array, grad: Array, state: Array, numbers: tuple[Any, ...]) -> None:
        if type(self).update not in (Adam.update, AdamW.update):
            super().move(theta, grad, state, numbers)
            return
        # The operations of `update` in its order, so that no byte differs. Without new arrays for
        # what lies between they take a third of the time.
        rate, correction1, correction2, beta1, beta2, epsilon, *decay = numbers
        mean, square = state
        first, second = np.empty((2, theta.size), theta.dtype)
        mean *= beta1
        mean += np.multiply(grad, 1.0 - beta1, out=first)
        square *= beta2
        np.multiply(grad, 1.0 - beta2, out=first)
        first *= grad
        square += first
        np.sqrt(np.divide(square, correction2, out=first), out=first)
        first += epsilon
        np.multiply(mean, rate / correction1, out=second)
        second /= first
        if decay:
            theta -= np.multiply(theta, rate * decay[0], out=first)
        theta -= second


@dataclass(frozen=True)
class AdamW(Adam):
    """adam that also shrinks every parameter by η λ θ, apart from the gradient.

    Loshchilov & Hutter 2019, "Decoupled weight decay regularization", algorithm 2.
    """

    name = "adamw"
    weight_decay: float = setting(0.01, "how much of θ a step of size 1 removes", ge=0)

    @staticmethod
    def update(  # type: ignore[override]
        theta: Any,
        grad: Any,
        mean: Any,
        square: Any,
        learning_rate: Any,
        correction1: Any,
        correction2: Any,
        beta1: Any,
        beta2: Any,
        epsilon: Any,
        weight_decay: Any,
    ) -> Any:
        mean = beta1 * mean + (1.0 - beta1) * grad
        square = beta2 * square + (1.0 - beta2) * grad * grad
        root = np.sqrt(square / correction2)
        shrunk = theta - learning_rate * weight_decay * theta
        return shrunk - learning_rate / correction1 * mean / (root + epsilon), mean, square


@dataclass(frozen=True)
class Lion(Optimizer):
    """Steps of one size, in the direction that the gradients agree on.

    θ ← θ - η (sign(β₁ m + (1-β₁) g) + λ θ); m ← β₂ m + (1-β₂) g. Chen et al. 2023, "Symbolic
    discovery of optimization algorithms", algorithm 2.
    """

    name = "lion"
    state = ("mean",)
    learning_rate: float = setting(0.0001, "the size of a step", gt=0, le=1e6)
    beta1: float = setting(0.9, "the past's share in the direction", ge=0, lt=1)
    beta2: float = setting(0.99, "how long past gradients count", ge=0, lt=1)
    weight_decay: float = setting(0.0, "how much of θ a step of size 1 removes", ge=0)

    @staticmethod
    def update(
        theta: Any,
        grad: Any,
        mean: Any,
        learning_rate: Any,
        beta1: Any,
        beta2: Any,
        weight_decay: Any,
    ) -> Any:
        direction = np.sign(beta1 * mean + (1.0 - beta1) * grad)
        mean = beta2 * mean + (1.0 - beta2) * grad
        return theta - learning_rate * (direction + weight_decay * theta), mean


OPTIMIZERS = table(Sgd, Momentum, Nesterov, RmsProp, Adagrad, Adam, AdamW, Lion)
