"""A column of categories that have an order, as inputs of the network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from ann_cli.data.cells.notation import TEXT, Notation
from ann_cli.data.cells.values import Array, Kind, codes
from ann_cli.data.columns.category_feature import CategoryFeature
from ann_cli.data.columns.statistics import Values


@dataclass(frozen=True)
class OrderedFeature(CategoryFeature):
    """Beside the inputs of a category, its rank in the order; it is 0 of a value without a rank."""

    stored: ClassVar[tuple[str, ...]] = (*CategoryFeature.stored, "order", "center", "scale")

    name: str
    kind: Kind
    categories: tuple[str, ...]
    was_missing: bool
    notation: Notation = TEXT
    order: tuple[str, ...] = ()
    """The values from low to high, of which some may not have been met in training."""
    center: float = 0.0
    scale: float = 1.0

    @classmethod
    def ordered(
        cls, found: Values, order: Sequence[str], notation: Notation = TEXT
    ) -> "OrderedFeature":
        """Learn from what the training rows say: their mean rank is 0, its deviation 1."""
        plain = CategoryFeature.fit(found, notation=notation)
        values, counts = list(found.counts), np.array(list(found.counts.values()))
        ranks = codes(pd.Series(values, dtype=object), tuple(order))
        known = ranks >= 0
        center, scale = 0.0, 0.0
        if known.any():
            center = float(np.average(ranks[known], weights=counts[known]))
            scale = float(np.average((ranks[known] - center) ** 2, weights=counts[known])) ** 0.5
        return cls(**vars(plain), order=tuple(order), center=center, scale=scale or 1.0)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return (*super().inputs, f"{self.name} (rank)")

    def encode(self, column: pd.Series | Array, out: Array) -> None:
        """Write rows × inputs into `out`, which is all 0."""
        super().encode(column, out)
        ranks = codes(column, self.order)
        out[:, -1] = np.where(ranks >= 0, (ranks - self.center) / self.scale, 0.0)

    def how(self) -> str:
        """Return how a cell becomes its first input."""
        return "1 for its value; the rank beside"
