"""A table of a series as a table of windows: a row an origin, after which the future begins."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from ann_cli.config.spec import Config
from ann_cli.data.cells.notation import Notation
from ann_cli.data.cells.recognition import Column
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.regroup import regrouped
from ann_cli.data.series.file import SeriesFile
from ann_cli.data.series.history import Series
from ann_cli.data.series.parts import told_left_out, told_parts
from ann_cli.data.series.timeline import Timeline
from ann_cli.data.series.windows import (
    CLASSICAL,
    Form,
    ahead,
    bases,
    classical,
    future,
    origins,
    past,
)
from ann_cli.data.table import OddCells, Table
from ann_cli.errors import ConfigError, DataError, Problem

ROWS, CELLS, LEAST = 65_536, 1 << 22, 512
"""Windows that are made at a time, and their numbers: of long windows fewer, but so many."""

Difference: TypeAlias = Literal["auto", "none", "season", "step"]


class WindowTable:
    """The windows of a table's series. The series are in memory, the windows made part by part.

    Each is of one series: its columns are the steps of the target and of what is known, its targets
    the steps ahead. The column of time holds the origin's step, counted from the first.
    """

    separator = ""

    def __init__(
        self, inner: Table, config: Config, timeline: Timeline | None = None, every: int = 1
    ) -> None:
        """`timeline` is what was learned in training; of the origins one in `every` is there.

        Raises DataError for columns that are absent.
        """
        self.file = SeriesFile(inner, config, timeline)
        self._config, self._data, self._every = config, config.data, every
        self.name, self.roles = inner.name, self.file.roles
        self.recognised: dict[str, Column] = {}
        self.difference: Difference = config.difference
        form = Form.of(config.data, 1, "none")
        self.columns = [*form.features, *form.targets, self.roles.time]

    @classmethod
    def reads(cls, source: str | Path) -> bool:
        """Whether a source is one of this kind: none is by itself."""
        return False

    @property
    def form(self) -> Form:
        """What a window is."""
        if self.difference == "season" and self.file.season == 1:
            raise ConfigError(
                f"a step of {self.roles.time} is {self.file.history.step.name}, and no season "
                "is known",
                place=self._config.place("difference"),
                remedy="say how many steps it has: data.season: 12; or use difference: step",
            )
        difference = "none" if self.difference == "auto" else self.difference
        return Form.of(self._data, self.file.season, difference)

    def sides(self, positions: Array) -> Array:
        """Return the side of each window, by its origin's step."""
        return self.file.cuts.sides(positions, int(self._data.horizon or 1))

    def told_parts(self) -> list[str]:
        """Return a sentence a part, with its dates and origins."""
        file = self.file
        return told_parts(file.history, self.form, file.cuts, self.roles.time, file.written)

    @property
    def kinds(self) -> dict[str, Kind]:
        """The columns of a window that are learned from, the targets, and the time."""
        return dict.fromkeys(self.columns, "number")

    @property
    def odd(self) -> Mapping[str, OddCells]:
        """The odd cells of the file's columns."""
        return self.file.inner.odd

    @property
    def repeatable(self) -> bool:
        """Whether all windows can be made again: they can."""
        return self.file.inner.repeatable

    @property
    def notations(self) -> dict[str, Notation]:
        """How the columns of windows are written, and those of the file."""
        own = self.file.inner.notations
        raw = Form.of(self._data, 1, "none").raw
        return own | {name: own[column] for name, column in raw.items() if column in own}

    @property
    def size(self) -> int:
        """The bytes of the file."""
        return self.file.inner.size

    def digest(self) -> str:
        """Return the SHA-256 of the file's bytes."""
        return self.file.inner.digest()

    def recognise(
        self, types: Mapping[str, Kind] | None = None, columns: Sequence[str] | None = None
    ) -> dict[str, Kind]:
        """Return each column's kind: all are numbers."""
        chosen = self.columns if columns is None else columns
        self.check_columns(chosen)
        return dict.fromkeys(chosen, "number")

    def reconsider(self) -> bool:
        """Return False: all rows of the file were read before the first window."""
        return False

    def different(self, name: str) -> int:
        """Return 0: windows have no categories."""
        return 0

    def rows_about(self) -> float:
        """Return how many windows there are."""
        return float(sum(len(at) for _, at in self._origins()))

    def first_rows(self, kinds: Mapping[str, Kind]) -> pd.DataFrame:
        """Return the first windows."""
        return next(self.chunks(kinds))

    def read(self, kinds: Mapping[str, Kind]) -> pd.DataFrame:
        """Return all windows."""
        return pd.concat(self.load(kinds), ignore_index=True)

    def load(self, kinds: Mapping[str, Kind]) -> list[pd.DataFrame]:
        """Return the same in parts."""
        return list(self.chunks(kinds))

    def chunks(self, kinds: Mapping[str, Kind], rows: int = ROWS) -> Iterator[pd.DataFrame]:
        """Yield the same in parts of `rows` windows, of fewer where they are long."""
        rows = min(rows, max(CELLS // max(len(kinds), 1), LEAST))
        start = 0
        for part in regrouped(self._parts(kinds, rows), rows, np.concatenate):
            index = pd.RangeIndex(start, start + len(part))
            yield pd.DataFrame(part, index, list(kinds))
            start += len(part)

    def chunks_with_text(
        self, kinds: Mapping[str, Kind], columns: Sequence[str] | None = None, rows: int = ROWS
    ) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
        """Yield with each frame some of its columns as text: no file has them."""
        chosen = [name for name in (kinds if columns is None else columns) if name in kinds]
        for frame in self.chunks(kinds, rows):
            yield frame, frame[chosen].map("{:.9g}".format).astype(object)

    def notes(self, columns: Any = None) -> list[str]:
        """Return sentences on the file's cells, on time, and on what is left out."""
        told = told_left_out(self.file.history.series, self.form)
        return [*self.file.notes, *told]

    def check_columns(self, asked: Sequence[str] | Mapping[str, Kind]) -> None:
        """Raise DataError for all columns asked for that are not there."""
        there = {*self.columns, *(each for name in CLASSICAL for each in self.classical(name))}
        if absent := [each for each in asked if each not in there]:
            raise DataError.of(Problem(f"no column {each}", self.name) for each in absent)

    def classical(self, name: str) -> list[str]:
        """Return the columns of one of the CLASSICAL forecasts: as the targets are learned."""
        return ahead(name, int(self._data.horizon or 1))

    def _origins(self) -> Iterator[tuple[Series, Array]]:
        """Yield each series that has windows, and the steps of it at which one ends."""
        form, found = self.form, False
        for series in self.file.history.series:
            at = origins(series, form)
            if self._every > 1:
                at = at[(at[-1:] - at) % self._every == 0]
            if len(at):
                found = True
                yield series, at
        if not found:
            size = form.history + form.horizon
            longest = max(len(each.values) for each in self.file.history.series)
            raise DataError(
                f"no window fits: {form.history} steps back and {form.horizon} ahead are {size} in "
                f"a row without a missing {self.roles.target}, and "
                f"{'the series' if self.roles.series is None else 'the longest'} has {longest}",
                place=self.name,
                remedy="use a shorter data.window or data.horizon, or add rows",
            )

    def _parts(self, kinds: Mapping[str, Kind], rows: int) -> Iterator[Array]:
        """Yield the numbers of windows, a column a name; of one series in each part."""
        form = self.form
        for series, every in self._origins():
            scale = self.file.timeline.scale(series, int(every[0]), form.season)
            for start in range(0, len(every), rows):
                yield self._cells(series, every[start : start + rows], scale, form, kinds)

    def _cells(
        self, series: Series, at: Array, scale: float, form: Form, kinds: Mapping[str, Kind]
    ) -> Array:
        values = series.values / scale
        base = bases(values, at, form)
        blocks: list[tuple[list[str], Any]] = [
            (form.features, lambda: past(series, at, form, scale).reshape(len(at), -1)),
            (form.targets, lambda: future(values, at, form.horizon) - base),
            ([self.roles.time], lambda: (series.start + at)[:, np.newaxis].astype(np.float64)),
        ]
        forecasts = classical(values, at, form) if len(kinds) else {}
        blocks += [
            (self.classical(name), lambda own=own: own - base) for name, own in forecasts.items()
        ]
        made = [(names, make()) for names, make in blocks if not kinds.keys().isdisjoint(names)]
        names = [name for own, _ in made for name in own]
        whole = np.hstack([block for _, block in made])
        if names == list(kinds):
            return whole
        place = {name: number for number, name in enumerate(names)}
        return whole[:, [place[name] for name in kinds]]
