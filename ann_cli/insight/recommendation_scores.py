"""Scores of recommendations: predicted ratings, or each user's choices among items not seen."""

from typing import Any

import numpy as np

from ann_cli.data.ratings.source import Goals, RatingBlock
from ann_cli.engine.settings import Array
from ann_cli.model.model import Model
from ann_cli.tasks.recommendation import RankingScores, RatingScores


def add_recommendations(
    model: Model, metrics: Any, block: RatingBlock
) -> tuple[float, float, Array]:
    """Add a block to the metrics; return the sum of its rows' losses, their number, and losses.

    These are one a rating, or one a user, by which two models are told apart.
    """
    goals, catalogue = block.goals, model.encoder.catalogue
    assert goals is not None
    assert catalogue is not None
    if isinstance(metrics, RankingScores):
        outputs, losses = model.network.evaluate(block.x, block.y)
        return float(losses.sum(dtype=np.float64)), len(block), _ranked(metrics, block, outputs)
    assert isinstance(metrics, RatingScores)
    expected = catalogue.expected(goals.users, goals.items)
    left = _left(model, block, goals)
    there = goals.places >= 0
    errors = (expected + left - goals.ratings)[there] / catalogue.unit
    loss = float(0.5 * np.square(errors).sum()) / getattr(model.network.loss, "known", 1.0)
    return loss, len(block), metrics.add(goals.ratings, catalogue.within(expected + left))


def _left(model: Model, block: RatingBlock, goals: Goals) -> Array:
    """Return what the network adds to the biases of each rating, float64; 0 of strangers."""
    outputs = model.network.predict(block.x)
    catalogue = model.encoder.catalogue
    assert catalogue is not None
    columns = goals.users if catalogue.rows == "item" else goals.items
    found = np.zeros(len(goals.places))
    there = np.flatnonzero(goals.places >= 0)
    found[there] = outputs[goals.places[there], columns[there]] * catalogue.unit
    if catalogue.levels:  # of which the outputs are the mean, and no addition to biases
        found[there] -= catalogue.expected(goals.users[there], goals.items[there])
    return found


def _ranked(metrics: RankingScores, block: RatingBlock, outputs: Array) -> Array:
    chosen = block.y > 0
    # What trained is no recommendation, unless it is what is asked for: of training rows.
    seen = (block.x > 0) & ~chosen
    return metrics.add(np.where(seen, -np.inf, outputs), chosen)
