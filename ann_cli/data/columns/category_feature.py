"""A column of categories, one input each, as inputs of the network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from ann_cli.data.cells.notation import TEXT, Notation
from ann_cli.data.cells.values import ABSENT, UNSEEN, Array, Kind, codes
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.statistics import Values

MISSING = "(missing)"


@dataclass(frozen=True)
class CategoryFeature(Feature):
    """One input a value, 1 where the cell holds it; a value not seen in training is all 0."""

    stored: ClassVar[tuple[str, ...]] = ("name", "kind", "categories", "was_missing")
    """The fields that every record of it in a weights file has."""

    name: str
    kind: Kind
    categories: tuple[str, ...]
    was_missing: bool
    """Whether a missing cell is a value of its own, the last."""
    notation: Notation = TEXT

    @classmethod
    def fit(cls, found: Values, form: Any, notation: Notation = TEXT) -> Self:
        """Learn the values from what the training rows say. A subclass has a form of the config."""
        values = tuple(sorted(found.counts))
        return cls(found.name, "category", values, found.missing > 0, notation)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        names = tuple(f"{self.name}={each}" for each in self.categories)
        if not self.was_missing:
            return names
        # A category may be called (missing), too.
        missing = f"{self.name}={MISSING}"
        return (*names, f"{self.name} was missing" if missing in names else missing)

    @property
    def one_of_each(self) -> int:
        """How many inputs, the first of all, tell the value: one of them is 1."""
        return len(self.categories) + self.was_missing

    def encode(self, column: pd.Series | Array, out: Array) -> None:
        """Write rows × inputs into `out`, which is all 0."""
        found = self._found(column)
        rows = np.flatnonzero(found >= 0)
        out[rows, found[rows]] = 1

    def plain_cells(self, column: pd.Series) -> list[str | None]:
        """Return each cell's text: that of the value that it stands for, where there is one."""
        found, known = self._known(column)
        return [
            None if at == ABSENT else str(cell) if at == UNSEEN else known[at]
            for at, cell in zip(found.tolist(), column, strict=True)
        ]

    def _known(self, column: pd.Series) -> tuple[Array, Sequence[str]]:
        """Return the place of each cell's value, UNSEEN or ABSENT; and the values."""
        return codes(column, self.categories), self.categories

    def how(self) -> str:
        """Return how a cell becomes its first input."""
        return "1 for its value"

    def unknown(self, column: pd.Series) -> int:
        """Return the number of cells whose value was not seen in training."""
        return int(np.count_nonzero(self._found(column) < 0))

    def unseen(self, found: Values) -> int:
        """Return the number of unknown cells in rows of which only this is known."""
        places = codes(np.array(list(found.counts), dtype=object), self.categories)
        times = np.array(list(found.counts.values()))
        return int(times[places < 0].sum()) + found.missing * (not self.was_missing)

    def _found(self, column: pd.Series | Array) -> Array:
        found = codes(column, self.categories)
        missing = len(self.categories) if self.was_missing else UNSEEN
        return np.where(found == ABSENT, missing, found)
