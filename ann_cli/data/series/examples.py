"""Sequences as examples: a row an example, its steps one after the other, and one target."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Array, Kind, listed
from ann_cli.data.cells.writing import kinds_given
from ann_cli.data.named_columns import check_named
from ann_cli.data.series.derived import ROWS, Derived
from ann_cli.data.table import Table
from ann_cli.errors import DataError, Problem, did_you_mean
from ann_cli.tasks import TASKS

MOST_CELLS = 1 << 22
SHOWN = 5


class ExampleTable(Derived):
    """The sequences of a table, each of the rows that have one value of `data.series`.

    The last `window` steps of each are taken, in the order of time; what a shorter one lacks at its
    beginning is missing. The examples stand in the order in which they first occur.
    """

    def __init__(self, inner: Table, config: Config) -> None:
        """Raises DataError for columns that are absent, or that are no numbers."""
        super().__init__(inner)
        self._config, self._data = config, config.data
        self.series, self.time = str(config.data.series), str(config.data.time)
        self.target = str(config.data.target)
        self._check()
        apart = {self.series, self.time, self.target, *config.data.exclude}
        self.channels = config.data.features or [n for n in inner.columns if n not in apart]
        if not self.channels:
            raise DataError("no column is left to learn from", place=self.name)
        target = [self.target] if self.target in inner.columns else []
        self.features = example_features(self.channels, self.window)
        self.columns = [*self.features, *target, self.series]
        self.shape = self.window, len(self.channels)
        self.raw = dict(zip(self.features, self.channels * self.window, strict=True))

    def _check(self) -> None:
        data = self._data
        named = {
            "data.series": [self.series],
            "data.time": [self.time],
            "data.features": data.features or [],
        }
        check_named(self._config, self.inner, named)

    @cached_property
    def _kinds(self) -> dict[str, Kind]:
        """The kinds of the columns of the other table, without the target's."""
        names = [self.series, self.time, *self.channels]
        types = {name: kind for name, kind in kinds_given(self._data).items() if name in names}
        kinds = self.inner.recognise(types | {self.series: "category"}, names)
        texts = [name for name in self.channels if kinds[name] in ("category", "date")]
        if texts:
            raise DataError.of(
                Problem(
                    f"column {name} holds {'text' if kinds[name] == 'category' else 'dates'}, and "
                    "the steps of an example are numbers here, or yes and no",
                    self.name,
                    f"make a column of 0 and 1 of each value, or leave it out: data.exclude: "
                    f"[{name}]",
                )
                for name in texts
            )
        if kinds[self.time] == "category":
            raise DataError(
                f"column {self.time} holds text, and says in which order the steps are",
                place=self._config.place("data.time"),
                remedy="say how its dates are written: "
                f'data.types: {{{self.time}: {{date: "%d/%m/%Y"}}}}',
            )
        return kinds

    def _frame(self, target: Kind | None) -> pd.DataFrame:
        """Return all rows of the other table."""
        return self.inner.read(self._kinds | ({self.target: target} if target else {}))

    @cached_property
    def window(self) -> int:
        """The steps of an example; auto: those of the longest."""
        given = self._data.window
        if isinstance(given, int):
            return given
        return int(self._frame(None)[self.series].value_counts().max())

    def kinds(self, task: str = "auto") -> dict[str, Kind]:
        """Return the features, which are numbers, and the target, as a task reads it."""
        if self.target not in self.inner.columns:
            raise DataError(
                f"{self.name} has no column {self.target!r}",
                place=self._config.place("data.target"),
                remedy=did_you_mean(self.target, self.inner.columns),
            )
        asked: dict[str, Kind] = kinds_given(self._data)
        types = {self.target: asked[self.target]} if self.target in asked else {}
        if task in TASKS and TASKS[task].kind == "category":
            types = {self.target: "category"}
        found = self.inner.recognise(types, [self.target])
        return {**dict.fromkeys(self.features, "number"), **found}

    def rows_about(self) -> float:
        """Return how many examples there are."""
        return float(self._frame(None)[self.series].nunique())

    def chunks(self, kinds: Mapping[str, Kind], rows: int | None = None) -> Iterator[pd.DataFrame]:
        """Yield the examples in parts of `rows`, of fewer where they are long."""
        for frame, _ in self.chunks_with_text(kinds, (), rows):
            yield frame

    def chunks_with_text(
        self,
        kinds: Mapping[str, Kind],
        columns: Sequence[str] | None = None,
        rows: int | None = None,
    ) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
        """Yield with each frame some of its columns as text."""
        rows = min(rows or ROWS, max(MOST_CELLS // max(len(kinds), 1), 1))
        whole = self._frame(kinds.get(self.target))
        names, parts = examples_of(whole, self.series, self.time)
        numbers = whole[self.channels].to_numpy(np.float64)
        labels = self._labels(whole, names, parts) if self.target in kinds else None
        for start in range(0, len(parts), rows):
            own = slice(start, start + rows)
            index = pd.RangeIndex(start, start + len(parts[own]))
            cells: Any = steps_of(numbers, parts[own], self.window)
            frame = pd.DataFrame(cells, index, self.features)
            if labels is not None:
                frame[self.target] = labels[own]
            text = self._as_text(frame.assign(**{self.series: names[own]}), kinds, columns)
            yield frame[list(kinds)], text

    def _labels(self, frame: pd.DataFrame, names: Array, parts: Sequence[Array]) -> Array:
        """Return the target of each example. Raises DataError where its rows have several."""
        cells = frame[self.target]
        counts = cells.groupby(frame[self.series], sort=False).nunique()
        several = counts[counts > 1]
        if len(several):
            raise DataError(
                f"several values of {self.target} in {len(several):,} of {len(parts):,} examples: "
                f"{listed(list(map(str, several.index)), SHOWN)}",
                place=self.name,
                remedy="an example has one; or name the column that tells the examples apart as "
                "data.series",
            )
        first = cells.groupby(frame[self.series], sort=False).first()
        return first.reindex(names).to_numpy()

    def notes(self, columns: Any = None) -> list[str]:
        """Return sentences on cells, and on how long the examples are."""
        lengths = self._frame(None)[self.series].value_counts()
        told = [f"{len(lengths):,} examples of {lengths.min():,} to {lengths.max():,} steps"]
        if lengths.max() > self.window:
            told.append(f"of longer ones the last {self.window:,} steps enter")
        return [*self.inner.notes([*self.channels, self.target]), *told]


def example_features(channels: Sequence[str], window: int) -> list[str]:
    """Return the columns of an example, the channel last."""
    return [f"{name} {step}" for step in range(1 - window, 1) for name in channels]


def examples_of(frame: pd.DataFrame, series: str, time: str) -> tuple[Array, list[Array]]:
    """Return the names of the examples and the rows of each, in the order of time.

    Raises DataError for rows without a name or a moment.
    """
    missing = frame[series].isna().to_numpy() | frame[time].isna().to_numpy()
    if missing.any():
        raise DataError(
            f"{int(missing.sum()):,} rows without {series} or {time}, the first of them row "
            f"{int(np.flatnonzero(missing)[0]) + 1:,}",
            remedy="fill these cells, or leave the rows out",
        )
    codes, names = pd.factorize(frame[series])
    order = np.lexsort((frame[time].to_numpy(np.float64), codes))
    ends = np.cumsum(np.bincount(codes, minlength=len(names)))[:-1]
    return np.asarray(names, dtype=object), np.split(order, ends)


def steps_of(cells: Array, parts: Sequence[Array], window: int) -> Array:
    """Return the last steps of some examples, examples × (steps × channels); NaN before these."""
    found = np.full((len(parts), window, cells.shape[1]), np.nan)
    for at, rows in enumerate(parts):
        own = rows[-window:]
        found[at, window - len(own) :] = cells[own]
    return found.reshape(len(parts), -1)
