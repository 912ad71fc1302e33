"""What a map has to beat: k-means with as many units, and the plane on which its units began."""

from typing import Any

import numpy as np

from ann_cli.engine.maps.map import Map
from ann_cli.engine.maps.plane import Plane
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Source
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.batch_rule import BatchRule
from ann_cli.model.model import Model
from ann_cli.model.networks import new_network

ALONE = (0.01, 0.01)
"""A radius at which no unit reaches its neighbour."""

PASSES, ENOUGH = 30, 1e-4
"""Passes of k-means at most, and the share by which its distance falls or it is done."""

SEEDED = 1 << 14
"""Rows from which k-means takes its first centroids, at most: of more, the first."""


def map_baselines(model: Model, training: Source) -> dict[str, Model]:
    """Return both as maps, fitted on the training rows; their units know the labels, too."""
    random = generators(model.config.seed)
    plane, kmeans = _map(model, ordered=True), _map(model, ordered=False)
    plane.weights[...] = Plane.of(training).units(plane.grid)
    trainer = BatchRule(plane, random, 0, ALONE)
    trainer.count(training)
    kmeans.weights[...] = first_centroids(training, kmeans, random["initialization"])
    passes = min(max(model.config.epochs, 1), PASSES)  # as many as the map had, unless it had more
    trainer = Lloyd(kmeans, random, passes, ALONE)
    before = np.inf
    for epoch in trainer.run(training):
        if epoch.loss >= before * (1 - ENOUGH):
            break
        before = epoch.loss
    trainer.count(training)
    named: dict[str, Any] = {model.task.constant: plane, "kmeans": kmeans}
    return {name: Model(model.config, model.encoder, each) for name, each in named.items()}


class Lloyd(BatchRule):
    """The batch rule from where the units are: without neighbours it is Lloyd's k-means.

    Lloyd 1982, "Least squares quantization in PCM". A centroid without rows stays where it is.
    """

    name = "k-means"

    def begin(self, rows: Source) -> None:
        """Leave the units where they are."""


def _map(model: Model, ordered: bool) -> Map:
    made = new_network(model.config, model.encoder)
    assert isinstance(made, Map)
    labels = made.labels.shape[1]
    return Map(made.grid, made.inputs, labels, made.stored.dtype.name, ordered=ordered)


def first_centroids(rows: Source, network: Map, generator: np.random.Generator) -> Array:
    """Return units × inputs, rows that are far apart; a missing cell is its column's mean.

    Each is drawn by its squared distance from those before it (Arthur & Vassilvitskii 2007,
    "k-means++: the advantages of careful seeding").
    """
    x = next(iter(rows.blocks(min(max(SEEDED, network.grid.units), len(rows)), None))).x
    known = ~np.isnan(x)
    means = np.where(known, x, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    x = np.where(known, x, means).astype(network.weights.dtype)
    found = np.empty(network.weights.shape, x.dtype)
    squares = np.full(len(x), np.inf)
    chosen = int(generator.integers(len(x)))
    for at in range(len(found)):
        found[at] = x[chosen]
        squares = np.minimum(squares, np.square(x - x[chosen]).sum(axis=1, dtype=np.float64))
        total = np.cumsum(squares)
        chosen = int(np.searchsorted(total, generator.random() * total[-1], side="right"))
        chosen = min(chosen, len(x) - 1)
    return found
