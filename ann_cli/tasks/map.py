"""A map of rows: each is given to the unit that is most like it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ann_cli.engine.maps.map import BEST, DISTANCE, SECOND, MapOutput
from ann_cli.engine.output import Output
from ann_cli.engine.settings import Array
from ann_cli.tasks.task import Scores, Target, WithoutTarget


class MapOfRows(WithoutTarget):
    """The unit of a map that is most like a row is found."""

    name = "map"
    fits = {"linear": "masked_squared_error"}
    keeps_gaps = True
    constant = "plane"
    decides = ("quantization_error", "topographic_error")
    importance = ("quantization_error",)
    row_loss = "distance to the nearest unit"

    def outputs(self, targets: Sequence[Target], activation: str) -> int:
        """Return three: the best unit, the distance, the second-best unit."""
        return 3

    def scorer(self, targets: Sequence[Target], output: Any) -> "MapScores":
        return MapScores(output)

    def output_names(
        self, targets: Sequence[Target], output: Output, outputs: int
    ) -> tuple[str, ...]:
        return ("unit", "distance", "second unit")

    def summary(self, targets: Sequence[Target]) -> str:
        return "each row's place on a map"


class MapScores:
    """How far rows are from their units, and whether neighbours on the map are alike.

    quantization_error is the mean distance to the best unit; topographic_error the share of rows
    whose two best units are no neighbours (Kiviluoto 1996, "Topology preservation in
    self-organizing maps"), None where units have no order; purity the share of labelled rows whose
    label is the most frequent one of their unit's training rows, None without labels.
    """

    def __init__(self, output: MapOutput) -> None:
        self.output = output
        self._found, self._labelled, self._pure = np.zeros(3), 0.0, 0.0
        self._majority = output.labels.argmax(axis=1) if output.labels.size else np.zeros(0)
        self._any = output.labels.sum(axis=1) > 0

    def add(self, y: Array, outputs: Array, weight: Array | None) -> Array:
        """Add some rows; return each one's distance; a row of which nothing is known counts not."""
        known = ~np.isnan(outputs[:, DISTANCE])
        counts = known * (np.ones(len(y)) if weight is None else weight.astype(np.float64))
        distances = np.where(known, outputs[:, DISTANCE], 0).astype(np.float64)
        best, second = (np.where(known, outputs[:, at], 0).astype(int) for at in (BEST, SECOND))
        apart = ~self.output.grid.are_neighbours(best, second)
        self._found += counts.sum(), counts @ distances, counts @ apart
        if y.shape[1] and len(self._majority):
            labelled = counts * y.any(axis=1)
            pure = (y.argmax(axis=1) == self._majority[best]) & self._any[best]
            self._labelled += float(labelled.sum())
            self._pure += float((labelled * pure).sum())
        return distances

    def scores(self) -> Scores:
        """Return the metrics of all rows so far."""
        rows, distance, apart = (float(each) for each in self._found)
        rows = max(rows, 1e-300)
        found: Scores = {"quantization_error": distance / rows}
        found["topographic_error"] = None
        if self.output.ordered and self.output.grid.units > 1:
            found["topographic_error"] = apart / rows
        if len(self._majority):
            found["purity"] = self._pure / self._labelled if self._labelled else None
        return found

    def details(self) -> dict[str, Any]:
        """Nothing is told beside the scores."""
        return {}
