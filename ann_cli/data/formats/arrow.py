"""Parquet and Feather: the one file that knows pyarrow."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from ann_cli.data.cells.dates import seconds_of
from ann_cli.data.cells.days import Days
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.formats.columns import Chunk, filled, text_of
from ann_cli.data.formats.kinds import missing_package
from ann_cli.errors import DataError

ROWS = 1 << 16
"""Rows of a chunk of Parquet; Feather has them as they were written."""

INDEX = "__index_level_"
"""How the column is called that pandas makes of a frame's row labels."""


@contextmanager
def parquet(stream: BinaryIO, name: str) -> Iterator["ArrowRows"]:
    """Open a pass over a Parquet file. Raises ConfigError without pyarrow, DataError."""
    arrow = _arrow("Parquet", name)
    from pyarrow import parquet as module

    with _told(arrow, name, "Parquet"):
        source = arrow.PythonFile(stream, mode="r")
        texts = [each.name for each in module.read_schema(source) if _is_text(each.type)]
        source.seek(0)
        file = module.ParquetFile(source, read_dictionary=texts)

        def batches(columns: Sequence[str], groups: Sequence[int]) -> Iterator[Any]:
            # A row group of a million rows is decoded part by part.
            own = {"columns": list(columns), "use_threads": False, "row_groups": list(groups)}
            return iter(file.iter_batches(ROWS, **own))

        sizes = [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)]
        yield ArrowRows(file.schema_arrow, batches, len(sizes), lambda: sizes)


@contextmanager
def feather(stream: BinaryIO, name: str) -> Iterator["ArrowRows"]:
    """Open a pass over a Feather file. Raises ConfigError without pyarrow, DataError."""
    arrow = _arrow("Feather", name)
    with _told(arrow, name, "Feather of version 2"):
        source = arrow.PythonFile(stream, mode="r")
        file = arrow.ipc.open_file(source)
        places = {each: place for place, each in enumerate(file.schema.names)}

        def batches(columns: Sequence[str], groups: Sequence[int]) -> Iterator[Any]:
            chosen = sorted(places[each] for each in columns)
            options = arrow.ipc.IpcReadOptions(included_fields=chosen, use_threads=False)
            some = arrow.ipc.open_file(source, options=options)
            return (some.get_batch(at) for at in groups)

        count = file.num_record_batches

        def sizes() -> list[int]:  # of one column alone: they stand nowhere else
            return [each.num_rows for each in batches(file.schema.names[:1], range(count))]

        yield ArrowRows(file.schema, batches, count, sizes)


def write(frames: Iterable[pd.DataFrame], stream: BinaryIO, what: str, place: str) -> int:
    """Write frames as Parquet or as Feather, part by part; return how many numbers were infinite.

    Numbers stay numbers, what is no finite one is null. Raises ConfigError without pyarrow.
    """
    arrow = _arrow(what, place)
    from pyarrow import parquet as module

    infinite = 0
    schema: Any = None
    writer: Any = None
    sink = arrow.PythonFile(stream, mode="w")
    for frame in frames:
        arrays = []
        for at, name in enumerate(frame.columns):
            cells = frame[name].to_numpy()
            if cells.dtype.kind == "f":
                strange = ~np.isfinite(cells)
                infinite += int(strange.sum())
                arrays.append(arrow.array(cells, mask=strange))
            else:
                known = schema.field(at).type if schema else None
                arrays.append(arrow.array(cells.tolist(), type=known))
        if writer is None:
            schema = arrow.schema(
                [(name, own.type) for name, own in zip(frame.columns, arrays, strict=True)]
            )
            new = module.ParquetWriter if what == "Parquet" else arrow.ipc.new_file
            writer = new(sink, schema)
        writer.write_table(arrow.table(arrays, schema=schema))
    if writer is not None:
        writer.close()
    return infinite


