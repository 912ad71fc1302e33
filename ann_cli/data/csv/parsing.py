"""One block of CSV to one frame, by the C parser with a dtype for every column."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.data.cells.conversion import WIDE, Reading, converted, numbers_among
from ann_cli.data.cells.odd_cells import Odd
from ann_cli.data.cells.values import Kind
from ann_cli.data.csv.blocks import Block

NO_SEPARATOR = b"\x1f"
"""What stands in no cell, between two of which it would stand."""

BLANKS = ["", " ", "  ", "   "]
"""Cells that are empty to the eye."""


class _Bytes:
    """A file that pandas takes bytes from as they are, with no pass through text."""

    def __init__(self, content: bytes) -> None:
        self._rest = memoryview(content)

    def read(self, size: int) -> bytes:
        # As little at a time as asked for, which stays in the cache.
        found, self._rest = self._rest[:size], self._rest[size:]
        return bytes(found)

    def __iter__(self) -> Iterator[bytes]:
        return iter(())


def text(
    block: Block, columns: Sequence[str], chosen: Sequence[str], missing: bool, **options: Any
) -> pd.DataFrame:
    """Return the chosen columns as text; with `missing`, NaN where a cell is empty."""
    return _read(block, columns, dict.fromkeys(chosen, object), na_filter=missing, **options)


def parse(
    block: Block, columns: Sequence[str], kinds: Mapping[str, Kind], reading: Reading
) -> tuple[pd.DataFrame, dict[str, Odd]]:
    """Return the columns by their kinds, and the odd cells of those that have some.

    number, boolean and date: float64, NaN where there is none (dates in seconds); category: text,
    NaN where missing.
    """
    regular = reading.regular(kinds)
    types = {name: np.float64 if name in regular else object for name in kinds}
    try:
        frame = _read(block, columns, types)
    except ValueError:  # a cell that is no number as pandas reads them
        frame = _read(block, columns, dict.fromkeys(kinds, object))
        regular = numbers_among(frame, regular)
        reading.irregular.update(
            name for name, kind in kinds.items() if kind == "number" and name not in regular
        )
    if len(kinds) > WIDE:
        frame = frame.copy()
    return frame, converted(frame, kinds, regular, reading, block.lines)


def _read(
    block: Block, columns: Sequence[str], types: Mapping[str, Any], **options: Any
) -> pd.DataFrame:
    position = {each: place for place, each in enumerate(columns)}
    chosen = [position[each] for each in types]
    wide = len(types) > WIDE and len(types) > block.content.count(b"\n")
    if wide and not any(each in block.content for each in (b'"', b"\r", NO_SEPARATOR)):
        return _read_by_cells(block, position, types, **options)
    dtypes: Any = dict(zip(chosen, types.values(), strict=True))
    if len(set(types.values())) == 1:  # with one for all, pandas is several times faster
        (dtypes,) = set(types.values())
    frame = _by_pandas(block.content, dtypes, sep=block.separator, usecols=chosen, **options)
    if chosen != sorted(chosen):
        frame = frame[chosen]
    frame.columns = pd.Index(list(types), dtype=object)
    return frame


def _by_pandas(content: bytes, dtypes: Any, **options: Any) -> pd.DataFrame:
    frame: pd.DataFrame = pd.read_csv(
        _Bytes(content),  # type: ignore[call-overload]
        header=None,
        index_col=False,
        dtype=dtypes,
        keep_default_na=False,
        na_values=BLANKS,
        engine="c",
        low_memory=False,
        compression=None,
        encoding="utf-8",
        **options,
    )
    return frame


def _read_by_cells(
    block: Block,
    position: Mapping[str, int],
    types: Mapping[str, Any],
    nrows: int | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Return the same for more columns than rows: all cells of one dtype are a column to pandas,

    which takes as long for a column as for a thousand cells. No cell of the block is in quotes.
    """
    split = (line.split(block.separator.encode()) for line in block.content.split(b"\n"))
    rows = [cells for cells in split if len(cells) == len(position)][:nrows]  # not the blank lines
    parts = []
    for dtype in dict.fromkeys(types.values()):
        names = [name for name, each in types.items() if each == dtype]
        chosen = [position[name] for name in names]
        content = b"\n".join([cells[at] for cells in rows for at in chosen]) + b"\n"
        options |= {"sep": NO_SEPARATOR.decode(), "skip_blank_lines": False}
        cells = _by_pandas(content, dtype, **options)[0].to_numpy()
        parts.append(pd.DataFrame(cells.reshape(len(rows), -1), columns=names, dtype=dtype))
    frame = parts[0] if len(parts) == 1 else pd.concat(parts, axis=1)[list(types)]
    frame.columns = pd.Index(list(types), dtype=object)
    return frame
