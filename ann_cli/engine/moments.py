"""The means and covariances of rows, of which some cells may be missing."""

from collections.abc import Iterator

import numpy as np

from ann_cli.engine.network import PREDICTED_ROWS
from ann_cli.engine.rows import Source
from ann_cli.engine.settings import Array


def weighted_blocks(rows: Source) -> Iterator[tuple[Array, Array]]:
    """Yield rows × inputs and their weights, rows × 1, in float64: blocks of one size.

    Rows from a file so give the same bits as those in memory.
    """
    for block in rows.blocks(PREDICTED_ROWS, None):
        weight = np.ones(len(block)) if block.weight is None else block.weight
        yield block.x.astype(np.float64), weight.astype(np.float64)[:, np.newaxis]


def mean_of(rows: Source) -> tuple[Array, float]:
    """Return the mean of each input over the cells that are known, and the sum of the weights."""
    sums, counts, total = np.zeros(0), np.zeros(0), 0.0
    for x, weight in weighted_blocks(rows):
        known = ~np.isnan(x)
        if not len(sums):
            sums, counts = np.zeros(x.shape[1]), np.zeros(x.shape[1])
        sums += (np.where(known, x, 0) * weight).sum(axis=0)
        counts += (known * weight).sum(axis=0)
        total += float(weight.sum())
    return sums / np.maximum(counts, np.finfo(float).tiny), total


def apart_from(mean: Array, x: Array) -> Array:
    """Return x less the mean; a missing cell is the mean."""
    return np.where(np.isnan(x), 0, x - mean)


def covariance_of(rows: Source, mean: Array, total: float) -> Array:
    """Return the covariances of the inputs, in a pass of their own: nothing large cancels."""
    products = np.zeros((len(mean), len(mean)))
    for x, weight in weighted_blocks(rows):
        apart = apart_from(mean, x)
        products += apart.T @ (apart * weight)
    return products / total
