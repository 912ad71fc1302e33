"""Regression: one number a row, or several."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ann_cli.engine.output import Output
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError
from ann_cli.tasks.number_scores import NumberScores
from ann_cli.tasks.task import Columns, Scores, Target, Task


class Regression(Task):
    """Numbers are predicted, one of each target."""

    name = "regression"
    fits = {
        "linear": "half_squared_error",
        "sigmoid": "half_squared_error",
        "exponential": "poisson",
    }
    kind = "number"
    many_targets = True
    constant = "mean"
    least_squares = True
    decides = ("rmse", "r2")
    importance = ("r2", "rmse")
    row_loss = "squared error"

    def outputs(self, targets: Sequence[Target], activation: str) -> int:
        return len(targets)

    def misfits(self, config: Any, classes: int) -> Iterator[tuple[str, str, str]]:
        beyond = ("standard", "robust", "quartiles")
        if config.output_activation == "sigmoid" and config.data.scaling in beyond:
            yield (
                "output_activation",
                f"sigmoid gives 0 to 1 only, and the target scaled by {config.data.scaling} goes "
                "beyond on both sides",
                "use data.scaling: minmax, or output_activation: linear",
            )
        if config.class_weight is not None:
            yield (
                "class_weight",
                "class_weight is for classification, and the task is regression",
                "remove it, or use task: classification; data.sample_weight weighs rows",
            )

    def prediction_columns(self, targets: Sequence[Target], probabilities: bool) -> list[str]:
        if len(targets) == 1:
            return ["prediction"]
        return [f"prediction_{each.name}" for each in targets]

    def decode(
        self, outputs: Array, targets: Sequence[Target], output: Output, probabilities: bool
    ) -> Columns:
        if probabilities:
            raise ConfigError(
                "a number is predicted here, and numbers have no probabilities",
                place="--probabilities",
                remedy="leave it out",
            )
        values = (each.decode(outputs[:, at]) for at, each in enumerate(targets))
        return dict(zip(self.prediction_columns(targets, False), values, strict=True))

    def scorer(self, targets: Sequence[Target], output: Output) -> "NumbersScores":
        return NumbersScores(targets)

    def output_names(self, targets: Sequence[Target], outputs: int) -> tuple[str, ...]:
        return tuple(each.name for each in targets)

    def summary(self, targets: Sequence[Target]) -> str:
        return f"numbers of {' and '.join(each.name for each in targets)}"


class NumbersScores:
    """The scores of each target, and of several their means."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self.targets = targets
        self._each = [NumberScores() for _ in targets]

    def add(self, y: Array, outputs: Array, weight: Array | None) -> Array:
        """Add some rows; return each one's squared error, of several targets the scaled ones'."""
        losses = []
        for at, (target, gathered) in enumerate(zip(self.targets, self._each, strict=True)):
            actual, predicted = target.decode(y[:, at]), target.decode(outputs[:, at])
            gathered.add(actual, predicted, weight)
            losses.append(np.square(predicted - actual))
        if len(losses) == 1:
            return losses[0]
        # Targets of different units have only their scaled errors in common.
        return np.square(outputs.astype(np.float64) - y).mean(axis=1)

    def scores(self) -> Scores:
        """Return the metrics; of several targets their means, None where one has none."""
        found = [each.scores() for each in self._each]
        means: Scores = {}
        for name in found[0]:
            values = [each[name] for each in found]
            known = [value for value in values if value is not None]
            means[name] = sum(known) / len(values) if len(known) == len(values) else None
        return means

    def details(self) -> dict[str, Any]:
        """Return the scores of each of several targets."""
        if len(self.targets) == 1:
            return {}
        pairs = zip(self.targets, self._each, strict=True)
        return {"targets": {target.name: each.scores() for target, each in pairs}}
