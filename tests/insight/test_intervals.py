"""Student's t is SciPy's, and so are the intervals of paired differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ann_cli.insight.intervals import Interval, mean_interval, t_quantile


@pytest.mark.parametrize("degrees", [*range(1, 31), 99, 100, 1000])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_the_quantile_is_scipys(degrees, confidence):
    expected = stats.t.ppf((1 + confidence) / 2, degrees)
    assert t_quantile(degrees, confidence) == pytest.approx(expected, rel=1e-9)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=2, max_size=12))
def test_the_interval_of_paired_differences_is_scipys(pairs):
    ours, others = np.array(pairs).T
    differences = ours - others
    if np.ptp(differences) < 1e-3:
        return
    found = mean_interval(list(differences))
    expected = stats.ttest_rel(ours, others).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(expected), rel=1e-6, abs=1e-6)


def test_equal_differences_leave_no_doubt():
    assert mean_interval([2.5, 2.5, 2.5]) == Interval(2.5, 2.5, 2.5)


def test_one_number_says_nothing_of_the_spread():
    assert mean_interval([3.0]) == Interval(3.0, float("-inf"), float("inf"))
    assert mean_interval([3.0]).margin == float("inf")


def test_the_corrected_interval_by_hand():
    # Nadeau & Bengio 2003, equation 9: the variance of the mean is (1 / J + n2 / n1) S².
    values = [0.7, 0.74, 0.69, 0.8, 0.72]
    error = np.sqrt((1 / 5 + 20 / 80) * np.var(values, ddof=1))
    low, high = stats.t.interval(0.95, 4, np.mean(values), error)
    found = mean_interval(values, overlap=20 / 80)
    assert (found.low, found.high) == pytest.approx((low, high))
