"""Quartiles and encodings of numbers, beside np.interp, np.percentile and the papers' formulas."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ann_cli
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.columns.scaling import limited
from ann_cli.data.columns.statistics import ColumnStatistics, Numbers
from ann_cli.data.columns.summaries import GROUP
from ann_cli.engine.encodings import ENCODINGS, Periodic, Piecewise
from ann_cli.insight.importance import permutation_importance
from ann_cli.run import Predictions

NO = ENCODINGS["none"]()


def fit(features, kinds, scaling="quartiles", encoding=NO, target=None):
    frame = pd.DataFrame(features)
    frame["y"] = np.arange(len(frame)) * 1.0 if target is None else target
    kinds = {**kinds, "y": "number"}
    return Encoder.fit(frame, kinds, "y", "regression", scaling, encoding=encoding)


def bent(z):
    return z / np.sqrt(1 + (z / 8) ** 2)


QUARTILES = {
    "between the quartiles": ([1.0, 2, 3, 4, 100], [-1, -0.5, 0, 0.5, 48.5]),
    "equal quartiles: half the range": ([0.0] * 9 + [8], [0] * 9 + [2]),
    "holes do not count": ([1.0, 2, np.nan, 3, 4, 100], [-1, -0.5, 0, 0, 0.5, 48.5]),
    "equal numbers": ([5.0, np.nan, 5], [0, 0, 0]),
}


@pytest.mark.parametrize("case", QUARTILES)
def test_quartiles(case):
    column, z = QUARTILES[case]
    encoder = fit({"a": column}, {"a": "number"})
    x = encoder.transform(pd.DataFrame({"a": column}), "float64")
    np.testing.assert_allclose(x[:, 0], bent(np.array(z)), rtol=1e-12)
    if np.isnan(column).any():
        np.testing.assert_array_equal(x[:, 1], np.isnan(column))


def test_quartiles_bend_the_largest_cell_to_8_and_leave_the_target():
    y = np.array([1.0, 2, 3, 4, 1000])
    encoder = fit({"a": [0.0, 1, 2, 3, 4], "b": [0.0, 1, 0, 1, 0]}, {"a": "number", "b": "boolean"})
    far = pd.DataFrame({"a": [1e38, -1e38, 2], "b": [True, False, np.nan]})
    for dtype in ("float32", "float64"):
        np.testing.assert_allclose(
            encoder.transform(far, dtype), [[8, 1], [-8, -1], [0, -1]], rtol=1e-5
        )
    target = fit({"a": y}, {"a": "number"}, target=y).target
    assert (target.center, target.scale) == (y.mean(), y.std())


def test_no_number_is_too_large_to_be_bent():
    found = limited(np.array([1e200, -1e300, 0.0]), 0.0, 1.0, 3.0, np.float64)
    np.testing.assert_allclose(found, [3, -3, 0])


def test_quartiles_bend_dates_too():
    seconds = np.arange(9) * 86400.0
    seconds[-1] = 1e9
    encoder = fit({"d": seconds}, {"d": "date"})
    x = encoder.transform(pd.DataFrame({"d": seconds}), "float64")[:, 0]
    z = (seconds - np.median(seconds)) / np.subtract(*np.percentile(seconds, [75, 25]))
    np.testing.assert_allclose(x, bent(z))


def by_interp(column, known, bins):
    """Equations 1 and 2 of the paper, between quantiles of which none stands twice; less means."""
    edges = np.unique(np.percentile(known, np.linspace(0, 100, bins + 1)))
    made = [np.interp(column, edges[t : t + 2], [0, 1]) for t in range(len(edges) - 1)]
    taken = [np.interp(known, edges[t : t + 2], [0, 1]).mean() for t in range(len(edges) - 1)]
    return np.array(made).T - np.array(taken)


numbers = st.integers(-20, 20) | st.floats(-1e6, 1e6).map(lambda each: round(each, 3))


@given(st.lists(numbers, min_size=2, max_size=40), st.lists(numbers), st.integers(2, 12))
def test_piecewise_is_what_interpolation_gives(known, others, bins):
    known, cells = np.array(known, float), np.array([*known, *others], float)
    encoder = fit({"a": known}, {"a": "number"}, "none", Piecewise(bins)) if known.std() else None
    if encoder is None:
        return
    x = encoder.transform(pd.DataFrame({"a": cells}), "float64")
    np.testing.assert_allclose(x[:, 1:], by_interp(cells, known, bins), atol=1e-9)
    count = x.shape[1] - 1
    assert encoder.inputs == ("a", *(f"a (bin {at})" for at in range(1, count + 1)))


DAY = 86400.0


@pytest.mark.parametrize("scaling", ["standard", "quartiles"])
@pytest.mark.parametrize(("dates", "expected"), [(0, 0), (4, 4), (30, 9)])
def test_a_date_has_bins_and_the_nearest_of_some_dates(scaling, dates, expected):
    seconds = np.repeat(np.arange(9) ** 2 * DAY + 1e9, 100)
    seconds[4] = np.nan
    encoder = fit({"d": seconds}, {"d": "date"}, scaling, Piecewise(8, 4, dates))
    own = len(encoder.features[0].inputs)
    x = encoder.transform(pd.DataFrame({"d": seconds}), "float64")
    assert x.shape[1] == own + 4 + expected
    known = ~np.isnan(seconds)
    np.testing.assert_array_equal(x[~known, own:], 0)
    edges = np.percentile(seconds[known], [0, 25, 50, 75, 100])
    z = x[known, 0]
    order = np.argsort(seconds[known])
    assert (np.diff(x[known][order, own : own + 4], axis=0) >= 0).all()
    assert edges[0] < edges[-1]
    nearest = x[known, own + 4 :]
    if not dates:
        return
    np.testing.assert_array_equal(nearest.sum(axis=1), 1)
    told = np.array(encoder.features[0].encoding.nearest)
    np.testing.assert_array_equal(
        nearest.argmax(axis=1), np.abs(z[:, np.newaxis] - told).argmin(axis=1)
    )
    if expected == 9:  # each date is told, whatever lies between
        assert len(np.unique(nearest, axis=0)) == 9


def test_dates_have_no_encoding_that_is_not_asked_for():
    encoder = fit({"d": np.arange(9) * DAY}, {"d": "date"}, "standard", Piecewise(8))
    assert encoder.features[0].encoded == ()


@pytest.mark.parametrize("scaling", ["standard", "robust", "quartiles", "minmax", "none"])
def test_piecewise_has_mean_0_and_says_nothing_of_missing_cells(scaling):
    column = np.random.default_rng(0).lognormal(2, 2, 500)
    column[::7] = np.nan
    encoder = fit({"a": column}, {"a": "number"}, scaling, Piecewise(8))
    x = encoder.transform(pd.DataFrame({"a": column}), "float64")
    known = ~np.isnan(column)
    assert x.shape[1] == 2 + 8
    np.testing.assert_array_equal(x[~known, 2:], 0)
    np.testing.assert_array_equal(x[:, 1], ~known)
    np.testing.assert_allclose(x[:, 2:].mean(axis=0), 0, atol=1e-12)
    if scaling == "quartiles":  # bins of the bent number
        center, scale = encoder.features[0].center, encoder.features[0].scale
        raw = np.percentile(column[known], np.linspace(0, 100, 9))
        np.testing.assert_allclose(
            encoder.features[0].encoding.edges, bent((raw - center) / scale), atol=1e-12
        )


def test_periodic_is_sine_and_cosine_of_the_scaled_number():
    column = np.array([1.0, 2, 5, np.nan])
    encoder = fit({"a": column}, {"a": "number"}, "standard", Periodic(2))
    x = encoder.transform(pd.DataFrame({"a": column}), "float64")
    z = x[:3, 0]
    waves = [np.sin(z * np.pi / 4), np.cos(z * np.pi / 4), np.sin(z * np.pi / 2)]
    np.testing.assert_allclose(x[:3, 2:5], np.array(waves).T)
    assert not x[3, 2:].any()
    assert encoder.inputs[2:4] == ("a (sine 1)", "a (cosine 1)")


FEATURES = {
    "a": np.arange(40.0) ** 2,
    "day": np.arange(40) * 86400.0,
    "kind": ["u", "v", "w", None] * 10,
    "b": [3.0, np.nan, 5, 8] * 10,
    "yes": [0.0, 1] * 20,
}
KINDS = {"a": "number", "day": "date", "kind": "category", "b": "number", "yes": "boolean"}


@pytest.mark.parametrize("encoding", [Piecewise(4), Periodic(3), Piecewise(4, 3, 5)])
def test_encodings_lie_behind_all_other_inputs(encoding):
    plain, encoder = fit(FEATURES, KINDS), fit(FEATURES, KINDS, encoding=encoding)
    frame = pd.DataFrame(FEATURES)
    assert encoder.inputs[: encoder.encoded] == plain.inputs
    assert plain.encoded == len(plain.inputs)
    np.testing.assert_array_equal(
        encoder.transform(frame)[:, : encoder.encoded], plain.transform(frame)
    )
    assert encoder.one_of_each == plain.one_of_each == {"kind": (4, 8)}
    every = sorted(at for places in encoder.places_of.values() for at in places)
    assert every == list(range(len(encoder.inputs)))
    for column, places in encoder.places_of.items():
        assert all(encoder.inputs[at].startswith(column) for at in places)
        assert encoder.inputs_of(column) == len(places)


@pytest.mark.parametrize("encoding", [*(each() for each in ENCODINGS.values()), Piecewise(4, 3, 5)])
def test_an_encoder_is_stored_and_read_again(encoding):
    encoder = fit(FEATURES, KINDS, encoding=encoding)
    stored = json.dumps(encoder.to_dict(), allow_nan=False)
    again = Encoder.from_dict(json.loads(stored))
    assert again == encoder
    frame = pd.DataFrame(FEATURES)
    np.testing.assert_array_equal(again.transform(frame), encoder.transform(frame))


@pytest.mark.parametrize(
    "damaged",
    [
        "piecewise",
        {"name": "wavelet"},
        {"name": "piecewise", "edges": [0.0, 1.0]},
        {"name": "piecewise", "edges": [0.0, 1.0], "means": []},
        {"name": "piecewise", "edges": [1.0, 1.0], "means": [0.5]},
        {"name": "piecewise", "edges": [0.0, 1.0], "means": [0.5], "nearest": [1.0, 1.0]},
        {"name": "piecewise", "edges": [0.0, 1.0], "means": [0.5], "nearest": 3},
        {"name": "piecewise", "edges": [0.0, 1.0], "means": [0.5], "near": [1.0]},
        {"name": "piecewise", "edges": [0.0, "1"], "means": [0.5]},
        {"name": "periodic", "frequencies": 3},
        {"name": "periodic", "frequencies": [1e400]},
    ],
)
def test_a_damaged_encoding_is_a_value_error(damaged):
    stored = fit({"a": [1.0, 2]}, {"a": "number"}).to_dict()
    stored["features"][0]["encoding"] = damaged
    with pytest.raises(ValueError):  # noqa: PT011
        Encoder.from_dict(stored)


def streamed(frame, kinds, parts):
    found = ColumnStatistics(kinds)
    for part in np.array_split(np.arange(len(frame)), parts):
        found.add(frame.iloc[part])
    return Encoder.learned(found, ["y"], "quartiles", encoding=Piecewise(8))


def test_streamed_rows_teach_what_rows_in_memory_do():
    frame = pd.DataFrame(FEATURES).assign(y=np.arange(40.0))
    kinds = {**KINDS, "y": "number"}
    whole = Encoder.fit(frame, kinds, "y", "regression", "quartiles", encoding=Piecewise(8))
    for parts in (1, 3, 40):
        assert streamed(frame, kinds, parts).to_dict() == whole.to_dict()


def test_cells_that_come_after_a_percentile_count_and_none_is_moved():
    values = np.random.default_rng(0).normal(size=300)
    found, first = Numbers("a", "number", exact=True), values[:100].copy()
    found.add(pd.Series(first))
    assert found.percentiles(50) == pytest.approx([np.median(values[:100])])
    found.add(pd.Series(values[100:]))
    assert found.percentiles(10, 50) == pytest.approx(np.percentile(values, [10, 50]).tolist())
    np.testing.assert_array_equal(first, values[:100])


def test_bins_of_many_streamed_rows_are_near():
    values = np.random.default_rng(0).lognormal(size=3 * GROUP + 1000)
    frame = pd.DataFrame({"a": values, "y": values})
    kinds = {"a": "number", "y": "number"}
    near = streamed(frame, kinds, 7).features[0].encoding
    exact = Encoder.fit(frame, kinds, "y", "regression", "quartiles", encoding=Piecewise(8))
    known = exact.features[0].encoding
    assert near.edges[0] == pytest.approx(known.edges[0], abs=0.02)
    np.testing.assert_allclose(near.means, known.means, atol=0.01)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    generator = np.random.default_rng(1)
    frame = pd.DataFrame({"a": generator.lognormal(size=600), "b": generator.normal(size=600)})
    frame["y"] = np.sin(3 * np.log(frame["a"])) + 0.1 * generator.normal(size=600)
    frame.loc[::9, "b"] = np.nan
    path = tmp_path_factory.mktemp("encodings") / "data.csv"
    frame.to_csv(path, index=False)
    return path


def trained(table, folder, **data):
    return ann_cli.train(
        {
            "data": {"file": str(table), "target": "y", "scaling": "quartiles", **data},
            "layers": [{"units": 8}],
            "epochs": 5,
            "save_to": str(folder),
        }
    )


@pytest.mark.parametrize("encoding", [{"name": "piecewise", "bins": 5}, "periodic"])
def test_from_the_config_to_predictions_of_a_file_or_a_frame(table, tmp_path, encoding):
    run = trained(table, tmp_path / "run", encoding=encoding)
    shape = run.model.network.chain.inputs
    assert shape.encoded == 3 < shape.size
    frame = pd.read_csv(table)
    again = ann_cli.load(run.path)
    assert again.network.chain.inputs.encoded == 3
    assert pickle.loads(pickle.dumps(shape)).encoded == 3
    of_file = pd.concat(list(Predictions(again, str(table))))
    predicted = run.model.predict(frame)["prediction"]
    np.testing.assert_allclose(of_file["prediction"], predicted, rtol=1e-6)
    assert again.encoder == run.model.encoder
    assert again.config.data == run.model.config.data


def test_a_column_is_shuffled_with_its_encoding(table, tmp_path):
    model = trained(table, tmp_path / "run", encoding="piecewise").model
    frame = pd.read_csv(table)
    x, y = model.encoder.transform(frame), model.encoder.y(frame, 1)
    found = permutation_importance(model, x, y, 2, np.random.default_rng(0))
    assert [each.column for each in found] == ["a", "b"]
