"""Which words say an order, and which only look like it."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ann_cli.data.columns.orders import SCALES, order_of, plain

ORDERS = [
    "Poor < Fair < Good",
    "Po < Fa < TA < Gd < Ex",
    "Very_Poor < Below_Average < Average < Good < Very_Excellent",
    "Fair < Good < Very Good < Premium < Ideal",
    "low < medium < high",
    "none < Low < MODERATE < Very high",
    "none < mild < severe",
    "S < M < L < XL < XXL",
    "small < medium < large",
    "Strongly disagree < Disagree < neutral < agree < strongly agree",
    "no < Sometimes < Frequently < Always",
    "never < rarely < often",
    "High School < Bachelor's < Master's < PhD",
    "Less Than High School < High School < Junior College < Bachelor < Graduate",
    "First < Second < Third",
    "two < three < four < six < twelve",
    "C- < C < B+ < A",
    "CCC < BB < BBB < AA < AAA",
    "<18 < 18-24 < 25-34 < 65+",
    "1-5 < 6-10 < 11-15",
    "under 25 years < 25 to 34 years < 35 to 44 years < 45 years and over",
    "4 or less hours < 5 hours < 10 or more hours",
    "[18,25) < [25,35) < 35 and over",
    "$0-$999 < $1,000-$4,999 < $5,000+",
    "<30K < 30K-60K < 60K-1m < >1M",
    "0 < 1 < 2-10 < Over 100",
    "1 - low < 2 < 3 < 4 < 5 - high",
    "(0) none < (1) some < (2) all",
    "1. sehr gut < 2. gut < 10. ungenügend",
    "mangelhaft < ausreichend < befriedigend < gut < Sehr gut",
    "nie < selten < manchmal < oft < immer",
    "Stimme gar nicht zu < stimme eher zu < stimme voll und ganz zu",
    "trifft gar nicht zu < trifft eher zu < trifft voll zu",
    "klein < mittel < groß",
    "très mauvais < moyen < bon < très bon",
    "TRES MAUVAIS < MOYEN < BON < TRES BON",
    "Jamais < Rarement < Parfois < Souvent < Toujours",
    "muy bajo < bajo < medio < alto < muy alto",
    "nunca < a veces < siempre",
    "pessimo < scarso < sufficiente < buono < ottimo",
    "muito ruim < ruim < regular < bom < muito bom",
    "slecht < matig < voldoende < goed < uitstekend",
    "bardzo zły < zły < średni < dobry < bardzo dobry",
    "dålig < mindre bra < bra < mycket bra < utmärkt",
    "плохо < удовлетворительно < хорошо < отлично",
    "çok kötü < kötü < orta < iyi < çok iyi",
    "很差 < 差 < 一般 < 好 < 很好",
    "とても悪い < 悪い < 普通 < 良い < とても良い",
]


@pytest.mark.parametrize("written", ORDERS)
def test_words_that_say_an_order(written):
    order = tuple(written.replace(" < ", "|").split("|"))
    values = list(order)
    for seed in range(3):
        random.Random(seed).shuffle(values)
        assert order_of(values) == order
    assert order_of([*values, "NA", "No basement", "unknown"]) in (order, ())  # 3 words beside
    assert order_of([*values, "purple"]) == ()
    assert order_of(values[:2]) == ()


NONE = {
    "months": ["Jan", "Feb", "Mar", "May"],
    "weekdays": ["Mon", "Tue", "Wed"],
    "letters": ["A", "B", "C", "D"],
    "sizes and sexes": ["M", "F", "S"],
    "colours": ["red", "green", "blue"],
    "sexes": ["Male", "Female", "Other"],
    "yes and no": ["yes", "no", "unknown"],
    "numbers": ["1", "2", "3"],
    "numbers with exponents": ["1e-07", "1e-05", "0.1"],
    "codes": ["12-345", "12-346", "12-347"],
    "results": ["2-1", "1-1", "0-3"],
    "overlapping": ["18-24", "20-30", "40-50"],
    "dates": ["2020-01-01", "2020-02-01", "2020-03-01"],
    "months of years": ["2020-01", "2020-02", "2020-03"],
    "hours": ["09:00-10:00", "10:00-11:00", "11:00-12:00"],
    "two words for one level": ["Good", "good", "Poor", "Fair"],
    "of two scales": ["low", "medium", "large"],
    "nothing": [],
    "numbers before one letter": ["10-A", "11-B", "12-C"],
    "days": ["25-Jan", "26-Jan", "30-Jan"],
    "numbers before equal words": ["1 - low", "1 - high", "2 - high"],
    "of two languages": ["gut", "moyen", "malo"],
    "Spanish sexes": ["hombre", "mujer", "otro"],
    "long cells": ["1" * 100_000 + "-2", "1 " * 50_000, "a" * 100_000],
}


@pytest.mark.parametrize("case", NONE)
def test_words_that_say_none(case):
    assert order_of(NONE[case]) == ()


def test_no_word_has_two_levels_of_a_scale():
    for scale in SCALES:
        words = [word for level in scale for word in level]
        assert len(words) == len(set(words)) >= len(scale) >= 3
        assert all(word == plain(word) and word for word in words)


@given(st.lists(st.text(max_size=12) | st.from_regex(r"[<>]?\d{1,3}(-\d{1,3})?\+?"), max_size=8))
def test_any_words_are_ordered_all_or_not_at_all(values):
    found = order_of(dict.fromkeys(values))
    assert not found or (len(found) >= 3 and set(found) <= set(values))
    assert order_of(dict.fromkeys(reversed(values))) == found
