"""What is known ahead of a series, as numbers: a column of text becomes one a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.data.cells.distinct import counts
from ann_cli.data.cells.values import Array, codes
from ann_cli.errors import DataError

MOST_VALUES = 100
"""Values of a text; each is a number at every step that is looked back on, and at those ahead."""


@dataclass(frozen=True)
class KnownText:
    """A column of text, 1 where a cell holds a value; one not seen in training is all 0."""

    name: str
    values: tuple[str, ...]
    was_missing: bool
    """Whether a missing cell is a value of its own, the last."""

    @classmethod
    def learned(cls, name: str, cells: pd.Series | Array) -> "KnownText":
        """Learn the values from the training part. Raises DataError for too many or none."""
        values = sorted(counts(cells))
        if 0 < len(values) <= MOST_VALUES:
            return cls(name, tuple(values), bool(pd.isna(np.asarray(cells, dtype=object)).any()))
        raise DataError(
            f"column {name} has {len(values):,} different values in the training part, and a text "
            f"that is known ahead has 1 to {MOST_VALUES}: each is a number at every step",
            place="data.known",
            remedy="make a column of fewer kinds, or leave it out",
        )

    @property
    def channels(self) -> list[str]:
        """The names of its numbers."""
        names = [f"{self.name}={each}" for each in self.values]
        if not self.was_missing:
            return names
        missing = f"{self.name}=(missing)"
        return [*names, f"{self.name} was missing" if missing in names else missing]

    def numbers(self, cells: pd.Series | Array) -> tuple[Array, int]:
        """Return rows × channels, and how many cells hold a value that training did not meet."""
        places = codes(np.asarray(cells, dtype=object), self.values)
        if self.was_missing:
            absent = pd.isna(np.asarray(cells, dtype=object))
            places = np.where(absent, len(self.values), places)
        found = np.zeros((len(places), len(self.channels)))
        rows = np.flatnonzero(places >= 0)
        found[rows, places[rows]] = 1
        return found, len(places) - len(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {"name": self.name, "values": list(self.values), "was_missing": self.was_missing}

    @classmethod
    def from_dict(cls, stored: Any) -> "KnownText":
        """Build from what `to_dict` gave. Raises ValueError where it is something else."""
        if not isinstance(stored, Mapping) or set(stored) != {"name", "values", "was_missing"}:
            raise ValueError("a text that is known ahead has a name, and values")
        name, values = stored["name"], stored["values"]
        if not isinstance(values, list) or not isinstance(stored["was_missing"], bool):
            raise ValueError("a text that is known ahead has a list of values")
        if not all(isinstance(each, str) for each in [name, *values]):
            raise ValueError("a text that is known ahead has texts as its values")
        if not 0 < len(set(values)) == len(values) <= MOST_VALUES:
            raise ValueError("values that are known ahead are listed once each")
        return cls(name, tuple(values), stored["was_missing"])


@dataclass(frozen=True)
class Known:
    """The columns that are known ahead."""

    columns: tuple[str, ...]
    texts: tuple[KnownText, ...] = ()
    """Those among them that hold text."""

    @classmethod
    def of(cls, data: Any, texts: Sequence[KnownText] = ()) -> "Known":
        """Return those that the `data` of a config names."""
        return cls(tuple(data.known or ()), tuple(texts))

    @cached_property
    def _texts(self) -> dict[str, KnownText]:
        return {each.name: each for each in self.texts}

    @cached_property
    def behind(self) -> dict[str, str]:
        """The column behind each channel; a channel is a number at each step."""
        found = [
            (channel, name)
            for name in self.columns
            for channel in (self._texts[name].channels if name in self._texts else [name])
        ]
        return dict(found)

    @cached_property
    def of_texts(self) -> frozenset[str]:
        """The channels that say by 1 that a cell holds a value."""
        return frozenset(name for each in self.texts for name in each.channels)

    def cells(self, frame: pd.DataFrame) -> tuple[Array, dict[str, int]]:
        """Return rows × channels of a frame whose cells are read, and the unseen cells of texts."""
        blocks, unseen = [np.empty((len(frame), 0))], dict[str, int]()
        for name in self.columns:
            if name in self._texts:
                block, count = self._texts[name].numbers(frame[name])
                unseen |= {name: count} if count else {}
            else:
                block = frame[[name]].to_numpy(np.float64)
            blocks.append(block)
        return np.concatenate(blocks, axis=1), unseen
