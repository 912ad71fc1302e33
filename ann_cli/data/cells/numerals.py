"""Numbers as people write them: their parts, and what a column's cells agree on."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

SPACES = "\u00a0\u2007\u2009\u202f"
UNSEEN = "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
"""What web pages and office programs leave around numbers, and nobody sees."""

PLAIN_MARKS: Mapping[int, str | None] = str.maketrans(
    dict.fromkeys("−–—‐‑‒﹣", "-")
    | dict.fromkeys(SPACES, " ")
    | dict.fromkeys("’ʼ`´", "'")
    | dict.fromkeys(UNSEEN)
    | {chr(0xFF01 + at): chr(0x21 + at) for at in range(94)}  # of full width
)
WRAPPED = re.compile(r"""=?(["'])([^"']*)\1|'([^']+)""")
"""What spreadsheets put around a cell that is to stay as it is: ="0012", '0012, "0012"."""

NO_CENTS = re.compile(r"(?<=[0-9])(?:([.,])--?|/-)(?![0-9])")
"""A dash in place of hundredths: 12.–, 12,- and 12/-; its mark is the decimal sign."""

OUTSIDE = re.compile(r"([^\d()]+)\(([^()]*)\)")
"""A unit before the brackets that stand for a minus: $(12)."""

NO_UNIT = re.compile(r":|\b(?:19|20)[0-9]{2}\b")
"""What stands in dates and times, and in no unit."""

DASH = re.compile(r"([^\d\s-]+)\s*-|-\s*([^\d\s-]+)")
"""What the accounts of a spreadsheet have for 0: $ -."""

CELL = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[+-]?)\s*(?P<before>[^\d\s.,'()+-][^\d()+-]*?)?\s*(?P<second>[+-]?)\s*"
    r"(?P<digits>[.,]?[0-9](?:[0-9.,' ]*[0-9])?[.,]?)(?P<exponent>[eE][+-]?[0-9]+)?"
    r"\s*(?P<after>[^\d\s.,'()+-][^()+]*?)?\s*(?P<behind>-?)\s*(?P<close>\))?"
)
"""One number: its sign or its brackets, a unit before or behind it, and its digits."""

CURRENCIES = frozenset(
    "aed ars aud bgn brl cad chf clp cny cop czk dkk egp eur gbp hkd huf idr ils inr isk jpy krw "
    "kzt mad mxn myr ngn nok nzd pen php pkr pln qar ron rsd rub sar sek sgd thb try twd uah usd "
    "vnd zar us$ a$ c$ ca$ au$ hk$ nz$ r$ s$ mx$ nt$ kr rs rs. zł fr. sfr kč ft лв руб tl lei rp "
    "rm ksh 円 元 원".split()
)
MEASURES = frozenset(
    "% ‰ ° °c °f mm cm dm m km in ft yd mi nm µm um mm² cm² m² km² cm2 m2 km2 ha sqft sqm m³ cm3 "
    "m3 cc ml cl dl l mg g kg t lb oz ms s sec min h hr day week month year yr w kw mw kwh v mv kv "
    "hz khz mhz ghz hp bhp ps rpm nm mph kmh km/h m/s kb mb gb tb px pt pct pp bar psi pa hpa kpa "
    "cal kcal j kj mpg kmpl bpm x ×".split()
)
SCALES = {"k": "e3", "K": "e3", "M": "e6", "mn": "e6", "B": "e9", "bn": "e9", "Bn": "e9"}
"""What stands right behind digits for a thousand, a million or a billion: €1.5M."""

SCALE_WORDS = dict.fromkeys(("thousand", "tsd"), "e3") | {"lakh": "e5", "lac": "e5", "crore": "e7"}
SCALE_WORDS |= dict.fromkeys(("million", "millions", "mio", "mln"), "e6")
SCALE_WORDS |= dict.fromkeys(("billion", "billions", "mrd", "bln"), "e9")
"""Words for powers of ten, with or without a space, a unit behind them: 1.5 Mio. €."""

THOUSANDS = ("", ",", ".", " ", "'")
CONVENTIONS = tuple((decimal, mark) for decimal in ".," for mark in THOUSANDS if mark != decimal)
"""Each decimal sign with each mark between thousands; the usual ones come first."""


@dataclass(frozen=True)
class Parts:
    """A cell that looks like a number, with any marks in its digits."""

    negative: bool
    digits: str
    exponent: str
    unit: str
    scale: str = ""
    """The power of ten that k, M or B stands for."""
    spaced: bool = False
    """Whether a space stands between the digits and the unit behind them."""

    def plain(self, decimal: str, thousands: str) -> str | None:
        """Return the number as Python writes it; None where the digits are not written so."""
        # Nobody writes marks between thousands before an exponent.
        if not _grammar(decimal, "" if self.exponent else thousands).fullmatch(self.digits):
            return None
        digits = self.digits.replace(thousands, "") if thousands else self.digits
        return "-" * self.negative + digits.replace(decimal, ".") + (self.exponent or self.scale)


@cache
def _grammar(decimal: str, thousands: str) -> re.Pattern[str]:
    whole = "[0-9]+"
    if thousands:
        mark = re.escape(thousands)
        # Groups of three, or India's: of two before the last three.
        threes = f"[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+"
        twos = f"[1-9][0-9]?(?:{mark}[0-9]{{2}})+{mark}[0-9]{{3}}"
        whole += f"|{threes}|{twos}"
    sign = re.escape(decimal)
    return re.compile(f"(?:{whole})(?:{sign}[0-9]*)?|{sign}[0-9]+")


def bare(cell: str) -> str:
    """Return a cell in plain marks, without what spreadsheets put around it."""
    text = cell.translate(PLAIN_MARKS).strip()
    found = WRAPPED.fullmatch(text) if text.startswith(("=", "'", '"')) else None
    return (found[2] if found[1] else found[3]).strip() if found else text


def parts_of(cell: str) -> Parts | None:
    """Return the parts of a cell that is one number; None where it is something else."""
    text = bare(cell)
    if "(" in text and (outside := OUTSIDE.fullmatch(text)) and _is_currency(outside[1]):
        text = f"({outside[1]}{outside[2]})"
    if "-" in text:
        if (dash := DASH.fullmatch(text)) and _is_currency(found := dash[1] or dash[2]):
            return Parts(False, "0", "", _unit(found))
        text = NO_CENTS.sub(r"\1", text)
    found = CELL.fullmatch(text)
    if found is None:
        return None
    before, after = found["before"] or "", found["after"] or ""
    signs = [each for each in (found["sign"], found["second"], found["behind"]) if each]
    brackets = bool(found["open"])
    if brackets != bool(found["close"]) or len(signs) + brackets > 1:
        return None
    spaced = bool(re.search(r"[0-9.,]\s+[^0-9\s.,]", text)) and bool(after)
    scale = "" if spaced or found["exponent"] else SCALES.get(after, "")
    if scale:
        after = ""
    elif after and (word := _scale_word(after)):
        scale, after = word
    if (before and not _is_currency(before)) or NO_UNIT.search(after):
        return None
    if before and after and any(map(_is_symbol, after.split())):
        return None
    # $1,200 a month and $1,200 are not the same.
    unit = f"{_unit(before)} {_unit(after)}" if before and after else _unit(before or after)
    negative = brackets or "-" in signs
    return Parts(negative, found["digits"], found["exponent"] or "", unit, scale, spaced)


def _scale_word(after: str) -> tuple[str, str] | None:
    """Return the power of ten and the unit of what stands behind digits; None: it has no word."""
    word, _, unit = after.partition(" ")
    scale = SCALE_WORDS.get(word.rstrip(".").casefold())
    return (scale, unit.strip()) if scale else None


def _unit(text: str) -> str:
    unit = text.strip().casefold()
    if unit in CURRENCIES or unit in MEASURES:
        return unit
    unit = unit.rstrip(".")
    return unit.removesuffix("s") if len(unit) > 2 else unit


def _is_symbol(unit: str) -> bool:
    return bool(unit) and all(unicodedata.category(each) == "Sc" for each in unit)


def _is_currency(text: str) -> bool:
    unit = _unit(text)
    return unit in CURRENCIES or _is_symbol(unit)


def is_known(unit: str) -> bool:
    """Whether a unit is one that people write behind numbers without a space."""
    return unit in MEASURES or _is_currency(unit.partition(" ")[0])


AMBIGUOUS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
"""Digits whose one mark may be a decimal sign or stand between thousands."""


def decisive(cells: Iterable[str]) -> Iterator[str]:
    """Yield the decimal signs that cells leave no doubt about."""
    for cell in cells:
        parts = parts_of(cell)
        if parts is None:
            continue
        marks = [each for each in parts.digits if each in ".,"]
        if not marks or AMBIGUOUS.fullmatch(parts.digits):
            continue
        last = marks[-1]
        if len(set(marks)) == 2 or (len(marks) == 1 and not AMBIGUOUS.fullmatch(parts.digits)):
            yield last
        else:
            yield "," if last == "." else "."  # repeated: it stands between thousands


def convention(
    cells: Mapping[str, int], usual: Iterable[tuple[str, str]] = ()
) -> tuple[str, str, bool]:
    """Return the decimal sign and the mark between thousands that most cells are written with.

    `cells` are counted; of conventions that fit equally many cells the first of `usual` is taken,
    then of CONVENTIONS. The third value says whether another would give other numbers.
    """
    order = list(dict.fromkeys([*usual, *CONVENTIONS]))
    parsed = [(found, count) for cell, count in cells.items() if (found := parts_of(cell))]
    scores = {
        each: sum(count for parts, count in parsed if parts.plain(*each) is not None)
        for each in order
    }
    most = max(scores.values(), default=0)
    fitting = [each for each in order if scores[each] == most]
    decimal, thousands = fitting[0]
    texts = [parts for parts, _ in parsed if AMBIGUOUS.fullmatch(parts.digits)]
    doubtful = any(
        parts.plain(decimal, thousands) != other
        for parts in texts
        for each in fitting[1:]
        if (other := parts.plain(*each)) is not None
    )
    # A mark that no cell has is none.
    if thousands and not any(thousands in parts.digits for parts, _ in parsed):
        thousands = ""
    return decimal, thousands, doubtful


def unit_of(cells: Mapping[str, int]) -> tuple[str, bool]:
    """Return the unit of a column's numbers, "" where they have none, and whether k, M, B count.

    A unit that is no currency and no measure is one where nearly all cells have it behind a space.
    """
    found = [(parts, count) for cell, count in cells.items() if (parts := parts_of(cell))]
    total, units = sum(count for _, count in found), Counter[str]()
    close = {parts.unit for parts, _ in found if not parts.spaced}
    scaled = 0
    for parts, count in found:
        units[parts.unit] += count
        scaled += count if parts.scale else 0
    units.pop("", None)
    unit, most = max(units.items(), key=lambda each: each[1], default=("", 0))
    known = is_known(unit) and (len(units) == 1 or 2 * most > total)
    if not (known or (unit not in close and 10 * most >= 9 * total)):
        unit = ""
    currency = _is_currency(unit.partition(" ")[0])
    return unit, scaled > 0 and (currency or (not units and 4 * scaled >= total))
