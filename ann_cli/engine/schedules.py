"""Schedules: by what a setting, such as the learning rate, is multiplied as training goes on.

`factor(epoch, epochs, …)` takes the epochs done so far (2.5 is the middle of the third) and the
planned number; it runs on one number or on an array of them, one a step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ann_cli.engine.settings import Entry, setting, table


@dataclass(frozen=True)
class Schedule(Entry):
    """By what a setting is multiplied, after an optional linear warm-up from 0."""

    factor: ClassVar[Callable[..., Any]]
    warm_up: float = setting(0.0, "epochs in which it rises from 0 to full", ge=0)

    def __call__(self, epoch: Any, epochs: int, step: float) -> Any:
        """Return the factor for a step that starts at `epoch` and is `step` epochs long."""
        _, *settings = self.values()
        with np.errstate(all="ignore"):  # epochs divided by one next to 0
            factor = self.factor(epoch, epochs, *settings)
        if not self.warm_up:
            return factor
        # The end of the step counts, so that the first step is not lost to a rate of 0; the least
        # is taken before the division, which overflows for a warm-up next to 0.
        return factor * (np.minimum(epoch + step, self.warm_up) / self.warm_up)


class Constant(Schedule):
    """As given, all the time."""

    name = "constant"

    @staticmethod
    def factor(epoch: Any, epochs: int) -> Any:
        return 1.0


@dataclass(frozen=True)
class Step(Schedule):
    """Multiplied by `by` after `every` epochs, again and again."""

    name = "step"
    every: float = setting(30.0, "epochs between two steps", gt=0)
    by: float = setting(0.1, "the factor of one step", gt=0, le=1)

    @staticmethod
    def factor(epoch: Any, epochs: int, every: float, by: float) -> Any:
        return by ** np.floor(epoch / every)


@dataclass(frozen=True)
class Exponential(Schedule):
    """Multiplied by `by` over each epoch, smoothly."""

    name = "exponential"
    by: float = setting(0.97, "the factor of one epoch", gt=0, le=1)

    @staticmethod
    def factor(epoch: Any, epochs: int, by: float) -> Any:
        return by**epoch


@dataclass(frozen=True)
class Cosine(Schedule):
    """Down along half a cosine, to `final` at the last epoch.

    Loshchilov & Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", equation 5.
    """

    name = "cosine"
    final: float = setting(0.0, "the factor at the end", ge=0, le=1)

    @staticmethod
    def factor(epoch: Any, epochs: int, final: float) -> Any:
        return final + (1 - final) * (1 + np.cos(np.pi * epoch / epochs)) / 2


@dataclass(frozen=True)
class FlatCos(Schedule):
    """Full at first, then down along half a cosine, to `final` at the last epoch.

    Holzmueller, Grinsztajn & Steinwart 2024, "Better by default" (arXiv 2407.04491),
    has it for dropout and weight decay: flat_cos(t) = (1 + cos(π (max(1, 2t) - 1))) / 2.
    """

    name = "flat_cos"
    flat: float = setting(0.5, "the share of the epochs in which it stays full", ge=0, lt=1)
    final: float = setting(0.0, "the factor at the end", ge=0, le=1)

    @staticmethod
    def factor(epoch: Any, epochs: int, flat: float, final: float) -> Any:
        fall = np.maximum(epoch / epochs - flat, 0) / (1 - flat)
        return final + (1 - final) * (1 + np.cos(np.pi * fall)) / 2


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up to the full value and down again to almost nothing, both along half a cosine.

    Smith & Topin 2018, "Super-convergence: very fast training of neural networks using large
    learning rates".
    """

    name = "one_cycle"
    rise: float = setting(0.3, "the share of the epochs in which it rises", gt=0, lt=1)
    start: float = setting(0.04, "the factor at the start", gt=0, le=1)
    final: float = setting(0.0001, "the factor at the end", ge=0, le=1)

    @staticmethod
    def factor(epoch: Any, epochs: int, rise: float, start: float, final: float) -> Any:
        top = rise * epochs
        up = 1 - (1 - start) * (1 + np.cos(np.pi * epoch / top)) / 2
        down = final + (1 - final) * (1 + np.cos(np.pi * (epoch - top) / (epochs - top))) / 2
        return np.where(epoch < top, up, down)


SCHEDULES = table(Constant, Step, Exponential, Cosine, FlatCos, OneCycle)
