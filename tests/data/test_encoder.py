"""Frames to numbers, against scikit-learn's scalers, imputer and one-hot encoder."""

import json
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler

from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.columns.scaling import Scaling
from ann_cli.errors import DataError

SCALERS = {"standard": StandardScaler(), "robust": RobustScaler(), "minmax": MinMaxScaler()}


def fit(features, kinds, target=None, task="regression", scaling="standard", named=()):
    frame = pd.DataFrame(features)
    frame["y"] = np.arange(len(frame)) * 1.0 if target is None else target
    return Encoder.fit(frame, {**kinds, "y": "number"}, "y", task, scaling, named)


@pytest.mark.parametrize("scaling", SCALERS)
def test_numbers_are_scaled_as_scikit_learn_does(scaling):
    values = np.random.default_rng(0).normal(5, 3, (200, 2))
    values[::7, 1] = np.nan
    frame = pd.DataFrame(values, columns=["a", "b"])
    encoder = fit(frame, {"a": "number", "b": "number"}, scaling=scaling)
    x = encoder.transform(frame, "float64")
    expected = SimpleImputer(strategy="median").fit_transform(
        SCALERS[scaling].fit_transform(values)
    )
    np.testing.assert_allclose(x[:, :2], expected, atol=1e-12)
    np.testing.assert_array_equal(x[:, 2], np.isnan(values[:, 1]))
    assert encoder.inputs == ("a", "b", "b was missing")
    assert encoder.inputs_of("b") == 2
    assert x.flags.c_contiguous


@pytest.mark.parametrize("scaling", SCALERS)
def test_numbers_that_have_places_share_their_channel_s_scale(scaling):
    """Six places of two channels: scikit-learn scales each channel as one long column."""
    values = np.random.default_rng(0).normal([5, 100] * 3, [3, 20] * 3, (200, 6))
    values[:, 2] = 0  # a constant has its place, too
    frame = pd.DataFrame(values, columns=list("abcdef")).assign(y=np.arange(200.0))
    kinds = dict.fromkeys("abcdefy", "number")
    encoder = Encoder.fit(frame, kinds, "y", "regression", scaling, shape=(3, 2))
    channels = values.reshape(-1, 2)
    expected = SCALERS[scaling].fit_transform(channels).reshape(-1, 6)
    np.testing.assert_allclose(encoder.transform(frame, "float64"), expected, atol=1e-12)
    again = Encoder.from_dict(json.loads(json.dumps(encoder.to_dict())))
    assert again == encoder
    assert again.shape == (3, 2)
    gap = frame.assign(a=np.nan)
    assert (encoder.transform(gap)[:, 0] == 0).all()


@pytest.mark.parametrize("shape", [[7, 2], [6], [1, 1, 1, 6], [-3, -2], "32", None])
def test_a_shape_that_its_features_do_not_fill_is_refused(shape):
    frame = pd.DataFrame(np.eye(6), columns=list("abcdef")).assign(y=np.arange(6.0))
    kinds = dict.fromkeys("abcdefy", "number")
    stored = Encoder.fit(frame, kinds, "y", "regression", "standard", shape=(3, 2)).to_dict()
    with pytest.raises(ValueError, match=r"shape|count|list"):
        Encoder.from_dict(stored | {"shape": shape})


def test_categories_are_one_hot_as_in_scikit_learn():
    column = np.array(["b", "a", "10", "9", "a"], dtype=object)
    encoder = fit({"zip": column}, {"zip": "category"})
    x = encoder.transform(pd.DataFrame({"zip": column}))
    oracle = OneHotEncoder(sparse_output=False).fit_transform(column[:, None])
    np.testing.assert_array_equal(x, oracle)
    assert encoder.inputs == ("zip=10", "zip=9", "zip=a", "zip=b")


