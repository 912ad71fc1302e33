"""The cells of a block of rows, numbers or text, as the numbers and categories that they are."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.data.cells.notation import PLAIN, Notation
from ann_cli.data.cells.odd_cells import SHOWN, Odd
from ann_cli.data.cells.values import IMMENSE, Array, Kind, one_text, read

WIDE = 100
"""Columns from which on a frame is copied into one block of memory, as rows are taken by blocks."""


@dataclass(frozen=True)
class Reading:
    """How the columns of a file are read."""

    notations: Mapping[str, Notation]
    missing: Collection[str] = ()
    """Texts that stand for no value in every column."""
    irregular: set[str] = field(default_factory=set)
    """Columns of numbers that pandas alone did not read in an earlier block."""

    def regular(self, kinds: Mapping[str, Kind]) -> set[str]:
        """Return the columns of numbers that are written as Python writes them, as far as known."""
        return {
            name
            for name, kind in kinds.items()
            if kind == "number"
            and self.notations.get(name, PLAIN).plain
            and name not in self.irregular
        }


def converted(
    frame: pd.DataFrame,
    kinds: Mapping[str, Kind],
    regular: Collection[str],
    reading: Reading,
    places: Callable[[], Sequence[int]],
) -> dict[str, Odd]:
    """Make the columns of a frame what their kinds say, and return the odd cells of each.

    The `regular` ones are float64 already, the others text, NaN where a cell is empty. `places` are
    the rows' places in the file, asked for where a cell is odd.
    """
    odd: dict[str, Odd] = {}
    lines: Sequence[int] = []
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
            lines = lines or places()
            found.places = {each: lines[row] for each, row in found.places.items()}
        immense = values[np.abs(values) >= IMMENSE]
        found.immense = {repr(each) for each in np.unique(immense)[:SHOWN].tolist()}
        if found.others or found.markers or found.immense:
            odd[name] = found
    return odd


def _to_look_at(
    frame: pd.DataFrame, kinds: Mapping[str, Kind], regular: Collection[str], reading: Reading
) -> Iterator[str]:
    """Yield the columns that are not yet what they are to be: most numbers and texts are."""
    notations, names = reading.notations, list(map(str, frame))
    numbers = [name for name in names if name in regular]
    done = {
        name
        for name, is_large in zip(numbers, _have_large(frame, numbers), strict=True)
        if not is_large and not notations.get(name, PLAIN).none
    }
    if not reading.missing:
        done |= {
            name
            for name in names
            if kinds[name] == "category" and notations.get(name, PLAIN).content == "text"
        }
    yield from (name for name in names if name not in done)


def _have_large(frame: pd.DataFrame, names: Sequence[str]) -> list[bool]:
    """Return whether each of some columns of numbers has one that may stand for no value."""
    # Each as it lies there; of many columns pandas takes longer for each than for a copy of all.
    groups: Sequence[Any] = names if len(names) <= WIDE else [list(names)]
    parts = [frame[group].to_numpy() for group in groups]
    found: list[bool] = []
    for values in parts:
        least, greatest = (
            reduce(values, axis=0, initial=0) for reduce in (np.fmin.reduce, np.fmax.reduce)
        )
        found += np.atleast_1d((greatest >= IMMENSE) | (least <= -IMMENSE)).tolist()
    return found


def numbers_among(frame: pd.DataFrame, names: Collection[str]) -> set[str]:
    """Return the columns of text that pandas reads as numbers, which they become in the frame."""
    return {name for name in names if _is_regular(frame, name)}


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
