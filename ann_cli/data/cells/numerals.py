"""Numbers as people write them: their parts, and what a column's cells agree on."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

MINUS = str.maketrans({"−": "-", "–": "-", "﹣": "-", "－": "-"})
SPACES = "\u00a0\u2007\u2009\u202f"
PLAIN_SPACES = str.maketrans(dict.fromkeys(SPACES, " ") | {"’": "'", "ʼ": "'"})

CELL = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[+-]?)\s*(?P<before>[^\d\s.,'()+-][^\d()+-]*?)?\s*(?P<second>[+-]?)\s*"
    r"(?P<digits>[.,]?[0-9](?:[0-9.,' ]*[0-9])?[.,]?)(?P<exponent>[eE][+-]?[0-9]+)?"
    r"\s*(?P<after>[^\d\s.,'()+-][^()+]*?)?\s*(?P<behind>-?)\s*(?P<close>\))?"
)
"""One number: its sign or its brackets, a unit before or behind it, and its digits."""

CURRENCIES = frozenset(
    "aed ars aud bgn brl cad chf clp cny cop czk dkk egp eur gbp hkd huf idr ils inr isk jpy krw "
    "kzt mad mxn myr ngn nok nzd pen php pkr pln qar ron rsd rub sar sek sgd thb try twd uah usd "
    "vnd zar us$ a$ c$ ca$ au$ hk$ nz$ r$ s$ kr rs rs. zł fr. kč ft лв руб".split()
)
MEASURES = frozenset(
    "% ‰ ° °c °f mm cm dm m km in ft yd mi nm µm um mm² cm² m² km² cm2 m2 km2 ha sqft sqm m³ cm3 "
    "m3 cc ml cl dl l mg g kg t lb oz ms s sec min h hr day week month year yr w kw mw kwh v mv kv "
    "hz khz mhz ghz hp bhp ps rpm nm mph kmh km/h m/s kb mb gb tb px pt pct pp bar psi pa hpa kpa "
    "cal kcal j kj mpg kmpl bpm".split()
)
SCALES = {"k": "e3", "K": "e3", "M": "e6", "mn": "e6", "B": "e9", "bn": "e9", "Bn": "e9"}
"""What stands right behind digits for a thousand, a million or a billion: €1.5M."""

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
        if not _grammar(decimal, thousands).fullmatch(self.digits):
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


def parts_of(cell: str) -> Parts | None:
    """Return the parts of a cell that is one number; None where it is something else."""
    found = CELL.fullmatch(cell.strip().translate(MINUS).translate(PLAIN_SPACES))
    if found is None:
        return None
    before, after = found["before"] or "", found["after"] or ""
    signs = [each for each in (found["sign"], found["second"], found["behind"]) if each]
    brackets = bool(found["open"])
    if brackets != bool(found["close"]) or len(signs) + brackets > 1:
        return None
    spaced = bool(re.search(r"[0-9.,]\s+[^0-9\s.,]", found.string)) and bool(after)
    scale = "" if spaced or found["exponent"] else SCALES.get(after, "")
    if scale:
        after = ""
    unit = _unit(before or after)
    if before and (after or not (unit in CURRENCIES or _is_symbol(unit))):
        return None
    negative = brackets or "-" in signs
    return Parts(negative, found["digits"], found["exponent"] or "", unit, scale, spaced)


def _unit(text: str) -> str:
    unit = text.strip().casefold()
    if unit in CURRENCIES or unit in MEASURES:
        return unit
    unit = unit.rstrip(".")
    return unit.removesuffix("s") if len(unit) > 2 else unit


def _is_symbol(unit: str) -> bool:
    return bool(unit) and all(unicodedata.category(each) == "Sc" for each in unit)


def is_known(unit: str) -> bool:
    """Whether a unit is one that people write behind numbers without a space."""
    return unit in MEASURES or unit in CURRENCIES or _is_symbol(unit)


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
    currency = unit in CURRENCIES or _is_symbol(unit)
    return unit, scaled > 0 and (currency or (not units and 4 * scaled >= total))
