"""Intervals of a mean are SciPy's."""

import numpy as np
import pytest
from scipy import stats

from ann_cli.insight.intervals import mean_interval


@pytest.mark.parametrize("count", [2, 3, 4, 10, 50, 400])
def test_the_interval_is_students(count):
    values = np.random.default_rng(count).normal(3, 2, count)
    expected = stats.t.interval(0.95, count - 1, values.mean(), stats.sem(values))
    found = mean_interval(values)
    assert found.mean == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-6)


def test_a_single_value_has_no_interval():
    found = mean_interval(np.array([2.5]))
    assert (found.low, found.mean, found.high) == (2.5, 2.5, 2.5)
