"""The perceptron rule against Novikoff's theorem, and the pocket against a count by hand."""

import csv

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.engine.randomness import generators


@pytest.fixture
def train(tmp_path):
    """Return the function that trains a perceptron on x and labels, unscaled, all rows."""

    def train(x, labels, **keys):
        frame = pd.DataFrame(x, columns=[f"x{at}" for at in range(x.shape[1])])
        frame.assign(label=labels).to_csv(tmp_path / "data.csv", index=False)
        data = {"file": str(tmp_path / "data.csv"), "target": "label", "scaling": "none"}
        given = {"layers": [], "output_activation": "threshold", "precision": "float64"}
        data |= {"validation": keys.pop("validation", 0)}
        return ann_cli.train({"data": data, "save_to": str(tmp_path / "run"), **given, **keys})

    return train


def by_hand(x, y, seed, epochs):
    """Rosenblatt's rule in plain loops: the weights, the mistakes, and the epoch of no error."""
    order = generators(seed)["order"]
    rows = np.hstack([x, np.ones((len(x), 1))])
    theta, mistakes = np.zeros(rows.shape[1]), 0
    for epoch in range(1, epochs + 1):
        for at in order.permutation(len(rows)):
            fires = int(rows[at] @ theta > 0)
            if fires != y[at]:
                theta += rows[at] if y[at] else -rows[at]
                mistakes += 1
        if ((rows @ theta > 0) == y).all():
            return theta, mistakes, epoch
    return theta, mistakes, None


def separable(seed, rows=60, margin=0.2):
    """Return rows with a gap of `margin` on both sides of a known plane, and that plane."""
    generator = np.random.default_rng(seed)
    plane = generator.normal(size=4)
    plane[3] *= 0.1  # the bias: small, so that both sides have rows
    plane /= np.linalg.norm(plane)
    x = generator.normal(size=(20 * rows, 3))
    distance = np.hstack([x, np.ones((len(x), 1))]) @ plane
    clear = np.abs(distance) > margin
    return x[clear][:rows], (distance > 0).astype(int)[clear][:rows], plane


@pytest.mark.parametrize("seed", range(6))
def test_mistakes_stay_within_novikoffs_bound(train, seed):
    x, y, plane = separable(seed)
    run = train(x, np.where(y, "yes", "no"), seed=seed)
    theta, mistakes, epoch = by_hand(x, y, seed, 200)
    np.testing.assert_allclose(run.model.network.theta, theta, rtol=1e-12, atol=1e-12)
    assert run.metrics["perceptron"] == {"separable": True, "epoch": epoch, "errors": 0}
    assert run.metrics["epochs"] == epoch
    assert run.metrics["training"]["accuracy"] == 1
    # Novikoff 1962: from zero, no more mistakes than (R / γ)².
    rows = np.hstack([x, np.ones((len(x), 1))])
    gap = np.abs(rows @ plane).min()
    assert 0 < mistakes <= (np.linalg.norm(rows, axis=1).max() / gap) ** 2


@pytest.mark.parametrize("validation", [0, 0.2])
def test_the_pocket_keeps_the_epoch_of_the_fewest_errors(train, tmp_path, validation):
    generator = np.random.default_rng(3)
    x = generator.normal(size=(80, 2))
    noisy = x @ [1, 2] + generator.normal(0, 1, 80) > 0
    run = train(x, np.where(noisy, "yes", "no"), epochs=40, validation=validation)
    with (tmp_path / "run" / "history.csv").open() as file:
        errors = [float(row["errors"]) for row in csv.DictReader(file)]
    assert len(errors) == 40
    fewest = min(errors)
    assert 0 < fewest < errors[-1]
    found = {"separable": None, "epoch": 1 + errors.index(fewest), "errors": fewest}
    assert run.metrics["perceptron"] == found
    assert run.metrics["best_epoch"] == found["epoch"]
    wrong = round((1 - run.metrics["training"]["accuracy"]) * run.metrics["training"]["rows"])
    assert wrong == fewest


def test_rows_that_no_unit_or_several_claim_are_counted(train):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(90, 2))
    labels = np.array(["a", "b", "c"])[np.digitize(x[:, 0] + generator.normal(0, 0.5, 90), [-1, 1])]
    run = train(x, labels, epochs=5)
    weights, bias = run.model.network.layers[0].weights, run.model.network.layers[0].bias
    fire = ((x @ weights + bias) > 0).sum(axis=1)
    found = run.metrics["training"]["undecided"]
    assert found == {"none": (fire == 0).sum(), "several": (fire > 1).sum()}
    assert found["none"] > 0 < found["several"]


def test_threshold_units_behind_a_hidden_layer_are_counted_too(train):
    x = np.random.default_rng(0).normal(size=(90, 2))
    run = train(x, np.digitize(x[:, 0], [-1, 1]), layers=[{"units": 3}], epochs=2)
    fire = run.model.network.predict(x).sum(axis=1)
    found = run.metrics["training"]["undecided"]
    assert found == {"none": (fire == 0).sum(), "several": (fire > 1).sum()}
    assert "perceptron" not in run.metrics


def test_other_networks_have_no_such_figures(train):
    x, y, _ = separable(0)
    run = train(x, y, layers=[{"units": 2}], epochs=1)
    assert "perceptron" not in run.metrics
    assert "undecided" not in run.metrics["training"]
    assert "errors" not in run.history[0]
