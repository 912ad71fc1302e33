"""Which fold of a cross-validation each row is in: dealt by class, by group, or by time."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Array, Kind, listed
from ann_cli.data.rows.dealing import cells_of, dealt, groups_of
from ann_cli.data.rows.in_memory import chosen, has_all
from ann_cli.data.rows.target_form import no_rows
from ann_cli.data.table import Table
from ann_cli.errors import DataError, counted
from ann_cli.tasks import TASKS

FIRST = -1
"""The number of rows that are in no fold, and that all folds train on: the earliest ones."""

ABSENT = -2
"""The number of rows without a target, which no fold sees."""

PLACE = "--folds"


class Folds:
    """The rows of a table, from which folds are drawn."""

    def __init__(
        self, config: Config, table: Table, kinds: dict[str, Kind], task: str, folds: int
    ) -> None:
        """Read them. Raises DataError where they cannot make so many folds."""
        data = config.data
        parts = table.load(kinds)
        masks = [has_all(part, data.targets) for part in parts]
        self.known = np.concatenate(masks)
        """Whether each row of the file has a target."""
        self._parts = [chosen(*each) for each in zip(parts, masks, strict=True)]
        self.rows = int(self.known.sum())
        self.number, self.ordered = folds, data.latest_by is not None
        self.notes: list[str] = []
        """Sentences on how rows come to their folds."""
        dropped = len(self.known) - self.rows
        if dropped:
            self.notes.append(f"left out {counted(dropped, 'row')} without a target")
            self.notes += table.notes(data.targets)  # no fold sees these rows
        if not self.rows:
            raise no_rows(data.targets, table.name)
        least = folds + 1 if self.ordered else folds
        if self.rows < least:
            raise DataError(
                f"{counted(self.rows, 'row')} cannot make {folds:,} folds"
                + (" and rows before the first" if self.ordered else ""),
                place=PLACE,
                remedy="use fewer folds, or more rows",
            )
        self._copies = data.features is None
        self._labels = self._groups = self._moments = None
        if TASKS[task].kind == "category":
            self._labels, labels = pd.factorize(cells_of(self._parts, data.targets[0]))
            self._tell_rare(list(labels))
        if data.latest_by is not None:
            self._moments = cells_of(self._parts, data.latest_by).to_numpy(np.float64)
            self.notes.append(
                f"each fold is later by {data.latest_by} than the rows it is trained on"
            )
        elif data.group is not None:
            self._groups, count = groups_of(self._parts, data.group)
            if count < folds:
                raise DataError(
                    f"column {data.group} has {counted(count, 'group')}, which cannot make "
                    f"{folds:,} folds",
                    place=PLACE,
                    remedy=f"use --folds {count} or fewer" if count > 1 else "",
                )
            self.notes.append(f"{counted(count, 'group')} of {data.group}, each in one fold")

    def _tell_rare(self, labels: Sequence[str]) -> None:
        assert self._labels is not None
        counts = np.bincount(self._labels, minlength=len(labels))
        rare = [
            f"{label} ({count:,})"
            for label, count in zip(labels, counts.tolist(), strict=True)
            if count < self.number
        ]
        if rare:
            self.notes.append(f"classes with fewer rows than there are folds: {listed(rare, 5)}")

    def draw(self, generator: np.random.Generator) -> Array:
        """Return the fold of each row of the file, from 0, or FIRST, or ABSENT."""
        if self._moments is not None:
            found = by_time(self._moments, self.number)
        else:
            found, note = dealt(
                self._parts, self.number, generator, self._labels, self._groups, self._copies
            )
            self.notes += [note] if note and note not in self.notes else []
        sizes = np.bincount(found[found >= 0], minlength=self.number)
        if not sizes.all() or (self.ordered and (found >= 0).all()):
            raise DataError(
                f"{counted(self.rows, 'row')} cannot make {self.number:,} folds: rows of one "
                f"{'moment' if self.ordered else 'kind'} stay together, and a fold would be empty",
                place=PLACE,
                remedy="use fewer folds",
            )
        folds = np.full(len(self.known), ABSENT, dtype=np.int32)
        folds[self.known] = found
        return folds


def by_time(moments: Array, folds: int) -> Array:
    """Return the fold of each row by its moment, the earliest in none: FIRST.

    The rows lie in folds + 1 stretches of about one length; rows of one moment are in one, and a
    row without a moment is trained on.
    """
    known = np.sort(moments[~np.isnan(moments)])
    if not len(known):
        return np.full(len(moments), FIRST, dtype=np.intp)
    ends = [len(known) * at // (folds + 1) for at in range(1, folds + 1)]
    found = np.searchsorted(known[ends], moments, side="right") + FIRST
    found[np.isnan(moments)] = FIRST
    return found


def trained_and_tested(folds: Array, fold: int, ordered: bool) -> tuple[Array, Array]:
    """Return which rows of the file a fold is trained on, and which it tests."""
    trained = (folds < fold) if ordered else (folds != fold)
    return trained & (folds != ABSENT), folds == fold
