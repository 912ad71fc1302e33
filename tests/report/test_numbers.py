"""Numbers as a person reads them."""

import pytest

from ann_cli.insight.intervals import Interval, mean_interval
from ann_cli.report.numbers import share, with_interval

PLAIN, SIGNED = "{:,.4f}".format, "{:+,.3f}".format
SPREAD = [0.95, 1.0]
"""Two accuracies, whose interval by Student's t goes from 0.657 to 1.293."""

CASES = {
    "as far to both sides": (Interval(0.9, 0.85, 0.95), PLAIN, "0.9000 ± 0.0500"),
    "a difference": (Interval(-2.5, -3.75, -1.25), SIGNED, "-2.500 ± 1.250"),
    "of no spread": (Interval(1.0, 1.0, 1.0), PLAIN, "1.0000 ± 0.0000"),
    "of one value": (mean_interval([3.0]), PLAIN, "3.0000 ± inf"),
    "cut at 1": (mean_interval(SPREAD).within(0, 1), PLAIN, "0.9750 (0.6573 to 1)"),
    "cut at 0": (Interval(0.05, -0.1, 0.2).within(0, 2), PLAIN, "0.0500 (0 to 0.2000)"),
    "cut on both sides": (Interval(0.2, -1.1, 1.5).within(-1, 1), SIGNED, "+0.200 (-1 to +1)"),
    "one accuracy": (mean_interval([0.75]).within(0, 1), PLAIN, "0.7500 (0 to 1)"),
    "far from one": (Interval(-4.6454e14, -2.071e15, 1.0), share, "-4.645e+14 (-2.071e+15 to 1)"),
    "a share": (Interval(0.5, 0.25, 0.75), share, "0.5000 ± 0.2500"),
    "a mean beyond by rounding": (Interval(-1e-9, -1.0, 1.0).within(0, 9), PLAIN, None),
}


@pytest.mark.parametrize("name", CASES)
def test_an_interval_is_told_by_its_margin_or_by_its_ends(name):
    interval, form, told = CASES[name]
    assert interval.low <= interval.mean <= interval.high
    assert told is None or with_interval(interval, form) == told