def test_unseen_and_missing_categories():
    encoder = fit({"c": ["a", "b", "a"], "d": ["a", "b", None]}, {"c": "category", "d": "category"})
    frame = pd.DataFrame({"c": ["z", None, "a"], "d": ["z", None, "a"]})
    assert encoder.inputs == ("c=a", "c=b", "d=a", "d=b", "d=(missing)")
    expected = [[0, 0, 0, 0, 0], [0, 0, 0, 0, 1], [1, 0, 1, 0, 0]]
    assert encoder.transform(frame).tolist() == expected
    assert encoder.unknown(frame) == {"c": 2, "d": 1}


def test_scaling_none_leaves_numbers_and_target_as_they_are():
    encoder = fit({"a": [3.0, 7.0]}, {"a": "number"}, [10.0, 20.0], scaling="none")
    frame = pd.DataFrame({"a": [5.0], "y": [12.0]})
    assert encoder.transform(frame).tolist() == [[5.0]]
    assert encoder.y(frame, 1).tolist() == [[12.0]]


def test_robust_falls_back_where_the_quartiles_are_equal():
    values = np.array([1.0] * 9 + [5.0])
    x = fit({"a": values}, {"a": "number"}, scaling="robust").transform(pd.DataFrame({"a": values}))
    np.testing.assert_allclose(x[-1], 4 / values.std(), rtol=1e-6)


def test_a_number_that_varies_by_its_holes_only_has_scale_1():
    encoder = fit({"a": [3.0, None]}, {"a": "number"})
    assert encoder.transform(pd.DataFrame({"a": [5.0, None]})).tolist() == [[2, 0], [0, 1]]


def test_the_target_goes_there_and_back():
    y = np.array([1e5, 2e5, 4e5])
    encoder = fit({"a": [1.0, 2.0, 3.0]}, {"a": "number"}, y)
    scaled = encoder.y(pd.DataFrame({"y": y}), 1, "float64")
    np.testing.assert_allclose(scaled[:, 0], (y - y.mean()) / y.std())
    np.testing.assert_allclose(encoder.target.decode(scaled), y)
    assert encoder.target.decode(scaled.astype("float32")).dtype == np.float64
    assert encoder.classes == ()


def labelled(labels):
    column = pd.Series(labels, dtype=object)
    return fit({"a": np.arange(len(labels)) * 1.0}, {"a": "number"}, column, "classification")


def test_classes_keep_their_text_and_sort_as_numbers_where_they_are():
    assert labelled(["10", "9", "012", "1.0"]).classes == ("1.0", "9", "10", "012")
    assert labelled(["b", "10", "9"]).classes == ("10", "9", "b")


def test_class_targets():
    encoder = labelled(["no", "yes", "no"])
    frame = pd.DataFrame({"y": ["yes", "no"]})
    assert encoder.y(frame, 1).tolist() == [[1], [0]]
    assert encoder.y(frame, 2).tolist() == [[0, 1], [1, 0]]
    with pytest.raises(DataError, match=r"'maybe' did not occur.*\n.*'no', 'yes'"):
        encoder.y(pd.DataFrame({"y": ["yes", "maybe"]}), 1)
    with pytest.raises(DataError, match="missing in 1 row\n"):
        encoder.y(pd.DataFrame({"y": ["yes", None]}), 1)


PYTHON_COLUMNS = {
    "int": pd.Series([1, 2]),
    "float": pd.Series([1.0, 2.0]),
    "text": pd.Series(["1", "2"], dtype=object),
    "str": pd.Series(["1", "2"], dtype="string"),
    "Int64": pd.Series([1, 2], dtype="Int64"),
    "category": pd.Series(["1", "2"], dtype="category"),
    "category of ints": pd.Series([1, 2], dtype="category"),
    "objects": pd.Series([1, "2"], dtype=object),
    "numpy ints": pd.Series([np.int64(1), np.float32(2)], dtype=object),
}


