"""Several quantiles of a number: scikit-learn's quantile regression and pinball loss as oracles."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import QuantileRegressor
from sklearn.metrics import mean_pinball_loss, r2_score

import ann_cli
from ann_cli.run import evaluate

QUANTILES = (0.05, 0.5, 0.95)
COLUMNS = ["prediction", "prediction_0.05", "prediction_0.5", "prediction_0.95"]


@pytest.fixture
def table(tmp_path):
    generator = np.random.default_rng(0)
    x = generator.uniform(-1, 1, size=(400, 2))
    frame = pd.DataFrame(x, columns=["a", "b"])
    noise = generator.normal(size=(400, 2)) * (1 + x[:, :1])
    frame["price"] = 100 + 30 * x[:, 0] + 10 * noise[:, 0]
    frame["rent"] = np.exp(1 + x[:, 1] + 0.5 * noise[:, 1])
    frame.to_csv(tmp_path / "rows.csv", index=False)
    return tmp_path / "rows.csv"


def config(table, **keys):
    data = {"file": str(table), "target": "price", "exclude": ["rent"], "validation": 0}
    settings = {"layers": [], "loss": "quantile", "save_to": str(table.parent / "run")}
    return {**settings, "epochs": 20, **keys, "data": {**data, **keys.pop("data", {})}}


LONG = {
    "epochs": 1500,
    "batch_size": "full",
    "optimizer": {"name": "adam", "learning_rate": 0.03},
    "schedule": "cosine",
    "precision": "float64",
}


def test_without_layers_it_is_quantile_regression(table):
    run = ann_cli.train(config(table, **LONG))
    frame = pd.read_csv(table)
    predicted = run.model.predict(frame)
    assert list(predicted) == COLUMNS
    assert predicted["prediction"].equals(predicted["prediction_0.5"])
    x, y = frame[["a", "b"]], frame["price"]
    for told, quantile, name in zip(run.metrics["quantiles"], QUANTILES, COLUMNS[1:], strict=True):
        oracle = QuantileRegressor(quantile=quantile, alpha=0).fit(x, y).predict(x)
        np.testing.assert_allclose(predicted[name], oracle, atol=1.5)  # of a deviation of 20
        pinball = mean_pinball_loss(y, predicted[name], alpha=quantile)
        assert pinball < 1.005 * mean_pinball_loss(y, oracle, alpha=quantile)
        assert told["pinball_loss"] == pytest.approx(pinball)
        assert told["rows_below"] == pytest.approx((y <= predicted[name]).mean())
        assert told["rows_below"] == pytest.approx(quantile, abs=0.01)
        assert (told["target"], told["quantile"]) == ("price", quantile)
    mean = np.mean([each["pinball_loss"] for each in run.metrics["quantiles"]])
    assert run.metrics["training"]["pinball_loss"] == pytest.approx(mean)
    assert run.metrics["training"]["r2"] == pytest.approx(r2_score(y, predicted["prediction"]))


def test_saved_loaded_streamed_and_of_several_targets(table):
    """With a logarithm, whose quantiles are those of the amounts; sorted, wherever they cross."""
    data = {"target": ["price", "rent"], "exclude": [], "target_transform": {"rent": "log"}}
    keys = {"data": {**data, "stream": True}, "layers": [{"units": 8}]}
    run = ann_cli.train(config(table, **keys))
    frame = pd.read_csv(table)
    predicted = run.model.predict(frame * 3)  # far out, where lines cross
    names = [f"prediction_{target}{each.removeprefix('prediction')}"
             for target in ("price", "rent") for each in COLUMNS]  # fmt: skip
    assert list(predicted) == names
    for start in (1, 5):
        assert (np.diff(predicted.iloc[:, start : start + 3], axis=1) >= 0).all()
    again = ann_cli.load(run.path)
    assert again.predict(frame).equals(run.model.predict(frame))
    found = evaluate(again, str(table))
    y, each = frame["rent"], run.model.predict(frame)["prediction_rent_0.95"]
    told = found.details["quantiles"][-1]
    assert told["pinball_loss"] == pytest.approx(mean_pinball_loss(y, each, alpha=0.95))
    assert told["rows_below"] == pytest.approx((y <= each).mean())
    assert found.details["targets"]["rent"]["mae"] == pytest.approx(
        np.abs(y - run.model.predict(frame)["prediction_rent"]).mean()
    )


def test_of_an_even_number_the_one_nearest_to_the_middle_is_the_prediction(table):
    loss = {"name": "quantile", "quantiles": [0.1, 0.45, 0.8, 0.999]}
    predicted = ann_cli.train(config(table, loss=loss, epochs=1)).model.predict(pd.read_csv(table))
    assert predicted["prediction"].equals(predicted["prediction_0.45"])
    assert list(predicted)[-1] == "prediction_0.999"
