"""Calibration of trained models: temperature, the members' spread, and how many rows are held."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

import ann_cli
from ann_cli.data.rows.split import judging
from ann_cli.insight.conformal import best_floor, best_temperature, tempered
from ann_cli.tasks.classification import class_probabilities

ENSEMBLE = {
    "ensemble": {"members": 8, "folds": 4, "variations": [{}, {"layers": []}]},
    "layers": [{"units": 4}],
    "epochs": 12,
    "optimizer": {"name": "adam", "learning_rate": 0.02},
}


@pytest.mark.parametrize("true", [0.5, 1.0, 2.0, 50.0])
def test_temperature_is_the_one_of_least_loss(true):
    generator = np.random.default_rng(0)
    z = generator.normal(size=(3000, 3)) * 2
    actual = np.array([generator.choice(3, p=row) for row in softmax(z / true, axis=1)])

    def loss(temperature):
        logs = log_softmax(z / temperature, axis=1)
        return -logs[np.arange(3000), actual].sum() - logs.mean(axis=0).sum()

    best = minimize_scalar(loss, bounds=(0.25, 4), method="bounded").x
    found = best_temperature(softmax(z, axis=1), actual)
    assert found == pytest.approx(best, rel=1e-3)
    assert found == pytest.approx(min(true, 4), rel=0.05)
    assert tempered(softmax(z, axis=1), found) == pytest.approx(softmax(z / found, axis=1))


def test_rows_without_a_mistake_do_not_ask_for_certainty():
    shares = np.full((40, 2), 0.1)
    shares[:, 1] = 0.9
    found = tempered(shares, best_temperature(shares, np.ones(40, int)))[0, 1]
    # As if of 42 rows 41 were of the class: (n + 1) / (n + 2), Platt 1999.
    assert found == pytest.approx(41 / 42, rel=1e-3)


def test_a_spread_that_tells_the_error_is_divided_by_and_another_is_not():
    generator = np.random.default_rng(0)
    spread, noise = generator.uniform(0.1, 3, 1000), np.abs(generator.normal(size=1000))
    assert best_floor(spread * noise, spread) is not None
    assert best_floor(noise, spread) is None
    assert best_floor(spread * noise, np.zeros(1000)) is None
    assert best_floor((spread * noise)[:49], spread[:49]) is None


def table(rows=300):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(rows, 2)), columns=["a", "b"])
    frame["price"] = 100 + 10 * frame["a"] + 5 * generator.normal(size=rows)
    frame["rent"] = np.exp(frame["b"] + 0.5 * generator.normal(size=rows))
    noise = generator.logistic(size=rows)
    frame["kind"] = np.array(["p", "q", "r"])[np.digitize(frame["a"] + noise, [-1, 1])]
    return frame


@pytest.fixture
def train(tmp_path):
    """Return the function that trains with test rows, which are the last ones of the table."""
    table()[:220].to_csv(tmp_path / "rows.csv", index=False)
    table()[220:].to_csv(tmp_path / "test.csv", index=False)

    def train(*targets, **keys):
        data = {"file": str(tmp_path / "rows.csv"), "test": str(tmp_path / "test.csv")}
        data |= {"target": list(targets), "features": ["a", "b"]}
        return ann_cli.train(
            {**ENSEMBLE, "save_to": str(tmp_path / "run"), **keys, "data": data}, resume=False
        )

    return train


def test_coverage_is_that_of_the_test_rows(train):
    run, rows = train("price"), table()[220:]
    told, found = run.metrics["interval"], run.model.predict(rows, interval=0.9)
    held = rows["price"].between(found["prediction_low"], found["prediction_high"])
    width = found["prediction_high"] - found["prediction_low"]
    assert judging(run.metrics) == "test"
    assert (told["level"], told["rows"], told["coverage"]) == (0.9, 80, held.mean())
    assert told["mean_width"] == pytest.approx(width.mean())
    assert told["median_width"] == pytest.approx(width.median())
    # 80 rows by 220 scores: the bounds are five standard deviations of both together.
    assert abs(held.mean() - 0.9) < 5 * (0.09 / 80 + 0.09 / 221) ** 0.5
    assert run.model.calibration.rows == 220
    assert run.model.calibration.folds


def test_of_several_targets_each_has_its_own(train):
    run, rows = train("price", "rent"), table()[220:]
    told, found = run.metrics["interval"], run.model.predict(rows, interval=0.9)
    for name in ("price", "rent"):
        ends = found[f"prediction_low_{name}"], found[f"prediction_high_{name}"]
        assert told["targets"][name]["coverage"] == rows[name].between(*ends).mean()
    assert told["coverage"] == np.mean([each["coverage"] for each in told["targets"].values()])


def test_without_test_rows_none_is_told(train):
    run = train("price")
    data = {"file": run.model.config.data.file, "target": "price", "features": ["a"]}
    again = ann_cli.train({**ENSEMBLE, "save_to": str(run.path.parent), "data": data}, resume=False)
    assert again.metrics["interval"] is None
    assert again.model.calibration.rows == 220


def test_probabilities_of_an_ensemble_are_calibrated_and_sets_are_told(train):
    run, rows = train("kind"), table()[220:]
    model, told = run.model, run.metrics["interval"]
    temperature = model.calibration.temperature
    assert model.network.shares.sum() == pytest.approx(1 / temperature)
    assert temperature != pytest.approx(1, abs=0.01)
    assert sum(each["share"] for each in run.metrics["ensemble"]["variations"]) == 1
    found = model.predict(rows, probabilities=True, interval=0.9)
    shares = found[[f"probability_{label}" for label in model.classes]].to_numpy()
    before = tempered(shares, 1 / temperature)
    x = model.encoder.transform(rows, "float32")
    model.network.shares *= temperature
    untempered = class_probabilities(model.network.predict(x), model.network.output)
    assert before == pytest.approx(untempered, abs=1e-5)
    held = [
        kind in labels for kind, labels in zip(rows["kind"], found["prediction_set"], strict=True)
    ]
    assert told["coverage"] == np.mean(held)
    assert told["mean_size"] == found["prediction_set"].map(len).mean()
    assert run.metrics["test"]["brier_score"] > 0
    assert sum(each["rows"] for each in run.metrics["reliability"]) == 80


def test_one_network_keeps_its_probabilities(train):
    model = train("kind", ensemble=None).model
    assert model.calibration.temperature is None
    assert not model.calibration.folds
    assert model.calibration.rows == 44


def test_spread_is_that_of_the_members_without_a_fold(train):
    model = train("price").model
    network, x = model.network, model.encoder.transform(table()[:7], "float32")
    network.shares[...] = 0.25, 0.75
    first, second = network.variations  # two networks each a fold: one of either variation
    outputs = np.concatenate([each.chain.predict(x) for each in (first, second)])[..., 0]
    shares = np.repeat(network.shares, 4)
    expected = []
    for fold in range(4):
        own, weights = outputs[[fold, 4 + fold]], shares[[fold, 4 + fold]]
        mean = np.average(own, axis=0, weights=weights)
        expected.append(np.sqrt(np.average((own - mean) ** 2, axis=0, weights=weights)))
    assert network.spread(x)[:, 0] == pytest.approx(np.mean(expected, axis=0), rel=1e-4)
    fold = np.array([0, 1, 2, 3, 0, 1, 2])
    own = np.array(expected)[fold, np.arange(7)]
    assert network.spread(x, fold)[:, 0] == pytest.approx(own, rel=1e-4)


def test_resumed_it_is_the_same(train, tmp_path):
    """A finished training that goes on is calibrated once, and not twice."""
    content = train("kind").path.read_bytes()
    config = tmp_path / "run" / "config.yaml"
    again = ann_cli.train(str(config), [f"save_to={tmp_path / 'run'}"], resume=True)
    assert again.path.read_bytes() == content
