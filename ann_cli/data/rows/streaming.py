"""A config's rows, read anew in each pass: memory does not grow with their number."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ann_cli.config.spec import Config
from ann_cli.data.cells.paths import as_named
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.columns.hashes import hashes
from ann_cli.data.columns.picture_feature import statistics_of
from ann_cli.data.columns.statistics import ColumnStatistics, Numbers
from ann_cli.data.prefetch import prefetch
from ann_cli.data.recognised_table import PICTURES, ROWS
from ann_cli.data.rows.cache import Cache, Pass
from ann_cli.data.rows.copies import together
from ann_cli.data.rows.encoding import Encoding, outputs_of
from ann_cli.data.rows.in_memory import BySide, categories, chosen, has_all
from ann_cli.data.rows.memory import readable
from ann_cli.data.rows.room import room_on_disk
from ann_cli.data.rows.split import (
    HELD,
    SIDES,
    Side,
    check_sides,
    cuts_of,
    shares_of,
    split_by_hash,
    split_by_time,
)
from ann_cli.data.rows.streamed_rows import StreamedRows
from ann_cli.data.series.table import WindowTable
from ann_cli.data.table import Table
from ann_cli.engine.rows import Rows
from ann_cli.errors import within

CELLS, LEAST = 1 << 20, 4096
"""Encoded numbers in memory at a time: a wide table is read fewer rows at a time, but so many."""


Both = tuple[pd.DataFrame, ...]
"""The rows of each side, in the order of SIDES."""


class RowsFromFile:
    """The rows of a table, part by part; a hash decides on which side a row is.

    It is the hash of the row's number, of its group, or of its cells where the first rows hold
    copies. By time the latest rows are held back.
    """

    def __init__(
        self,
        config: Config,
        table: Table,
        others: Mapping[Side, Table],
        kinds: Mapping[str, Kind],
        generator: np.random.Generator,
    ) -> None:
        """`others` are the tables of sides that are no share of `table`."""
        self.dropped = 0
        self.notes: list[str] = []
        """Sentences on how rows came to their sides."""
        self._config, self._table, self._others = config, table, others
        self.table, self.others = table, others
        self._kinds = dict(kinds)
        self._cache: Path | None = None
        self._shares = shares_of(config.data)
        self._seed = int(generator.integers(1 << 63))
        self.counts: dict[Side, int] = {}
        """How many rows there are on each side, once they have been gathered."""
        self._without: dict[Side, Collection[str]] = {}
        self._cuts: tuple[float, float] | None = None
        self._by_cells = False
        self._chosen = False

    def gather(self, kinds: Mapping[str, Kind]) -> BySide:
        """Return what the training rows say, and what the categories of the other sides do."""
        self.choose()
        found, held = self._gathered(kinds)
        changed = [table.reconsider() for table in (self._table, *self._others.values())]
        if any(changed):
            found, held = self._gathered(kinds)
        self.counts = {"training": found.rows}
        self.counts |= {side: each.rows for side, each in held.items()}
        counts = tuple(self.counts.get(side, 0) for side in SIDES)
        if any(self._shares) and any(counts):
            with within(self._table.name):
                check_sides(counts, self._shares)
        return found, {side: each for side, each in held.items() if each.rows}

    def choose(self) -> None:
        """Choose by what rows come to their sides; moments take a pass of their own."""
        data = self._config.data
        if not any(self._shares) or self._chosen:
            return
        self._chosen = True
        if isinstance(self._table, WindowTable):
            self.notes += self._table.told_parts()
        elif data.latest_by is not None:
            moments = Numbers(data.latest_by, self._kinds[data.latest_by])
            kinds = {name: self._kinds[name] for name in (data.latest_by, *data.targets)}
            for frame in self._table.chunks(kinds, ROWS):
                moments.add(frame.loc[has_all(frame, data.targets), data.latest_by])
            self._cuts = cuts_of(moments, self._shares)
            self.notes.append(f"the latest rows by {data.latest_by} are held back")
        elif data.group is None and data.features is None:
            sample = self._table.first_rows(self._kinds)
            first, note = together(np.arange(len(sample)), [sample])
            self._by_cells = len(np.unique(first)) < len(sample)
            self.notes += [f"of the first rows, {note}"] if note else []

    def _sides(self, frame: pd.DataFrame) -> Array:
        """Return the side of each row of a frame."""
        data = self._config.data
        if isinstance(self._table, WindowTable):
            return self._table.sides(frame[data.time].to_numpy(np.float64))
        if self._cuts is not None:
            return split_by_time(
                frame[data.latest_by].to_numpy(np.float64), self._shares, self._cuts
            )
        numbers = frame.index.to_numpy()
        if data.image and (names := data.image.column):  # as in the file, wherever that lies
            frame = as_named(frame, names, self._table.folder)
        if data.group is not None:
            numbers = hashes(frame[[data.group]])
        elif self._by_cells:
            numbers = hashes(frame)
        return split_by_hash(numbers, self._shares, self._seed)

    def _gathered(self, kinds: Mapping[str, Kind]) -> BySide:
        data = self._config.data
        found = statistics_of(data, kinds)
        held: dict[Side, ColumnStatistics] = {
            side: statistics_of(data, categories(kinds)) for side in HELD
        }
        for training, *others in prefetch(self._all(self._kinds, ROWS)):
            found.add(training)
            for side, frame in zip(HELD, others, strict=True):
                held[side].add(frame)
        for side in self._others:
            for frame in prefetch(self._other(side, self._kinds, ROWS)):
                held[side].add(frame)
        return found, held

    def frames(self, side: Side) -> Iterator[pd.DataFrame]:
        """Yield the frames of one side."""
        if side in self._others:
            return self._other(side, self._kinds, ROWS)
        return (all_sides[SIDES.index(side)] for all_sides in self._all(self._kinds, ROWS))

    def first_rows(self, most: int) -> pd.DataFrame:
        """Return the first training rows, numbered as in the file."""
        self.choose()
        frames = self._all(self._kinds, ROWS)
        return next(frames)[0][:most]

    def leave_out(self, side: Side, labels: Collection[str]) -> int:
        """Leave out a side's rows of some classes; return how many these are."""
        (target,), left = self._config.data.targets, 0
        for frame in self.frames(side):
            left += int(frame[target].isin(labels).sum())
        self._without[side] = labels
        self.counts[side] -= left
        return left

    def keep(self, folder: Path, encoding: Encoding) -> list[str]:
        """Keep encoded rows in a folder from their first pass on; return a note if none is room."""
        size = np.dtype(self._config.precision).itemsize
        needed, free = sum(self.counts.values()) * _width(encoding) * size, room_on_disk(folder)
        if needed > free:
            return [
                f"encoded rows are not kept on disk: they take {readable(needed)}, "
                f"and {readable(free)} are free in {folder}"
            ]
        self._cache = folder
        return []

    def encoded(self, encodings: Mapping[Side, Encoding]) -> dict[Side, StreamedRows]:
        """Return the rows of some sides."""
        training = encodings["training"]
        data = self._config.data
        least = PICTURES if data.image and data.image.column else LEAST
        rows = max(min(ROWS, CELLS // _width(training)), least)
        needed = {*training.encoder.input_columns, *data.targets, data.sample_weight}
        needed |= {data.group, data.latest_by, data.label}
        kinds = {
            name: kind for name, kind in self._kinds.items() if name in needed or self._by_cells
        }

        def drawn(sides: Sequence[Side]) -> Iterator[tuple[Rows, ...]]:
            for frames in self._all(kinds, rows):
                with within(self._table.name):
                    encoded = tuple(
                        encodings[side].rows(frames[SIDES.index(side)]) for side in sides
                    )
                yield encoded

        def other(sides: Sequence[Side]) -> Iterator[tuple[Rows, ...]]:
            (side,) = sides
            for frame in self._other(side, kinds, rows):
                with within(self._others[side].name):
                    encoded = encodings[side].rows(frame)
                yield (encoded,)

        found = self._source(drawn, [side for side in encodings if side not in self._others])
        for side in self._others:
            if side in encodings:
                found |= self._source(other, [side])
        return found

    def _source(self, read: Pass, sides: Sequence[Side]) -> dict[Side, StreamedRows]:
        def passing(sides: Sequence[Side]) -> Iterator[tuple[Rows, ...]]:
            return prefetch(read(sides))

        cache = Cache(self._cache, passing, sides) if self._cache else None

        def source(side: Side) -> StreamedRows:
            def parts() -> Iterator[Rows]:
                return cache.rows(side) if cache else (rows for (rows,) in passing([side]))

            return StreamedRows(parts, self._config.data.shuffle_rows, self.counts.get(side))

        return {side: source(side) for side in sides}

    def _all(self, kinds: Mapping[str, Kind], rows: int) -> Iterator[Both]:
        """Yield the rows of each side, of `rows` rows at a time."""
        dropped = 0
        for frame in self._table.chunks(kinds, rows):
            known = has_all(frame, self._config.data.targets)
            dropped += len(frame) - int(known.sum())
            if not any(self._shares):
                yield chosen(frame, known), frame[:0], frame[:0]
                continue
            sides = self._sides(frame)
            yield tuple(
                self._kept(side, chosen(frame, known & (sides == at)))
                for at, side in enumerate(SIDES)
            )
        self.dropped = dropped

    def _other(self, side: Side, kinds: Mapping[str, Kind], rows: int) -> Iterator[pd.DataFrame]:
        for frame in self._others[side].chunks(kinds, rows):
            known = has_all(frame, self._config.data.targets)
            yield self._kept(side, chosen(frame, known))

    def _kept(self, side: Side, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a side's rows but for those of classes that are left out."""
        without = self._without.get(side)
        if not without:
            return frame
        (target,) = self._config.data.targets
        return chosen(frame, ~frame[target].isin(without).to_numpy())


def _width(encoding: Encoding) -> int:
    encoder = encoding.encoder
    return len(encoder.inputs) + outputs_of(encoding.config, encoder) + 1
