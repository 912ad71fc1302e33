"""How well one column alone tells the target: each row by the rows of like value."""

import numpy as np

from ann_cli.data.cells.distinct import factorized
from ann_cli.data.cells.values import Array


def scores_of_numbers(x: Array, y: Array, classes: bool) -> Array:
    """Return for each column of numbers the R² of the target, or the share of its classes.

    `x` is rows × columns; NaN where a column has missing cells, or one value only. A row is told by
    the rows of its own value where values repeat, else by its neighbours in the column's order;
    rows with the least and the greatest number have none on one side, and tell of no R².
    """
    scores = np.full(x.shape[1], np.nan)
    order = np.argsort(x, axis=0, kind="stable")
    ranked, own = np.take_along_axis(x, order, axis=0), y[order]
    anew = np.diff(ranked, axis=0) > 0
    different = 1 + anew.sum(axis=0)
    known = ~np.isnan(ranked[-1])  # the last, where there is one
    many = known & (different >= len(x) / 2)
    x, goal = ranked[:, many], own[:, many]
    if classes:
        scores[many] = _scores(_by_neighbours(goal), goal, classes)
    else:
        scores[many] = _scores(_between(x, goal), goal[1:-1], classes)
    for at in np.flatnonzero(known & ~many & (different > 1)):
        places = np.r_[0, np.cumsum(anew[:, at])]
        scores[at] = _score_by_value(places, own[:, at], classes)
    return scores


def score_of_category(cells: Array, y: Array, classes: bool) -> float:
    """Return the same for a column of categories; a missing cell is a value of its own."""
    places, distinct = factorized(cells)
    return _score_by_value(places + 1, y, classes) if len(distinct) > 1 else np.nan


def _score_by_value(places: Array, y: Array, classes: bool) -> float:
    """Return the score of telling each row by the rows with the same number of a value."""
    if len(np.unique(places)) > len(y) / 10:
        return np.nan  # too few rows a value, of which each tells itself
    if classes:
        table = np.zeros((int(places.max()) + 1, int(y.max()) + 1))
        np.add.at(table, (places, y), 1)
        predicted = table.argmax(axis=1)[places]
    else:
        times = np.maximum(np.bincount(places), 1)
        predicted = (np.bincount(places, y) / times)[places]
    return float(_scores(predicted[:, None], y[:, None], classes)[0])


def _scores(predicted: Array, y: Array, classes: bool) -> Array:
    if classes:
        share: Array = (predicted == y).mean(axis=0)
        return share
    spread = np.square(y - y.mean(axis=0)).sum(axis=0)
    left = np.square(y - predicted).sum(axis=0)
    return 1 - np.divide(left, spread, out=np.ones_like(left), where=spread > 0)


def _by_neighbours(y: Array) -> Array:
    """Return each class where a neighbour has it, too; else no class.

    At the bound between two classes one neighbour is of the other.
    """
    before, after = np.roll(y, 1, axis=0), np.roll(y, -1, axis=0)
    before[0], after[-1] = y[1], y[-2]
    return np.where((before == y) | (after == y), y, -1)


def _between(x: Array, y: Array) -> Array:
    """Return each number but the ends as the line through its neighbours has it, by x."""
    width = x[2:] - x[:-2]
    share = np.divide(x[1:-1] - x[:-2], width, out=np.full_like(width, 0.5), where=width > 0)
    return y[:-2] + share * (y[2:] - y[:-2])
