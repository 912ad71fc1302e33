"""The ratings of each side: those that train, those that validate and those that test."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ann_cli.data.ratings.reading import Pairs
from ann_cli.data.table import Table


@dataclass
class RatingSides:
    """Where ratings are from: a table, and the pairs of each side."""

    table: Table
    pairs: Mapping[Any, Pairs]
    dropped: int
    """Rows without a user, an item or a rating."""
    notes: list[str] = field(default_factory=list)

    def frames(self, side: str) -> Iterator[pd.DataFrame]:
        """Yield no frame: what is learned from are no cells of columns."""
        return iter(())
