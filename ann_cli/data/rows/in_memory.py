"""A config's rows in memory, side by side: training, validation and test."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import pandas as pd

from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.columns.picture_feature import statistics_of
from ann_cli.data.columns.statistics import ColumnStatistics, Numbers
from ann_cli.data.prefetch import parallel_map
from ann_cli.data.rows.copies import among_training, together
from ann_cli.data.rows.dealing import cells_of, dealt, groups_of
from ann_cli.data.rows.encoding import Encoding, joined
from ann_cli.data.rows.split import (
    HELD,
    SIDES,
    Side,
    check_sides,
    count_sides,
    cuts_of,
    shares_of,
    split,
    split_by_time,
    split_groups,
)
from ann_cli.data.series.table import WindowTable
from ann_cli.data.table import Table
from ann_cli.engine.rows import Rows
from ann_cli.errors import DataError, counted, within
from ann_cli.tasks import TASKS

BySide: TypeAlias = tuple[ColumnStatistics, dict[Side, ColumnStatistics]]
"""What the training rows say, and what the categories of the other sides do."""


class RowsInMemory:
    """All rows, in the parts in which they were read: a copy of the whole would be in no cache.

    A share that validates or tests is drawn by the generator, each class having its part in it; or
    by groups, or it is the latest rows.
    """

    def __init__(
        self,
        config: Config,
        table: Table,
        others: Mapping[Side, Table],
        kinds: Mapping[str, Kind],
        task: str,
        generator: np.random.Generator,
    ) -> None:
        """`others` are the tables of sides that are no share of `table`."""
        self._config, self._kinds, self._task = config, kinds, task
        self.table, self.others = table, others
        self.notes: list[str] = []
        """Sentences on how rows came to their sides."""
        targets = config.data.targets
        parts, self.dropped = _known(table, kinds, targets)
        self._names: dict[Side, str] = dict.fromkeys(SIDES, table.name)
        self._parts: dict[Side, list[pd.DataFrame]] = {"training": parts}
        rows = sum(map(len, parts))
        if any(shares_of(config.data)) and rows:
            with within(table.name):
                sides = self._sides(parts, rows, generator)
            ends = np.cumsum([len(each) for each in parts])[:-1]
            divided = list(parallel_map(_divided, zip(parts, np.split(sides, ends), strict=True)))
            for at, side in enumerate(SIDES):
                found = [each[at] for each in divided if len(each[at])]
                if side == "training" or found:
                    self._parts[side] = found
        self._fold = None
        if config.folds > 1 and rows:
            with within(table.name):
                self._fold = self._dealt(generator)
        for side, other in others.items():
            self._names[side] = other.name
            self._parts[side], _ = _known(other, kinds, targets)
            if config.data.features is None:
                note = among_training(self._parts["training"], self._parts[side], side)
                self.notes += [note] if note else []

    def _sides(self, parts: list[pd.DataFrame], rows: int, generator: np.random.Generator) -> Array:
        """Return the side of each row."""
        data, shares = self._config.data, shares_of(self._config.data)
        if isinstance(self.table, WindowTable):
            self.notes += self.table.told_parts()
            return self.table.sides(np.concatenate([part[data.time] for part in parts]))
        if data.latest_by is not None:
            moments = Numbers(data.latest_by, self._kinds[data.latest_by], exact=True)
            for part in parts:
                moments.add(part[data.latest_by])
            times = np.concatenate([part[data.latest_by].to_numpy(np.float64) for part in parts])
            sides = split_by_time(times, shares, cuts_of(moments, shares))
            check_sides(count_sides(sides), shares)
            self.notes += told_times(data.latest_by, count_sides(sides), moments.missing)
            return sides
        if data.group is not None:
            groups, count = groups_of(parts, data.group)
            self.notes.append(f"{counted(count, 'group')} of {data.group}, each on one side")
            return split_groups(groups, shares, generator)
        labels = None
        if TASKS[self._task].kind == "category":
            (target,) = data.targets
            labels = np.concatenate([each[target].to_numpy(object) for each in parts])
        sides = split(rows, shares, generator, labels)
        # Of some columns only, equal rows need not be copies.
        if data.features is None:
            sides, note = together(sides, parts)
            self.notes += [note] if note else []
            check_sides(count_sides(sides), shares)
        return sides

    def _dealt(self, generator: np.random.Generator) -> Array:
        """Return the fold of each training row, of which an ensemble's members leave one out."""
        data, parts, labels, groups = self._config.data, self._parts["training"], None, None
        if TASKS[self._task].kind == "category":
            labels, _ = pd.factorize(cells_of(parts, data.targets[0]))
        if data.group is not None:
            groups, _ = groups_of(parts, data.group)
        copies = data.features is None
        found, note = dealt(parts, self._config.folds, generator, labels, groups, copies)
        self.notes += [note] if note else []
        if len(np.unique(found)) == 1:
            kept = "rows that are alike" if groups is None else f"rows of one {data.group}"
            raise DataError(
                f"{counted(len(found), 'row')} cannot make folds for an ensemble: {kept} stay "
                "together",
                remedy="add rows (a network needs dozens), or set ensemble.folds: 1 and "
                "data.validation: 0",
            )
        # Of fewer rows than folds, some members leave nothing out.
        return found

    @property
    def counts(self) -> dict[Side, int]:
        """How many rows there are on each side."""
        return {side: sum(map(len, parts)) for side, parts in self._parts.items()}

    def gather(self, kinds: Mapping[str, Kind]) -> BySide:
        """Return what the training rows say, and what the categories of the other sides do."""
        found = statistics_of(self._config.data, kinds, exact=True)
        for frame in self.frames("training"):
            found.add(frame)
        held: dict[Side, ColumnStatistics] = {}
        for side in HELD:
            if side in self._parts:
                held[side] = statistics_of(self._config.data, categories(kinds))
                for frame in self.frames(side):
                    held[side].add(frame)
        return found, held

    def frames(self, side: Side) -> Iterator[pd.DataFrame]:
        """Yield the frames of one side."""
        return iter(self._parts.get(side, ()))

    def first_rows(self, most: int) -> pd.DataFrame:
        """Return the first training rows, numbered as in the file."""
        # However the rows come in parts: what is looked at is the same from any kind of table.
        first, rows = list[pd.DataFrame](), 0
        for part in self._parts["training"]:
            first.append(part[: most - rows])
            rows += len(first[-1])
            if rows >= most:
                break
        return pd.concat(first) if first else pd.DataFrame()

    def leave_out(self, side: Side, labels: Collection[str]) -> int:
        """Leave out a side's rows of some classes; return how many these are."""
        before = sum(map(len, self._parts[side]))
        (target,) = self._config.data.targets
        kept = [chosen(each, ~each[target].isin(labels).to_numpy()) for each in self._parts[side]]
        self._parts[side] = kept
        return before - sum(map(len, kept))

    def encoded(self, encodings: Mapping[Side, Encoding]) -> dict[Side, Rows]:
        """Return the rows of some sides."""
        return {side: self._rows(encoding, side) for side, encoding in encodings.items()}

    def _rows(self, encoding: Encoding, side: Side) -> Rows:
        with within(self._names[side]):
            rows = joined(list(parallel_map(encoding.rows, self.frames(side))))
        return replace(rows, fold=self._fold) if side == "training" else rows


