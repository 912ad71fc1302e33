"""Dates and times as they are written: recognised, and read as seconds."""

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.data.cells.notation import is_marker
from ann_cli.engine.settings import Array

ISO = "ISO8601"
"""The form of pandas for all that ISO 8601 allows, zones included."""

DAYS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d",
        "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y", "%d %b %Y", "%d %B %Y",
        "%d-%b-%Y", "%d-%b-%y", "%d-%B-%Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y",
        "%a, %d %b %Y", "%A, %d %B %Y", "%A, %B %d, %Y", "%a %b %d %Y", "%d. %B %Y",
        "%Y %b %d", "%Y-%b-%d")  # fmt: skip
TIMES = (" %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", " %H:%M:%S %z",
         " %H:%M %z", ", %H:%M", ", %I:%M %p", "T%H:%M:%S", " %H.%M")  # fmt: skip
OTHERS = ("%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%m/%Y", "%Y/%m", "%Y%m%d", "%Y%m%dT%H%M%S",
          "%a %b %d %H:%M:%S %Y", "%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p",
          "%I:%M:%S %p")  # fmt: skip
FORMS = (ISO, *DAYS, *OTHERS, *(day + time for day in DAYS for time in TIMES))
"""The forms that are tried; of two that fit equally many cells the first is taken."""

DIGITS = re.compile(r"[0-9]+")
LOOK = re.compile(r"[0-9]{8}(T[0-9]{6})?|.*[0-9A-Za-z][-/.: ,].*[0-9].*")
"""What a date looks like at a glance; most texts do not."""

ISO_LIKE = re.compile(
    r"[0-9]{4}-[0-9]{2}(-[0-9]{2}([T ][0-9]{2}(:?[0-9]{2}(:?[0-9]{2}([.,][0-9]+)?)?)?"
    r" ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)?)?)?"
)
TRIED = 200
"""Cells that a form is tried on before it is tried on all."""

MOST_ODD = 0.05
"""The share of cells that may be no dates in a column of dates."""


def form_of(cells: Mapping[str, int], usual: Sequence[str] = ()) -> tuple[str, bool]:
    """Return the form of the dates that counted cells are, "" where they are none.

    The second value says whether another form fits as many cells and gives other dates. Of two that
    fit, the first of `usual` is taken.
    """
    known = {cell: count for cell, count in cells.items() if not is_marker(cell)}
    some = list(known)[:: max(1, len(known) // TRIED)]
    some = [each.strip() for each in some]
    strange = sum(LOOK.fullmatch(each) is None for each in some)
    digits = all(map(DIGITS.fullmatch, some))
    days = all(len(each) == 8 and "1900" <= each < "2101" for each in some)
    if not some or strange > MOST_ODD * len(some) or (digits and not days):
        return "", False
    total = sum(known.values())
    counts = np.array(list(known.values()))
    fitting: dict[str, Array] = {}
    for form in dict.fromkeys([*usual, *FORMS]):
        if form != ISO and 2 * sum(_is(each, form) for each in some[:5]) < len(some[:5]):
            continue
        values = seconds(list(known), form)
        if counts[np.isnan(values)].sum() <= MOST_ODD * total:
            fitting[form] = values
    if not fitting:
        return "", False
    missed = {form: int(np.isnan(values).sum()) for form, values in fitting.items()}
    least = min(missed.values())
    best = [form for form in fitting if missed[form] == least]
    first = fitting[best[0]]
    doubtful = any(not np.array_equal(first, fitting[each], equal_nan=True) for each in best[1:])
    return best[0], doubtful


def seconds(cells: Iterable[str] | pd.Series, form: str) -> Array:
    """Return the seconds since 1970 in UTC, float64; NaN for what is not of the form.

    A time of day without a date is counted from midnight.
    """
    texts = pd.Series(cells, dtype=object).str.strip()
    if form == ISO:
        texts = texts.where(texts.str.fullmatch(ISO_LIKE.pattern).eq(True))
        texts = texts.str.replace(" UTC", "Z", regex=False)
    elif form == "%Y%m%d":
        texts = texts.where(texts.str.len().eq(8))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = pd.to_datetime(texts, format=form, errors="coerce", utc=True)
        except (ValueError, OverflowError):
            return np.full(len(texts), np.nan)
    return since(found, form)


def since(moments: pd.Series, form: str = "") -> Array:
    """Return the seconds of a column of moments since 1970, or since midnight of a time of day."""
    zoned = moments.dt.tz_convert("UTC") if moments.dt.tz is not None else moments
    values = zoned.dt.tz_localize(None).to_numpy("datetime64[us]")
    return seconds_of(values, "1900-01-01" if is_time_of_day(form) else "1970-01-01")


def seconds_of(values: Array, start: str = "1970-01-01") -> Array:
    """Return the seconds of moments (datetime64, microseconds) since a day, NaN where none is."""
    found = (values - np.datetime64(start, "us")) / np.timedelta64(1, "us") / 1e6
    found[np.isnat(values)] = np.nan
    return found


def is_time_of_day(form: str) -> bool:
    """Whether a form has no date."""
    return bool(form) and form != ISO and "%Y" not in form and "%y" not in form


def _is(cell: str, form: str) -> bool:
    try:
        datetime.strptime(cell.strip(), form)
    except ValueError:
        return False
    return True


CALENDAR = {"year": 0.0, "month": 12.0, "day of week": 7.0, "day of year": 365.2425, "hour": 24.0}
"""The parts of a date that a network may see, and after how many each begins anew (0: never)."""

YEAR = 365.2425 * 86400
"""Seconds."""


def as_text(values: Array) -> Array:
    """Return moments in seconds since 1970 as 2024-03-01, with the time of day if any has one."""
    known: Any = np.where(np.isfinite(values), values, 0.0).round().astype("datetime64[s]")
    whole_days = (values % 86400 == 0).all()
    return np.datetime_as_string(known, unit="D" if whole_days else "s").astype(object)


def calendar(values: Array, part: str) -> Array:
    """Return one part of moments in seconds since 1970, float64; NaN where they are NaN.

    Months, days and hours count from 0, and an hour has its minutes as a fraction.
    """
    days = np.floor(values / 86400)
    if part == "hour":
        return (values - days * 86400) / 3600
    if part == "day of week":
        return (days + 3) % 7  # 1970 began on a Thursday; Monday is 0
    known = np.isfinite(days)
    dates = np.where(known, days, 0).astype("int64").astype("datetime64[D]")
    years = dates.astype("datetime64[Y]")
    found = {
        "year": years.astype("int64") + 1970.0,
        "month": dates.astype("datetime64[M]").astype("int64") % 12 + 0.0,
        "day of year": (dates - years).astype("int64") + 0.0,
    }[part]
    return np.where(known, found, np.nan)
