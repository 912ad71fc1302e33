"""Categories whose words say an order: Poor < Fair < Good, S < M < L, 18-24 < 25-34 < 65+."""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import pairwise
from math import inf, isfinite
from typing import TypeAlias

FEWEST = 3
"""Values that an order has: two are yes and no."""

MOST, LONGEST = 100, 60
"""Values that are looked at, and the letters of one."""

BESIDE = frozenset(
    "|?|na|n a|nan|none|null|unknown|missing|undefined|not applicable|not available|not known"
    "|not stated|no answer|refused|don't know|dont know|do not know|prefer not to say|other".split(
        "|"
    )
)
"""Words that have no place in an order and may stand beside it, as "No basement" may."""

SCALES = tuple(
    tuple(frozenset(each.split("|")) for each in scale.split(" < "))
    for scale in (
        "very poor|terrible < poor|bad < fair < below average < average|typical|ok|okay"
        " < above average < good < very good < excellent|outstanding < very excellent",
        "fair < good < very good < premium < ideal",
        "bad < good < better < best",
        "po < fa < ta < gd < ex",
        "none|no|zero < very low|minimal < low < medium|moderate|mid|average|normal"
        " < high < very high < extreme|extremely high",
        "none|no|absent < trace < minimal < slight < mild < moderate < severe"
        " < very severe|critical|extreme",
        "xxxs < xxs < xs < s < m < l < xl < xxl|2xl < xxxl|3xl < 4xl",
        "tiny|very small|extra small < small < medium|mid|average < large|big"
        " < very large|extra large|huge",
        "strongly disagree|completely disagree|totally disagree < disagree"
        " < somewhat disagree|slightly disagree|tend to disagree"
        " < neutral|neither|undecided|neither agree nor disagree|not sure"
        " < somewhat agree|slightly agree|tend to agree < agree"
        " < strongly agree|completely agree|totally agree",
        "very dissatisfied|very unsatisfied < dissatisfied|unsatisfied < somewhat dissatisfied"
        " < neutral|neither < somewhat satisfied < satisfied < very satisfied|extremely satisfied",
        "very unlikely < unlikely < neutral < likely < very likely",
        "very unimportant < unimportant|not important|not at all important"
        " < slightly important|not very important < neutral < moderately important|fairly important"
        "|somewhat important < important < very important < extremely important",
        "not at all < slightly|a little|not very|a little bit < somewhat|moderately|fairly"
        " < very|quite a bit|a lot < extremely",
        "never|no < rarely|seldom|hardly ever|almost never < occasionally|sometimes"
        " < often|frequently|fairly often < usually|very often|almost always < always",
        "beginner|novice < intermediate < advanced < expert",
        "junior|entry|entry level < mid|mid level|middle|intermediate < senior < executive",
        "low < middle|lower middle < upper middle < high|upper",
        "lower < middle < upper",
        "freezing < cold < cool < mild < warm < hot < very hot",
        "very slow < slow < medium|moderate|average|normal < fast < very fast",
        "very light < light < medium|moderate|average|normal < heavy < very heavy",
        "very short < short < medium|average|normal < long|tall < very long|very tall",
        "very weak < weak < medium|moderate|average < strong < very strong",
        "young < middle aged|middle age < old|elderly",
        "early < mid|middle < late",
        "negative < neutral < positive",
        "bottom < middle < top",
        "no education|none|no schooling < preschool < primary|primary school|elementary"
        "|elementary school < middle school < secondary|secondary school|high school|hs grad"
        "|high school graduate|below college < some college < associate|associates|associate's"
        "|college < bachelor|bachelors|bachelor's|undergraduate < master|masters|master's|graduate"
        " < doctor|doctorate|phd",
        "first < second < third < fourth < fifth < sixth < seventh < eighth < ninth < tenth",
        "zero|none < one < two < three < four < five < six < seven < eight < nine < ten"
        " < eleven < twelve",
    )
)
"""Each from its low end to its high end; words of one level mean the same."""

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
    for ranks in (*(_of_scale(scale) for scale in SCALES), _rating, _interval):
        order = ranks(known)
        if order:
            found.add(order)
    return found.pop() if len(found) == 1 else ()


def beside(value: str) -> bool:
    """Whether a word stands for no value, and so may stand beside an order."""
    word = _plain(value)
    return word in BESIDE or word.startswith("no ")


def _plain(value: str) -> str:
    return " ".join(re.split(r"[\s_\-/]+", value.casefold().replace("’", "'"))).strip()


def _of_scale(scale: Sequence[frozenset[str]]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    levels = {word: (level, level) for level, words in enumerate(scale) for word in words}
    return lambda values: _ordered(values, lambda each: levels.get(_plain(each)))


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
