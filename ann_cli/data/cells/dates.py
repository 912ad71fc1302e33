"""Dates and times as they are written: recognised, and read as seconds."""

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from math import isnan
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
        "%Y %b %d", "%Y-%b-%d", "%Y-%m-%d", "%d %b, %Y", "%d %B, %Y", "%d/%b/%Y", "%d%b%Y",
        "%Y年%m月%d日")  # fmt: skip
TIMES = (" %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", " %H:%M:%S %z",
         " %H:%M %z", ", %H:%M", ", %I:%M %p", "T%H:%M:%S", " %H.%M", " %I:%M%p", " %I:%M:%S%p",
         ", %I:%M:%S %p", ":%H:%M:%S", ":%H:%M:%S %z", " %I.%M.%S.%f %p",
         " %I.%M.%S %p")  # fmt: skip
OTHERS = ("%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%m/%Y", "%Y/%m", "%Y%m%d", "%Y%m", "%Y%m%d%H%M%S",
          "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%S%z", "%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %z %Y",
          "%G-W%V", "%G-W%V-%u", "%GW%V", "%YQ%q", "%Y-Q%q", "%Y Q%q", "Q%q %Y", "Q%q-%Y",
          "Q%q/%Y", "%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p",
          "%I:%M:%S%p")  # fmt: skip
FORMS = (ISO, *DAYS, *OTHERS, *(day + time for day in DAYS for time in TIMES))
"""The forms that are tried; of two that fit equally many cells the first is taken. %q is a quarter,
which `strptime` does not know."""

DIGITS = re.compile(r"[0-9]+")
LOOK = re.compile(
    r"[0-9]{6}|[0-9]{8}(T?[0-9]{6}Z?)?|.*[0-9A-Za-z][-/.: ,].*[0-9].*|[0-9]{4}[QW][0-9]+|"
    r"[0-9]{2}[A-Za-z]{3}[0-9]{4}.*|[0-9]{4}年.*|[0-9]{1,2}:.*"
)
"""What a date looks like at a glance; most texts do not."""

OF_DIGITS = {6: "%Y%m", 8: "%Y%m%d", 14: "%Y%m%d%H%M%S"}
"""The forms of nothing but digits, by their number."""

WIDTHS = {form: width for width, form in OF_DIGITS.items()}

MONTHS = {
    "January": "januar januari janvier enero gennaio janeiro jänner",
    "February": "februar februari février febrero febbraio fevereiro",
    "March": "märz maart mars marzo março",
    "April": "avril abril aprile",
    "May": "mai mei mayo maggio maio",
    "June": "juni juin junio giugno junho",
    "July": "juli juillet julio luglio julho",
    "August": "augustus août agosto",
    "September": "septembre septiembre settembre setembro",
    "October": "oktober octobre octubre ottobre outubro",
    "November": "novembre noviembre novembro",
    "December": "dezember décembre diciembre dicembre dezembro",
}
"""The months of German, Dutch, French, Spanish, Italian and Portuguese, where not as in English."""

IN_ENGLISH = {name: english for english, names in MONTHS.items() for name in names.split()}
IN_WORDS = re.compile("%[aAbBpzqV]")
"""Parts of a form that stand for words, or that are not read as they stand."""

WORD = re.compile(r"[^\W\d_]+\.?(?:m\.)?")
ORDINAL = re.compile(r"(?<=[0-9])(?:st|nd|rd|th|er|º|ª)\b|\bde[l]?\b ?", re.IGNORECASE)

ISO_LIKE = re.compile(
    r"[0-9]{4}-[0-9]{2}(-[0-9]{2}([T ][0-9]{2}(:?[0-9]{2}(:?[0-9]{2}([.,][0-9]+)?)?)?"
    r" ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)?)?)?"
)
TRIED = 200
"""Cells that a form is tried on before it is tried on all."""


