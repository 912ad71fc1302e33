"""A search's trials drawn for 80 columns: the lowest stands where it is."""

from itertools import product
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ann_cli.report.trials import COLUMNS, LINES, LOWEST, POINT, picture


def history(names, values, losses):
    return [
        {"epoch": at, "loss": loss, **dict(zip(names, value, strict=True))}
        for at, (value, loss) in enumerate(zip(values, losses, strict=True), 1)
    ]


def curve(losses):
    values = np.linspace(-1, 1, len(losses))
    return picture(history(["w"], [(value,) for value in values], losses), {"w": "the weight"})


def test_a_parabola_is_a_u():
    values = np.linspace(-1, 1, 41)
    lines = curve((values - 0.5) ** 2)
    drawn = [line[12:] for line in lines[:LINES]]
    found = {}
    for height, line in enumerate(drawn):
        for column, sign in enumerate(line):
            if sign in (POINT, LOWEST):
                assert column not in found
                found[column] = height
    assert sorted(found) == list(range(41))
    heights = [found[column] for column in range(41)]
    assert heights[:31] == sorted(heights[:31])
    assert heights[30:] == sorted(heights[30:], reverse=True)
    assert drawn[-1][30] == LOWEST  # values[30] is 0.5
    assert "the weight" in lines[-1]
    assert lines[0].split()[0] == "2.25"


losses = st.floats(0, 1e30) | st.just(inf)


@given(st.lists(losses, min_size=2, max_size=200), st.text(max_size=200))
def test_any_curve_fits(losses, label):
    values = [(float(at),) for at in range(len(losses))]
    lines = picture(history(["w"], values, losses), {"w": label})
    if min(losses) == inf:
        assert lines == []
        return
    assert max(map(len, lines)) <= 80
    assert sum(line.count(LOWEST) for line in lines[:LINES]) == 1


@given(st.data(), st.integers(2, 12), st.integers(2, 12))
def test_any_map_fits_and_marks_the_lowest(data, ups, rights):
    cells = data.draw(st.lists(losses, min_size=ups * rights, max_size=ups * rights))
    values = list(product(map(float, range(ups)), map(float, range(rights))))
    lines = picture(history(["u", "r"], values, cells), {"u": "up", "r": "right"})
    if min(cells) == inf:
        assert lines == []
        return
    assert max(map(len, lines[:-1])) <= 80
    assert len(lines) == ups + 3
    at = cells.index(min(cells))
    marked = {line.index(LOWEST) for line in lines if LOWEST in line}
    places = {(each, cell) for each, cell in enumerate(cells) if cell == min(cells)}
    line = lines[ups - 1 - at // rights]
    assert LOWEST in line or len(places) > 1
    spread = COLUMNS // rights
    assert {(column - 12) // spread for column in marked} <= {each % rights for each, _ in places}


def test_a_large_map_is_pooled():
    values = list(product(range(90), range(90)))
    cells = [abs(up - 10) + abs(right - 80) for up, right in values]
    lines = picture(history(["u", "r"], values, cells), {})
    assert max(map(len, lines)) <= 80
    (at,) = (each for each, line in enumerate(lines) if LOWEST in line)
    assert LINES + 4 - 1 - at == 10 * (LINES + 4) // 90
    assert lines[at].index(LOWEST) - 12 == pytest.approx(80 * COLUMNS / 90, abs=1)


def test_three_parameters_are_not_drawn():
    values = list(product([0.0, 1.0], repeat=3))
    assert picture(history(["a", "b", "c"], values, [1.0] * 8), {}) == []
