"""A config's rows, read anew in each pass: memory does not grow with their number."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from sys import maxsize

import numpy as np
import pandas as pd

from ann_cli.config.spec import Config
from ann_cli.data.ahead import ahead
from ann_cli.data.cache import Cache, Pass
from ann_cli.data.encoding import Encoding, joined, outputs_of
from ann_cli.data.loaded import categories, chosen
from ann_cli.data.memory import readable
from ann_cli.data.regroup import regrouped
from ann_cli.data.room import room_on_disk
from ann_cli.data.split import check_sides, held_rows
from ann_cli.data.statistics import Gathered
from ann_cli.data.table import ROWS, Table
from ann_cli.data.values import Kind
from ann_cli.engine.rows import Rows
from ann_cli.errors import DataError, within

CELLS, LEAST = 1 << 22, 4096
"""Encoded numbers in memory at a time: a wide table is read fewer rows at a time, but so many."""


@dataclass
class StreamedRows:
    """A source of rows that come in parts, anew in each pass; shuffled in windows of `window`."""

    parts: Callable[[], Iterator[Rows]]
    window: int
    count: int | None
    """The number of rows; None until a first pass has come to its end."""

    def __len__(self) -> int:
        return maxsize if self.count is None else self.count

    def blocks(self, size: int, generator: np.random.Generator | None) -> Iterator[Rows]:
        """Yield every row once, as rows in memory do, window by window.

        A window holds whole blocks, so that without a generator the blocks are those of rows in
        memory, whatever the parts.
        """
        window = ceil(self.window / size) * size
        passed = 0
        for rows in regrouped(self.parts(), window, joined):
            yield from rows.blocks(size, generator)
            passed += len(rows)
        if self.count is None and passed:
            self.count = passed
        if passed != self.count:
            known = "some" if self.count is None else f"{self.count:,}"
            raise DataError(f"{passed:,} rows came, where {known} were expected")


class Streamed:
    """The rows of a table, part by part; a hash of its number decides on which side a row is."""

    def __init__(
        self,
        config: Config,
        table: Table,
        other: Table | None,
        kinds: Mapping[str, Kind],
        generator: np.random.Generator,
    ) -> None:
        """`other` holds the validation rows, if not a share of `table`."""
        self.dropped = 0
        self._config, self._table, self._other = config, table, other
        self._kinds = dict(kinds)
        self._cache: Path | None = None
        self._fraction = 0.0 if other else float(config.data.validation)
        self._seed = int(generator.integers(1 << 63))
        self._counts: dict[bool, int] = {}

    def gather(self, kinds: Mapping[str, Kind]) -> tuple[Gathered, Gathered | None]:
        """Return what the training rows say, and what the categories of the others do."""
        found, held = self._gathered(kinds)
        if self._table.reconsider() or (self._other is not None and self._other.reconsider()):
            found, held = self._gathered(kinds)
        self._counts = {False: found.rows, True: held.rows}
        if self._fraction and found.rows + held.rows:
            check_sides(found.rows, held.rows, self._fraction)
        return found, held if held.rows else None

    def _gathered(self, kinds: Mapping[str, Kind]) -> tuple[Gathered, Gathered]:
        found, held = Gathered(kinds), Gathered(categories(kinds))
        for training, validating in ahead(self._both(self._kinds, ROWS)):
            found.add(training)
            held.add(validating)
        if self._other:
            for frame in ahead(self._others(self._kinds, ROWS)):
                held.add(frame)
        return found, held

    def frames(self, held: bool) -> Iterator[pd.DataFrame]:
        """Yield the frames of one side."""
        if held and self._other:
            return self._others(self._kinds, ROWS)
        return (pair[held] for pair in self._both(self._kinds, ROWS))

    def keep(self, folder: Path, encoding: Encoding) -> list[str]:
        """Keep encoded rows in a folder from their first pass on; return a note if none is room."""
        size = np.dtype(self._config.precision).itemsize
        needed, free = sum(self._counts.values()) * _width(encoding) * size, room_on_disk(folder)
        if needed > free:
            return [
                f"encoded rows are not kept on disk: they take {readable(needed)}, "
                f"and {readable(free)} are free in {folder}"
            ]
        self._cache = folder
        return []

    def encoded(
        self, training: Encoding, held: Encoding | None
    ) -> tuple[StreamedRows, StreamedRows | None]:
        """Return the rows of both sides."""
        rows = max(min(ROWS, CELLS // _width(training)), LEAST)
        data = self._config.data
        needed = {*training.encoder.input_columns, data.target, data.sample_weight}
        kinds = {name: kind for name, kind in self._kinds.items() if name in needed}

        encodings = {False: training} | ({True: held} if held else {})

        def both(sides: Sequence[bool]) -> Iterator[tuple[Rows, ...]]:
            for pair in self._both(kinds, rows):
                with within(self._table.name):
                    encoded = tuple(encodings[side].rows(pair[side]) for side in sides)
                yield encoded

        def others(sides: Sequence[bool]) -> Iterator[tuple[Rows, ...]]:
            for frame in self._others(kinds, rows):
                with within(str(self._config.data.validation)):
                    encoded = encodings[True].rows(frame)
                yield (encoded,)

        if held is None:
            return self._source(both, [False])[0], None
        if self._other:
            return self._source(both, [False])[0], self._source(others, [True])[0]
        trained, validated = self._source(both, [False, True])
        return trained, validated

    def _source(self, read: Pass, sides: Sequence[bool]) -> list[StreamedRows]:
        def passing(sides: Sequence[bool]) -> Iterator[tuple[Rows, ...]]:
            return ahead(read(sides))

        cache = Cache(self._cache, passing, sides) if self._cache else None

        def source(side: bool) -> StreamedRows:
            def parts() -> Iterator[Rows]:
                return cache.rows(side) if cache else (rows for (rows,) in passing([side]))

            return StreamedRows(parts, self._config.data.shuffle_rows, self._counts.get(side))

        return list(map(source, sides))

    def _both(
        self, kinds: Mapping[str, Kind], rows: int
    ) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
        """Yield the rows that train and those that validate, of `rows` rows at a time."""
        dropped = 0
        for frame in self._table.chunks(kinds, rows):
            held = held_rows(frame.index.to_numpy(), self._fraction, self._seed)
            known = frame[self._config.data.target].notna().to_numpy()
            dropped += len(frame) - int(known.sum())
            yield chosen(frame, known & ~held), chosen(frame, known & held)
        self.dropped = dropped

    def _others(self, kinds: Mapping[str, Kind], rows: int) -> Iterator[pd.DataFrame]:
        assert self._other is not None
        for frame in self._other.chunks(kinds, rows):
            yield chosen(frame, frame[self._config.data.target].notna().to_numpy())


def _width(encoding: Encoding) -> int:
    encoder = encoding.encoder
    return len(encoder.inputs) + outputs_of(encoding.config, len(encoder.classes)) + 1