def form_of(cells: Mapping[str, int], usual: Sequence[str] = ()) -> tuple[str, bool, Array]:
    """Return the form of the dates that most of counted cells are, "" where they are none.

    The second value says whether another form fits as many cells and gives other dates, the last
    which are no dates of the form. Of two that fit, the first of `usual` is taken.
    """
    none = "", False, np.ones(len(cells), dtype=bool)
    known = {cell: count for cell, count in cells.items() if not is_marker(cell)}
    some = list(known)[:: max(1, len(known) // TRIED)]
    some = [each.strip() for each in some]
    strange = sum(LOOK.fullmatch(each) is None for each in some)
    digits = all(map(DIGITS.fullmatch, some))
    of_digits = OF_DIGITS.get(len(some[0])) if some else None
    days = all(len(each) == len(some[0]) and "1900" <= each < "2101" for each in some)
    if not some or 2 * strange > len(some) or (digits and not (of_digits and days)):
        return none
    total = sum(known.values())
    counts = np.array(list(known.values()))
    fitting: dict[str, Array] = {}
    tried = [of_digits] if digits and of_digits else [*usual, *FORMS]
    for form in dict.fromkeys(tried):
        if form != ISO and 2 * sum(_is(each, form) for each in some[:5]) < len(some[:5]):
            continue
        values = seconds(list(known), form)
        if counts[np.isnan(values)].sum() * 2 <= total * (not digits):
            fitting[form] = values
    if not fitting:
        return none
    missed = {form: int(np.isnan(values).sum()) for form, values in fitting.items()}
    least = min(missed.values())
    best = [form for form in fitting if missed[form] == least]
    first = fitting[best[0]]
    doubtful = any(not np.array_equal(first, fitting[each], equal_nan=True) for each in best[1:])
    odd = {cell for cell, value in zip(known, first.tolist(), strict=True) if isnan(value)}
    return best[0], doubtful, np.array([cell in odd for cell in cells])


def seconds(cells: Iterable[str] | pd.Series, form: str) -> Array:
    """Return the seconds since 1970 in UTC, float64; NaN for what is not of the form.

    A time of day without a date is counted from midnight.
    """
    texts = pd.Series(cells, dtype=object).str.strip()
    if form == ISO:
        texts = texts.where(texts.str.fullmatch(ISO_LIKE.pattern).eq(True))
        texts = texts.str.replace(" UTC", "Z", regex=False).str.replace(",", ".", regex=False)
    elif form in WIDTHS:
        texts = texts.where(texts.str.len().eq(WIDTHS[form]))
    values = _seconds(texts, form)
    if IN_WORDS.search(form):  # most are in English, and take a third of the time
        rest = np.isnan(values) & texts.notna().to_numpy()
        spelled = texts[rest].map(partial(_as_python_has_it, form), na_action="ignore")
        values[rest] = _seconds(spelled, _form(form))
    return values


def _seconds(texts: pd.Series, form: str) -> Array:
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
    return bool(form) and form != ISO and not any(year in form for year in ("%Y", "%y", "%G"))


def _form(form: str) -> str:
    """Return the form that `strptime` is given: a quarter has a month, and a week a day."""
    if "%q" in form:
        return "%Y-%m"
    return form + " %u" if "%V" in form and "%u" not in form else form


def _as_python_has_it(form: str, text: str) -> str:
    """Return a text as `strptime` reads it by `_form`: months in English, and no ordinals."""
    if "%q" in form:
        pattern = re.escape(form).replace("%Y", "(?P<Y>[0-9]{4})").replace("%q", "(?P<q>[1-4])")
        found = re.fullmatch(pattern, text)
        return f"{found['Y']}-{3 * int(found['q']) - 2:02d}" if found else ""
    if "%V" in form:
        return text if "%u" in form else f"{text} 1"
    full = "%B" in form
    return WORD.sub(partial(_in_english, full), ORDINAL.sub("", text))


def _in_english(full: bool, word: re.Match[str]) -> str:
    """Return a word of a date as `strptime` knows it; with `full`, months have their whole name."""
    text = word[0].casefold()
    if text in ("a.m.", "p.m."):
        return text.replace(".", "")
    if text in ("gmt", "utc"):
        return "+0000"
    name = text.rstrip(".")
    if full:
        return IN_ENGLISH.get(name, word[0])
    return "Sep" if name == "sept" else word[0].rstrip(".") if len(name) == 3 else word[0]


def written(moment: datetime, form: str) -> str:
    """Return a moment in a form, in which %q is its quarter."""
    return moment.strftime(form.replace("%q", str((moment.month + 2) // 3)))


def _may_be(cell: str, form: str) -> bool:
    """Whether a cell has the signs of a form: `strptime` compiles each form that it meets."""
    if any(cell.count(sign) < form.count(sign) for sign in ".,-年"):
        return False
    if cell.count("/") != form.count("/"):
        return False
    return cell.count(":") == form.count(":") or "%z" in form


def _is(cell: str, form: str) -> bool:
    if not _may_be(cell, form):
        return False
    try:
        datetime.strptime(_as_python_has_it(form, cell.strip()), _form(form))
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
