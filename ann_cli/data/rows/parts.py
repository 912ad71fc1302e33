"""Rows of a table in parts, one a replica: read, split and encoded wherever replicas are."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from ann_cli.config.spec import Config
from ann_cli.data.cells.odd_cells import Odd, refuse_mostly_odd
from ann_cli.data.cells.values import Kind
from ann_cli.data.columns.statistics import ColumnStatistics
from ann_cli.data.partitions import Divisible, is_divisible, parts_of, pieces_of
from ann_cli.data.pieces import Piece
from ann_cli.data.recognised_table import ROWS
from ann_cli.data.rows.cache import Pass
from ann_cli.data.rows.encoding import Encoding
from ann_cli.data.rows.in_memory import BySide
from ann_cli.data.rows.split import Side
from ann_cli.data.rows.streamed_rows import StreamedRows
from ann_cli.data.rows.streaming import RowsFromFile
from ann_cli.data.table import Table
from ann_cli.engine.rows import Rows
from ann_cli.errors import ConfigError, counted

Each: TypeAlias = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""What applies a function to items, in their order, as `map` does: wherever that is computed."""


class RowsInParts(RowsFromFile):
    """The rows of a table that replicas train on: each reads pieces of its files.

    On which side a row is, is what it is without parts. What the rows say is gathered part by part
    and merged in the order of the parts, whoever gathered it.
    """

    def __init__(
        self,
        config: Config,
        table: Table,
        others: Mapping[Side, Table],
        kinds: Mapping[str, Kind],
        generator: np.random.Generator,
        each: Each = map,
    ) -> None:
        """Raises ConfigError where the rows are not those of files that all can read."""
        super().__init__(config, table, others, kinds, generator)
        pictures = config.data.image and config.data.image.column
        if not is_divisible(table) or pictures:
            raise ConfigError(
                "replicas read pieces of files, where rows are streamed, and this is "
                + ("a table of pictures' names" if pictures else "none"),
                place=config.place("cluster"),
                remedy="set data.stream: false, or write it to a CSV or to Parquet",
            )
        self._each = each
        self._pieces: list[Piece] = []
        self._parts: list[RowsFromFile] = []
        self._in_part: list[int] = []
        """The training rows of each part."""

    def _gathered(self, kinds: Mapping[str, Kind]) -> BySide:
        table, replicas = self._files, self._replicas
        self._pieces = self._pieces or pieces_of(table, replicas)
        if len(self._pieces) < replicas:
            raise ConfigError(
                f"{counted(len(self._pieces), 'piece')} of files do not suffice for {replicas} "
                "replicas: rows of a CSV, groups of rows of Parquet and Feather, other files whole",
                place=self._config.place("cluster"),
                remedy="use fewer cluster.replicas, or write smaller groups of rows, or more files",
            )
        self._parts = [self._part(each) for each in parts_of(table, self._pieces, replicas)]
        gathered: list[Gathered] = list(self._each(partial(gather, kinds=kinds), self._parts))
        self._in_part = [each.found.rows for each in gathered]
        self.dropped = sum(each.dropped for each in gathered)
        self._merge_odd([each.odd for each in gathered])
        first, *rest = gathered
        for each in rest:
            first.found.merge(each.found)
            for side, held in each.held.items():
                first.held[side].merge(held)
        for side in self._others:
            for frame in self._other(side, self._kinds, ROWS):
                first.held[side].add(frame)
        return first.found, first.held

    @property
    def _files(self) -> Divisible:
        assert is_divisible(self._table)
        return self._table

    @property
    def _replicas(self) -> int:
        cluster = self._config.cluster
        return cluster.replicas if cluster else 1

    def _part(self, table: Table) -> RowsFromFile:
        """Return the rows of a part, which come to the same sides."""
        part = RowsFromFile(self._config, table, {}, self._kinds, np.random.default_rng(0))
        part._seed, part._cuts, part._by_cells = self._seed, self._cuts, self._by_cells
        part._chosen = True
        return part

    def _merge_odd(self, parts: Sequence[Mapping[str, Odd]]) -> None:
        """Let the table know of all odd cells. Raises DataError where most of a column are."""
        table, odd = self._files, dict[str, Odd]()
        for found in parts:
            for name, one in found.items():
                odd.setdefault(name, Odd()).add(one)
        refuse_mostly_odd(odd, sum(self._in_part), self._kinds, table.name, table.place)
        table.odd = odd

    def _source(self, read: Pass, sides: Sequence[Side]) -> dict[Side, StreamedRows]:
        """Return the rows of each side by itself: what judges is kept without all that trains."""
        found: dict[Side, StreamedRows] = {}
        for side in sides:
            found |= super()._source(read, [side])
        return found

    def encoded(self, encodings: Mapping[Side, Encoding]) -> dict[Side, StreamedRows]:
        """Return the rows of some sides; those that train are there in parts, too."""
        found, training = super().encoded(encodings), encodings["training"]
        each = zip(self._parts, self._in_part, strict=True)
        parts = [RowsOfPart(part, training, rows) for part, rows in each]
        found["training"] = replace(found["training"], of_replicas=parts)
        return found


@dataclass
class RowsOfPart:
    """The training rows of a part, as a source; another process reads them by itself."""

    part: RowsFromFile
    encoding: Encoding
    count: int

    def __post_init__(self) -> None:
        self._source: StreamedRows | None = None

    def __len__(self) -> int:
        return self.count

    def blocks(self, size: int, generator: np.random.Generator | None) -> Iterator[Rows]:
        """Yield every row once, as streamed rows do."""
        if self._source is None:
            self.part.counts = {"training": self.count}
            if self.encoding.config.data.cache:
                self.part.keep(Path(tempfile.gettempdir()), self.encoding)
            self._source = self.part.encoded({"training": self.encoding})["training"]
        return self._source.blocks(size, generator)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_source": None}


@dataclass(frozen=True)
class Gathered:
    """What the rows of a part say."""

    found: ColumnStatistics
    held: dict[Side, ColumnStatistics]
    odd: Mapping[str, Any]
    dropped: int


def gather(part: RowsFromFile, kinds: Mapping[str, Kind]) -> Gathered:
    """Return what the rows of a part say, training rows and others apart."""
    found, held = part._gathered(kinds)
    return Gathered(found, held, part.table.odd, part.dropped)


def streamed(
    config: Config,
    table: Table,
    others: Mapping[Side, Table],
    kinds: Mapping[str, Kind],
    generator: np.random.Generator,
    each: Each = map,
) -> RowsFromFile:
    """Return the rows of a table that are streamed; in parts where replicas train on them."""
    if config.cluster:
        return RowsInParts(config, table, others, kinds, generator, each)
    return RowsFromFile(config, table, others, kinds, generator)
