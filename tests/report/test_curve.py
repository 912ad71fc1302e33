"""Charts in characters: each dot where its value is, numbers that the axes' places agree with."""

import math
import re

import pytest

from ann_cli.report.curve import BLANK, DOTS, MARK, Line, Scale, chart

SIGNS = {bit: (right, down) for down, bits in enumerate(DOTS) for right, bit in enumerate(bits)}


def drawn(points, width=50, height=8, **options):
    """Return the lines of a chart, and the dots of its canvas from the left and from the top."""
    lines = [
        "".join(text for text, _ in line)
        for line in chart([Line(points)], width, height, "x", **options)
    ]
    dots = set()
    for row, line in enumerate(lines[:height]):
        for cell, sign in enumerate(line[10:]):
            for bit, (right, down) in SIGNS.items():
                if BLANK < ord(sign) < BLANK + 256 and ord(sign) - BLANK & bit:
                    dots.add((2 * cell + right, 4 * row + down))
    return lines, dots


def test_a_straight_line_goes_from_corner_to_corner():
    _, dots = drawn([(at, 1000 + 3.0 * at) for at in range(1, 81)])
    assert {(0, 31), (79, 0)} <= dots
    assert len(dots) == 80
    for right, down in dots:
        assert down == pytest.approx(31 - right * 31 / 79, abs=0.51)


def test_an_exponential_fall_is_straight_on_a_logarithmic_scale():
    _, dots = drawn([(at, math.exp(-at / 10)) for at in range(80)])
    for right, down in dots:
        assert down == pytest.approx(right * 31 / 79, abs=0.51)


@pytest.mark.parametrize("values", [(0.1, 0.3), (0.001, 400.0), (-5, 1), (7, 7), (1e-9, 1e9)])
def test_the_axis_has_round_numbers_where_they_belong(values):
    points = list(enumerate(values))
    lines, _ = drawn(points, height=10)
    scale = Scale.of(values)
    numbers = [
        (row, float(found[1]))
        for row, line in enumerate(lines)
        if (found := re.match(r" *([-\d.e+]+) ┤", line))
    ]
    assert len(numbers) >= (1 if values[0] == values[1] else 2)
    for row, number in numbers:
        dot = (1 - scale.share(number)) * 39
        assert row * 4 - 0.5 <= dot <= row * 4 + 3.5
        if values[0] != values[1]:
            assert f"{number:e}".rstrip("0")[0] in "-1235" or number == 0 or not scale.logarithmic


def test_a_mark_stands_at_its_point_and_the_last_line_has_both_ends():
    lines, _ = drawn([(1, 1.0), (2, 0.5), (2000, 0.9)], marked=(2000, 0.9))
    (row,) = (at for at, line in enumerate(lines) if MARK in line)
    assert (row, lines[row].index(MARK)) == (1, 49)
    assert lines[-1].split() == ["1", "x", "2,000"]
    assert max(map(len, lines)) == 50


@pytest.mark.parametrize("points", [[], [(1, math.nan)], [(1, math.inf), (2, -math.inf)]])
def test_without_numbers_nothing_is_drawn(points):
    assert chart([Line(points)], 60, 5, "x") == []


@pytest.mark.parametrize("width", [11, 20, 60])
def test_a_chart_keeps_to_its_width(width):
    lines, _ = drawn([(at, at % 7 + 1e-3) for at in range(10_000)], width, marked=(10, 2.0))
    assert max(map(len, lines[:-1])) <= width
