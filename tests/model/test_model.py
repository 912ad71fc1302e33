"""A model predicts the same after it was saved, for every task and output."""

import copy
import io
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from threadpoolctl import threadpool_info

import ann_cli
from ann_cli.engine.network import Network
from ann_cli.errors import ConfigError, DataError
from ann_cli.model import environment, weights
from ann_cli.model import model as module
from ann_cli.model.model import Model
from ann_cli.run.predicting import Predictions
from ann_cli.tasks.classification import class_probabilities


def loaded(tmp_path, content):
    path = tmp_path / "weights.npz"
    path.write_bytes(content)
    return ann_cli.load(path)


def gives_probabilities(model):
    return model.config.loss.name == "cross_entropy"


def test_saved_and_loaded_predicts_the_same(case, tmp_path):
    model, content, rows = case
    again = loaded(tmp_path, content)
    assert again.config == model.config.model_copy(update={"save_to": None})
    assert again.encoder == model.encoder
    assert again.metrics == model.metrics
    assert again.versions == model.versions
    likely = gives_probabilities(model)
    assert_frame_equal(again.predict(rows, likely), model.predict(rows, likely), check_exact=True)
    weights.save(tmp_path / "again.npz", again)
    assert (tmp_path / "again.npz").read_bytes() == content


def test_a_prediction_is_a_number_or_a_label(case):
    model, _, rows = case
    predicted = model.predict(rows)
    assert list(predicted.columns) == ["prediction"]
    if model.config.task == "regression":
        assert predicted["prediction"].dtype == np.float64
        assert np.isfinite(predicted["prediction"]).all()
    else:
        assert set(predicted["prediction"]) <= set(model.classes)
        assert predicted["prediction"].nunique() > 1


@pytest.mark.parametrize("threads", [1, 3])
def test_many_rows_are_predicted_by_several_threads(case, monkeypatch, threads, tmp_path):
    """Their number changes no bit, and each of them has its matrix products to itself."""
    model, _, rows = case
    rows = pd.concat([rows] * 3).sample(frac=1, random_state=0)
    monkeypatch.setattr(Network, "block_rows", 7)
    outputs = model.network.predict(model.encoder.transform(rows, model.config.precision))
    expected = model.decode(outputs, rows.index)
    monkeypatch.setattr(module, "ROWS_OF_A_THREAD", 20)
    monkeypatch.setattr(environment, "_asked", threads)
    predict, seen = Network.predict, set()

    def watched(network, x):
        blas = [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]
        seen.update((len(x), each) for each in blas)
        return predict(network, x)

    monkeypatch.setattr(Network, "predict", watched)
    assert_frame_equal(model.predict(rows), expected, check_exact=True)
    assert {(21, 1)} <= seen <= {(21, 1), (len(rows) % 21, 1)}

    seen.clear()
    rows.to_csv(tmp_path / "rows.csv", index=False)
    of_file = pd.concat(Predictions(model, str(tmp_path / "rows.csv")))
    assert_frame_equal(of_file, expected.reset_index(drop=True), check_exact=True)
    assert {(21, 1)} <= seen <= {(21, 1), (len(rows) % 21, 1)}


def test_the_predictions_of_numpy_and_the_file_alone(one):
    """All that predict needs is in the file: the arithmetic, written out once more."""
    model, content, rows = one("float64")
    file = np.load(io.BytesIO(content), allow_pickle=False)
    metadata = json.loads(str(file["metadata"]))
    inputs = []
    for each in metadata["encoder"]["features"]:
        column = rows[each["name"]]
        if each["kind"] == "category":
            inputs += [(column == value).to_numpy(float) for value in each["categories"]]
        else:
            filled = column.astype(float).fillna(each["fill"])
            inputs.append(((filled - each["center"]) / each["scale"]).to_numpy())
        if each["was_missing"]:
            inputs.append(column.isna().to_numpy(float))
    hidden = np.stack(inputs, axis=1) @ file["layers.0.weights"] + file["layers.0.bias"]
    z = np.maximum(hidden, 0) @ file["layers.1.weights"] + file["layers.1.bias"]
    shares = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    predicted = model.predict(rows, probabilities=True)
    assert metadata["columns"] == list(model.encoder.inputs)
    assert list(predicted.columns[1:]) == [f"probability_{each}" for each in metadata["classes"]]
    np.testing.assert_allclose(predicted.iloc[:, 1:].to_numpy(float), shares, rtol=1e-9)
    expected = [metadata["classes"][chosen] for chosen in shares.argmax(axis=1)]
    assert predicted["prediction"].tolist() == expected


