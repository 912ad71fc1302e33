"""Base rates: what a machine without weights knows of its columns, and where learning begins."""

import numpy as np

from ann_cli.engine.boltzmann.greedy import logit
from ann_cli.engine.boltzmann.machine import BoltzmannMachine
from ann_cli.engine.rows import Source

ROWS = 4096

NOISE = 0.25
"""The share of a gaussian column's variance that it has around what the hidden units tell. With 0.1
to 0.5 what is drawn has the columns' means, deviations and correlations; with 1, as is customary,
correlations are half of what they are. Learned along the gradient it falls to where chains no
longer move (house prices, 2,930 rows of 5 columns)."""

LEAST_VARIANCE = 1e-3


def begin(machine: BoltzmannMachine, rows: Source) -> None:
    """Set the visible biases such that without weights each column has its own mean.

    Hinton 2010, "A practical guide to training restricted Boltzmann machines", section 8.1.
    Units of which one is 1 have the logarithms of their shares. Variances follow from the columns'.
    """
    total, squares, count = np.zeros(machine.inputs), np.zeros(machine.inputs), 0.0
    for x, _, weight in (each for block in rows.blocks(ROWS, None) for each in block.batches(ROWS)):
        x = machine.visible.held(x)
        count += len(x) if weight is None else float(weight.sum(dtype=np.float64))
        counted = x if weight is None else x * weight[:, np.newaxis]
        total += counted.sum(axis=0, dtype=np.float64)
        if machine.variance is not None:
            squares += (counted * x).sum(axis=0, dtype=np.float64)
    visible, bias = machine.visible, machine.biases[0]
    mean = total / count
    if machine.variance is None:
        bias[...] = logit(mean)
    else:
        bias[...] = mean
        variance = np.maximum(squares / count - np.square(mean), LEAST_VARIANCE)
        machine.variance[...] = np.where(visible.plain, NOISE * variance, 1)
        singles = list(visible.singles)
        bias[singles] = logit(mean[singles])
    for start, stop in visible.groups:
        # One of each counts as seen, so that none is impossible.
        shares = total[start:stop] + 1
        bias[start:stop] = np.log(shares / shares.sum())
