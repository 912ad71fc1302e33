"""Baselines: what a network has to beat. Each is a network without hidden layers."""

from math import ceil

import numpy as np

from ann_cli.config.complete import complete
from ann_cli.engine.optimizers import Adam
from ann_cli.engine.rows import Rows
from ann_cli.engine.schedules import Cosine
from ann_cli.engine.settings import Array
from ann_cli.engine.training import Training, generators
from ann_cli.insight.metrics import Scores
from ann_cli.insight.scoring import score
from ann_cli.model.model import Model, new_network

STEPS = 300
STEP_ROWS = 4096


def baselines(model: Model, training: Rows, held: Rows) -> dict[str, Scores]:
    """Fit the mean (or the majority class) and a linear model; return their scores on `held`.

    A loss is None where the model's own is another one, as the two could not be compared.
    """
    x, y, weight = training.x, _one_a_class(model, training.y), training.weight
    constant, linear = _plain(model), _plain(model)
    # class_weight makes all classes count alike: the majority is the one without it.
    mean = np.average(y, axis=0, weights=None if model.config.class_weight else weight)
    if model.classes:
        # softmax(log p) = p: the majority's network predicts each class by its share.
        mean = np.log(np.maximum(mean, 1e-38))
        _descend(linear, x, y, weight)
    else:
        linear.network.theta[...] = _least_squares(x, y, weight)
    constant.network.layers[0].bias[...] = mean
    first = "majority" if model.classes else "mean"
    scores = {}
    for name, baseline in ((first, constant), ("linear", linear)):
        scores[name] = score(baseline, held.x, _one_a_class(model, held.y), held.weight)
        if baseline.network.loss != model.network.loss:
            scores[name]["loss"] = None
    return scores


def _plain(model: Model) -> Model:
    task = "classification" if model.classes else "regression"
    auto = {"layers": (), "output_activation": "auto", "loss": "auto", "class_weight": None}
    config = complete(model.config.model_copy(update=auto), task, len(model.classes), True)
    network = new_network(config, len(model.encoder.inputs), len(model.classes))
    return Model(config, model.encoder, network)


def _one_a_class(model: Model, y: Array) -> Array:
    return np.hstack([1 - y, y]) if model.classes and y.shape[1] == 1 else y


def _least_squares(x: Array, y: Array, weight: Array | None) -> Array:
    """Return weights and bias that minimise the squared error, by the normal equations."""
    inputs = x.shape[1] + 1
    products, sums = np.zeros((inputs, inputs)), np.zeros(inputs)
    for start in range(0, len(x), STEP_ROWS):
        rows = slice(start, start + STEP_ROWS)
        block = np.hstack([x[rows], np.ones((len(x[rows]), 1))]).astype(np.float64)
        weighted = block if weight is None else block * weight[rows, None]
        products += weighted.T @ block
        sums += weighted.T @ y[rows, 0].astype(np.float64)
    return np.linalg.lstsq(products, sums)[0]


def _descend(model: Model, x: Array, y: Array, weight: Array | None) -> None:
    """Fit multinomial logistic regression with the customary penalty of 1 / rows.

    Of two classes each has half of the weights that a sigmoid would have: their squares add up to
    half of what the sigmoid's pay, so the penalty doubles.
    """
    rows = ceil(len(x) / ceil(len(x) / STEP_ROWS))  # steps of one size, lest one row be a step
    penalty = 2 if model.network.outputs == 2 else 1
    training = Training(
        model.network,
        Adam(learning_rate=0.2),
        generators(0),
        epochs=ceil(STEPS * rows / len(x)),
        batch_size=rows,
        schedule=Cosine(),
        l2=penalty / len(x),
    )
    for _ in training.run(Rows(x, y, weight)):
        pass
