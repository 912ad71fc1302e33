"""Importance: how much worse a model scores when a column no longer tells it anything."""

import re
from dataclasses import dataclass

import numpy as np

from ann_cli.data.columns.encoder import Encoder
from ann_cli.engine.rows import Rows
from ann_cli.engine.settings import Array
from ann_cli.insight.intervals import Interval, mean_interval
from ann_cli.insight.scoring import score
from ann_cli.model.model import Model
from ann_cli.tasks.metrics import METRICS
from ann_cli.tasks.task import Scores

PLACE = re.compile(r"(.*?)( \d+ ahead)? -?\d+", re.DOTALL)
"""The name of a column of a window: what it tells, how far ahead, and the step."""


@dataclass(frozen=True)
class Importance:
    """A column, and how much worse each metric is without it, in the metric's own units."""

    column: str
    worse: dict[str, Interval | None]
    """None where a metric is not a number."""


def permutation_importance(
    model: Model,
    x: Array,
    y: Array,
    repeats: int,
    generator: np.random.Generator,
    fold: Array | None = None,
) -> list[Importance]:
    """Return each column's importance on rows × inputs and rows × outputs, the greatest first.

    A column's cells are put in a random order, `repeats` times, and what the score loses is its
    importance (Breiman 2001, "Random forests", section 10). All inputs that a column becomes move
    together. The intervals are those over the repeats: they tell how well the shuffling measures
    these rows, not how far other rows would differ. Columns that say the same share their
    importance, as one stands in for the other. With the `fold` of each row an ensemble's members
    are asked that were trained without it.
    """
    names = model.task.importance
    whole = _scores(model, x, y, fold)
    found = []
    for column, inputs in places_together(model.encoder).items():
        shuffled, own = x.copy(), x[:, inputs]
        scores = []
        for _ in range(repeats):
            shuffled[:, inputs] = own[generator.permutation(len(x))]
            scores.append(_scores(model, shuffled, y, fold))
        found.append(Importance(column, {name: _worse(name, whole, scores) for name in names}))
    return sorted(found, key=lambda each: -_mean(each.worse[names[0]]))


def places_together(encoder: Encoder) -> dict[str, list[int]]:
    """Return which inputs tell one thing: those of a column, of a series all steps of one.

    The values of a text that is known ahead are one thing, too.
    """
    places = encoder.places_of
    if encoder.timeline is None:
        return places
    texts = encoder.timeline.texts
    behind = {channel: each.name for each in texts for channel in each.channels}
    found: dict[str, list[int]] = {}
    for name, own in places.items():
        place = PLACE.fullmatch(name)
        assert place is not None
        channel, ahead = place[1], place[2] or ""
        found.setdefault(behind.get(channel, channel) + ahead, []).extend(own)
    return found


def _scores(model: Model, x: Array, y: Array, fold: Array | None) -> Scores:
    return score({"": model}, Rows(x, y, fold=fold))[""]


def _worse(name: str, whole: Scores, scores: list[Scores]) -> Interval | None:
    before, after = whole[name], [each[name] for each in scores]
    known = [each for each in after if each is not None]
    if before is None or len(known) < len(after):
        return None
    metric = METRICS[name]
    found = mean_interval([metric.sign * (each - before) for each in known])
    return found.within(-metric.furthest, metric.furthest)


def _mean(interval: Interval | None) -> float:
    return -np.inf if interval is None else interval.mean
