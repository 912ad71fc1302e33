"""What is left of rows, beside pandas and hand computations."""

import numpy as np
import pandas as pd
import pytest

from ann_cli.data.columns.category_feature import MISSING
from ann_cli.data.columns.encoder import Encoder
from ann_cli.insight.cells import OTHERS, all_cells
from ann_cli.insight.residuals import (
    BINS,
    CATEGORIES,
    density,
    error_summary,
    errors_along,
    histogram,
    worst_rows,
)


@pytest.fixture
def rows():
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"size": generator.normal(size=1000), "rooms": np.arange(1000) % 4 + 1.0})
    frame["zone"] = [f"z{min(int(each), 20)}" for each in generator.exponential(4, 1000)]
    frame.loc[:49, "size"] = np.nan
    frame["price"] = generator.normal(size=1000)
    kinds = {"size": "number", "rooms": "number", "zone": "category"}
    encoder = Encoder.fit(frame, kinds, "price", "regression", "standard")
    cells = all_cells(frame, {each.name: each for each in encoder.features})
    return frame, cells, generator.standard_cauchy(1000)


def test_errors_by_groups_are_those_of_pandas(rows):
    frame, cells, errors = rows
    found = errors_along(cells["rooms"], errors)
    by_value = pd.Series(errors).groupby(frame["rooms"])
    assert [each.low for each in found.groups] == [1, 2, 3, 4]
    assert [each.median for each in found.groups] == pytest.approx(by_value.median().tolist())
    quarters = by_value.quantile(0.25).tolist()
    assert [each.quarter for each in found.groups] == pytest.approx(quarters)
    *groups, gap = errors_along(cells["size"], errors).groups
    assert gap.label == MISSING
    assert gap.median == pytest.approx(np.median(errors[:50]))
    assert {each.rows for each in groups} <= {94, 95, 96}
    for each in groups:
        within = frame["size"].between(each.low, each.high)
        assert each.rows == within.sum()
        assert each.median == pytest.approx(np.median(errors[within]))
    zones = errors_along(cells["zone"], errors).groups
    assert len(zones) == CATEGORIES
    assert zones[-1].label == OTHERS
    assert sum(each.rows for each in zones) == 1000
    commonest = frame["zone"].value_counts().index[0]
    assert (zones[0].label, zones[0].rows) == (commonest, (frame["zone"] == commonest).sum())


def test_far_numbers_do_not_empty_a_histogram(rows):
    _, _, errors = rows
    errors = np.r_[errors, np.inf]
    found = histogram(errors)
    assert found.counts.sum() == 1000
    assert len(found.counts) <= BINS
    assert found.below == found.above == 5
    inner = np.histogram(errors[:-1], found.edges)[0]
    assert (found.counts - inner)[[0, -1]].tolist() == [5, 5]
    assert histogram(np.zeros(3)).counts.sum() == 3


def test_a_summary_and_the_worst(rows):
    errors = np.r_[np.full(50, -1.0), np.full(49, 1.0), 10, np.nan]
    found = error_summary(errors)
    assert found.rows == 100
    assert found.mean.mean == pytest.approx(0.09)
    assert (found.median_size, found.most_sizes) == (1, 1)
    assert found.worst_share == pytest.approx(100 / 199)
    assert worst_rows(errors, 2) == [99, 0]
    assert worst_rows(np.zeros(3)) == []
    both = density(np.array([0.0, 1, 1]), np.array([0.0, 0, np.nan]))
    assert both.counts.sum() == 2
    assert both.counts[0, 0] == both.counts[-1, 0] == 1
