"""Regression: one number a row, or several; of each its mean, its median, or some quantiles."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ann_cli.engine.losses import Quantile
from ann_cli.engine.output import Output
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError
from ann_cli.tasks.number_scores import NumberScores
from ann_cli.tasks.quantile_scores import QuantileScores
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
        named = [config.data.transform_of(name) for name in config.data.targets]
        if getattr(config.loss, "domain", "") and set(named) - {"auto", "none"}:
            yield (
                "data.target_transform",
                f"{config.loss.name} compares the target's own numbers, and no transform of them",
                "remove it, or use loss: half_squared_error",
            )

    def prediction_columns(
        self, targets: Sequence[Target], output: Output, probabilities: bool
    ) -> dict[str, Target]:
        columns = dict[str, Target]()
        for each in targets:
            name = "prediction" if len(targets) == 1 else f"prediction_{each.name}"
            names = [name, *(f"{name}_{quantile:.9g}" for quantile in _quantiles(output))]
            columns |= dict.fromkeys(names, each)
        return columns

    def interval_columns(self, targets: Sequence[Target]) -> dict[str, Target]:
        """Return two a target: its interval's low end and its high one."""
        ends = ("prediction_low", "prediction_high")
        if len(targets) == 1:
            return dict.fromkeys(ends, targets[0])
        return {f"{end}_{each.name}": each for each in targets for end in ends}

    def decode(
        self, outputs: Array, targets: Sequence[Target], output: Output, probabilities: bool
    ) -> Columns:
        if probabilities:
            raise ConfigError(
                "a number is predicted here, and numbers have no probabilities",
                place="--probabilities",
                remedy="leave it out",
            )
        values = list[Array]()
        for target, own in zip(targets, _by_target(outputs, len(targets)), strict=True):
            found = [target.predictions(each) for each in own.T]
            values += [found[_middle(output)], *found] if _quantiles(output) else found
        names = self.prediction_columns(targets, output, False)
        return dict(zip(names, values, strict=True))

    def scorer(self, targets: Sequence[Target], output: Output) -> "NumbersScores":
        return NumbersScores(targets, output)

    def averaged(self, y: Array, targets: Sequence[Target]) -> Array:
        """Return numbers in their own units where a transform's mean is not theirs."""
        if not any(each.transform for each in targets):
            return y
        return np.stack([each.decode(y[:, at]) for at, each in enumerate(targets)], axis=-1)

    def constant_outputs(self, mean: Array, targets: Sequence[Any]) -> Array:
        if not any(each.transform for each in targets):
            return mean
        return np.array(
            [each.outputs_of(np.array([mean[at]]))[0] for at, each in enumerate(targets)]
        )

    def output_names(
        self, targets: Sequence[Target], output: Output, outputs: int
    ) -> tuple[str, ...]:
        quantiles = _quantiles(output)
        if not quantiles:
            return tuple(each.name for each in targets)
        return tuple(f"{each.name} {quantile:.9g}" for each in targets for quantile in quantiles)

    def summary(self, targets: Sequence[Target]) -> str:
        return f"numbers of {' and '.join(each.name for each in targets)}"


def _quantiles(output: Output | None) -> tuple[float, ...]:
    loss = output.loss if output else None
    return loss.quantiles if isinstance(loss, Quantile) else ()


def _middle(output: Output | None) -> int:
    """Return which of a target's outputs is its prediction."""
    loss = output.loss if output else None
    return loss.middle if isinstance(loss, Quantile) else 0


def _by_target(outputs: Array, targets: int) -> Array:
    """Return targets × rows × outputs of a target: its quantiles from low to high.

    Each quantile is learned for itself, so that two may cross. Sorted they are as near to the true
    ones, or nearer: Chernozhukov, Fernández-Val & Galichon 2010, "Quantile and probability curves
    without crossing".
    """
    found = outputs.reshape(len(outputs), targets, outputs.shape[1] // targets)
    return np.moveaxis(np.sort(found, axis=-1), 1, 0)


class NumbersScores:
    """The scores of each target, and of several their means."""

    def __init__(self, targets: Sequence[Target], output: Output | None = None) -> None:
        """`output` says whether there are quantiles to score."""
        self.targets, self._output = targets, output
        self.each = [NumberScores(each.domain) for each in targets]
        quantiles = _quantiles(output)
        self._quantiles = [QuantileScores(quantiles) for _ in targets if quantiles]

    def add(self, y: Array, outputs: Array, weight: Array | None) -> Array:
        """Add some rows; return each one's squared error, of several targets the scaled ones'."""
        own, middle = self.by_target(outputs)
        y = y[:, :: own.shape[-1]]
        losses = []
        for at, (target, gathered) in enumerate(zip(self.targets, self.each, strict=True)):
            actual, predicted = target.decode(y[:, at]), target.predictions(own[at, :, middle])
            gathered.add(actual, predicted, weight)
            losses.append(np.square(predicted - actual))
            self.add_quantiles(at, own[at], actual, weight)
        if len(losses) == 1:
            return losses[0]
        # Targets of different units have only their scaled errors in common.
        return np.square(own[..., middle].T.astype(np.float64) - y).mean(axis=1)

    def by_target(self, outputs: Array) -> tuple[Array, int]:
        """Return targets × rows × outputs of one, and which of these is the prediction."""
        return _by_target(outputs, len(self.targets)), _middle(self._output)

    def add_quantiles(self, at: int, own: Array, actual: Array, weight: Array | None) -> None:
        """Add a target's quantiles, where there are any: rows × quantiles, and what happened."""
        if self._quantiles:
            every = np.stack([self.targets[at].predictions(each) for each in own.T], axis=-1)
            self._quantiles[at].add(actual, every, weight)

    def scores(self) -> Scores:
        """Return the metrics; of several targets their means, None where one has none."""
        found = self._found()
        means: Scores = {}
        for name in found[0]:
            # Of targets of which some alone are counts, some alone have a deviance.
            values = [each.get(name) for each in found]
            known = [value for value in values if value is not None]
            means[name] = sum(known) / len(values) if len(known) == len(values) else None
        return means

    def _found(self) -> list[Scores]:
        found = [each.scores() for each in self.each]
        for scores, quantiles in zip(found, self._quantiles, strict=False):
            scores["pinball_loss"] = quantiles.pinball_loss
        return found

    def details(self) -> dict[str, Any]:
        """Return the scores of each of several targets, and those of each quantile."""
        names, details = [each.name for each in self.targets], dict[str, Any]()
        if len(names) > 1:
            details["targets"] = dict(zip(names, self._found(), strict=True))
        return details | self.by_quantile()

    def pinball(self) -> Scores:
        """Return the mean pinball loss, where there are quantiles."""
        losses = [each.pinball_loss for each in self._quantiles]
        return {"pinball_loss": sum(losses) / len(losses)} if losses else {}

    def by_quantile(self) -> dict[str, Any]:
        """Return the scores of each quantile, where there are any."""
        if not self._quantiles:
            return {}
        found = [
            {"target": target.name, **each}
            for target, quantiles in zip(self.targets, self._quantiles, strict=True)
            for each in quantiles.by_quantile()
        ]
        return {"quantiles": found}
