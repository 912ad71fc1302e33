"""Tables of pictures are known by the names and the range of their columns, or by their files."""

import numpy as np
import pandas as pd
import pytest

from ann_cli.data.columns.image_recognition import image_in

GRID = {"height": 5, "width": 4}


def names(form, *ranges):
    found = [()]
    for each in ranges:
        found = [(*before, at) for before in found for at in each]
    return [form.format(*each) for each in found]


CASES = {
    "row and column": (names("pixel_{}_{}", range(5), range(4)), 255, {"image": GRID}),
    "r and c": (names("r{}c{}", range(5), range(4)), 1, {"image": GRID}),
    "MNIST's, from 1": (names("{}x{}", range(1, 6), range(1, 5)), 255, {"image": GRID}),
    "channels": (names("p{}_{}_{}", range(5), range(4), range(3)), 255,
                 {"image": GRID | {"channels": 3}}),
    "an id beside": (["id", *names("p{}.{}", range(5), range(4))], 255,
                     {"image": GRID, "exclude": ["id"]}),
    "numbered, 0 to 255": (names("pixel{}", range(100)), 255,
                           {"image": {"height": 10, "width": 10}}),
    "numbered, 0 to 16": (names("f{}", range(64)), 16, {"image": {"height": 8, "width": 8}}),
    "numbered, of another range": (names("f{}", range(64)), 99, {}),
    "numbered, no square": (names("f{}", range(65)), 255, {}),
    "column by column": (names("p{1}_{0}", range(5), range(4)), 255, {}),
    "a hole": ([*names("p{}_{}", range(5), range(4))[:-2], "p4_3"], 255, {}),
    "few": (names("p{}_{}", range(3), range(3)), 255, {}),
    "no numbers in names": ([f"column {chr(97 + at)}" for at in range(20)], 255, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_pixels_are_known_by_their_names_and_range(case):
    columns, greatest, expected = CASES[case]
    values = np.random.default_rng(0).integers(0, greatest, (30, len(columns)), endpoint=True)
    values[0], values[1] = 0, greatest
    frame = pd.DataFrame(values.astype(float), columns=columns).assign(digit="a")
    kinds = dict.fromkeys(columns, "number") | {"digit": "category"}
    assert image_in(frame, kinds, "digit", "") == expected


def test_what_is_below_0_is_no_pixel():
    columns = names("p{}_{}", range(5), range(4))
    frame = pd.DataFrame(-np.ones((3, 20)), columns=columns)
    assert image_in(frame, dict.fromkeys(columns, "number"), "digit", "") == {}
