"""Gradient-boosted trees of scikit-learn, as a baseline, where that is installed."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from ann_cli.data.columns.date_feature import DateFeature
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.number_feature import NumberFeature
from ann_cli.engine.ensemble import by_fold
from ann_cli.engine.network import Network
from ann_cli.engine.rows import Source
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError
from ann_cli.insight.scoring import SCORED_ROWS, outputs_for
from ann_cli.model.model import Model
from ann_cli.model.networks import layers_of, output_of

MOST_CATEGORIES = 255
"""Values of a column that scikit-learn's trees divide as categories; more are taken as numbers."""


class Trees(Network):
    """A network's place, taken by trees: its sums and outputs are theirs for the same inputs."""

    def __init__(self, model: Model) -> None:
        """Make the place for a completed config's outputs; `fit` puts trees there."""
        config, self._encoder = model.config, model.encoder
        super().__init__(layers_of(config, self._encoder), output_of(config), config.precision)
        self._grown: list[list[Any]] = []
        """Those that were grown without each fold, or on all rows."""

    def fit(self, model: Model, training: Source, folds: int) -> None:
        """Grow them on rows in memory; where rows have folds, anew without each of these."""
        x, y, weights, numbers = list[Array](), list[Array](), list[Array](), list[Array]()
        for block in training.blocks(SCORED_ROWS, None):
            x.append(self._inputs(block.x))
            y.append(outputs_for(model, block.y))
            weights += [] if block.weight is None else [block.weight]
            numbers += [] if block.fold is None else [block.fold]
        rows, goals = np.concatenate(x), np.concatenate(y)
        weight = np.concatenate(weights) if weights else np.ones(len(rows))
        fold = np.concatenate(numbers) if numbers else np.full(len(rows), -1)
        for number in range(folds) if numbers else (0,):
            own = fold != number
            self._grown.append(self._trees(model.config.seed, rows[own], goals[own], weight[own]))

    def _trees(self, seed: int, x: Array, y: Array, weight: Array) -> list[Any]:
        """Return one ensemble of trees for all classes, or one for each number.

        Friedman 2001, "Greedy function approximation: a gradient boosting machine", as scikit-learn
        does it by default, with histograms of 255 bins.
        """
        ensemble = import_module("sklearn.ensemble")
        given: dict[str, Any] = {
            "random_state": seed % (1 << 32),
            "categorical_features": list(self._categories()) or None,
        }
        if not self._encoder.classes:
            return [
                ensemble.HistGradientBoostingRegressor(**given).fit(x, goal, sample_weight=weight)
                for goal in y.T
            ]
        labels = y.argmax(axis=1)
        if np.unique(labels, return_counts=True)[1].min() < 2:
            given["early_stopping"] = False  # which would hold back rows of each class
        trees = ensemble.HistGradientBoostingClassifier(**given)
        return [trees.fit(x, labels, sample_weight=weight)]

    def predict(self, x: Array) -> Array:
        """Return the outputs for rows × inputs, as rows × outputs."""
        return self.output.predict(self._sums(x, None))

    def evaluate(self, x: Array, y: Array, fold: Array | None = None) -> tuple[Array, Array]:
        """Return the outputs (rows × outputs) and each row's loss.

        With the `fold` of each row they are those of the trees that were grown without it.
        """
        z = self._sums(x, fold)
        a = self.output.predict(z)
        return a, self.output.losses(z, a, y)

    def _sums(self, x: Array, fold: Array | None) -> Array:
        inputs = self._inputs(x)
        if fold is None or len(self._grown) == 1:
            return np.mean([self._of(trees, inputs) for trees in self._grown], axis=0)
        found = np.empty((len(x), self.outputs))
        for trees, rows in by_fold(self._grown, fold):
            found[rows] = self._of(trees, inputs[rows])
        return found

    def _of(self, trees: list[Any], inputs: Array) -> Array:
        """Return numbers, or the logarithms of probabilities, which softmax turns back."""
        if not self._encoder.classes:
            return np.column_stack([each.predict(inputs) for each in trees])
        (each,) = trees
        shares = np.zeros((len(inputs), self.outputs))
        shares[:, each.classes_] = each.predict_proba(inputs)
        return np.log(np.maximum(shares, 1e-38))

    def _inputs(self, x: Array) -> Array:
        """Return encoded rows with a number a category, and nothing where a cell was missing."""
        found, start = [], 0
        for feature in self._encoder.features:
            block = x[:, start : start + len(feature.inputs)]  # but for those of encodings
            start += block.shape[1]
            if values := feature.one_of_each:
                one, block = block[:, :values], block[:, values:]
                found.append(np.where(one.any(axis=1), one.argmax(axis=1), np.nan)[:, None])
            elif _tells_of_missing(feature):
                block = np.where(block[:, -1:] == 1, np.nan, block[:, :-1])
            found.append(block)
        return np.hstack(found).astype(np.float64)

    def _categories(self) -> Iterator[int]:
        """Yield which of the trees' inputs are categories."""
        at = 0
        for feature in self._encoder.features:
            values = feature.one_of_each
            if 0 < values <= MOST_CATEGORIES:
                yield at
            at += len(feature.inputs) - values + (values > 0) - _tells_of_missing(feature)


def _tells_of_missing(feature: Feature) -> bool:
    """Whether a column's last input says that the cell was missing."""
    return isinstance(feature, NumberFeature | DateFeature) and feature.was_missing


def check_boosting(streamed: bool, place: str = "--baselines") -> None:
    """Raise ConfigError where the trees cannot be grown."""
    if find_spec("sklearn") is None:
        raise ConfigError(
            "gradient boosting is scikit-learn's, which is not installed",
            place=place,
            remedy="pip install scikit-learn, or leave it out for the mean and the linear model",
        )
    if streamed:
        raise ConfigError(
            "gradient boosting needs all rows in memory, and these are streamed",
            place=place,
            remedy="leave it out, or set data.stream: false",
        )


def boosted(plain: Model, training: Source, folds: int) -> Model:
    """Return gradient-boosted trees that were grown on the training rows.

    `plain` has the task's usual output and loss. Where an ensemble's folds validate, and rows have
    them, trees are grown without each.
    """
    network = Trees(plain)
    found = Model(plain.config, plain.encoder, network)
    network.fit(found, training, folds)
    return found
