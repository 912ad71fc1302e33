"""Baselines: what a network has to beat. Each is a network without hidden layers."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np

from ann_cli.config.complete import complete
from ann_cli.engine.optimizers import Adam
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.schedules import Cosine
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.back_propagation import BackPropagation
from ann_cli.insight.scoring import outputs_for
from ann_cli.model.model import Model, new_network

STEPS = 300
STEP_ROWS = 4096


def baselines(model: Model, training: Source) -> dict[str, Model]:
    """Fit the mean (or the majority class) and a linear model on the training rows."""
    constant, linear = _plain(model), _plain(model)
    mean, solution = _sums(linear, training, model.config.class_weight is None)
    if solution is None:
        _descend(linear, training)
    else:
        (layer,) = linear.network.layers
        layer.weights[...], layer.bias[...] = solution[:-1], solution[-1]
    constant.network.layers[0].bias[...] = model.task.constant_outputs(mean)
    return {model.task.constant: constant, "linear": linear}


def _plain(model: Model) -> Model:
    auto = {"layers": (), "output_activation": "auto", "loss": "auto", "class_weight": None}
    config = complete(
        model.config.model_copy(update=auto), model.task.name, len(model.classes), True
    )
    network = new_network(config, model.encoder)
    return Model(config, model.encoder, network)


def _sums(model: Model, rows: Source, weighted: bool) -> tuple[Array, Array | None]:
    """Return the outputs' mean and, where squares are least, their weights and bias, a column each.

    The normal equations take one pass; of fewer rows than inputs it is their dual, which has a row
    and a column a row and the same solution of least length. A class_weight makes all
    classes count alike: the majority is the one without it, so the mean is then not `weighted`.
    """
    inputs = model.network.inputs + 1
    squares = model.task.least_squares
    few = squares and len(rows) < inputs
    products = np.zeros((0, 0) if few else (inputs, inputs))
    sums = np.zeros((inputs, model.network.outputs))
    blocks, goals = list[Array](), list[Array]()
    means, count = np.zeros(model.network.outputs), 0.0
    for part in rows.blocks(STEP_ROWS, None):
        y = outputs_for(model, part.y).astype(np.float64)
        weight = np.ones(len(part)) if part.weight is None else part.weight.astype(np.float64)
        counted = weight if weighted else np.ones(len(part))
        means += counted @ y
        count += counted.sum()
        if squares:
            block = np.ones((len(part), inputs))
            block[:, :-1] = part.x
            if few:
                root = np.sqrt(weight)
                blocks.append(block * root[:, None])
                goals.append(y * root[:, None])
                continue
            of_weight = (block if part.weight is None else block * weight[:, None]).T
            products += of_weight @ block
            sums += of_weight @ y
    if few:
        every = np.concatenate(blocks)
        return means / count, every.T @ np.linalg.lstsq(every @ every.T, np.concatenate(goals))[0]
    return means / count, np.linalg.lstsq(products, sums)[0] if squares else None


@dataclass(frozen=True)
class _OneAClass:
    """A source whose rows have one output a class."""

    model: Model
    rows: Source

    def __len__(self) -> int:
        return len(self.rows)

    def blocks(self, size: int, generator: np.random.Generator | None) -> Iterator[Rows]:
        for part in self.rows.blocks(size, generator):
            yield Rows(part.x, outputs_for(self.model, part.y), part.weight)


def _descend(model: Model, rows: Source) -> None:
    """Fit multinomial logistic regression with the customary penalty of 1 / rows.

    Of two classes each has half of the weights that a sigmoid would have: their squares add up to
    half of what the sigmoid's pay, so the penalty doubles.
    """
    count = len(rows)
    size = ceil(count / ceil(count / STEP_ROWS))  # steps of one size, lest one row be a step
    penalty = 2 if model.network.outputs == 2 else 1
    training = BackPropagation(
        model.network,
        Adam(learning_rate=0.2),
        generators(0),
        epochs=ceil(STEPS * size / count),
        batch_size=size,
        schedule=Cosine(),
        l2=penalty / count,
    )
    for _ in training.run(_OneAClass(model, rows)):
        pass
