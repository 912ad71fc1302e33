"""What a model learned of users and items: who is rated how, and what its units stand for."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ann_cli.engine.settings import Array
from ann_cli.insight.plain import plain
from ann_cli.model.model import Model

ENDS = 3
"""Items at each end of a unit, and of the biases."""

UNITS = 20
"""Units that are told of, those that tell items most apart."""

LEAST = 10
"""Ratings of an item, at least, for it to be told of as one of the best or the worst."""


def inspect_ratings(model: Model) -> dict[str, Any]:
    """Return how often and how items were rated, and the items at both ends of each unit.

    Of rows of items a unit's numbers are the items' codes; of rows of users, and of a machine, they
    are the weights from the unit to the items.
    """
    recommender = model.recommender
    catalogue, ratings = recommender.catalogue, recommender.ratings
    counts = np.bincount(ratings.columns, minlength=ratings.width)
    found: dict[str, Any] = {
        "task": model.config.task,
        "networks": 1,
        "parameters": model.network.theta.size,
        "users": len(catalogue.users),
        "items": len(catalogue.items),
        "known": catalogue.known,
        "share": catalogue.share,
        "most": _named(catalogue.items, np.argsort(-counts, kind="stable")[:ENDS], counts),
        "of_user": _spread(ratings.counts),
        "of_item": _spread(counts),
        "units": _units(model),
    }
    if catalogue.rated:
        above = catalogue.biases[1][:-1]
        known = np.flatnonzero(counts >= min(LEAST, counts.max()))
        order = known[np.argsort(above[known], kind="stable")]
        found |= {
            "mean": catalogue.mean,
            "low": catalogue.low,
            "high": catalogue.high,
            "best": _named(catalogue.items, order[::-1][:ENDS], above),
            "worst": _named(catalogue.items, order[:ENDS], above),
            "user_spread": float(catalogue.biases[0][:-1].std()),
            "item_spread": float(above.std()),
        }
    return found


def _units(model: Model) -> list[dict[str, Any]]:
    """Return the units that tell items most apart, with the items at both ends."""
    recommender = model.recommender
    if model.config.model != "boltzmann" and len(model.member.layers) < 2:
        return []
    values = recommender.item_codes.astype(np.float64)
    spread = values.std(axis=0)
    shown = np.argsort(-spread, kind="stable")[:UNITS]
    items = recommender.catalogue.items
    return [
        {
            "name": f"unit {unit + 1}",
            "spread": float(spread[unit]),
            "high": [items[at] for at in np.argsort(-values[:, unit], kind="stable")[:ENDS]],
            "low": [items[at] for at in np.argsort(values[:, unit], kind="stable")[:ENDS]],
        }
        for unit in shown.tolist()
    ]


def _named(names: Sequence[str], places: Array, values: Array) -> list[dict[str, Any]]:
    return [{"item": names[at], "value": plain(values[at])} for at in places.tolist()]


def _spread(counts: Array) -> dict[str, float]:
    """Return the least, the median and the most."""
    least, middle, most = np.quantile(counts, (0, 0.5, 1)).tolist()
    return {"least": least, "median": middle, "most": most}