def test_probabilities_add_up_and_match_the_decision(case):
    model, _, rows = case
    if not gives_probabilities(model):
        with pytest.raises(ConfigError, match="probabilities"):
            model.predict(rows, probabilities=True)
        return
    predicted = model.predict(rows, probabilities=True)
    shares = predicted.drop(columns="prediction")
    assert list(shares.columns) == [f"probability_{each}" for each in model.classes]
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-12)
    assert ((shares >= 0) & (shares <= 1)).all(axis=None)
    likeliest = shares.idxmax(axis=1).str.removeprefix("probability_")
    assert (likeliest == predicted["prediction"]).all()


def test_columns_are_bound_by_name(case):
    model, _, rows = case
    expected = model.predict(rows)
    other = rows[rows.columns[::-1]].assign(extra="text", price=0.0)
    assert_frame_equal(model.predict(other), expected)
    before = rows.copy()
    model.predict(rows)
    assert_frame_equal(rows, before)


@pytest.mark.parametrize(
    "index",
    [
        pd.Index([f"row {each}" for each in range(40)], name="id"),
        pd.RangeIndex(100, 180, 2),
        pd.Index([7] * 40),
        pd.date_range("2024-01-01", periods=40),
    ],
    ids=["text", "range", "same", "dates"],
)
def test_the_index_is_kept(case, index):
    model, _, rows = case
    likely = gives_probabilities(model)
    predicted = model.predict(rows.set_axis(index), likely)
    assert predicted.index.equals(index)
    assert predicted.index.name == index.name
    assert_frame_equal(predicted.reset_index(drop=True), model.predict(rows, likely))


def test_no_rows_and_one_row(case):
    model, _, rows = case
    assert model.predict(rows[:0]).shape == (0, 1)
    expected, alone = model.predict(rows), model.predict(rows[3:4])
    if model.classes:
        assert alone["prediction"].tolist() == expected["prediction"][3:4].tolist()
    else:
        np.testing.assert_allclose(alone["prediction"], expected["prediction"][3:4], rtol=1e-5)


def test_absent_columns_are_all_named(case):
    model, _, rows = case
    with pytest.raises(DataError) as raised:
        model.predict(rows.rename(columns={"area": "Area", "new": "xyz"}))
    assert [each.message for each in raised.value.problems] == ["no column area", "no column new"]
    assert "did you mean Area?" in str(raised.value)


def test_numbers_that_overflow_warn_of_nothing(one):
    model = copy.deepcopy(one("regression linear")[0])
    model.network.theta *= np.float32(1e30)
    assert len(model.predict(one("regression linear")[2])) == 40


def test_a_share_that_vanishes_everywhere_is_shared_alike(one):
    model, _, _ = one("sigmoid of three")
    shares = class_probabilities(np.zeros((1, 3), np.float32), model.network.output)
    assert shares.tolist() == [[1 / 3] * 3]


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_labels_are_the_text_of_the_file(tmp_path_factory, data):
    words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
    special = st.sampled_from(
        ["012", "no", "1e5", "true", " a ", "-0", "12", "12.0", "ü", '"', ","]
    )
    labels = data.draw(st.lists((words | special).filter(str.strip), max_size=3, unique=True))
    labels = [*{*labels, "text"}, "other text"]  # where all are numbers, their values count
    folder = tmp_path_factory.mktemp("labels")
    frame = pd.DataFrame({"x": range(12), "label": [labels[i % len(labels)] for i in range(12)]})
    frame.to_csv(folder / "a.csv", index=False)
    where = {"file": str(folder / "a.csv"), "target": "label", "validation": 0}
    run = ann_cli.train(
        {
            "data": where,
            "task": "classification",
            "epochs": 0,
            "layers": [],
            "save_to": str(folder / "run"),
        }
    )
    model = ann_cli.load(run.path)
    assert set(model.classes) == set(labels)
    predicted = model.predict(frame, probabilities=True)
    assert set(predicted["prediction"]) <= set(labels)
    assert list(predicted.columns)[1:] == [f"probability_{each}" for each in model.classes]


def test_the_model_is_offered_at_the_top():
    assert ann_cli.Model is Model
