"""The baselines: as good as scikit-learn's models of the same kind, on the same encoded rows."""

import numpy as np
import pandas as pd
import pytest
import sklearn.datasets
import sklearn.metrics as sk
from sklearn.linear_model import LinearRegression, LogisticRegression

from ann_cli.config.complete import complete
from ann_cli.config.read import load
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.rows.encoding import outputs_of
from ann_cli.engine.rows import Rows
from ann_cli.insight import baselines as module
from ann_cli.insight.scoring import score
from ann_cli.model.model import Model
from ann_cli.model.networks import new_network


def model_of(frame, task, kinds=None, **keys):
    """Return a model with zero weights for a frame whose target is `target`."""
    kinds = kinds or dict.fromkeys(frame.columns.drop("target"), "number")
    encoder = Encoder.fit(frame, kinds, "target", task, "standard")
    config = load({"data": {"file": "x.csv", "target": "target"}, "precision": "float64", **keys})
    config = complete(config, task, len(encoder.classes), validated=True)
    return Model(config, encoder, new_network(config, encoder))


def baselines(model, training, held, factors=None):
    """Return the scores of the baselines on some rows."""
    return score(module.baselines(model, training), held, factors)


def rows_of(model, frame, weight=None):
    outputs = outputs_of(model.config, model.encoder)
    x = model.encoder.transform(frame, model.config.precision)
    return Rows(x, model.encoder.y(frame, outputs, model.config.precision), weight)


def classes_of(name):
    frame = getattr(sklearn.datasets, f"load_{name}")(as_frame=True).frame
    return frame.assign(target=frame["target"].astype(str))


def made(rows, classes=4, **keys):
    x, y = sklearn.datasets.make_classification(
        rows, 12, n_informative=6, n_redundant=4, n_classes=classes, random_state=3, **keys
    )
    return pd.DataFrame(x, columns=list("abcdefghijkl")).assign(target=y.astype(str))


def houses(rows=300):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "area": generator.normal(1500, 400, rows),
            "zone": generator.choice(["a", "b", "c"], rows),
            "heating": generator.choice(["gas", "oil"], rows),
        }
    )
    noise = generator.normal(0, 9000, rows)
    frame["target"] = 100 * frame["area"] + 20000 * (frame["zone"] == "b") + noise
    return frame, {"area": "number", "zone": "category", "heating": "category"}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_linear_regression_is_scikit_learns(weighted, precision):
    # Two one-hot columns, each of which adds up to the bias: no unique solution, one prediction.
    frame, kinds = houses()
    model = model_of(frame, "regression", kinds, precision=precision)
    weight = np.random.default_rng(1).uniform(0, 3, 200) if weighted else None
    training, held = rows_of(model, frame[:200], weight), rows_of(model, frame[200:])
    scores = baselines(model, training, held)["linear"]
    fitted = LinearRegression().fit(training.x, frame["target"][:200], weight)
    predicted, actual = fitted.predict(held.x), frame["target"][200:]
    assert scores["r2"] == pytest.approx(sk.r2_score(actual, predicted), rel=1e-4)
    assert scores["rmse"] == pytest.approx(sk.root_mean_squared_error(actual, predicted), rel=1e-4)
    assert scores["mae"] == pytest.approx(sk.mean_absolute_error(actual, predicted), rel=1e-4)


def test_linear_regression_on_more_inputs_than_rows():
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(10, 20)), columns=[f"c{i}" for i in range(20)])
    frame["target"] = frame["c0"]
    model = model_of(frame, "regression")
    weight = generator.exponential(size=10)
    for rows in (rows_of(model, frame), rows_of(model, frame, weight / weight.mean())):
        assert baselines(model, rows, rows)["linear"]["r2"] == pytest.approx(1)
        root = np.sqrt(np.ones(10) if rows.weight is None else rows.weight)
        a = np.column_stack([rows.x, np.ones(10)]) * root[:, None]
        shortest = np.linalg.lstsq(a, rows.y[:, 0] * root)[0]
        fitted = module.baselines(model, rows)["linear"].network
        np.testing.assert_allclose(fitted.theta, shortest, atol=1e-9)


def test_the_mean_by_hand():
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4], "target": [10.0, 20, 30, 80]})
    model = model_of(frame, "regression")
    held = rows_of(model, frame[2:])
    mean = baselines(model, rows_of(model, frame[:2]), held)["mean"]
    assert mean["mae"] == pytest.approx((15 + 65) / 2)
    assert mean["rmse"] == pytest.approx(((15**2 + 65**2) / 2) ** 0.5)
    assert mean["r2"] == pytest.approx(1 - (15**2 + 65**2) / (25**2 + 25**2))
    weighted = rows_of(model, frame[:2], np.array([0.5, 1.5]))
    assert baselines(model, weighted, held)["mean"]["mae"] == pytest.approx((12.5 + 62.5) / 2)