def told_times(name: str, counts: tuple[int, ...], missing: int) -> list[str]:
    """Return sentences on a split by time."""
    later = [
        f"{counted(count, 'row')} {word}"
        for count, word in zip(counts[1:], ("to validate", "to test"), strict=True)
        if count
    ]
    notes = [f"the latest by {name}: {', '.join(later)}"]
    if missing:
        notes.append(f"{counted(missing, 'row')} without {name} trained on")
    return notes


def _divided(part: tuple[pd.DataFrame, Array]) -> list[pd.DataFrame]:
    """Return the rows of a frame by their side."""
    frame, sides = part
    return [chosen(frame, sides == at) for at in range(len(SIDES))]


def _known(
    table: Table, kinds: Mapping[str, Kind], targets: Sequence[str]
) -> tuple[list[pd.DataFrame], int]:
    """Return a table's parts without the rows that lack a target, and how many these are."""
    parts = table.load(kinds)
    known = [chosen(each, has_all(each, targets)) for each in parts]
    return known, sum(map(len, parts)) - sum(map(len, known))


def has_all(frame: pd.DataFrame, columns: Sequence[str]) -> Array:
    """Return whether each row of a frame has a cell in all of some columns."""
    found = np.ones(len(frame), dtype=bool)
    for name in columns:
        found &= frame[name].notna().to_numpy()
    return found


def chosen(frame: pd.DataFrame, rows: Array) -> pd.DataFrame:
    """Return some rows of a frame; where that is all of them, the frame itself."""
    return frame if rows.all() else frame[rows]


def categories(kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """Return the columns whose cells may hold a value not seen before."""
    return {name: kind for name, kind in kinds.items() if kind == "category"}
