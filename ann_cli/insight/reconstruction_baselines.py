"""What an autoencoder has to beat: the mean row, and as many principal components as its code."""

import numpy as np

from ann_cli.config.complete import complete
from ann_cli.engine.activations import Linear
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.network import PREDICTED_ROWS, Network
from ann_cli.engine.rows import Source
from ann_cli.engine.settings import Array
from ann_cli.model.model import Model
from ann_cli.model.networks import new_network

MOST_INPUTS = 4096
"""Inputs of which the covariances are summed, at most: 128 MB of them in float64."""


def reconstruction_baselines(model: Model, training: Source) -> dict[str, Model]:
    """Return the mean and principal component analysis, fitted on the training rows.

    A linear autoencoder of the same width can do no better than the principal components: Baldi &
    Hornik 1989, "Neural networks and principal component analysis". They are its weights here.
    """
    mean, covariance = _moments(training, model.network.inputs)
    constant = _linear(model, [])
    _set(constant, [], mean)
    found = {model.task.constant: constant}
    if covariance is not None:
        width = min(narrowest(model), len(mean))
        _, vectors = np.linalg.eigh(covariance)
        components = vectors[:, : -width - 1 : -1]
        found["pca"] = _linear(model, [Dense(width, Linear())])
        _set(found["pca"], [components, components.T], mean)
    return found


def narrowest(model: Model) -> int:
    """Return the width of an autoencoder's code."""
    return min((layer.size for layer in model.member.layers[:-1]), default=model.network.inputs)


def _moments(rows: Source, inputs: int) -> tuple[Array, Array | None]:
    """Return the mean of the inputs, and their covariances where they are not too many."""
    total, count = np.zeros(inputs), 0
    few = inputs <= MOST_INPUTS
    products = np.zeros((inputs, inputs) if few else (0, 0))
    for block in rows.blocks(PREDICTED_ROWS, None):
        x = block.x.astype(np.float64)
        total += x.sum(axis=0)
        count += len(x)
        if few:
            products += x.T @ x
    mean = total / count
    return mean, products / count - np.outer(mean, mean) if few else None


def _linear(model: Model, layers: list[Dense]) -> Model:
    keys = {"layers": layers, "output_activation": "auto", "loss": "auto", "noise": 0.0}
    config = complete(model.config.model_copy(update=keys), model.task.name, 0, True)
    return Model(config, model.encoder, new_network(config, model.encoder))


def _set(model: Model, weights: list[Array], mean: Array) -> None:
    """Set a linear network to (x − mean) · weights … + mean; without weights to the mean."""
    network = model.network
    assert isinstance(network, Network)
    for layer, own in zip(network.layers, weights, strict=False):
        layer.weights[...] = own
    if weights:
        network.layers[0].bias[...] = -mean @ weights[0]
    network.layers[-1].bias[...] = mean
