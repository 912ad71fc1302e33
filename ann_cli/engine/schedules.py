"""Schedules: by what the learning rate is multiplied as training goes on.

`factor(epoch, epochs, …)` takes the epochs done so far (2.5 is the middle of the third) and the
planned number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, floor, pi
from typing import ClassVar

from ann_cli.engine.settings import Entry, setting, table


@dataclass(frozen=True)
class Schedule(Entry):
    """By what the learning rate is multiplied, after an optional linear warm-up from 0."""

    factor: ClassVar[Callable[..., float]]
    warm_up: float = setting(0.0, "epochs in which the rate rises from 0 to full", ge=0)

    def __call__(self, epoch: float, epochs: int, step: float) -> float:
        """Return the factor for the step that starts at `epoch` and is `step` epochs long."""
        _, *settings = self.values()
        factor = self.factor(epoch, epochs, *settings)
        # The end of the step counts, so that the first step is not lost to a rate of 0.
        return factor * min(1.0, (epoch + step) / self.warm_up) if self.warm_up else factor


@dataclass(frozen=True)
class Constant(Schedule):
    """The learning rate as given."""

    name = "constant"

    @staticmethod
    def factor(epoch: float, epochs: int) -> float:
        return 1.0


@dataclass(frozen=True)
class Step(Schedule):
    """Multiplied by `by` after `every` epochs, again and again."""

    name = "step"
    every: float = setting(30.0, "epochs between two steps", gt=0)
    by: float = setting(0.1, "the factor of one step", gt=0, le=1)

    @staticmethod
    def factor(epoch: float, epochs: int, every: float, by: float) -> float:
        return by ** floor(epoch / every)


@dataclass(frozen=True)
class Exponential(Schedule):
    """Multiplied by `by` over each epoch, smoothly."""

    name = "exponential"
    by: float = setting(0.97, "the factor of one epoch", gt=0, le=1)

    @staticmethod
    def factor(epoch: float, epochs: int, by: float) -> float:
        return by**epoch


@dataclass(frozen=True)
class Cosine(Schedule):
    """Down along half a cosine, to `final` at the last epoch.

    Loshchilov & Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", equation 5.
    """

    name = "cosine"
    final: float = setting(0.0, "the factor at the end", ge=0, le=1)

    @staticmethod
    def factor(epoch: float, epochs: int, final: float) -> float:
        return final + (1 - final) * (1 + cos(pi * epoch / epochs)) / 2


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up to the full rate and down again to almost nothing, both along half a cosine.

    Smith & Topin 2018, "Super-convergence: very fast training of neural networks using large
    learning rates".
    """

    name = "one_cycle"
    rise: float = setting(0.3, "the share of the epochs in which it rises", gt=0, lt=1)
    start: float = setting(0.04, "the factor at the start", gt=0, le=1)
    final: float = setting(0.0001, "the factor at the end", ge=0, le=1)

    @staticmethod
    def factor(epoch: float, epochs: int, rise: float, start: float, final: float) -> float:
        top = rise * epochs
        if epoch < top:
            return 1 - (1 - start) * (1 + cos(pi * epoch / top)) / 2
        return final + (1 - final) * (1 + cos(pi * (epoch - top) / (epochs - top))) / 2


SCHEDULES = table(Constant, Step, Exponential, Cosine, OneCycle)
