"""The shipped configs of series, through the installed command."""

import io
import json

import pandas as pd
import pytest

FORECASTS = {"air_passengers": (12, "1961-01"), "sunspots": (6, "1984-01")}


@pytest.mark.parametrize("name", FORECASTS)
def test_a_series_from_the_config_to_a_forecast(ann, checkout, tmp_path, name):
    steps, first = FORECASTS[name]
    data = checkout / "datasets" / f"{name}.csv"
    config = checkout / "configs" / f"{name}.yaml"
    checked = ann("check", config, "--set", f"data.file={data}")
    assert checked.stderr.split()[-3:] == ["month", "number", "time"]
    trained = ann("train", config, "--set", "epochs=2", "--set", f"data.file={data}")
    assert trained.stdout == f"runs/{name}/weights.npz\n"
    assert "difference: " in (tmp_path / "runs" / name / "config.yaml").read_text()
    assert "note: test: month 19" in trained.stderr
    assert "seasonal drift" in trained.stderr
    weights = tmp_path / "runs" / name / "weights.npz"
    predicted = pd.read_csv(io.StringIO(ann("predict", weights, data).stdout))
    assert list(predicted) == ["time", "step", "prediction"]
    assert predicted["step"].tolist() == list(range(1, steps + 1))
    assert predicted["time"][0] == first
    found = json.loads(ann("evaluate", weights, data, "--every", "6", "--json").stdout)
    assert set(found["metrics"]) == {"loss", "mase", "rmse", "mae"}
    assert len(found["steps"]) == steps


def test_a_future_that_is_known_ahead(ann, checkout, tmp_path):
    """The rows to predict carry what is known; without them they are named."""
    frame = pd.read_csv(checkout / "datasets" / "electricity.csv")[:2400]
    frame.to_csv(tmp_path / "history.csv", index=False)
    config = checkout / "configs" / "electricity.yaml"
    ann("train", config, "--set", "epochs=1", "--set", f"data.file={tmp_path / 'history.csv'}")
    weights = tmp_path / "runs" / "electricity" / "weights.npz"
    refused = ann("predict", weights, "history.csv", status=3)
    assert "48 rows to come missing, which tell workday and temperature ahead" in refused.stderr
    frame.loc[2352:, "demand"] = None
    frame.to_csv(tmp_path / "history.csv", index=False)
    predicted = pd.read_csv(io.StringIO(ann("predict", weights, "history.csv").stdout))
    assert predicted["time"].tolist() == frame["time"][2352:].tolist()


def test_an_inspection_tells_when_a_forecast_is_off(ann, checkout, tmp_path):
    data = checkout / "datasets" / "air_passengers.csv"
    config = checkout / "configs" / "air_passengers.yaml"
    ann("train", config, "--set", "epochs=2", "--set", f"data.file={data}")
    weights = tmp_path / "runs" / "air_passengers" / "weights.npz"
    found = json.loads(ann("inspect", weights, "--data", data, "--json").stdout)["data"]
    assert [each["month"] for each in found["by_month"]] == list(range(1, 13))
    assert "by_hour" not in found
    assert [each["column"] for each in found["importance"]] == ["passengers"]
    (layer,) = found["memory"]
    assert all(0 < each < 1 for each in layer["keeps"])
