"""A config's rows in memory: those that train, and those that validate."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from ann_cli.config.spec import Config
from ann_cli.data.ahead import spread
from ann_cli.data.encoding import Encoding, joined
from ann_cli.data.split import split
from ann_cli.data.statistics import Gathered
from ann_cli.data.table import Table
from ann_cli.data.values import Array, Kind
from ann_cli.engine.rows import Rows
from ann_cli.errors import within


class Loaded:
    """All rows, in the parts in which they were read: a copy of the whole would be in no cache.

    A fraction that validates is drawn by the generator, each class having its share.
    """

    def __init__(
        self,
        config: Config,
        table: Table,
        other: Table | None,
        kinds: Mapping[str, Kind],
        task: str,
        generator: np.random.Generator,
    ) -> None:
        """`other` holds the validation rows, if not a share of `table`."""
        data = config.data
        parts, self.dropped = _known(table, kinds, data.target)
        rows = sum(map(len, parts))
        self._names = {False: table.name, True: table.name}
        self._parts: dict[bool, list[pd.DataFrame]] = {False: parts}
        if other is not None:
            self._names[True] = other.name
            self._parts[True], _ = _known(other, kinds, data.target)
        elif data.validation and rows:
            labels = None
            if task == "classification":
                labels = np.concatenate([each[data.target].to_numpy(object) for each in parts])
            held = split(rows, float(data.validation), generator, labels)
            ends = np.cumsum([len(each) for each in parts])[:-1]
            sides = zip(*spread(_sides, zip(parts, np.split(held, ends), strict=True)), strict=True)
            for side, found in enumerate(sides):
                self._parts[bool(side)] = [each for each in found if len(each)]

    @property
    def rows(self) -> int:
        """How many there are, on both sides."""
        return sum(len(part) for parts in self._parts.values() for part in parts)

    def gather(self, kinds: Mapping[str, Kind]) -> tuple[Gathered, Gathered | None]:
        """Return what the training rows say, and what the categories of the others do."""
        found = Gathered(kinds, exact=True)
        for frame in self.frames(False):
            found.add(frame)
        if True not in self._parts:
            return found, None
        held = Gathered(categories(kinds))
        for frame in self.frames(True):
            held.add(frame)
        return found, held

    def frames(self, held: bool) -> Iterator[pd.DataFrame]:
        """Yield the frames of one side."""
        return iter(self._parts[held])

    def encoded(self, training: Encoding, held: Encoding | None) -> tuple[Rows, Rows | None]:
        """Return the rows of both sides."""
        return self._rows(training, False), None if held is None else self._rows(held, True)

    def _rows(self, encoding: Encoding, held: bool) -> Rows:
        with within(self._names[held]):
            return joined(list(spread(encoding.rows, self.frames(held))))


def _sides(part: tuple[pd.DataFrame, Array]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of a frame that train, and those that validate."""
    frame, held = part
    return chosen(frame, ~held), chosen(frame, held)


def _known(table: Table, kinds: Mapping[str, Kind], target: str) -> tuple[list[pd.DataFrame], int]:
    """Return a table's parts without the rows that lack the target, and how many these are."""
    parts = table.load(kinds)
    known = [chosen(each, each[target].notna().to_numpy()) for each in parts]
    return known, sum(map(len, parts)) - sum(map(len, known))


def chosen(frame: pd.DataFrame, rows: Array) -> pd.DataFrame:
    """Return some rows of a frame; where that is all of them, the frame itself."""
    return frame if rows.all() else frame[rows]


def categories(kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """Return the columns whose cells may hold a value not seen before."""
    return {name: kind for name, kind in kinds.items() if kind == "category"}