class ArrowRows:
    """One pass over the record batches of a file."""

    told: Sequence[str] = ()

    def __init__(
        self, schema: Any, batches: Any, count: int, sizes: Callable[[], Sequence[int]]
    ) -> None:
        """`count` are the groups that the rows are in, `sizes` gives the number of rows of each."""
        fields = [each for each in schema if not each.name.startswith(INDEX)]
        self._batches, self._count, self.group_sizes = batches, count, sizes
        self.columns = [each.name for each in fields]
        self.unreadable = {
            each.name: f"{why} ({each.type})" for each in fields if (why := _unreadable(each.type))
        }
        self.typed = [each.name for each in fields if not _is_text(each.type)]

    def rows_about(self) -> float:
        """Return how many rows there are."""
        return float(sum(self.group_sizes()))

    def chunks(self, columns: Sequence[str], days: Days) -> Iterator[Chunk]:
        """Yield the chunks of some columns."""
        return self.chunks_of(columns, days, range(self._count), 1)

    def chunks_of(
        self, columns: Sequence[str], days: Days, groups: Sequence[int], row: int
    ) -> Iterator[Chunk]:
        """Yield the chunks of some groups; `row` is the number of their first row in the file."""
        for batch in self._batches(columns or self.columns[:1], groups):
            own = {name: ArrowColumn(name, batch.column(name), days) for name in columns}
            yield Chunk(own, range(row, row + batch.num_rows))
            row += batch.num_rows


class ArrowColumn:
    """The cells of a column in a record batch."""

    def __init__(self, name: str, cells: Any, days: Days) -> None:
        self._name, self._days = name, days
        kind = cells.type
        while hasattr(kind, "storage_type"):
            cells = cells.storage
            kind = cells.type
        self._cells, self._type = cells, kind

    def values(self, kind: Kind) -> Array | None:
        """Return float64, NaN where missing; None where their type is none of a kind's."""
        types, of_type = _types(), self._type
        if kind == "date" and (types.is_timestamp(of_type) or types.is_date(of_type)):
            return seconds_of(self._moments())
        if kind == "number" and types.is_duration(of_type):
            moments = self._numpy().astype("timedelta64[us]")
            return np.where(np.isnat(moments), np.nan, moments.astype(np.int64) / 1e6)
        if kind == "boolean" and types.is_boolean(of_type):
            return self._floats(self._cells.cast("uint8"))
        if kind == "number" and (types.is_integer(of_type) or types.is_floating(of_type)):
            return self._floats(self._cells)
        return None

    def texts(self, missing: bool) -> Array:
        """Return objects, a text each, as pandas writes the cell into a CSV."""
        types, of_type = _types(), self._type
        if types.is_timestamp(of_type):
            zone = "+00:00" if of_type.tz else ""
            return filled(self._days.texts(self._name, self._moments(), zone), missing)
        cells = self._cells
        if not types.is_dictionary(of_type):
            cells = cells.dictionary_encode()
        different = filled([*map(text_of, cells.dictionary.to_pylist()), None], missing)
        places = cells.indices.cast("int64").fill_null(len(different) - 1)
        return different[places.to_numpy()]

    def taken(self, rows: Array) -> "ArrowColumn":
        """Return the cells of the rows for which a mask says so."""
        return ArrowColumn(self._name, self._cells.filter(rows), self._days)

    def _floats(self, cells: Any) -> Array:
        if cells.null_count and not _types().is_floating(cells.type):
            cells = cells.cast("float64", safe=False)
        return np.asarray(cells.to_numpy(zero_copy_only=False), dtype=np.float64)

    def _moments(self) -> Array:
        # Of nanoseconds NumPy takes the microsecond that they are in, as for a CSV's.
        return self._numpy().astype("datetime64[us]")

    def _numpy(self) -> Array:
        found: Array = self._cells.to_numpy(zero_copy_only=False)
        return found


def _types() -> Any:
    from pyarrow import types

    return types


def _is_text(kind: Any) -> bool:
    types = _types()
    if types.is_dictionary(kind):
        kind = kind.value_type
    return types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)


def _unreadable(kind: Any) -> str:
    """Return what a type is that stands for no cell, "" of others."""
    types = _types()
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_nested(kind):
        return "lists or mappings"
    if types.is_interval(kind):
        return "spans of months and days"
    names = ("binary", "large_binary", "fixed_size_binary", "binary_view")
    return "bytes" if any(getattr(types, f"is_{each}")(kind) for each in names) else ""


@contextmanager
def _told(arrow: Any, name: str, what: str) -> Iterator[None]:
    """Turn what pyarrow raises of a file into a DataError."""
    try:
        yield
    except (arrow.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")[:200]
        raise DataError(
            f"cannot be read as {what}: {reason}",
            place=name,
            remedy="is it whole? is it of this kind, as its name or its first bytes say?",
        ) from error


def _arrow(what: str, place: str) -> Any:
    try:
        import pyarrow
        import pyarrow.ipc
    except ImportError:
        raise missing_package(what, "pyarrow", "parquet", place) from None
    return pyarrow
