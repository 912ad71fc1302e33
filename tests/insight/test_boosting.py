"""Gradient boosting as a baseline: scikit-learn's own, on the cells themselves."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as sk
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.model_selection import PredefinedSplit, cross_val_predict

from ann_cli import train
from ann_cli.config.read import load
from ann_cli.errors import ConfigError
from ann_cli.insight import boosting
from ann_cli.run import begin


@pytest.fixture
def frame():
    """Numbers of which some are missing, and categories whose effect has no order."""
    random = np.random.default_rng(0)
    rows = 400
    frame = pd.DataFrame({"a": random.integers(0, 100, rows), "b": random.integers(0, 100, rows)})
    frame["zone"] = random.choice(list("pqrst"), rows)
    effect = frame["zone"].map(dict(zip("pqrst", [30, -30, 25, -25, 0], strict=True)))
    frame["y"] = frame["a"] * (frame["b"] > 50) + effect + random.normal(0, 3, rows)
    frame["kind"] = np.where(frame["y"] > frame["y"].median(), "hi", "lo")
    frame["a"] = frame["a"].where(random.uniform(size=rows) > 0.1)
    return frame


def run(tmp_path, frame, target, **keys):
    for name, part in (("d", frame[:300]), ("t", frame[300:])):
        part.drop(columns="kind" if target == "y" else "y").to_csv(
            tmp_path / f"{name}.csv", index=False
        )
    data = {"file": str(tmp_path / "d.csv"), "target": target, "test": str(tmp_path / "t.csv")}
    config = {
        "data": {**data, "validation": 0, "leakage": "ignore"},
        "layers": [{"units": 4}],
        "epochs": 1,
        "precision": "float64",
        "save_to": str(tmp_path / "run"),
        **keys,
    }
    return train(config, baselines="all", resume=False)


def inputs(frame):
    return frame[["a", "b"]].assign(
        zone=frame["zone"].map(dict(zip("pqrst", range(5), strict=True)))
    )


def test_its_scores_are_scikit_learns_on_the_cells_themselves(tmp_path, frame):
    scores = run(tmp_path, frame, "y").metrics["baselines"]["gradient_boosting"]
    trees = HistGradientBoostingRegressor(categorical_features=[2], random_state=0)
    trees.fit(inputs(frame[:300]), frame["y"][:300])
    predicted = trees.predict(inputs(frame[300:]))
    assert scores["r2"] == pytest.approx(sk.r2_score(frame["y"][300:], predicted), rel=1e-6)
    assert scores["loss"] is not None


def test_its_probabilities_are_scikit_learns(tmp_path, frame):
    metrics = run(tmp_path, frame, "kind").metrics
    scores = metrics["baselines"]["gradient_boosting"]
    trees = HistGradientBoostingClassifier(categorical_features=[2], random_state=0)
    trees.fit(inputs(frame[:300]), frame["kind"][:300])
    shares = trees.predict_proba(inputs(frame[300:]))
    actual = frame["kind"][300:]
    assert scores["accuracy"] == pytest.approx(trees.score(inputs(frame[300:]), actual))
    assert scores["log_loss"] == pytest.approx(sk.log_loss(actual, shares), rel=1e-6)
    # Bonferroni's correction is over the three that it is compared with.
    assert {each["confidence"] for each in metrics["verdict"].values()} == {1 - 0.05 / 3}


def test_beside_an_ensemble_each_row_is_predicted_by_trees_that_did_not_see_it(tmp_path, frame):
    frame.drop(columns="kind").to_csv(tmp_path / "d.csv", index=False)
    config = {
        "data": {"file": str(tmp_path / "d.csv"), "target": "y", "leakage": "ignore"},
        "layers": [{"units": 4}],
        "ensemble": {"members": 3, "folds": 3},
        "epochs": 1,
        "precision": "float64",
        "save_to": str(tmp_path / "run"),
    }
    split = PredefinedSplit(begin(load(config), dry=True).data_set.training.fold)
    trees = HistGradientBoostingRegressor(categorical_features=[2], random_state=0)
    predicted = cross_val_predict(trees, inputs(frame), frame["y"], cv=split)
    scores = train(config, baselines="all").metrics["baselines"]["gradient_boosting"]
    # A scaled number may fall on the other side of a threshold that it is equal to.
    assert scores["r2"] == pytest.approx(sk.r2_score(frame["y"], predicted), rel=1e-3)


def test_the_network_is_the_same_beside_more_baselines(tmp_path, frame):
    weights = run(tmp_path, frame, "y").model.network.stored.copy()
    config = tmp_path / "run" / "config.yaml"
    usual = train(config, [f"save_to={tmp_path / 'again'}"])
    assert usual.model.network.stored.tobytes() == weights.tobytes()
    assert set(usual.metrics["baselines"]) == {"mean", "linear"}


def test_without_scikit_learn_it_is_refused_before_anything_is_trained(
    tmp_path, frame, monkeypatch
):
    monkeypatch.setattr(boosting, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="pip install scikit-learn"):
        run(tmp_path, frame, "y")
    assert not (tmp_path / "run").exists()


def test_streamed_rows_are_refused(tmp_path, frame):
    frame.drop(columns="kind").to_csv(tmp_path / "d.csv", index=False)
    data = {"file": str(tmp_path / "d.csv"), "target": "y", "stream": True}
    with pytest.raises(ConfigError, match=r"data\.stream: false"):
        train({"data": data, "save_to": str(tmp_path / "run")}, baselines="all")
