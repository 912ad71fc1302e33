"""Schedules against closed forms worked out by hand."""

from itertools import pairwise
from math import isclose, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from ann_cli.engine.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Exponential,
    FlatCos,
    OneCycle,
    Step,
)

# The schedule, {epochs done: factor} of 10 planned epochs.
CASES = [
    (Constant(), {0: 1, 3.7: 1, 10: 1}),
    (Step(), {0: 1, 10: 1}),
    (Step(every=4, by=0.5), {0: 1, 3.99: 1, 4: 0.5, 7.5: 0.5, 8: 0.25, 10: 0.25}),
    (Exponential(), {0: 1, 1: 0.97, 2: 0.9409, 10: 0.97**10}),
    (Exponential(by=0.25), {0: 1, 0.5: 0.5, 1: 0.25, 1.5: 0.125}),
    # cos(π/3) = ½ and cos(π/4) = √½.
    (Cosine(), {0: 1, 10 / 3: 0.75, 5: 0.5, 20 / 3: 0.25, 10: 0}),
    (Cosine(final=0.2), {0: 1, 2.5: 0.2 + 0.4 * (1 + sqrt(0.5)), 5: 0.6, 10: 0.2}),
    # Full for a half, then the cosine of twice the epochs beyond it.
    (FlatCos(), {0: 1, 5: 1, 5 + 10 / 6: 0.75, 7.5: 0.5, 10: 0}),
    (FlatCos(flat=0.2, final=0.5), {0: 1, 2: 1, 4: 0.75 + sqrt(0.5) / 4, 6: 0.75, 10: 0.5}),
    (FlatCos(flat=0), {0: 1, 10 / 3: 0.75, 5: 0.5, 10: 0}),
    (OneCycle(), {0: 0.04, 1.5: 0.52, 3: 1, 6.5: 0.50005, 10: 0.0001}),
    (OneCycle(rise=0.5, start=0.2, final=0.1), {0: 0.2, 2.5: 0.6, 5: 1, 7.5: 0.55, 10: 0.1}),
]
POINTS = [
    pytest.param(schedule, epoch, factor, id=f"{schedule} at {epoch:.2f}")
    for schedule, points in CASES
    for epoch, factor in points.items()
]
TINY_STEP = 1e-9


def factor(schedule, epoch, epochs=10):
    return schedule(epoch, epochs, TINY_STEP)


def test_every_schedule_has_cases():
    assert {schedule.name for schedule, _ in CASES} == set(SCHEDULES)


@pytest.mark.parametrize(("schedule", "epoch", "expected"), POINTS)
def test_closed_form(schedule, epoch, expected):
    assert isclose(factor(schedule, epoch), expected, rel_tol=1e-12, abs_tol=1e-15)


@pytest.mark.parametrize("schedule", [each for each, _ in CASES if each.name != "step"], ids=str)
def test_no_jumps(schedule):
    factors = [factor(schedule, epoch / 1000) for epoch in range(10_001)]
    changes = [abs(after - before) for before, after in pairwise(factors)]
    assert max(changes) < 2e-3


@pytest.mark.parametrize("entry", SCHEDULES.values(), ids=SCHEDULES)
def test_warm_up_rises_in_a_line(entry):
    """Over 2 epochs of 4 steps: the step's end counts, so the first has 1/8, the eighth all."""
    plain, warm = entry(), entry(warm_up=2.0)
    for step in range(40):
        epoch = step / 4
        share = min(1, (step + 1) / 8)
        assert warm(epoch, 10, 1 / 4) == pytest.approx(share * plain(epoch, 10, 1 / 4), rel=1e-12)


def test_warm_up_by_hand():
    warm = Constant(warm_up=2.0)
    assert [warm(epoch, 10, 0.5) for epoch in (0, 0.5, 1, 1.5, 2, 9.5)] == [
        0.25,
        0.5,
        0.75,
        1,
        1,
        1,
    ]


def within(bounds):
    """Numbers inside a setting's bounds, some so small that dividing by them overflows."""
    low = bounds.get("gt", bounds.get("ge", 0))
    high = bounds.get("lt", bounds.get("le", 1000))
    return st.floats(low, high, exclude_min="gt" in bounds, exclude_max="lt" in bounds)


@pytest.mark.parametrize("entry", SCHEDULES.values(), ids=SCHEDULES)
def test_never_above_full_nor_below_nothing(entry):
    settings = st.fixed_dictionaries({each.name: within(each.bounds) for each in entry.settings()})

    @run_with(deadline=None)
    @given(
        settings=settings,
        epochs=st.integers(1, 10_000),
        steps=st.integers(1, 1000),
        data=st.data(),
    )
    def holds(settings, epochs, steps, data):
        step = data.draw(st.integers(0, epochs * steps))
        assert 0 <= entry(**settings)(step / steps, epochs, 1 / steps) <= 1

    holds()


def test_the_shortest_warm_up_overflows_nothing():
    assert Constant(warm_up=5e-324)(np.arange(3.0), 3, 1) == pytest.approx([1, 1, 1])
