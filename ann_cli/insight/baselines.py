"""Baselines: what a network has to beat: one without inputs, one without hidden layers, trees.

Beside an ensemble whose folds validate, each is one for every fold, fitted on the rows of the
others: the two are judged alike.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal, TypeAlias

import numpy as np

from ann_cli.config.complete import complete
from ann_cli.config.ensemble import Ensemble
from ann_cli.engine.ensemble import Folds
from ann_cli.engine.network import Network
from ann_cli.engine.optimizers import Adam
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.schedules import Cosine
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.back_propagation import BackPropagation
from ann_cli.engine.trainers.ensemble_training import RowsWithoutFolds
from ann_cli.errors import ConfigError
from ann_cli.insight.boltzmann_baselines import base_rates, single_layer
from ann_cli.insight.boosting import boosted, check_boosting
from ann_cli.insight.map_baselines import map_baselines
from ann_cli.insight.recommendation_baselines import recommendation_baselines
from ann_cli.insight.reconstruction_baselines import reconstruction_baselines
from ann_cli.insight.scoring import outputs_for
from ann_cli.insight.smearing import smeared, without_left
from ann_cli.insight.without_convolutions import without_convolutions
from ann_cli.model.model import Model
from ann_cli.model.networks import new_network
from ann_cli.tasks import TASKS

Which: TypeAlias = Literal["usual", "all"]
"""The constant and the linear model, or gradient-boosted trees, too."""

STEPS = 300
STEP_ROWS = 4096


OTHERS: Mapping[str, Callable[[Model, Source], dict[str, Model]]] = {
    "autoencoder": reconstruction_baselines,
    "som": map_baselines,
    "boltzmann": base_rates,
}
"""What fits the plain baselines of what predicts no column, by the kind of model."""


def check_baselines(which: Which, streamed: bool, task: str) -> None:
    """Raise ConfigError where a baseline cannot be fitted, before anything is trained."""
    if which == "usual":
        return
    if not TASKS[task].has_target:
        raise ConfigError(
            "gradient boosting predicts a column, and nothing is predicted here",
            place="--baselines",
            remedy="leave it out",
        )
    check_boosting(streamed)


def baselines(
    model: Model, training: Source, which: Which = "usual", plain: dict[str, Model] | None = None
) -> dict[str, Model]:
    """Return what a network is judged beside, fitted on the training rows.

    That is `plain`, or else `plain_baselines`. A network with convolutions has itself without them
    beside it. All are these and gradient-boosted trees.
    """
    found = dict(plain or plain_baselines(model, training))
    if model.config.model == "boltzmann":
        found |= single_layer(model, training)
    if flat := without_convolutions(model, training):
        found["without_convolutions"] = flat
    if which == "all":
        found["gradient_boosting"] = boosted(_plain(model, 1), training, model.config.folds)
    return found


def plain_baselines(model: Model, training: Source) -> dict[str, Model]:
    """Fit the mean (or the majority class) and a linear model on the training rows.

    Nothing of it depends on what the network has learned. Of an autoencoder they are the mean and
    principal components.
    """
    if model.task.of_ratings:
        return recommendation_baselines(model, training)
    if model.config.model in OTHERS:
        return OTHERS[model.config.model](model, training)
    constant, linear = (_plain(model, model.config.folds) for _ in range(2))
    fitted = _sums(linear, training, model.config.class_weight is None)
    for (_, bias), (mean, _) in zip(_parameters(constant), fitted, strict=True):
        bias[...] = model.task.constant_outputs(mean, model.encoder.targets)
    if model.task.least_squares:
        for (weights, bias), (_, solution) in zip(_parameters(linear), fitted, strict=True):
            weights[: len(solution) - 1] = solution[:-1]  # those of encodings stay 0
            bias[...] = solution[-1]
    else:
        _descend(linear, training)
    linear.encoder = smeared(linear, training)
    return {model.task.constant: constant, "linear": linear}


def _plain(model: Model, folds: int) -> Model:
    auto = {
        "layers": (),
        "output_activation": "auto",
        "loss": "auto",
        "class_weight": None,
        "ensemble": Ensemble(members=folds, folds=folds, variations=[]) if folds > 1 else None,
    }
    config = complete(
        model.config.model_copy(update=auto), model.task.name, len(model.classes), True
    )
    encoder = without_left(model.encoder)
    return Model(config, encoder, new_network(config, encoder))


def _parameters(model: Model) -> Iterator[tuple[Array, Array]]:
    """Yield the weights and the bias of each fold's network."""
    network = model.network
    if isinstance(network, Network):
        yield network.layers[0].weights, network.layers[0].bias
        return
    (folds,) = network.variations
    views = folds.views(folds.stored)
    yield from zip(views["layers.0.weights"], views["layers.0.bias"], strict=True)


