"""Whether probabilities are as they say: what they foretell beside what happens."""

import numpy as np

from ann_cli.engine.settings import Array

BINS = 10
"""Parts of 0 to 1, all as wide."""


class Reliability:
    """Probabilities in bins, and how often what they foretell happened in each.

    Guo, Pleiss, Sun & Weinberger 2017, "On calibration of modern neural networks", section 2. A row
    counts by its weight.
    """

    def __init__(self) -> None:
        self._sums = np.zeros((3, BINS))

    def add(self, foretold: Array, happened: Array, weight: Array) -> None:
        """Add some rows: a probability, whether it came true, and what the row counts."""
        bins = np.minimum((foretold * BINS).astype(np.intp), BINS - 1)
        for at, each in enumerate((weight, weight * foretold, weight * happened)):
            self._sums[at] += np.bincount(bins, each, BINS)

    def told(self) -> list[dict[str, float]]:
        """Return of each bin that has rows how many, the mean probability and the share."""
        return [
            {
                "rows": int(rows) if rows.is_integer() else rows,
                "predicted": foretold / rows,
                "observed": happened / rows,
            }
            for rows, foretold, happened in self._sums.T.tolist()
            if rows
        ]
