"""Scores: the loss as training sees it, the metrics in the target's own units."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as sk

from ann_cli.config.complete import complete
from ann_cli.config.read import load
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.rows.encoding import outputs_of
from ann_cli.engine.rows import Rows
from ann_cli.insight.scoring import score
from ann_cli.model.model import Model
from ann_cli.model.networks import new_network

FRAME = pd.DataFrame(
    {
        "a": np.random.default_rng(0).normal(size=50),
        "b": np.random.default_rng(1).normal(size=50),
        "price": np.random.default_rng(2).normal(1e5, 3e4, 50),
        "two": np.random.default_rng(3).choice(["no", "yes"], 50),
        "three": np.random.default_rng(4).choice(["x", "y", "z"], 50),
    }
)


def scored(target, weight=None, **keys):
    """Return a random model's scores, its predictions, and the loss of each row."""
    task = "regression" if target == "price" else "classification"
    encoder = Encoder.fit(FRAME, {"a": "number", "b": "number"}, target, task, "standard")
    config = load({"data": {"file": "x", "target": target}, "precision": "float64", **keys})
    config = complete(config, task, len(encoder.classes), validated=True)
    model = Model(config, encoder, new_network(config, encoder))
    model.network.initialize(np.random.default_rng(5))
    x = encoder.transform(FRAME, "float64")
    y = encoder.y(FRAME, outputs_of(config, encoder), "float64")
    predicted = model.predict(FRAME, probabilities=config.loss.name == "cross_entropy")
    return score({"it": model}, Rows(x, y, weight))["it"], predicted


def test_regression_in_the_targets_own_units():
    scores, predicted = scored("price")
    error = predicted["prediction"] - FRAME["price"]
    r2 = sk.r2_score(FRAME["price"], predicted["prediction"])
    assert scores["r2"] == pytest.approx(r2)
    assert scores["mae"] == pytest.approx(error.abs().mean())
    assert scores["rmse"] == pytest.approx((error**2).mean() ** 0.5)
    assert scores["loss"] == pytest.approx(0.5 * (error**2).mean() / FRAME["price"].var(ddof=0))


@pytest.mark.parametrize("target", ["two", "three"])
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_classification_with_probabilities(target, output):
    scores, predicted = scored(target, output_activation=output)
    actual, shares = FRAME[target], predicted.filter(like="probability_")
    assert scores["accuracy"] == (actual == predicted["prediction"]).mean()
    f1 = sk.f1_score(actual, predicted["prediction"], average="macro")
    assert scores["f1_macro"] == pytest.approx(f1)
    assert scores["log_loss"] == pytest.approx(sk.log_loss(actual, shares))
    if (target, output) != ("three", "sigmoid"):  # three sigmoids are three losses a row
        assert scores["loss"] == pytest.approx(scores["log_loss"])


@pytest.mark.parametrize("target", ["two", "three"])
@pytest.mark.parametrize("loss", ["hinge", "perceptron"])
def test_classification_without_probabilities(target, loss):
    scores, predicted = scored(target, loss=loss)
    assert scores["accuracy"] == (FRAME[target] == predicted["prediction"]).mean()
    assert scores["log_loss"] is None


def test_the_loss_and_the_metrics_are_weighted():
    weight = np.zeros(50)
    weight[0] = 50.0
    _, predicted = scored("price")
    weighted, _ = scored("price", weight)
    error = predicted["prediction"][0] - FRAME["price"][0]
    assert weighted["loss"] == pytest.approx(0.5 * error**2 / FRAME["price"].var(ddof=0))
    assert weighted["rmse"] == pytest.approx(abs(error))
    assert weighted["r2"] is None
