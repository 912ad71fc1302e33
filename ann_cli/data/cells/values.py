"""The cells of a column, from a file or from a Python caller, as numbers or as categories."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ann_cli.data.cells import dates
from ann_cli.data.cells.distinct import factorized
from ann_cli.data.cells.notation import PLAIN, Notation, canonical, is_marker
from ann_cli.data.cells.numerals import parts_of
from ann_cli.errors import counted

Array: TypeAlias = NDArray[Any]
Kind: TypeAlias = Literal["number", "boolean", "category", "date"]

LARGEST = float(np.finfo(np.float32).max)
"""The largest number taken: float32, the usual precision, holds none beyond."""

IMMENSE = 1e20
"""Numbers from here on stand for no value among others that are far smaller."""

TRUE = ("true", "yes", "t", "y", "1", "1.0")
FALSE = ("false", "no", "f", "n", "0", "0.0")
WORDS = (*TRUE[:4], *FALSE[:4])

UNSEEN, ABSENT = -1, -2
"""Codes of a cell whose value is none of the categories, and of a missing cell."""


def numbers(column: pd.Series, notation: Notation = PLAIN) -> tuple[Array, Array]:
    """Return float64 with NaN where no number is, and a mask of the cells that are something else.

    A cell that stands for no value, as NA does, is nothing else; infinity is.
    """
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        values = column.to_numpy(dtype=np.float64)
        infinite = np.isinf(values)
        return (
            (np.where(infinite, np.nan, values), infinite) if infinite.any() else (values, infinite)
        )
    missing = column.isna().to_numpy()
    if column.dtype.kind == "m":  # a duration, in seconds
        return column.dt.total_seconds().to_numpy(np.float64), missing & False
    if column.dtype.kind in "Mc":
        return np.full(len(column), np.nan), ~missing
    cells = column.astype(object).where(~missing, None)
    values = np.full(len(column), np.nan)
    if notation.plain:
        values = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        # A copy: pandas may have handed out what it keeps.
        values = np.where(np.isinf(values), np.nan, values)
    rest = np.isnan(values) & ~missing
    if not rest.any():
        return values, rest
    places, distinct = pd.factorize(cells[rest])
    meanings = np.array([_number(each, notation) for each in distinct], dtype=np.float64)
    values[rest] = meanings[places]
    nothing = np.array([isinstance(each, str) and is_marker(each) for each in distinct])
    rest[rest] = np.isnan(meanings)[places] & ~nothing[places]
    return values, rest


def _number(cell: object, notation: Notation) -> float:
    found = notation.number(cell) if isinstance(cell, str) else None
    if not isinstance(cell, str):
        try:
            found = float(cell)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            found = None
    return np.nan if found is None or np.isinf(found) else found


def booleans(column: pd.Series, notation: Notation = PLAIN) -> tuple[Array, Array]:
    """Return 0, 1 or NaN in float64, and a mask of the cells that are neither yes nor no."""
    if column.dtype == np.bool_:
        return column.to_numpy(dtype=np.float64), np.zeros(len(column), dtype=bool)
    codes, distinct = pd.factorize(column.to_numpy(object))
    meanings = [truth(each) for each in distinct]
    values = np.array([*(np.nan if each is None else each for each in meanings), np.nan])[codes]
    nothing = np.array([*(isinstance(each, str) and is_marker(each) for each in distinct), True])
    return values, np.isnan(values) & ~nothing[codes]


def truth(cell: object) -> float | None:
    """Return 1.0 for a cell that says yes, 0.0 for no, None for another."""
    word = str(cell).strip().casefold()
    return 1.0 if word in TRUE else 0.0 if word in FALSE else None


def moments(column: pd.Series, notation: Notation = PLAIN) -> tuple[Array, Array]:
    """Return the seconds since 1970, NaN where no date is, and a mask of cells that are another."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
        return column.to_numpy(dtype=np.float64), np.zeros(len(column), dtype=bool)
    missing = column.isna().to_numpy()
    if column.dtype.kind == "M":
        return dates.since(column), missing & False
    cells = column.astype(object).where(~missing, None)
    places, distinct = pd.factorize(cells)
    texts = [str(each) for each in distinct]
    values = np.array([*dates.seconds(texts, notation.date or dates.ISO), np.nan])[places]
    nothing = np.array([*map(is_marker, texts), True])
    return values, np.isnan(values) & ~nothing[places]


READING = {"number": numbers, "boolean": booleans, "date": moments}


def read(column: pd.Series, kind: Kind, notation: Notation = PLAIN) -> tuple[Array, Array]:
    """Return a column as float64, NaN where a cell is none of its kind, and a mask of these.

    Numbers beyond what float32 holds are none.
    """
    values, odd = READING[kind](column, notation)
    if notation.none:
        values = np.where(np.isin(values, notation.none), np.nan, values)
    beyond = np.abs(values) > LARGEST
    if beyond.any():
        values, odd = np.where(beyond, np.nan, values), odd | beyond
    return values, odd


