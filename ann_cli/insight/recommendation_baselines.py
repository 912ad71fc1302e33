"""What a recommender has to beat: means and biases of ratings; popularity, and EASE."""

from dataclasses import replace
from typing import Any

import numpy as np

from ann_cli.config.complete import complete
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.ratings.catalogue import Catalogue
from ann_cli.data.ratings.matrix import Matrix
from ann_cli.data.ratings.source import RatingRows
from ann_cli.engine.activations import Linear
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.network import Network
from ann_cli.engine.rows import Source
from ann_cli.engine.settings import Array
from ann_cli.model.model import Model
from ann_cli.model.networks import new_network
from ann_cli.tasks.recommendation import MOST_ITEMS

RIDGE = 300.0
"""What is added to each item's count in EASE: on MovieLens 100k 200 to 400 did best."""


def recommendation_baselines(model: Model, training: Source) -> dict[str, Model]:
    """Return the baselines, fitted on the training ratings.

    Of ratings they are the mean, each item's mean, and the biases of users and items, beside a
    network that adds 0; of choices how often an item was chosen, and EASE.
    """
    assert isinstance(training, RatingRows)
    catalogue, ratings = training.catalogue, training.inputs
    if catalogue.rated:
        kinds = {
            "mean": catalogue.without(user=True, item=True),
            "item_mean": catalogue.with_item_means(ratings),
            "biases": catalogue,
        }
        return {name: _zero(model, each) for name, each in kinds.items()}
    counts = np.bincount(ratings.columns, minlength=ratings.width)
    popularity = _zero(model, catalogue)
    _last(popularity).bias[...] = np.log(np.maximum(counts, 1e-3))
    found = {"popularity": popularity}
    if ratings.width <= MOST_ITEMS:
        free = {"output_activation": "linear", "loss": "auto", "layers": []}
        found["ease"] = ease = _zero(model, catalogue, **free)
        _last(ease).weights[...] = ease_weights(ratings)
    return found


def ease_weights(choices: Matrix) -> Array:
    """Return the weights between items, items × items, float64, 0 on the diagonal.

    They are the linear autoencoder of least squared error and ridge penalty that may not take an
    item from itself, in closed form: Steck 2019, "Embarrassingly shallow autoencoders for sparse
    data", equation 8.
    """
    counts = np.zeros((choices.width, choices.width))
    for start in range(0, len(choices), 4096):
        rows = choices.dense(np.arange(start, min(start + 4096, len(choices))))
        counts += rows.T @ rows
    counts[np.diag_indices_from(counts)] += RIDGE
    inverse = np.linalg.inv(counts)
    weights: Array = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return weights


def _zero(model: Model, catalogue: Catalogue, **keys: object) -> Model:
    """Return a model whose weights are 0, with one hidden unit: its weights are fewest so."""
    # Beside a Boltzmann machine, too, they are networks of layers.
    changed = {"model": "autoencoder", "layers": [Dense(1, Linear())], "noise": 0.0, **keys}
    config = complete(model.config.model_copy(update=changed), model.task.name, 0, True)
    encoder = Encoder((), (), catalogue=replace(catalogue, levels=()))
    return Model(config, encoder, new_network(config, encoder), ratings=model.ratings)


def _last(model: Model) -> Any:
    assert isinstance(model.network, Network)
    return model.network.layers[-1]
