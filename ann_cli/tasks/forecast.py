"""Forecast: the steps of a series ahead, all at once."""

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import Any

import numpy as np

from ann_cli.engine.output import Output
from ann_cli.engine.settings import Array
from ann_cli.tasks.regression import NumbersScores, Regression
from ann_cli.tasks.task import Scores, Target


class Forecast(Regression):
    """The steps of a series ahead are predicted, one output each."""

    name = "forecast"
    of_windows = True
    decides = ("mase", "rmse")
    importance = ("mase", "rmse")
    row_loss = "scaled error"

    def misfits(self, config: Any, classes: int) -> Iterator[tuple[str, str, str]]:
        yield from super().misfits(config, classes)
        if config.data.horizon is None:
            yield (
                "task",
                "a forecast is one of a series, and data.horizon is missing",
                "set data.time, data.window and data.horizon, or use task: regression",
            )

    def overlap(self, targets: Sequence[Target]) -> int:
        """Return the horizon: the windows of so many origins have steps in common."""
        return len(targets)

    def scorer(self, targets: Sequence[Target], output: Output) -> "ForecastScores":
        return ForecastScores(targets, output)

    def summary(self, targets: Sequence[Target]) -> str:
        name, _, _ = targets[0].name.rpartition(" ")
        steps = "1 step" if len(targets) == 1 else f"1 to {len(targets)} steps"
        return f"{name} {steps} ahead"


class ForecastScores(NumbersScores):
    """mase, rmse and mae over all steps, and by step.

    mase is the mean absolute error divided by that of the seasonal naive forecast in the training
    part (Hyndman & Koehler 2006, "Another look at measures of forecast accuracy"). The change of a
    value is off by as much as the value, so that none has to be added back. Of many series each
    error is divided by its own series', and all windows count alike: `insight.series` has the mean
    over series.
    """

    def add(self, y: Array, outputs: Array, weight: Array | None) -> Array:
        """Add some rows; return each one's scaled error, the mean over its steps."""
        own, middle = self.by_target(outputs)
        y = y[:, :: own.shape[-1]]
        total = np.zeros(len(y))
        for at, (target, gathered) in enumerate(zip(self.targets, self.each, strict=True)):
            actual, predicted = target.decode(y[:, at]), target.predictions(own[at, :, middle])
            gathered.add(actual, predicted, weight)
            total += np.abs(predicted - actual) / _naive(target)
            self.add_quantiles(at, own[at], actual, weight)
        return total / len(self.targets)

    def scores(self) -> Scores:
        """Return the metrics over all steps."""
        steps = self._by_step()
        found: Scores = {
            "mase": _mean([each["mase"] for each in steps]),
            "rmse": sqrt(_mean([each["rmse"] ** 2 for each in steps])),
            "mae": _mean([each["mae"] for each in steps]),
        }
        return found | self.pinball()

    def details(self) -> dict[str, Any]:
        """Return the scores of each step ahead, and those of quantiles."""
        steps = [{"step": at, **each} for at, each in enumerate(self._by_step(), 1)]
        return {"steps": steps, **self._over_steps()}

    def _over_steps(self) -> dict[str, Any]:
        """Return what is told of each quantile, the mean over the steps."""
        found = self.by_quantile().get("quantiles")
        if not found:
            return {}
        count = len(found) // len(self.targets)
        means = [
            {
                key: _mean([each[key] for each in found[at::count]])
                for key in found[at]
                if key != "target"
            }
            for at in range(count)
        ]
        return {"quantiles": [{"target": "every step", **each} for each in means]}

    def _by_step(self) -> list[dict[str, float]]:
        return [
            {
                "mase": each.absolute / each.weight / _naive(target),
                "rmse": sqrt(each.squared / each.weight),
                "mae": each.absolute / each.weight,
            }
            for target, each in zip(self.targets, self.each, strict=True)
        ]


def _naive(target: Any) -> float:
    """Return what errors are divided by: 1 where a training has not told it."""
    return target.naive or 1.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
