"""One block of CSV to one frame, by the C parser with a dtype for every column."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.data.blocks import SHOWN, Block
from ann_cli.data.values import LARGEST, Array, Kind, booleans, cited, numbers
from ann_cli.errors import DataError, Problem

EXPECTED = {
    "number": "a number",
    "boolean": "true or false, yes or no",
}

Bad = tuple[str, pd.Series, Array]
"""A column's name, its cells, and the rows of those that cannot be read, ascending."""


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
    """Return the chosen columns as text; with `missing`, NaN for what stands for no value."""
    return _read(block, columns, dict.fromkeys(chosen, object), na_filter=missing, **options)


def parse(
    block: Block, columns: Sequence[str], kinds: Mapping[str, Kind], name: str
) -> pd.DataFrame:
    """Return the columns by their kinds. Raises DataError naming the cells that cannot be read."""
    types = {each: np.float64 if kind == "number" else object for each, kind in kinds.items()}
    try:
        frame = _read(block, columns, types)
    except ValueError as error:
        cells = text(block, columns, list(kinds), missing=True)
        found = _unreadable(cells, kinds)
        raise _problems(found, block, kinds, name, str(error)) from error
    unreadable: list[Bad] = []
    for each, kind in kinds.items():
        if kind == "boolean":
            values, bad = booleans(frame[each])
            unreadable.append((each, frame[each], np.flatnonzero(bad)))
            frame[each] = values
    if any(rows.size for _, _, rows in unreadable):
        raise _problems(unreadable, block, kinds, name)
    large = [
        (each, frame[each], np.flatnonzero(np.abs(frame[each].to_numpy()) > LARGEST))
        for each, kind in kinds.items()
        if kind == "number"
    ]
    if any(rows.size for _, _, rows in large):
        raise _problems(large, block, kinds, name)
    return frame


def _read(
    block: Block, columns: Sequence[str], types: Mapping[str, Any], **options: Any
) -> pd.DataFrame:
    position = {each: place for place, each in enumerate(columns)}
    chosen = [position[each] for each in types]
    frame: pd.DataFrame = pd.read_csv(
        _Bytes(block.content),  # type: ignore[call-overload]
        header=None,
        index_col=False,
        usecols=chosen,
        dtype={position[each]: dtype for each, dtype in types.items()},
        engine="c",
        low_memory=False,
        compression=None,
        encoding="utf-8",
        **options,
    )
    frame = frame[chosen]
    frame.columns = pd.Index(list(types), dtype=object)
    return frame


def _unreadable(cells: pd.DataFrame, kinds: Mapping[str, Kind]) -> list[Bad]:
    reading = {"number": numbers, "boolean": booleans}
    return [
        (each, cells[each], np.flatnonzero(reading[kind](cells[each])[1]))
        for each, kind in kinds.items()
        if kind in reading
    ]


def _problems(
    found: list[Bad], block: Block, kinds: Mapping[str, Kind], name: str, otherwise: str = ""
) -> DataError:
    count = sum(rows.size for _, _, rows in found)
    if not count:
        return DataError(f"cannot be read: {otherwise}", place=f"{name}:{block.line}")
    lines = block.lines()
    cells_of = {column: cells for column, cells, _ in found}
    first = [(row, column) for column, _, rows in found for row in rows[:SHOWN].tolist()]
    first.sort(key=lambda cell: cell[0])
    problems = []
    for row, column in first[:SHOWN]:
        cell: Any = cells_of[column].iat[row]
        place = f"{name}:{lines[row]}, column {column}"
        if isinstance(cell, float):
            message = f"{cell} is beyond ±{LARGEST:.1e}"
            remedy = "give a finite number, or leave the cell empty if it is not known"
        else:
            message = f"{cited(cell)}, where {EXPECTED[kinds[column]]} was expected"
            remedy = (
                "fix the cell, leave it empty if it is not known, "
                f"or train with data.types: {{{column}: category}}"
            )
        problems.append(Problem(message, place, remedy))
    if count > SHOWN:
        problems.append(Problem(f"and at least {count - SHOWN:,} more such cells", name))
    return DataError.of(problems)
