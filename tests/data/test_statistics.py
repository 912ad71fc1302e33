"""What rows say about a column: pandas' numbers, whatever the parts in which they come."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ann_cli.data.columns import statistics
from ann_cli.data.columns.statistics import ColumnStatistics, Numbers, Values
from ann_cli.data.columns.summaries import GROUP, KEPT, Moments, Quantiles

PERCENTS = (0, 1, 25, 50, 75, 99, 100)


def in_parts(found, column, ends):
    start = 0
    for stop in [*sorted(ends), len(column)]:
        found.add(column[start:stop])
        start = max(start, stop)
    return found


@pytest.fixture(scope="module")
def column():
    generator = np.random.default_rng(0)
    values = generator.lognormal(3, 1, 3 * GROUP + 777) * generator.choice([-1, 1], 3 * GROUP + 777)
    values[generator.random(len(values)) < 0.1] = np.nan
    return pd.Series(values, name="x")


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_moments_and_counts_are_those_of_pandas(column, exact, offset):
    column = column + offset
    found = in_parts(Numbers("x", "number", exact), column, [5, 100_000, 100_001])
    moments = found.moments
    assert (found.rows, found.missing) == (len(column), column.isna().sum())
    assert moments.count == column.count()
    assert (moments.least, moments.greatest) == (column.min(), column.max())
    assert moments.mean == pytest.approx(column.mean(), rel=1e-10)
    # pandas subtracts the mean first, as is done here: 1e9 costs seven digits of a textbook sum.
    assert moments.deviation == pytest.approx(column.std(ddof=0), rel=1e-10)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("ends", [[1], [GROUP], [10, 20, GROUP - 1], [2 * GROUP + 5]])
def test_parts_change_no_bit(column, exact, ends):
    whole = in_parts(Numbers("x", "number", exact), column, [])
    parts = in_parts(Numbers("x", "number", exact), column, ends)
    assert parts.moments == whole.moments
    assert parts.percentiles(*PERCENTS) == whole.percentiles(*PERCENTS)


def test_exact_moments_are_those_of_the_stream(column):
    exact = in_parts(Numbers("x", "number", True), column, [])
    assert exact.moments == in_parts(Numbers("x", "number"), column, [70_000]).moments


@settings(deadline=None)
@given(
    st.lists(st.floats(-1e30, 1e30), min_size=1, max_size=50),
    st.lists(st.integers(0, 50), max_size=4),
)
def test_few_numbers_have_numpys_percentiles(values, ends):
    column = pd.Series(values)
    found = in_parts(Numbers("x", "number"), column, [end for end in ends if end <= len(values)])
    scale = max(map(abs, values))
    np.testing.assert_allclose(
        found.percentiles(*PERCENTS),
        np.percentile(values, PERCENTS),
        atol=1e-12 * scale + 1e-300,
        rtol=1e-9,
    )


def test_exact_percentiles_are_numpys(column):
    found = in_parts(Numbers("x", "number", True), column, [GROUP + 3])
    expected = np.percentile(column.dropna(), PERCENTS)
    np.testing.assert_allclose(found.percentiles(*PERCENTS), expected, rtol=1e-12)


def rank_error(values, percents, estimates):
    """Return how far the estimates' ranks are from those asked for, in shares of all ranks."""
    ordered = np.sort(values)
    low = np.searchsorted(ordered, estimates, side="left")
    high = np.searchsorted(ordered, estimates, side="right")
    wanted = np.array(percents) / 100 * (len(values) - 1)
    return np.maximum(np.maximum(low - wanted, wanted - (high - 1)), 0).max() / len(values)


ORDERS = {
    "random": lambda values: values,
    "sorted": np.sort,
    "falling": lambda values: -np.sort(-values),
    "sawtooth": lambda values: np.sort(values).reshape(-1, 4).T.ravel(),
    "few values": lambda values: np.round(values),
}


@pytest.mark.parametrize("order", ORDERS)
def test_quantiles_are_within_their_bound(order):
    rows = 24 * GROUP
    values = ORDERS[order](np.random.default_rng(1).normal(0, 3, rows))
    found = in_parts(Numbers("x", "number"), pd.Series(values), [99_999])
    percents = tuple(range(101))
    error = rank_error(values, percents, found.percentiles(*percents))
    # Half a step of 16, and one part in 2 × KEPT for each of five rounds of thinning; one rank.
    assert error <= (GROUP / KEPT / 2) / GROUP + 5 / (2 * KEPT) + 1 / rows
    assert error < 0.01


