"""One column of the table and the inputs of the network that it becomes."""

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ann_cli.data.cells.notation import Notation
from ann_cli.data.cells.values import Array, Kind, read
from ann_cli.engine.encodings import Curves


class Feature:
    """A column, with all that it takes to encode its cells."""

    stored: ClassVar[tuple[str, ...]]
    """The fields that every record of it in a weights file has."""

    name: str
    kind: Kind
    notation: Notation
    encoding: Curves | None = None
    """What enters beside its first input."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs, but for those of an encoding."""
        raise NotImplementedError

    @property
    def encoded(self) -> tuple[str, ...]:
        """The names of the inputs of its encoding, which lie behind those of all columns."""
        parts = self.encoding.parts if self.encoding else ()
        return tuple(f"{self.name} ({part})" for part in parts)

    @property
    def one_of_each(self) -> int:
        """How many inputs, the first of all, tell a category: one of them is 1, the others 0."""
        return 0

    def encode(self, column: pd.Series, out: Array) -> None:
        """Write rows × inputs into `out`, which is all 0; numbers are encoded together."""
        raise NotImplementedError

    def plain_cells(self, column: pd.Series) -> list[Any]:
        """Return the cells as JSON has them, None where one is missing.

        A number is itself, no and yes are 0 and 1, a date its seconds since 1970.
        """
        values, _ = read(column, self.kind, self.notation)
        return [None if np.isnan(each) else each for each in values.tolist()]

    def how(self) -> str:
        """Return how a cell becomes its first input."""
        raise NotImplementedError

    def how_encoded(self) -> tuple[str, ...]:
        """Return how z, the first input, becomes each of those of the encoding."""
        return self.encoding.how() if self.encoding else ()

    def unknown(self, column: pd.Series) -> int:
        """Return the number of cells whose value was not seen in training: a number is not new."""
        return 0

    def beyond(self, column: pd.Series) -> int:
        """Return the number of cells that are cut off, as they lie far beyond the training rows."""
        return 0
