"""Numbers that have a place: pixels of a picture, steps of a series. They share their scale."""

from collections.abc import Sequence

import numpy as np

from ann_cli.data.cells.notation import Notation
from ann_cli.data.cells.values import Array
from ann_cli.data.columns.number_feature import NumberFeature
from ann_cli.data.columns.scaling import center_and_scale, limit_of, reach
from ann_cli.data.columns.statistics import Numbers
from ann_cli.data.columns.summaries import Moments, percentiles_of


def placed_features(
    columns: Sequence[tuple[Numbers, Notation]], channels: int, scaling: str
) -> list[NumberFeature]:
    """Learn what columns become that stand one after the other, the channel last.

    A channel has one center and one scale, so that a picture stays one: a pixel that is nearly
    always dark is not brighter for it. A cell that is missing counts as the center, and enters as
    0. None is left out, as each has its place.
    """
    learned = []
    for channel in range(channels):
        pooled = Pooled([found for found, _ in columns[channel::channels]])
        learned.append(
            (*center_and_scale(pooled, scaling), *reach(pooled), limit_of(pooled, scaling))
        )
    features = []
    for at, (found, notation) in enumerate(columns):
        center, scale, low, high, limit = learned[at % channels]
        features.append(
            NumberFeature(
                *(found.name, found.kind, center, center, scale, False, low, high, notation, limit)
            )
        )
    return features


class Pooled(Numbers):
    """What the cells of several columns of numbers say together."""

    def __init__(self, columns: Sequence[Numbers]) -> None:
        super().__init__(columns[0].name, columns[0].kind)
        self._columns = columns
        self.rows = sum(each.rows for each in columns)
        self.missing = sum(each.missing for each in columns)

    @property
    def moments(self) -> Moments:
        """Those of all numbers."""
        total = Moments()
        for each in self._columns:
            total.merge(each.moments)
        return total

    def percentiles(self, *percents: float) -> list[float]:
        """Return some percentiles, estimated where those of one column would be."""
        return percentiles_of(percents, *self.sample())

    def sample(self) -> tuple[Array, Array | None]:
        """Return numbers in their order, and of how many each is one."""
        values, counts = zip(*(each.sample() for each in self._columns), strict=True)
        every = np.concatenate(values)
        order = every.argsort(kind="stable")
        if all(each is None for each in counts):
            return every[order], None
        ones = [np.ones(len(own), dtype=np.int64) for own in values]
        weights = [one if own is None else own for own, one in zip(counts, ones, strict=True)]
        return every[order], np.concatenate(weights)[order]
