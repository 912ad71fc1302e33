"""What is said of intervals, in a line a target."""

import pytest

from ann_cli.report.intervals import intervals

TOLD = {"level": 0.9, "rows": 1586}


@pytest.mark.parametrize(
    ("told", "lines"),
    [
        (None, []),
        (
            {**TOLD, "coverage": 0.913, "mean_width": 1.0, "median_width": 110_420.0},
            ["90% intervals cover 0.91 of 1,586 test rows, ±55,200 in the middle."],
        ),
        (
            {**TOLD, "coverage": 0.9, "mean_width": None, "median_width": None},
            ["90% intervals cover 0.90 of 1,586 test rows."],
        ),
        (
            {**TOLD, "coverage": 0.9, "targets": {"a": {"coverage": 0.88, "median_width": 0.0314}}},
            ["90% intervals of a cover 0.88 of 1,586 test rows, ±0.0157 in the middle."],
        ),
        (
            {**TOLD, "coverage": 0.95, "mean_size": 1.234},
            [
                "90% prediction sets hold the class of 0.95 of 1,586 test rows, with 1.23 labels "
                "in the mean."
            ],
        ),
    ],
)
def test_the_line(told, lines):
    assert list(intervals(told)) == lines
