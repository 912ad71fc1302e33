"""What an autoencoder has to beat: the mean row, and as many principal components as its code."""

import numpy as np

from ann_cli.config.complete import complete
from ann_cli.engine.activations import Linear
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.moments import covariance_of, mean_of
from ann_cli.engine.network import Network
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
    mean, total = mean_of(training)
    constant = _linear(model, [])
    _set(constant, [], mean)
    found = {model.task.constant: constant}
    if len(mean) <= MOST_INPUTS:
        width = min(narrowest(model), len(mean))
        _, vectors = np.linalg.eigh(covariance_of(training, mean, total))
        components = vectors[:, : -width - 1 : -1]
        found["pca"] = _linear(model, [Dense(width, Linear())])
        _set(found["pca"], [components, components.T], mean)
    return found


def narrowest(model: Model) -> int:
    """Return the width of an autoencoder's code."""
    return min((layer.size for layer in model.member.layers[:-1]), default=model.network.inputs)


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