class _Sums:
    """The sums over some rows that tell the outputs' mean and the normal equations."""

    def __init__(self, inputs: int, outputs: int, few: bool) -> None:
        """Of `few` rows, less than inputs, the rows themselves are kept."""
        self.products = np.zeros((0, 0) if few else (inputs, inputs))
        self.sums = np.zeros((inputs, outputs))
        self.means, self.count = np.zeros(outputs), 0.0
        self.rows, self.goals = list[Array](), list[Array]()


def _sums(model: Model, rows: Source, weighted: bool) -> list[tuple[Array, Array]]:
    """Return the outputs' mean and, where squares are least, their weights and bias, a column each.

    There is one pair for each fold that is left out. The normal equations take one pass; of fewer
    rows than inputs it is their dual, which has a row and a column a row and the same solution of
    least length. A class_weight makes all classes count alike: the majority is the one without it,
    so the mean is then not `weighted`.
    """
    # A sum of bins is a curve, and no linear model.
    linear = model.encoder.encoded
    inputs = linear + 1
    squares = model.task.least_squares
    few = squares and len(rows) < inputs
    found = [_Sums(inputs, model.network.outputs, few) for _ in range(model.config.folds)]
    for part in rows.blocks(STEP_ROWS, None):
        y = outputs_for(model, part.y).astype(np.float64)
        weight = np.ones(len(part)) if part.weight is None else part.weight.astype(np.float64)
        averaged = model.task.averaged(y, model.encoder.targets)
        block = np.ones((len(part), inputs)) if squares else np.empty((len(part), 0))
        if squares:
            block[:, :-1] = part.x[:, :linear]
        for number, own in enumerate(found):
            chosen = slice(None) if part.fold is None else np.flatnonzero(part.fold == number)
            counted = weight[chosen] if weighted else np.ones(len(y[chosen]))
            own.means += counted @ averaged[chosen]
            own.count += counted.sum()
            _add(own, block[chosen], y[chosen], weight[chosen], part.weight is not None)
    every = range(len(found))
    left = ([found[other] for other in every if other != at or len(found) == 1] for at in every)
    return [_solved(each, squares, few) for each in left]


def _add(own: _Sums, block: Array, y: Array, weight: Array, differ: bool) -> None:
    """Add some rows to the normal equations; their weights `differ`, or all are 1."""
    if not block.shape[1]:
        return
    if not len(own.products):
        root = np.sqrt(weight)
        own.rows.append(block * root[:, None])
        own.goals.append(y * root[:, None])
        return
    of_weight = (block * weight[:, None] if differ else block).T
    own.products += of_weight @ block
    own.sums += of_weight @ y


def _solved(parts: Sequence[_Sums], squares: bool, few: bool) -> tuple[Array, Array]:
    mean = np.add.reduce([each.means for each in parts]) / sum(each.count for each in parts)
    if few:
        every = np.concatenate([rows for each in parts for rows in each.rows])
        goals = np.concatenate([goals for each in parts for goals in each.goals])
        return mean, every.T @ np.linalg.lstsq(every @ every.T, goals)[0]
    if not squares:
        return mean, np.empty(0)
    first, *others = parts
    products, sums = first.products, first.sums
    for each in others:
        products, sums = products + each.products, sums + each.sums
    return mean, np.linalg.lstsq(products, sums)[0]


@dataclass(frozen=True)
class _OneAClass:
    """A source whose rows have one output a class, and nothing of encodings."""

    model: Model
    rows: Source

    def __len__(self) -> int:
        return len(self.rows)

    def blocks(self, size: int, generator: np.random.Generator | None) -> Iterator[Rows]:
        for part in self.rows.blocks(size, generator):
            x = part.x
            if self.model.encoder.encoded < x.shape[1]:  # whose weights then stay 0
                x = x.copy()
                x[:, self.model.encoder.encoded :] = 0
            yield Rows(x, outputs_for(self.model, part.y), part.weight, part.fold)


def _descend(model: Model, rows: Source) -> None:
    """Fit multinomial logistic regression with the customary penalty of 1 / rows.

    Of two classes each has half of the weights that a sigmoid would have: their squares add up to
    half of what the sigmoid's pay, so the penalty doubles.
    """
    count = len(rows)
    size = ceil(count / ceil(count / STEP_ROWS))  # steps of one size, lest one row be a step
    penalty = 2 if model.network.outputs == 2 else 1
    every: Source = _OneAClass(model, rows)
    network = model.network
    if not isinstance(network, Network):
        folds = Folds(network.variations[0], network.folds)
        every = RowsWithoutFolds(every, folds, network.folds)
        (network,) = network.variations
    training = BackPropagation(
        network,
        Adam(learning_rate=0.2),
        generators(0),
        epochs=ceil(STEPS * size / count),
        batch_size=size,
        schedule=Cosine(),
        l2=penalty / count,
    )
    for _ in training.run(every):
        pass