@pytest.mark.parametrize("form", PYTHON_COLUMNS)
@pytest.mark.parametrize("kind", ["number", "category"])
def test_a_python_caller_may_give_any_dtype(form, kind):
    trained = {"number": [1.0, 2.0, 5.0], "category": ["1", "2", "5"]}[kind]
    encoder = fit({"a": pd.Series(trained)}, {"a": kind}, scaling="none", named={"a"})
    x = encoder.transform(pd.DataFrame({"a": PYTHON_COLUMNS[form]}))
    assert x.tolist() == {"number": [[1], [2]], "category": [[1, 0, 0], [0, 1, 0]]}[kind]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([True, False]),
        pd.Series([True, False], dtype="boolean"),
        pd.Series([1.0, 0.0]),
        pd.Series(["Yes", "no"]),
        pd.Series([True, False], dtype=object),
    ],
)
def test_booleans(column):
    encoder = fit({"a": [1.0, 0.0]}, {"a": "boolean"}, scaling="none")
    assert encoder.transform(pd.DataFrame({"a": column})).tolist() == [[1], [0]]


def test_missing_cells_of_python_dtypes():
    encoder = fit({"a": [1.0, 3.0, np.nan]}, {"a": "number"}, scaling="none")
    for column in (
        pd.Series([pd.NA, 3], dtype="Int64"),
        pd.Series([None, "3"], dtype=object),
        pd.Series([None, 3.0]),
        pd.Series([pd.NA, 3.0], dtype="Float64"),
    ):
        assert encoder.transform(pd.DataFrame({"a": column})).tolist() == [[2, 1], [3, 0]]


def test_a_number_stands_for_the_category_of_its_value():
    encoder = fit({"a": pd.Series(["012", "7.50", "x"])}, {"a": "category"}, named={"a"})
    x = encoder.transform(pd.DataFrame({"a": [12, 7.5, np.nan]}))
    assert x.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert encoder.transform(pd.DataFrame({"a": ["12"]})).tolist() == [[0, 0, 0]]


def test_absent_columns_are_named_together():
    encoder = fit({"area": [0.0, 1.0], "age": [0.0, 1.0]}, {"area": "number", "age": "number"})
    with pytest.raises(DataError, match=r"did you mean aera\?") as raised:
        encoder.transform(pd.DataFrame({"aera": [1]}))
    assert len(raised.value.problems) == 2


def test_cells_far_beyond_the_training_rows_are_cut_off():
    frame = pd.DataFrame({"a": [3e38, -3e38, 900.0, 1.0]})
    encoder = fit({"a": [0.0, 1.0]}, {"a": "number"}, scaling="none")
    assert encoder.transform(frame)[:, 0].tolist() == [1001, -1000, 900, 1]
    assert encoder.beyond(frame) == {"a": 2}
    wide = fit({"a": [-3e38, 3e38]}, {"a": "number"}, scaling="none")
    assert np.isfinite(wide.transform(frame)).all()
    assert wide.beyond(frame) == {}


def test_what_teaches_nothing_is_left_out_with_a_note():
    tags = [f"t{i}" for i in range(300)]
    features = {
        "constant": 3.0,
        "same": "x",
        "tag": tags,
        "mostly": tags[:200] + ["t0"] * 100,
        "a": np.arange(300.0),
        "kept": [f"k{i % 100}" for i in range(300)],
        "holes": [3.0, None] * 150,
    }
    kinds = dict.fromkeys(features, "category") | dict.fromkeys(
        ("constant", "a", "holes"), "number"
    )
    encoder = fit(features, kinds)
    assert list(encoder.input_columns) == ["a", "kept", "holes"]
    assert [note.split()[1] for note in encoder.notes] == ["constant", "same", "tag", "mostly"]
    assert "data.types: {tag: category}" in encoder.notes[2]
    named = fit(features, {"tag": "category", "mostly": "category"}, named={"tag", "mostly"})
    assert list(named.input_columns) == ["tag", "mostly"]


