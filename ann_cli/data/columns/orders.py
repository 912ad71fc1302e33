"""Categories whose words say an order: Poor < Fair < Good, S < M < L, 18-24 < 25-34 < 65+."""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import pairwise
from math import inf, isfinite
from typing import TypeAlias
from unicodedata import normalize

from ann_cli.data.columns import order_words

FEWEST = 3
"""Values that an order has: two are yes and no."""

MOST, LONGEST = 100, 60
"""Values that are looked at, and the letters of one."""

SIGNS = re.compile("[\u0300-\u036f]")
"""What stands above and below Latin letters, once they are apart: très is written tres, too."""


def plain(value: str) -> str:
    """Return a word as words are compared: small letters without their signs, one space between."""
    if len(value) > LONGEST:
        return value
    letters = normalize("NFKD", value.casefold().replace("’", "'"))
    return " ".join(re.split(r"[\s_\-/]+", SIGNS.sub("", letters))).strip()


BESIDE = frozenset(map(plain, order_words.BESIDE.split("|")))

SCALES = tuple(
    tuple(frozenset(map(plain, each.split("|"))) for each in scale.split(" < "))
    for scale in order_words.SCALES
)

RATINGS = tuple(
    "aaa aa+ aa aa- a+ a a- bbb+ bbb bbb- bb+ bb bb- b+ b b- ccc+ ccc ccc- cc c+ c c- d+ d d- e "
    "f".split()
)
"""Marks and ratings, the best first; a letter alone may be anything."""

NUMBER = r"[$€£]?\s*(\d[\d,]*(?:\.\d+)?)\s*([km%](?![a-z]))?"
UNITS = r"\s*[$€£]?\s*[a-z. ]*"
RANGES: tuple[tuple[str, Callable[[float, float], tuple[float, float]]], ...] = (
    (rf"[\[(]?\s*{NUMBER}{UNITS}(?:-|–|—|\bto\b|,|;)\s*{NUMBER}{UNITS}[\])]?", lambda a, b: (a, b)),
    (
        rf"(?:<=?|≤|under|below|less than|up to|at most|until)\s*{NUMBER}{UNITS}",
        lambda a, _: (-inf, a),
    ),
    (rf"(?:>=?|≥|over|above|more than|at least|from)\s*{NUMBER}{UNITS}", lambda a, _: (a, inf)),
    (
        rf"{NUMBER}\s*(?:\+|plus\b|(?:or|and|&) (?:more|over|older|above|up)\b){UNITS}",
        lambda a, _: (a, inf),
    ),
    (
        rf"{NUMBER}{UNITS}(?:or|and) (?:less|under|younger|below|fewer)\b{UNITS}",
        lambda a, _: (-inf, a),
    ),
    (rf"{NUMBER}{UNITS}", lambda a, _: (a, a)),
)
"""How an interval is written, and its ends. "1,000" is a thousand, "1, 5" an interval."""

NUMBERED = re.compile(r"\s*\(?(\d{1,2})\s*[-–—.:=)]\s*[^\W\d_]{2,}")
GREATEST = 20
"""Of numbers before words, as answers of a survey have them: above it they may be codes or days."""

Rank: TypeAlias = tuple[float, float]
"""Of a word its level, twice; of an interval its ends."""

PATTERNS = tuple((re.compile(pattern), ends) for pattern, ends in RANGES)
TIMES = {"k": 1e3, "m": 1e6}


def order_of(values: Iterable[str]) -> tuple[str, ...]:
    """Return the values from low to high, as their words say; () where they say no order.

    All have to be of one scale, and none two words for one level. Words that stand for no value may
    be among them, and are not returned.
    """
    known = list(values)
    if not FEWEST <= len(known) <= MOST:
        return ()
    found = set()
    for ranks in (*(_of_scale(scale) for scale in SCALES), _rating, _interval, _numbered):
        order = ranks(known)
        if order:
            found.add(order)
    return found.pop() if len(found) == 1 else ()


def beside(value: str) -> bool:
    """Whether a word stands for no value, and so may stand beside an order."""
    word = plain(value)
    return word in BESIDE or word.startswith("no ")


def _of_scale(scale: Sequence[frozenset[str]]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    levels = {word: (level, level) for level, words in enumerate(scale) for word in words}
    return lambda values: _ordered(values, lambda each: levels.get(plain(each)))


def _rating(values: Sequence[str]) -> tuple[str, ...]:
    """Order marks from the worst to the best, where one has a sign or two letters."""
    if not any(len(each.strip()) > 1 and each.strip().casefold() in RATINGS for each in values):
        return ()
    places = {mark: (-place, -place) for place, mark in enumerate(RATINGS)}
    return _ordered(values, lambda each: places.get(each.strip().casefold()))


def _interval(values: Sequence[str]) -> tuple[str, ...]:
    """Order intervals of which none overlaps the next; some may be single numbers, but not all."""
    ends = {each: _ends(each) for each in values}
    order = _ordered(values, ends.__getitem__)
    found = [each for value in order if (each := ends[value])]
    single = sum(low == high for low, high in found)
    apart = all(high <= low for (_, high), (low, _) in pairwise(found))
    return order if apart and single < len(found) else ()


def _numbered(values: Sequence[str]) -> tuple[str, ...]:
    """Order words with numbers before them: 1 - low < 2 < 3 - high."""
    if not any(NUMBERED.match(each) for each in values):
        return ()
    return _ordered(values, _number_of)


def _number_of(value: str) -> Rank | None:
    found = NUMBERED.match(value)
    text = found[1] if found else value.strip()
    number = float(text) if text.isdecimal() and len(text) <= 2 else inf
    return (number, number) if number <= GREATEST else None


def _ends(value: str) -> Rank | None:
    if len(value) > LONGEST:
        return None
    text = value.casefold().strip()
    with suppress(ValueError):
        number = float(text)
        return (number, number) if isfinite(number) else None
    for pattern, ends in PATTERNS:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        groups = match.groups()
        numbers = [
            float(digits.replace(",", "")) * TIMES.get(unit or "", 1.0)
            for digits, unit in zip(groups[::2], groups[1::2], strict=True)
        ]
        low, high = ends(numbers[0], numbers[-1])
        return (low, high) if low < high or len(numbers) == 1 else None
    return None


def _ordered(values: Sequence[str], rank: Callable[[str], Rank | None]) -> tuple[str, ...]:
    ranks = {each: place for each in values if (place := rank(each)) is not None}
    others = all(beside(each) for each in values if each not in ranks)
    distinct = len(set(ranks.values())) == len(ranks)
    if not others or not distinct or len(ranks) < FEWEST:
        return ()
    return tuple(sorted(ranks, key=lambda each: ranks[each]))
