"""Counts and amounts by their deviance: scikit-learn's generalized linear models are the oracle."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.linear_model import GammaRegressor, PoissonRegressor

import ann_cli
from ann_cli.errors import ConfigError, DataError
from ann_cli.run import evaluate

ORACLES = {
    "poisson": (PoissonRegressor, metrics.mean_poisson_deviance),
    "gamma": (GammaRegressor, metrics.mean_gamma_deviance),
}


@pytest.fixture
def table(tmp_path):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(300, 2))
    mean = np.exp(2 + 0.5 * x[:, 0] - 0.3 * x[:, 1])
    frame = pd.DataFrame(x, columns=["a", "b"])
    frame["poisson"] = generator.poisson(mean)
    frame["gamma"] = 1000 * generator.gamma(2, mean)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    return tmp_path / "rows.csv"


def config(table, loss, **keys):
    other = next(name for name in ORACLES if name != loss)
    data = {"file": str(table), "target": loss, "exclude": [other], "validation": 0}
    settings = {"layers": [], "loss": loss, "epochs": 3, "save_to": str(table.parent / "run")}
    return {**settings, **keys, "data": {**data, **keys.pop("data", {})}}


@pytest.mark.parametrize("loss", ORACLES)
def test_without_layers_it_is_scikit_learn_s_regression(table, loss):
    keys = {
        "epochs": 800,
        "batch_size": "full",
        "optimizer": {"name": "adam", "learning_rate": 0.05},
        "schedule": "cosine",
        "precision": "float64",
    }
    run = ann_cli.train(config(table, loss, **keys))
    frame = pd.read_csv(table)
    regressor, deviance = ORACLES[loss]
    x, y = frame[["a", "b"]], frame[loss]
    oracle = regressor(alpha=0, tol=1e-10, max_iter=1000).fit(x, y).predict(x)
    predicted = run.model.predict(frame)["prediction"]
    np.testing.assert_allclose(predicted, oracle, rtol=1e-4)
    name = f"mean_{loss}_deviance"
    assert run.metrics["training"][name] == pytest.approx(deviance(y, predicted), rel=1e-9)
    mean = np.full(len(y), y.mean())
    assert run.metrics["baselines"]["mean"][name] == pytest.approx(deviance(y, mean), rel=1e-6)
    # The network's scale is the target's mean: its loss is half of the deviance in it.
    size = y.mean() if loss == "poisson" else 1
    assert run.metrics["training"]["loss"] == pytest.approx(deviance(y, predicted) / size / 2)
    assert ann_cli.load(run.path).predict(frame).equals(run.model.predict(frame))
    assert evaluate(run.model, str(table)).scores[name] == pytest.approx(deviance(y, predicted))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("loss", "number", "message"),
    [
        ("poisson", -2, "every number to be at least 0, and there is -2 in row 5, -2 in row 7$"),
        ("gamma", 0, "every number to be above 0, and there is 0 in row 5, 0 in row 7$"),
    ],
)
def test_numbers_without_a_deviance_are_refused_by_row(table, loss, number, message, stream):
    run = ann_cli.train(config(table, loss))
    frame = pd.read_csv(table)
    frame.loc[[4, 6], loss] = number
    frame.to_csv(table, index=False)
    with pytest.raises(DataError) as found:
        ann_cli.train(config(table, loss, data={"stream": stream}), resume=False)
    (problem,) = found.value.problems
    assert problem.message.endswith(message.rstrip("$"))
    assert "loss: half_squared_error" in problem.remedy
    with pytest.raises(DataError, match="row 5"):
        evaluate(run.model, str(table))


def test_streamed_and_in_memory_agree(table):
    one, other = (
        ann_cli.train(config(table, "poisson", data={"stream": stream})).metrics["training"]
        for stream in (False, True)
    )
    assert one["rows"] == other["rows"] == 300
    assert one["loss"] == pytest.approx(other["loss"], rel=0.05)  # the order of the rows differs


def test_a_count_of_few_values_is_a_number_where_its_loss_says_so(table):
    frame = pd.read_csv(table)
    frame["poisson"] = np.minimum(frame["poisson"], 3)
    frame.to_csv(table, index=False)
    run = ann_cli.train(config(table, "poisson"))
    assert run.metrics["task"] == "regression"
    assert "regression, as poisson compares numbers (task: to choose)" in run.notes


@pytest.mark.parametrize(
    ("keys", "kind", "message"),
    [
        ({"output_activation": "linear"}, ConfigError, "use output_activation: exponential"),
        ({"data": {"target_transform": "log"}}, ConfigError, "the target's own numbers, and no"),
        ({"layers": [{"units": 2, "activation": "exponential"}]}, ConfigError, "hidden layer"),
        ({"data": {"target": "kind"}}, DataError, "column kind holds text"),
    ],
)
def test_what_does_not_go_together(table, keys, kind, message):
    frame = pd.read_csv(table)
    frame["kind"] = np.where(frame["a"] > 0, "new", "old")
    frame.to_csv(table, index=False)
    with pytest.raises(kind, match=message):
        ann_cli.train(config(table, "poisson", **keys))


def test_an_encoder_of_another_loss_is_refused(table):
    run = ann_cli.train({**config(table, "poisson"), "loss": "half_squared_error"})
    with pytest.raises(ConfigError, match="is not what poisson compares"):
        ann_cli.train(config(table, "poisson"), encoder=run.path, resume=False)