def test_all_problems_are_raised_together():
    features = {"c": 3.0, "m": [None, None], "ok": [1.0, 2.0]}
    with pytest.raises(DataError) as raised:
        fit(features, dict.fromkeys(features, "number"), 5.0, named={"c", "m"})
    text = str(raised.value)
    assert len(raised.value.problems) == 3
    assert "column c is constant: 3.0 in every training row" in text
    assert "column m: every cell is missing" in text
    assert "data.exclude: [m]" in text
    assert "the target is 5.0 in all 2 training rows" in text


def test_nothing_left_and_a_single_class_are_errors():
    with pytest.raises(DataError, match="no column is left"):
        fit({"a": 1.0, "b": [1, 1]}, {"a": "number", "b": "number"})
    with pytest.raises(DataError, match="training rows: nothing to learn"):
        labelled(["a", "a"])


cells = {
    "number": st.none() | st.floats(-1e30, 1e30),
    "boolean": st.none() | st.sampled_from([0.0, 1.0]),
    "category": st.none() | st.text(max_size=3),
}


@st.composite
def frames(draw):
    rows = draw(st.integers(2, 12))
    kinds = draw(st.lists(st.sampled_from(list(cells)), min_size=1, max_size=4))
    columns = {
        f"{kind} {i}": pd.Series(
            draw(st.lists(cells[kind], min_size=rows, max_size=rows)),
            dtype=object if kind == "category" else float,
        )
        for i, kind in enumerate(kinds)
    }
    columns["a"] = pd.Series(np.arange(rows) * 1.5)
    return pd.DataFrame(columns), {name: name.split()[0] for name in columns if name != "a"}


@settings(deadline=None)
@given(frames(), st.sampled_from(get_args(Scaling)), st.randoms())
def test_round_trip_and_column_order(made, scaling, random):
    frame, kinds = made
    kinds = {name: kind for name, kind in kinds.items() if frame[name].notna().any()}
    encoder = fit(frame, {**kinds, "a": "number"}, scaling=scaling)
    stored = json.dumps(encoder.to_dict(), allow_nan=False)
    restored = Encoder.from_dict(json.loads(stored))
    assert restored == encoder
    assert json.dumps(restored.to_dict()) == stored
    x = encoder.transform(frame)
    assert x.shape == (len(frame), len(encoder.inputs))
    assert np.isfinite(x).all()
    shuffled = list(frame.columns)
    random.shuffle(shuffled)
    np.testing.assert_array_equal(restored.transform(frame[shuffled]), x)


NONSENSE = [
    None,
    [],
    {},
    {"features": []},
    {"features": [], "target": {"name": "y", "center": 0, "scale": 1}},
]


@pytest.mark.parametrize("stored", NONSENSE)
def test_nonsense_is_a_value_error(stored):
    with pytest.raises(ValueError, match="an encoder"):
        Encoder.from_dict(stored)


@pytest.mark.parametrize(
    ("where", "key", "value"),
    [
        (0, "scale", 0),
        (0, "scale", float("nan")),
        (0, "center", "1"),
        (0, "center", 10**400),
        (0, "fill", True),
        (0, "was_missing", 1),
        (0, "kind", "text"),
        (0, "name", 5),
        (0, "name", "y"),
        (0, "extra", 5),
        (1, "categories", "ab"),
        (1, "categories", ["a", 1]),
        (1, "categories", ["a", "a"]),
        (1, "name", "a"),
        (2, "scale", -1),
        (2, "classes", ["a"]),
    ],
)
def test_a_damaged_record_is_a_value_error(where, key, value):
    encoder = fit({"a": [1.0, 2.0], "c": ["u", "v"]}, {"a": "number", "c": "category"}, named={"c"})
    stored = encoder.to_dict()
    record = [*stored["features"], stored["target"]][where]
    record[key] = value
    with pytest.raises(ValueError):  # noqa: PT011
        Encoder.from_dict(stored)
