"""A column of many categories that share inputs, as inputs of the network."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from ann_cli.config.column_forms import HashedForm
from ann_cli.data.cells.distinct import plain_texts, texts
from ann_cli.data.cells.notation import TEXT, Notation
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.columns.category_feature import MISSING
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.statistics import PLACES, Values, hash_of


@dataclass(frozen=True)
class HashedFeature(Feature):
    """A hash of the value picks one of some inputs; another input says how frequent the value is.

    Weinberger et al. 2009, "Feature hashing for large scale multitask learning". The frequency is
    log(1 + the count in the training rows), less its mean and divided by its deviation; values
    are counted by another part of the hash, in 65,536 places, so that memory is flat.
    """

    stored: ClassVar[tuple[str, ...]] = (
        *("name", "kind", "buckets", "counts", "center", "scale", "was_missing"),
    )

    name: str
    kind: Kind
    buckets: int
    counts: tuple[int, ...]
    """Training rows in each place."""
    center: float
    scale: float
    was_missing: bool
    notation: Notation = TEXT

    @classmethod
    def fit(cls, found: Values, form: HashedForm, notation: Notation = TEXT) -> Self:
        """Learn from what the training rows say."""
        counts = found.places
        logs = np.log1p(counts)
        center = float(np.average(logs, weights=counts))
        scale = float(np.average((logs - center) ** 2, weights=counts)) ** 0.5
        missing = found.missing > 0
        told = (form.hashed, tuple(counts.tolist()), center, scale or 1.0, missing, notation)
        return cls(found.name, "category", *told)

    @property
    def one_of_each(self) -> int:
        """How many inputs, the first of all, tell the value: one of them is 1."""
        return self.buckets + self.was_missing

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        names = [f"{self.name} (hash {number})" for number in range(1, self.buckets + 1)]
        missing = [f"{self.name}={MISSING}"] if self.was_missing else []
        return (*names, *missing, f"{self.name} (frequency)")

    def encode(self, column: pd.Series, out: Array) -> None:
        """Write rows × inputs into `out`, which is all 0."""
        found, distinct = texts(column)
        known, hashed = np.flatnonzero(found >= 0), hash_of(distinct)
        logs = (np.log1p(np.array(self.counts)) - self.center) / self.scale
        out[known, (hashed % self.buckets)[found[known]]] = 1
        out[known, -1] = logs[hashed // PLACES][found[known]]
        if self.was_missing:
            out[found < 0, self.buckets] = 1

    def plain_cells(self, column: pd.Series) -> list[str | None]:
        """Return each cell's text."""
        return plain_texts(column)

    def how(self) -> str:
        """Return how a cell becomes its first input."""
        return f"1 for its hash, of {self.buckets:,}"
