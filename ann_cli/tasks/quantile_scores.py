"""How good predicted quantiles of a number are, gathered block by block."""

from typing import Any

import numpy as np

from ann_cli.engine.losses import Quantile
from ann_cli.engine.settings import Array


class QuantileScores:
    """Each quantile's pinball loss in the target's own units, and the share of rows below it."""

    def __init__(self, quantiles: tuple[float, ...]) -> None:
        self.quantiles = quantiles
        self._weight = 0.0
        self._sums = np.zeros((2, len(quantiles)))

    def add(self, actual: Array, predicted: Array, weight: Array | None) -> None:
        """Add some rows' numbers, and rows × quantiles."""
        counts = np.ones(len(actual)) if weight is None else weight.astype(np.float64)
        y = actual[:, np.newaxis]
        losses = Quantile.value(None, predicted, y, np.array(self.quantiles))
        for at, each in enumerate((losses, y <= predicted)):
            self._sums[at] += (each * counts[:, np.newaxis]).sum(axis=0)
        self._weight += float(counts.sum())

    @property
    def pinball_loss(self) -> float:
        """The mean over the quantiles."""
        return float(self._sums[0].mean()) / self._weight

    def by_quantile(self) -> list[dict[str, Any]]:
        """Return what is told of each: as many rows are to lie below it as its own share says."""
        losses, below = (self._sums / self._weight).tolist()
        return [
            {"quantile": quantile, "rows_below": share, "pinball_loss": loss}
            for quantile, share, loss in zip(self.quantiles, below, losses, strict=True)
        ]
