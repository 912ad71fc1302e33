"""A table of a series as a table of windows: a row an origin, after which the future begins."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.regroup import regrouped
from ann_cli.data.series.derived import ROWS, Derived
from ann_cli.data.series.file import SeriesFile
from ann_cli.data.series.history import Series
from ann_cli.data.series.parts import NAMES, Cuts, told_left_out, told_parts
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
from ann_cli.data.table import Table
from ann_cli.errors import ConfigError, DataError, Problem, counted

CELLS, LEAST = 1 << 22, 512
"""Windows that are made at a time, and their numbers: of long windows fewer, but so many."""

Difference: TypeAlias = Literal["auto", "none", "season", "step"]


class WindowTable(Derived):
    """The windows of a table's series. The series are in memory, the windows made part by part.

    Each is of one series: its columns are the steps of the target and of what is known, its targets
    the steps ahead. The column of time holds the origin's step, counted from the first.
    """

    def __init__(
        self,
        inner: Table,
        config: Config,
        timeline: Timeline | None = None,
        every: int = 1,
        cuts: Cuts | None = None,
    ) -> None:
        """`timeline` is what was learned in training; of the origins one in `every` is there.

        With `cuts` the parts end there, and nothing after the last one is seen.
        Raises DataError for columns that are absent, or that hold what is not known ahead.
        """
        super().__init__(inner)
        self.file = SeriesFile(inner, config, timeline, cuts)
        self._config, self._data, self._every = config, config.data, every
        self.roles = self.file.roles
        self.difference: Difference = config.difference
        form = Form.of(config.data, 1, "none", self.file.known)
        self.columns = [*form.features, *form.targets, self.roles.time]
        self.features, self.raw, self.shape = form.features, form.raw, form.shape

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
        return Form.of(self._data, self.file.season, difference, self.file.known)

    def sides(self, positions: Array) -> Array:
        """Return the side of each window, by its origin's step."""
        return self.file.cuts.sides(positions, int(self._data.horizon or 1))

    def told_parts(self) -> list[str]:
        """Return a sentence a part, with its dates and origins."""
        file = self.file
        return told_parts(file.history, self.form, file.cuts, self.roles.time, file.written)

    def kinds(self, task: str = "auto") -> dict[str, Kind]:
        """Return the columns of a window that are learned from, the targets, and the time."""
        return dict.fromkeys(self.columns, "number")

    def rows_about(self) -> float:
        """Return how many windows there are."""
        return float(sum(len(at) for _, at in self.origins()))

    def chunks(self, kinds: Mapping[str, Kind], rows: int | None = None) -> Iterator[pd.DataFrame]:
        """Yield the same in parts of `rows` windows, of fewer where they are long."""
        rows = min(rows or ROWS, max(CELLS // max(len(kinds), 1), LEAST))
        start = 0
        for part in regrouped(self._parts(kinds, rows), rows, np.concatenate):
            index = pd.RangeIndex(start, start + len(part))
            yield pd.DataFrame(part, index, list(kinds))
            start += len(part)

    def chunks_with_text(
        self,
        kinds: Mapping[str, Kind],
        columns: Sequence[str] | None = None,
        rows: int | None = None,
    ) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
        """Yield with each frame some of its columns as text: no file has them."""
        for frame in self.chunks(kinds, rows):
            yield frame, self._as_text(frame, kinds, columns)

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

    def origins(self) -> Iterator[tuple[Series, Array]]:
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

    def check_parts(self, fold: int | None = None) -> None:
        """Raise DataError where too few windows train, or none validates or tests. Of a `fold`?"""
        positions = np.concatenate([series.start + at for series, at in self.origins()])
        counts = np.bincount(self.sides(positions) + 1, minlength=len(NAMES) + 1)[1:]
        of_fold = "" if fold is None else f" of fold {fold}"
        form = self.form
        shares: dict[str, float] = {name: part.share for name, part in self._data.parts.items()}
        for name, count in zip(NAMES, counts.tolist(), strict=True):
            least = 2 if name == "training" else 1 if shares[name] else 0
            steps = f"the {self.file.cuts.training + 1:,} steps to train on"
            where = steps if name == "training" else f"the {name} part"
            if count < least:
                raise DataError(
                    f"{counted(count, 'window')} of {form.history} steps back and {form.horizon} "
                    f"ahead in {where}{of_fold}, where at least {least} is needed",
                    place="--folds" if fold else self.name,
                    remedy=f"use {'fewer folds, or ' * bool(fold)}a shorter data.window or "
                    "data.horizon, or add rows",
                )

    def _parts(self, kinds: Mapping[str, Kind], rows: int) -> Iterator[Array]:
        """Yield the numbers of windows, a column a name; of one series in each part."""
        form = self.form
        for series, every in self.origins():
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
