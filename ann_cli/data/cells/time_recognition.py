"""Columns of dates, times of day and durations: what most cells are, and how they are written."""

from collections.abc import Mapping
from itertools import compress

import numpy as np

from ann_cli.data.cells import dates
from ann_cli.data.cells.durations import are_durations
from ann_cli.data.cells.names import MANY_TEXTS
from ann_cli.data.cells.notation import TEXT, Notation
from ann_cli.data.cells.recognition_notes import (
    date_notes,
    form_note,
    no_data_notes,
    number_notes,
)
from ann_cli.data.cells.sentinels import no_moments
from ann_cli.data.cells.values import Kind

Found = tuple[Kind, Notation, list[str]]
"""What a column holds, how it is written, and what a person should know of that."""


def recognised_time(
    name: str, kind: Kind | None, cells: Mapping[str, int], before: Notation | None
) -> Found | None:
    """Return what a column is whose counted cells may be dates or durations; None of another.

    `kind` is what is known of it, and `before` how the file that trained was written.
    """
    times = np.array(list(cells.values()))
    preferred = [before.date] if before and before.date else []
    form, doubtful, strange = "", False, np.ones(len(cells), dtype=bool)
    if kind in (None, "date"):
        form, doubtful, strange = dates.form_of(cells, preferred)
    missed = times[strange].sum()
    if kind in (None, "number") and (not form or (missed and dates.is_time_of_day(form))):
        clock = Notation(clock=True)
        odd = np.isnan([clock.value(cell) for cell in cells])
        few = times[odd].sum() <= min(MANY_TEXTS * times.sum(), missed)
        if few and are_durations(compress(cells, (~odd).tolist())):
            return "number", clock, [] if before else number_notes(name, cells, clock, False)
    if not form:
        iso = Notation("date", date=[*preferred, dates.ISO][0])
        return ("date", iso, []) if kind == "date" else None
    if kind is None and missed > MANY_TEXTS * times.sum():
        return "category", TEXT, [form_note(name, cells, strange, form)]
    notes = date_notes(name, cells, form) if doubtful and not preferred else []
    notation = Notation("date", date=form)
    moments = dates.seconds(list(cells), form)
    if kind is None and (none := no_moments(moments[~np.isnan(moments)])):
        notation = Notation("date", date=form, none=none)
        notes += no_data_notes(name, dates.as_text(np.array(none)), "date")
    return "date", notation, notes


def look_like_days(cells: Mapping[str, int]) -> bool:
    """Whether numbers have as many digits, all of them, as dates without a sign have."""
    width = len(next(iter(cells)).strip()) if len(cells) > 4 else 0
    return width in dates.OF_DIGITS and all(
        len(text) == width and text.isdigit() and text.isascii() for text in map(str.strip, cells)
    )
