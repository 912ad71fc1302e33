"""One block of CSV to one frame, by the C parser with a dtype for every column."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.data.cells.notation import PLAIN, Notation
from ann_cli.data.cells.values import IMMENSE, Array, Kind, one_text, read
from ann_cli.data.csv.blocks import SHOWN, Block
from ann_cli.data.csv.odd_cells import Odd

WIDE = 100
"""Columns from which on a frame is copied into one block of memory, as rows are taken by blocks."""

NO_SEPARATOR = b"\x1f"
"""What stands in no cell, between two of which it would stand."""

BLANKS = ["", " ", "  ", "   "]
"""Cells that are empty to the eye."""


@dataclass(frozen=True)
class Reading:
    """How the columns of a file are read."""

    columns: Sequence[str]
    """The file's."""
    notations: Mapping[str, Notation]
    missing: Collection[str] = ()
    """Texts that stand for no value in every column."""
    irregular: set[str] = field(default_factory=set)
    """Columns of numbers that pandas alone did not read in an earlier block."""


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
    block: Block, kinds: Mapping[str, Kind], reading: Reading
) -> tuple[pd.DataFrame, dict[str, Odd]]:
    """Return the columns by their kinds, and the odd cells of those that have some.

    number, boolean and date: float64, NaN where there is none (dates in seconds); category: text,
    NaN where missing.
    """
    regular = {
        name
        for name, kind in kinds.items()
        if kind == "number"
        and reading.notations.get(name, PLAIN).plain
        and name not in reading.irregular
    }
    types = {name: np.float64 if name in regular else object for name in kinds}
    try:
        frame = _read(block, reading.columns, types)
    except ValueError:  # a cell that is no number as pandas reads them
        frame = _read(block, reading.columns, dict.fromkeys(kinds, object))
        regular = {name for name in regular if _is_regular(frame, name)}
        reading.irregular.update(
            name for name, kind in kinds.items() if kind == "number" and name not in regular
        )
    if len(kinds) > WIDE:
        frame = frame.copy()
    odd: dict[str, Odd] = {}
    lines: list[int] = []
    for name in _to_look_at(frame, kinds, regular, reading):
        kind, cells, notation = kinds[name], frame[name], reading.notations.get(name, PLAIN)
        if kind == "category":
            frame[name], found = _categories(cells, notation, reading.missing)
            if found.markers:
                odd[name] = found
            continue
        if reading.missing and cells.dtype == object:
            cells = cells.where(~cells.str.strip().isin(reading.missing))
        values, strange = read(cells, kind, notation)
        frame[name] = values
        found = _odd(cells, values, strange)
        if found.others:
            lines = lines or block.lines()
            found.places = {each: lines[row] for each, row in found.places.items()}
        immense = values[np.abs(values) >= IMMENSE]
        found.immense = {repr(each) for each in np.unique(immense)[:SHOWN].tolist()}
        if found.others or found.markers or found.immense:
            odd[name] = found
    return frame, odd


def _to_look_at(
    frame: pd.DataFrame, kinds: Mapping[str, Kind], regular: Collection[str], reading: Reading
) -> Iterator[str]:
    """Yield the columns that are not yet what they are to be: most numbers and texts are."""
    notations, names = reading.notations, list(map(str, frame))
    numbers = [name for name in names if name in regular]
    large = np.zeros(len(numbers), dtype=bool)
    if numbers:
        values = frame[numbers].to_numpy()
        size = [np.fmax.reduce(each, axis=0, initial=0) for each in (values, -values)]
        large = np.maximum(*size) >= IMMENSE
    done = {
        name
        for name, is_large in zip(numbers, large.tolist(), strict=True)
        if not is_large and not notations.get(name, PLAIN).none
    }
    if not reading.missing:
        done |= {
            name
            for name in names
            if kinds[name] == "category" and notations.get(name, PLAIN).content == "text"
        }
    yield from (name for name in names if name not in done)


def _read(
    block: Block, columns: Sequence[str], types: Mapping[str, Any], **options: Any
) -> pd.DataFrame:
    position = {each: place for place, each in enumerate(columns)}
    chosen = [position[each] for each in types]
    if len(types) > max(WIDE, block.content.count(b"\n")) and not any(
        each in block.content for each in (b'"', b"\r", NO_SEPARATOR)
    ):
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


def _is_regular(frame: pd.DataFrame, name: str) -> bool:
    """Whether pandas reads every cell of a column as a number; the column then is one."""
    try:
        frame[name] = pd.to_numeric(frame[name]).astype(np.float64)
    except (ValueError, TypeError):
        return False
    return True


def _categories(
    cells: pd.Series, notation: Notation, missing: Collection[str]
) -> tuple[Array, Odd]:
    """Return one text for each value, and the cells that stand for no value."""
    places, distinct = pd.factorize(cells)
    texts = one_text(distinct, notation)
    found = Odd()
    for at, cell in enumerate(distinct):
        if cell.strip() in missing:
            texts[at] = None
        if texts[at] is None and cell.strip():
            found.markers[cell.strip()] = int(np.count_nonzero(places == at))
    values = np.array([*(np.nan if each is None else each for each in texts), np.nan], dtype=object)
    return values[places], found


def _odd(cells: pd.Series, values: Array, strange: Array) -> Odd:
    """Return the cells that stand for no value and those that are something else, with rows."""
    found = Odd()
    for rows, counts in (
        (np.flatnonzero(strange), found.others),
        (np.flatnonzero(np.isnan(values) & ~strange & cells.notna().to_numpy()), found.markers),
    ):
        places, distinct = pd.factorize(cells.iloc[rows].astype(object))
        times = np.bincount(places, minlength=len(distinct))
        for at, cell in enumerate(distinct):
            text = cell.strip() if isinstance(cell, str) else f"{cell:.9g}"
            if not text:
                continue
            counts[text] += int(times[at])
            if counts is found.others:
                found.places.setdefault(text, int(rows[np.argmax(places == at)]))
    return found
