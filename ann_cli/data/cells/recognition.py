"""What a column holds and how it is written, by its first rows."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import chain, compress, islice

import numpy as np
import pandas as pd

from ann_cli.data.cells.distinct import tally
from ann_cli.data.cells.names import EXACT, are_codes, are_names
from ann_cli.data.cells.notation import Notation, is_marker, is_number
from ann_cli.data.cells.numerals import (
    AMBIGUOUS,
    CONVENTIONS,
    convention,
    decisive,
    unit_of,
)
from ann_cli.data.cells.recognition_notes import (
    mixed_note,
    no_data_notes,
    number_notes,
)
from ann_cli.data.cells.sentinels import no_data
from ann_cli.data.cells.time_recognition import look_like_days, recognised_time
from ann_cli.data.cells.values import WORDS, Array, Kind, truth
from ann_cli.data.cells.writing import Written

PLAIN_NUMBERS = re.compile(r"(?:[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\n)+")
"""Numbers that leave no doubt but where a point may stand between thousands: one a line."""

MAY_BE_NUMBERS = re.compile(r"[0-9０-９]|inf", re.IGNORECASE)
"""What stands in every number and every date."""

OTHER_SIGN = {".": re.compile(r",|\.[^\0]*\."), ",": re.compile(r"\.|,[^\0]*,")}
"""What stands in cells, joined by NUL, where one of them may have another decimal sign."""


@dataclass(frozen=True)
class Column:
    """What a column holds, how it is written, and what a person should know of that."""

    kind: Kind
    notation: Notation
    notes: tuple[str, ...] = ()


def recognised(
    sample: Mapping[str, Mapping[str, int]],
    given: Mapping[str, Kind],
    written: Written,
    separator: str = ",",
    names: Iterable[str] | None = None,
) -> dict[str, Column]:
    """Return what some columns of counted texts are (all, where no `names` are given).

    `given` are the kinds that are known. The other columns of the sample decide doubts.
    """
    signs = cache(lambda: _signs(sample))
    numeric = {float(text) for text in written.missing if is_number(text)}
    found = {}
    for name in sample if names is None else names:
        usual = partial(_usual, name, signs, written, separator)
        column = _column(name, sample[name], given.get(name), written, usual)
        if numeric and column.kind == "number":
            none = tuple(sorted(numeric | set(column.notation.none)))
            column = replace(column, notation=replace(column.notation, none=none))
        found[name] = column
    return found


def without_headers(cells: Array, names: Sequence[str]) -> Array:
    """Return rows × columns but for those that are the header, which says nothing of the others."""
    alike = np.flatnonzero(cells[:, 0] == names[0]).tolist() if len(names) > 1 else []
    headers = [row for row in alike if list(cells[row]) == list(names)]
    return np.delete(cells, headers, axis=0) if headers else cells


def counted_cells(cells: Array, written: Written) -> dict[str, int]:
    """Return how often each text of a column occurs, without those that stand for no value."""
    counts = tally(cells)
    nothing = {"", *written.missing}
    if "\n".join(counts).split() == list(counts):  # no space in any, and none is empty
        return {text: count for text, count in counts.items() if text not in nothing}
    return {text: count for text, count in counts.items() if text.strip() not in nothing}


def _signs(sample: Mapping[str, Mapping[str, int]]) -> dict[str, set[str]]:
    """Return the columns whose cells leave no doubt about a decimal sign, by the sign."""
    found: dict[str, set[str]] = {".": set(), ",": set()}
    for name, cells in sample.items():
        joined = "\0".join(cells)
        # Two columns with a sign are enough: each knows of one beside itself.
        if any(len(found[sign]) > 1 and not OTHER_SIGN[sign].search(joined) for sign in found):
            continue
        some = (each for each in cells if "." in each or "," in each)
        for sign in islice(decisive(some), 20):
            found[sign].add(name)
    return found


def _usual(
    name: str, signs: Callable[[], Mapping[str, set[str]]], written: Written, separator: str
) -> list[tuple[str, str]]:
    """Return the conventions to prefer: those given, the usual ones, those of other columns."""
    usual = []
    if name in written.usual:
        usual.append((written.usual[name].decimal, written.usual[name].thousands))
    others = [sign for sign, names in signs().items() if names - {name}]
    if len(others) == 1:
        usual += [each for each in CONVENTIONS if each[0] in others]
    elif separator == ";" and not others:  # the table of a place where the comma is the sign
        usual += [each for each in CONVENTIONS if each[0] == ","]
    return usual


def _column(
    name: str,
    cells: Mapping[str, int],
    kind: Kind | None,
    written: Written,
    usual: Callable[[], list[tuple[str, str]]],
) -> Column:
    if kind in (None, "number") and not _is_told(name, written) and _are_plain(cells):
        values = np.array(list(cells), dtype=object).astype(np.float64)
        return _number(name, kind, values, Notation(), [])
    has_numbers = MAY_BE_NUMBERS.search("\n".join(cells))
    values = np.full(len(cells), np.nan)
    if has_numbers:
        values[:] = pd.to_numeric(np.array(list(cells), dtype=object), errors="coerce")
    # What Python reads as a number is no marker, and most cells are numbers.
    markers = {cell for cell in compress(cells, np.isnan(values).tolist()) if is_marker(cell)}
    known = cells
    if markers:
        values = values[[cell not in markers for cell in cells]]
        known = {cell: count for cell, count in cells.items() if cell not in markers}
    before = written.usual.get(name)
    if kind == "category" and before and before.content in ("text", "boolean"):
        return Column(kind, before)
    if name in written.dates:
        return Column("date", Notation("date", date=written.dates[name]))
    if not known and before:
        return Column(kind or "number", before)
    if not known:
        # Markers alone are names; nothing at all is taken for numbers.
        return Column(
            kind or ("category" if cells else "number"), Notation("text" if cells else "number")
        )
    if all(cell.strip().casefold() in WORDS for cell in known):
        return Column(kind or "boolean", Notation("boolean", labels=_labels(known)))
    if not has_numbers and (kind is None or (kind == "category" and before is None)):
        return Column("category", Notation("text"))
    notation, notes = _number_notation(name, known, values, written, usual)
    if not notation.plain or written.decimal or written.thousands:
        values = np.array([notation.value(cell) for cell in known])
    elif np.isnan(values).any():
        values = np.array(
            [
                notation.value(cell) if value != value else value
                for cell, value in zip(known, values.tolist(), strict=True)
            ]
        )
    times = np.array(list(known.values()))
    odd = np.isnan(values)
    mostly_odd = 2 * times[odd].sum() > times.sum()
    may_be_time = mostly_odd or (not odd.any() and look_like_days(known))
    if (kind == "date" or (kind in (None, "number") and may_be_time)) and (
        found := recognised_time(name, kind, known, before)
    ):
        return Column(found[0], found[1], tuple(found[2]))
    if kind is None or (kind == "category" and before is None):
        is_code = not odd.any() and are_codes(known)
        texts = odd.any() and are_names(known, values, times)
        if is_code or (texts and mostly_odd):
            return Column("category", Notation("text"))
        if texts:
            return Column("category", Notation("text"), (mixed_note(name, known, odd, times),))
    if before:
        return Column(kind or "number", replace(notation, none=before.none), tuple(notes))
    return _number(name, kind, values[np.isfinite(values)], notation, notes)


def _is_told(name: str, written: Written) -> bool:
    """Whether something is known of how a column is written."""
    return (written.decimal, written.thousands) != (None, None) or (
        name in written.usual or name in written.dates
    )


def _are_plain(cells: Mapping[str, int]) -> bool:
    """Whether cells are numbers that can be read one way only, which most columns are."""
    joined = "\n".join(cells) + "\n"
    return bool(PLAIN_NUMBERS.fullmatch(joined)) and not (
        look_like_days(cells)
        or _may_have_thousands(cells)
        or (max(map(len, cells)) > EXACT and are_codes(cells))
    )


def _may_have_thousands(cells: Iterable[str]) -> bool:
    """Whether the points in cells could all stand between thousands, and there are some."""
    marked = (cell.strip().lstrip("+-") for cell in cells if "." in cell)
    first = next(marked, "")
    return all(map(AMBIGUOUS.fullmatch, chain([first], marked)))


def _number(
    name: str, kind: Kind | None, values: Array, notation: Notation, notes: list[str]
) -> Column:
    """Return a column of numbers, of which some may stand for no value unless it is `kind`."""
    if kind is None and (none := no_data(values)):
        notation = replace(notation, none=none)
        notes += no_data_notes(name, [f"{each:.9g}" for each in none], "number")
    return Column(kind or "number", notation, tuple(notes))


def _number_notation(
    name: str,
    cells: Mapping[str, int],
    values: Array,
    written: Written,
    usual: Callable[[], list[tuple[str, str]]],
) -> tuple[Notation, list[str]]:
    """Return how the numbers among cells are written, and a note where that is not plain.

    `values` are those that Python reads.
    """
    forced = written.decimal is not None or written.thousands is not None
    if not np.isnan(values).any() and not forced and not _may_have_thousands(cells):
        return Notation(), []
    if forced:
        mark = written.thousands
        decimal = written.decimal or ("," if mark == "." else ".")
        signs = [
            each
            for each in CONVENTIONS
            if each[0] == decimal and (mark is None or each[1] in ("", mark))
        ]
        decimal, thousands, doubtful = *convention(cells, signs[::-1] if mark else signs)[:2], False
        if (decimal, thousands) not in signs:
            decimal, thousands = signs[0]
    else:
        decimal, thousands, doubtful = convention(cells, usual())
    unit, scaled = unit_of(cells)
    if name in written.usual and not unit:
        unit = written.usual[name].unit
    clock = name in written.usual and written.usual[name].clock
    notation = Notation("number", decimal, thousands, unit, scaled, clock)
    # Other files with another decimal sign are no less to be told of than the first.
    known = forced or (name in written.usual and written.usual[name].decimal == decimal)
    return notation, [] if known else number_notes(name, cells, notation, doubtful)


def _labels(cells: Mapping[str, int]) -> tuple[str, str]:
    """Return how no and yes are written most often."""
    counts: dict[bool, dict[str, int]] = {False: {}, True: {}}
    for cell, count in cells.items():
        text = cell.strip()
        spelled = counts[bool(truth(text))]
        spelled[text] = spelled.get(text, 0) + count
    yes = counts[True] or {"yes": 1}
    no = counts[False] or {"no": 1}
    return min(no, key=lambda each: (-no[each], each)), min(
        yes, key=lambda each: (-yes[each], each)
    )
