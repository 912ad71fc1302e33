"""A column of categories that have an order, as inputs of the network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from ann_cli.config.column_forms import OrderForm
from ann_cli.data.cells.notation import TEXT, Notation
from ann_cli.data.cells.values import ABSENT, Array, Kind, codes
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
    def fit(cls, found: Values, form: OrderForm, notation: Notation = TEXT) -> Self:
        """Learn from what the training rows say: their mean rank is 0, its deviation 1."""
        plain, order = CategoryFeature.fit(found, None, notation), tuple(form.order)
        values, counts = list(found.counts), np.array(list(found.counts.values()))
        ranks = codes(pd.Series(values, dtype=object), order)
        known = ranks >= 0
        center, scale = 0.0, 0.0
        if known.any():
            center = float(np.average(ranks[known], weights=counts[known]))
            scale = float(np.average((ranks[known] - center) ** 2, weights=counts[known])) ** 0.5
        return cls(**vars(plain), order=order, center=center, scale=scale or 1.0)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return (*super().inputs, f"{self.name} (rank)")

    def encode(self, column: pd.Series | Array, out: Array) -> None:
        """Write rows × inputs into `out`, which is all 0."""
        super().encode(column, out)
        ranks = codes(column, self.order)
        out[:, -1] = np.where(ranks >= 0, (ranks - self.center) / self.scale, 0.0)

    def _known(self, column: pd.Series) -> tuple[Array, Sequence[str]]:
        """Return the same with the values of the order that training did not meet."""
        own, known = codes(column, self.categories), [*dict.fromkeys(self.categories + self.order)]
        return np.where(own == ABSENT, ABSENT, np.maximum(own, codes(column, known))), known

    def how(self) -> str:
        """Return how a cell becomes its first input."""
        return "1 for its value; the rank beside"
