"""Regression of several targets: fitted, predicted, scored and saved, with scikit-learn's word."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

import ann_cli
from ann_cli.config.read import load as load_config
from ann_cli.errors import ConfigError, DataError
from ann_cli.insight.importance import permutation_importance
from ann_cli.insight.inspection import inspect, read_rows
from ann_cli.insight.trace import observe, trace
from ann_cli.run import begin, evaluate

NAMES = ["price", "rent"]


@pytest.fixture
def table(tmp_path):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(240, 3))
    frame = pd.DataFrame(x, columns=["a", "b", "c"])
    frame["price"] = 200_000 + 30_000 * x[:, 0] * x[:, 1] + generator.normal(0, 2000, 240)
    frame["rent"] = 900 + 80 * x[:, 2] + generator.normal(0, 5, 240)
    frame.loc[[3, 50], "price"] = np.nan
    frame.loc[[50, 99], "rent"] = np.nan
    frame.to_csv(tmp_path / "homes.csv", index=False)
    return tmp_path / "homes.csv"


def config(table, **keys):
    data = {"file": str(table), "target": NAMES, **keys.pop("data", {})}
    settings = {"layers": [{"units": 16}], "epochs": 30, "save_to": str(table.parent / "run")}
    return {"data": data, **settings, **keys}


def test_scores_are_those_of_scikit_learn_by_target_and_in_the_mean(table):
    run = ann_cli.train(config(table))
    assert run.metrics["task"] == "regression"
    assert "regression, as 2 targets are numbers (task: to choose)" in run.notes
    assert "left out 3 rows without price or rent" in run.notes
    frame = pd.read_csv(table).dropna(subset=NAMES)
    found = evaluate(run.model, str(table))
    predicted = run.model.predict(frame)
    assert list(predicted) == ["prediction_price", "prediction_rent"]
    for metric, oracle in (
        ("r2", r2_score), ("rmse", root_mean_squared_error), ("mae", mean_absolute_error),
    ):  # fmt: skip
        each = oracle(frame[NAMES], predicted, multioutput="raw_values")
        told = [found.details["targets"][name][metric] for name in NAMES]
        np.testing.assert_allclose(told, each, rtol=1e-5)
        assert found.scores[metric] == pytest.approx(np.mean(each), rel=1e-5)
    assert found.rows == len(frame)
    assert set(run.metrics["targets"]) == set(NAMES)


def test_the_linear_baseline_is_least_squares_of_each(table):
    run = ann_cli.train(config(table, data={"validation": 0}, epochs=1))
    frame = pd.read_csv(table).dropna(subset=NAMES)
    line = LinearRegression().fit(frame[["a", "b", "c"]], frame[NAMES])
    expected = r2_score(frame[NAMES], line.predict(frame[["a", "b", "c"]]))
    assert run.metrics["baselines"]["linear"]["r2"] == pytest.approx(expected, abs=1e-5)
    assert run.metrics["baselines"]["mean"]["r2"] == pytest.approx(0, abs=1e-6)


def test_both_are_learned_and_the_network_beats_a_line(table):
    run = ann_cli.train(config(table, epochs=150))
    assert run.metrics["targets"]["price"]["r2"] > 0.8
    assert run.metrics["targets"]["rent"]["r2"] > 0.9
    assert run.metrics["verdict"]["linear"]["verdict"] == "beats"


def test_saved_and_loaded_it_predicts_the_same(table):
    run = ann_cli.train(config(table))
    again = ann_cli.load(run.path)
    frame = pd.read_csv(table)
    assert again.predict(frame).equals(run.model.predict(frame))
    with np.load(run.path) as file:
        stored = json.loads(str(file["metadata"]))
        assert file["layers.1.bias"].shape == (2,)
    assert [each["name"] for each in stored["encoder"]["target"]] == NAMES


def test_streamed_and_in_memory_agree(table):
    parts = [
        ann_cli.train(config(table, data={"stream": stream, "validation": 0}, epochs=3))
        for stream in (False, True)
    ]
    one, other = (run.metrics["training"]["rows"] for run in parts)
    assert one == other == 237


def test_one_name_in_a_list_is_one_target(table):
    alone, listed = (
        ann_cli.train({**config(table, epochs=2, data={"target": target})}).path.read_bytes()
        for target in ("price", ["price"])
    )
    assert alone == listed


def test_looking_at_it(table):
    run = ann_cli.train(config(table))
    x, y, notes = read_rows(run.model, str(table))
    assert y is not None
    assert (len(x), y.shape) == (237, (47, 2))
    first, *_ = permutation_importance(run.model, x[: len(y)], y, 3, np.random.default_rng(0))
    assert first.column in "abc"
    *_, output = inspect(run.model)["layers"]
    assert [unit["name"] for unit in output["units"]] == NAMES
    started = begin(load_config(config(table)), dry=True)
    seen = observe(started.model, started.model.table(str(table)), 1)
    (step,) = trace(started.model, started.trainer, seen, 1)
    assert len(step.predicted_values) == 2
    assert notes


@pytest.mark.parametrize(
    ("keys", "kind", "message"),
    [
        ({"task": "classification"}, ConfigError, "classification predicts one column, and"),
        ({"data": {"target": ["price", "kind"]}}, DataError, "column kind holds text, and"),
        ({"data": {"target": ["price", "rnt"]}}, DataError, "no column 'rnt'"),
        ({"class_weight": "balanced"}, ConfigError, "class_weight is for classification"),
    ],
)
def test_what_does_not_go_together(table, keys, kind, message):
    frame = pd.read_csv(table)
    frame["kind"] = np.where(frame["a"] > 0, "new", "old")
    frame.to_csv(table, index=False)
    with pytest.raises(kind, match=message):
        ann_cli.train(config(table, **keys))
