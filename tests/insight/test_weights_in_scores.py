"""Sample weights count in every metric, in train and in evaluate; class weights in none."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as sk

import ann_cli
from ann_cli.run import evaluate


@pytest.fixture
def frame():
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(150, 2)), columns=["a", "b"])
    frame["price"] = frame["a"] * 3 + generator.normal(size=150)
    frame["kind"] = np.where(frame["price"] + generator.normal(size=150) > 2, "high", "low")
    frame["w"] = generator.exponential(size=150).round(2)
    return frame


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("target", ["price", "kind"])
def test_scores_are_scikit_learns_with_sample_weight(frame, tmp_path, target, stream):
    other = "kind" if target == "price" else "price"
    frame.drop(columns=other).to_csv(tmp_path / "data.csv", index=False)
    data = {"file": str(tmp_path / "data.csv"), "target": target, "sample_weight": "w"}
    keys = {"layers": [{"units": 4}], "epochs": 3, "save_to": str(tmp_path / "run")}
    weights = {} if target == "price" else {"class_weight": "balanced"}
    data |= {"validation": str(tmp_path / "data.csv"), "stream": stream}
    run = ann_cli.train({"data": data, **keys, **weights})
    found = evaluate(run.model, str(tmp_path / "data.csv"))
    predicted = run.model.predict(frame, probabilities=target == "kind")
    actual, chosen, w = frame[target], predicted["prediction"], frame["w"]
    if target == "price":
        expected = {
            "r2": sk.r2_score(actual, chosen, sample_weight=w),
            "rmse": sk.root_mean_squared_error(actual, chosen, sample_weight=w),
            "mae": sk.mean_absolute_error(actual, chosen, sample_weight=w),
        }
    else:
        share = predicted["probability_low"]
        expected = {
            "accuracy": sk.accuracy_score(actual, chosen, sample_weight=w),
            "balanced_accuracy": sk.balanced_accuracy_score(actual, chosen, sample_weight=w),
            "roc_auc": sk.roc_auc_score(actual == "low", share, sample_weight=w),
            "average_precision": sk.average_precision_score(
                actual == "low", share, sample_weight=w
            ),
        }
        matrix = sk.confusion_matrix(actual, chosen, labels=["high", "low"], sample_weight=w)
        np.testing.assert_allclose(found.details["confusion"], matrix, rtol=1e-6)
    for name, value in expected.items():
        for scores in (found.scores, run.metrics["training"], run.metrics["validation"]):
            assert scores[name] == pytest.approx(value, rel=1e-5), name


def test_a_file_without_weights_counts_all_rows_alike(frame, tmp_path):
    frame.to_csv(tmp_path / "data.csv", index=False)
    data = {"file": str(tmp_path / "data.csv"), "target": "price", "sample_weight": "w"}
    keys = {"layers": [], "epochs": 1, "save_to": str(tmp_path / "run")}
    model = ann_cli.train({"data": data, **keys}).model
    frame.drop(columns="w").to_csv(tmp_path / "other.csv", index=False)
    found = evaluate(model, str(tmp_path / "other.csv"))
    assert found.notes == [f"{tmp_path / 'other.csv'} has no column w: all rows count alike"]
    rmse = sk.root_mean_squared_error(frame["price"], model.predict(frame)["prediction"])
    assert found.scores["rmse"] == pytest.approx(rmse, rel=1e-6)


def test_scores_compare_with_the_actual_values(tmp_path):
    """float32 cannot tell 20000001 from 20000000."""
    frame = pd.DataFrame({"a": np.arange(40.0), "y": 20000001 + 2 * (np.arange(40) % 2)})
    frame.to_csv(tmp_path / "data.csv", index=False)
    data = {"file": str(tmp_path / "data.csv"), "target": "y", "scaling": "none", "validation": 0}
    keys = {"layers": [], "epochs": 0, "task": "regression", "save_to": str(tmp_path / "run")}
    run = ann_cli.train({"data": data, **keys})
    found = evaluate(run.model, str(tmp_path / "data.csv")).scores
    predicted = run.model.predict(frame)["prediction"]
    assert found["r2"] == pytest.approx(sk.r2_score(frame["y"], predicted), rel=1e-12)
    assert found["mae"] == pytest.approx(sk.mean_absolute_error(frame["y"], predicted), rel=1e-15)
    assert run.metrics["training"]["r2"] == found["r2"]