def test_a_loss_counts_the_weights_of_the_rows_it_is_of():
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4], "target": [10.0, 20, 30, 80]})
    model = model_of(frame, "regression")
    held = rows_of(model, frame[2:], np.array([2.0, 0.0]))
    loss = baselines(model, rows_of(model, frame[:2]), held)["mean"]["loss"]
    assert loss == pytest.approx(0.5 * (15 / model.encoder.target.scale) ** 2)


@pytest.mark.parametrize("keys", [{}, {"output_activation": "sigmoid"}, {"loss": "hinge"}])
def test_the_majority_by_hand(keys):
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4, 5, 6, 7], "target": list("xyyyxxy")})
    model = model_of(frame, "classification", **keys)
    scores = baselines(model, rows_of(model, frame[:4]), rows_of(model, frame[4:]))["majority"]
    assert scores["accuracy"] == pytest.approx(1 / 3)
    assert scores["f1_macro"] == pytest.approx((0 + 2 / 4) / 2)
    assert scores["log_loss"] == pytest.approx(-(2 * np.log(0.25) + np.log(0.75)) / 3)
    assert scores["loss"] == pytest.approx(scores["log_loss"])


def test_the_majority_is_the_same_with_class_weight():
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4, 5], "target": list("xyyyy")})
    model = model_of(frame, "classification", class_weight="balanced")
    rows = rows_of(model, frame, np.array([2.5, 0.625, 0.625, 0.625, 0.625]))
    scores = baselines(model, rows, rows, np.array([2.5, 0.625]))
    assert scores["majority"]["accuracy"] == pytest.approx(0.8)


def test_a_class_may_weigh_nothing():
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4], "target": list("xxyz")})
    model = model_of(frame, "classification")
    rows = rows_of(model, frame, np.array([1.5, 1.5, 1.0, 0.0]))
    assert all(np.isfinite(each["loss"]) for each in baselines(model, rows, rows).values())


@pytest.mark.parametrize("name", ["wine", "breast_cancer", "iris", "digits"])
def test_linear_classification_is_scikit_learns(name):
    frame = classes_of(name).sample(frac=1, random_state=0)
    cut = len(frame) * 3 // 4
    model = model_of(frame[:cut], "classification")
    training, held = rows_of(model, frame[:cut]), rows_of(model, frame[cut:])
    scores = baselines(model, training, held)["linear"]
    fitted = LogisticRegression(max_iter=2000).fit(training.x, frame["target"][:cut])
    shares = fitted.predict_proba(held.x)
    actual = frame["target"][cut:]
    assert scores["accuracy"] == pytest.approx(fitted.score(held.x, actual), abs=0.01)
    assert scores["log_loss"] == pytest.approx(sk.log_loss(actual, shares), rel=0.02)


TABLES = {
    **{name: (lambda name=name: classes_of(name)) for name in ("wine", "breast_cancer", "iris")},
    **{f"{rows} rows": (lambda rows=rows: made(rows)) for rows in (30, 500, 4097, 9000)},
    "two classes, one rare": lambda: made(2000, 2, weights=[0.97]),
    "skewed": lambda: made(1000, 2).assign(a=lambda frame: np.exp(2 * frame["a"])),
}


@pytest.mark.parametrize(
    ("name", "precision"), [*((name, "float32") for name in TABLES), ("wine", "float64")]
)
def test_the_fit_converges(name, precision):
    frame = TABLES[name]()
    model = model_of(frame, "classification", precision=precision)
    rows = rows_of(model, frame)
    scores = baselines(model, rows, rows)["linear"]
    x = rows.x.astype(float)
    fitted = LogisticRegression(max_iter=5000, tol=1e-6).fit(x, frame["target"])
    best = sk.log_loss(frame["target"], fitted.predict_proba(x))
    assert scores["log_loss"] == pytest.approx(best, rel=0.01)


def test_the_model_is_left_as_it_was():
    frame = classes_of("iris")
    model = model_of(frame, "classification")
    model.network.theta[...] = np.arange(model.network.theta.size)
    rows = rows_of(model, frame)
    baselines(model, rows, rows)
    assert (model.network.theta == np.arange(model.network.theta.size)).all()