def test_a_sketch_stays_small():
    sketch = Quantiles()
    for seed in range(130):
        sketch.add(np.random.default_rng(seed).random(GROUP))
    assert sum(map(len, sketch.levels.values())) <= KEPT * 8


def test_equal_numbers_have_no_deviation():
    moments = Moments()
    for _ in range(3):
        moments.add(np.full(1001, 0.1))
    assert moments.deviation == 0


def test_values_are_counted_as_pandas_does(monkeypatch):
    column = pd.Series(np.random.default_rng(0).choice(["a", "b", "12", None], 1000), dtype=object)
    found = in_parts(Values("x"), column, [1, 500])
    assert found.counts == column.value_counts().to_dict()
    assert (found.rows, found.missing) == (1000, column.isna().sum())
    assert not found.too_many
    monkeypatch.setattr(statistics, "MOST_VALUES", 5)
    found = in_parts(Values("x"), pd.Series(list("abcdefghij"), dtype=object), [4, 8])
    assert found.too_many
    assert len(found.counts) <= 9
    assert found.rows == 10


def test_thinning_leans_to_no_side():
    ranks = np.random.default_rng(1).permutation(24 * GROUP).astype(float)
    sketch = Quantiles()
    for group in ranks.reshape(24, GROUP):
        sketch.add(group)
    percents = np.arange(1, 100)
    lean = np.array(sketch.at(percents.tolist(), np.empty(0))) / len(ranks) * 100 - percents
    assert abs(lean.mean()) < 0.01  # 0.023 where each round keeps the same places


def merged(frame, kinds, ends):
    """Return what parts of a frame say, each gathered by itself."""
    parts = np.split(np.arange(len(frame)), ends)
    first, *rest = (ColumnStatistics(kinds) for _ in parts)
    for found, rows in zip([first, *rest], parts, strict=True):
        found.add(frame.iloc[rows])
    for found in rest:
        first.merge(found)
    return first


@pytest.mark.parametrize("ends", [[1], [GROUP, GROUP + 3], [1, 2, GROUP // 2, 2 * GROUP + 9]])
def test_what_parts_say_is_merged_to_what_the_whole_says(column, ends):
    whole, parts = (
        merged(pd.DataFrame({"x": column + 1e6}), {"x": "number"}, each).columns["x"]
        for each in ([], ends)
    )
    assert (parts.rows, parts.missing) == (whole.rows, whole.missing)
    assert parts.moments.count == whole.moments.count
    assert (parts.moments.least, parts.moments.greatest) == (column.min() + 1e6, column.max() + 1e6)
    assert parts.moments.mean == pytest.approx(np.mean(column + 1e6), rel=1e-14)
    assert parts.moments.deviation == pytest.approx(column.std(ddof=0), rel=1e-12)
    ranks = (column + 1e6).rank(pct=True)
    for percent, value in zip(PERCENTS, parts.percentiles(*PERCENTS), strict=True):
        near = ranks[(column + 1e6 - value).abs().idxmin()]
        assert near == pytest.approx(percent / 100, abs=0.003)


def test_few_numbers_of_many_parts_have_exact_percentiles(column):
    few = pd.DataFrame({"x": column[:5_000]})
    found = merged(few, {"x": "number"}, range(100, 5_000, 100)).columns["x"]
    expected = np.nanpercentile(few["x"], PERCENTS)
    np.testing.assert_allclose(found.percentiles(*PERCENTS), expected, rtol=1e-12)


@pytest.mark.parametrize("most", [10, 65_536])
@pytest.mark.parametrize("ends", [[1], [30], [300, 301, 900]])
def test_values_and_dates_of_parts_are_those_of_the_whole(monkeypatch, most, ends):
    """Also where some parts, or only all of them together, have too many to be told apart."""
    monkeypatch.setattr(statistics, "MOST_VALUES", most)
    generator = np.random.default_rng(5)
    words = [f"w{each}" for each in generator.integers(0, 25, 1_000)]
    words[:20] = ["w1"] * 20
    days = pd.to_datetime(generator.integers(0, 10**9, 1_000), unit="s")
    frame = pd.DataFrame({"t": words, "d": days.as_unit("ns").astype("int64") / 1e9})
    kinds = {"t": "category", "d": "date"}
    parts, whole = merged(frame, kinds, ends), merged(frame, kinds, [])
    ours, its = parts.columns["t"], whole.columns["t"]
    assert (ours.rows, ours.missing, ours.too_many) == (its.rows, its.missing, its.too_many)
    assert (ours.places == its.places).all()
    assert ours.different == its.different
    assert its.too_many or ours.counts == its.counts
    assert parts.columns["d"].met == whole.columns["d"].met
    assert parts.rows == whole.rows == 1_000