class Categories:
    """Finds the category that a cell stands for, by its value where the categories have one.

    Where all are numbers, 1, 1.0 and 01 are one; where they are yes and no, true and TRUE are. A
    number given for a text stands for the category of that value: pandas reads "012" as 12, and as
    12.0 where the column has missing cells. What could stand for two stands for none.
    """

    def __init__(self, categories: Sequence[str]) -> None:
        self._places = {each: place for place, each in enumerate(categories)}
        self._truths: dict[float, list[int]] = {}
        self._exact: dict[object, list[int]] = {}
        self._rounded: dict[float, list[int]] = {}
        truths = [truth(each) if each.strip().casefold() in WORDS else None for each in categories]
        values = [_value(each) for each in categories]
        self._all_truths = None not in truths
        self._all_numbers = None not in values
        for place, (answer, value) in enumerate(zip(truths, values, strict=True)):
            if answer is not None:
                self._truths.setdefault(answer, []).append(place)
            if value is not None:
                self._exact.setdefault(value, []).append(place)
                self._rounded.setdefault(float(value), []).append(place)
        if set(self._exact) == {0, 1} and self._all_numbers:
            self._truths = {float(value): places for value, places in self._exact.items()}  # type: ignore[arg-type]
            self._all_truths = True

    def place(self, cell: object) -> int:
        """Return the place of a cell's category, UNSEEN, or ABSENT for a text like NA."""
        if isinstance(cell, str):
            return self._of_text(cell)
        if isinstance(cell, bool | np.bool_):
            return _only(self._truths.get(float(cell)) or self._exact.get(int(cell)))
        if isinstance(cell, int | np.integer):
            return _only(self._exact.get(int(cell)) or self._of_truth(float(cell)))
        if isinstance(cell, float | np.floating | Decimal):
            # float32's 0.1 is the number that it is written as.
            exact = self._exact.get(_value(str(cell)))
            return _only(exact or self._rounded.get(float(cell)) or self._of_truth(float(cell)))
        return self._places.get(str(cell), UNSEEN)

    def _of_text(self, cell: str) -> int:
        place = self._places.get(cell)
        if place is not None:
            return place
        if self._all_truths and (answer := truth(cell)) is not None:
            return _only(self._truths.get(answer))
        if self._all_numbers and (value := _value(cell)) is not None:
            return _only(self._exact.get(value))
        if (self._all_numbers or self._all_truths) and is_marker(cell):
            return ABSENT
        return UNSEEN

    def _of_truth(self, value: float) -> list[int] | None:
        return self._truths.get(value) if self._all_truths else None


def _only(places: list[int] | None) -> int:
    return places[0] if places and len(places) == 1 else UNSEEN


def _value(text: str) -> Decimal | None:
    """Return the number that a text is, exactly; None where it is none."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and "_" not in text else None


def codes(cells: pd.Series | Array, categories: Sequence[str]) -> Array:
    """Return the place of each cell among the categories, UNSEEN or ABSENT."""
    found, distinct = factorized(cells)
    exact: dict[object, int] = {each: place for place, each in enumerate(categories)}
    places = [exact.get(cell, UNSEEN) for cell in distinct]
    if UNSEEN in places:
        places = [*map(Categories(categories).place, distinct)]
    return np.array([*places, ABSENT], dtype=np.intp)[found]


def one_text(cells: Iterable[object], notation: Notation) -> list[str | None]:
    """Return for each different cell the one text of its value; None where it stands for no value.

    A cell that is not what the others are keeps its text.
    """
    found: list[str | None] = []
    for cell in cells:
        text = str(cell)
        if notation.content == "text":
            found.append(text)
        elif is_marker(text):
            found.append(None)
        elif notation.content == "boolean":
            answer = truth(text)
            labels = notation.labels or ("false", "true")
            found.append(text if answer is None else labels[int(answer)])
        else:
            parts = parts_of(text)
            plain = parts.plain(notation.decimal, notation.thousands) if parts else None
            found.append(text if plain is None else canonical(plain))
    return found


SHOWN = 5


def listed(names: Sequence[str], most: int = 20) -> str:
    """Return some names as one text, however many there are."""
    shown = ", ".join(names[:most]).replace("\n", "\\n")
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def not_seen(cells: Mapping[str, int], noun: str = "cell") -> list[str]:
    """Return a sentence for each column, of so many cells whose value training did not meet."""
    return [
        f"column {name}: values not seen in training in {counted(count, noun)}"
        for name, count in cells.items()
    ]


def cut_off(cells: Mapping[str, int]) -> list[str]:
    """Return a sentence for each column, of so many cells far beyond the training rows'."""
    return [
        f"column {name}: {counted(count, 'cell')} far beyond the training rows counted as the "
        "farthest that are taken"
        for name, count in cells.items()
    ]


def cited(cell: str, most: int = 60) -> str:
    """Return a cell in quotes for a message, however long it is."""
    return f'"{cell}"' if len(cell) <= most else f'"{cell[:most]}…" ({len(cell):,} characters)'
