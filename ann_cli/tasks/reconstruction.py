"""Reconstruction: a row's own inputs, rebuilt from fewer numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ann_cli.engine.output import Output
from ann_cli.engine.settings import Array
from ann_cli.tasks.task import Scores, Target, WithoutTarget


class Reconstruction(WithoutTarget):
    """The row itself is rebuilt, cell by cell."""

    name = "reconstruction"
    fits = {"linear": "masked_squared_error", "sigmoid": "masked_squared_error"}
    of_cells = True
    constant = "mean"
    decides = ("reconstruction_error", "r2")
    importance = ("reconstruction_error",)
    row_loss = "mean squared error of a row's cells"

    def scorer(self, targets: Sequence[Target], output: Output) -> "ReconstructionScores":
        return ReconstructionScores()

    def output_names(
        self, targets: Sequence[Target], output: Output, outputs: int
    ) -> tuple[str, ...]:
        return tuple(f"input {number}" for number in range(1, outputs + 1))

    def summary(self, targets: Sequence[Target]) -> str:
        return "each row's own cells"


def row_errors(y: Array, outputs: Array) -> Array:
    """Return each row's mean squared error over the inputs that are known, float64.

    `y` and `outputs` are rows × inputs, NaN in `y` where a cell is missing. A row of which nothing
    is known has an error of 0.
    """
    squares = squared_errors(y, outputs)
    known = np.count_nonzero(~np.isnan(y), axis=1)
    total: Array = squares.sum(axis=1)
    return total / np.maximum(known, 1)


def squared_errors(y: Array, outputs: Array) -> Array:
    """Return the squared error of each input, rows × inputs in float64; 0 where none is known."""
    errors = y - outputs.astype(np.float64)
    return np.where(np.isnan(errors), 0.0, np.square(errors))


class ReconstructionScores:
    """The mean error of a row, and the share of the inputs' variance that is rebuilt."""

    def __init__(self) -> None:
        self._weight = self._errors = self._squared = 0.0
        self._moments: Any = 0.0
        """Of each input the known ones' count, sum and sum of squares."""

    def add(self, y: Array, outputs: Array, weight: Array | None) -> Array:
        """Add some rows; return each one's mean squared error over its known inputs."""
        counts = np.ones(len(y)) if weight is None else weight.astype(np.float64)
        errors = row_errors(y, outputs)
        self._weight += float(counts.sum())
        self._errors += float((errors * counts).sum())
        self._squared += float((squared_errors(y, outputs).sum(axis=1) * counts).sum())
        known = ~np.isnan(y)
        values = np.where(known, y, 0.0).astype(np.float64)
        self._moments = self._moments + np.stack(
            [counts @ known, counts @ values, counts @ np.square(values)]
        )
        return errors

    def scores(self) -> Scores:
        """Return the metrics of all rows so far; r2 is None where nothing varies."""
        count, total, squares = self._moments
        deviations = float((squares - np.square(total) / np.maximum(count, 1)).sum())
        return {
            "reconstruction_error": self._errors / self._weight,
            "r2": 1 - self._squared / deviations if deviations > 0 else None,
        }

    def details(self) -> dict[str, Any]:
        """Nothing is told beside the scores."""
        return {}
