"""Forecasts from a config to a CSV: trained, stored, predicted, judged; in memory and streamed."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.config.read import load
from ann_cli.data.series.windows import CLASSICAL
from ann_cli.errors import DataError
from ann_cli.insight.importance import places_together
from ann_cli.insight.series import errors_in_time
from ann_cli.run import Predictions, begin, evaluate

STEPS = 120


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("forecast")
    t, generator = np.arange(STEPS), np.random.default_rng(0)
    months = pd.period_range("2000-01", periods=STEPS, freq="M").astype(str)
    busy = generator.integers(0, 2, STEPS)
    sold = 50 + 0.4 * t + 10 * np.sin(t * np.pi / 6) + 5 * busy + generator.normal(size=STEPS)
    day = np.array(["work", "rest", "012"])[t % 3]
    frame = pd.DataFrame({"month": months, "sold": sold.round(4), "busy": busy, "day": day})
    frame.to_csv(place / "one.csv", index=False)
    shops = [
        frame.assign(shop=name, sold=(frame["sold"] * size).round(3))[start:]
        for name, size, start in (("a", 1, 0), ("b", 1000, 30), ("c", 0.01, 60))
    ]
    pd.concat(shops).to_csv(place / "many.csv", index=False)
    return place


@pytest.fixture(scope="module")
def train(folder):
    """train(data={}, **keys): a run of a few epochs."""

    def train(data=None, file="one.csv", save="run", **keys):
        asked = {"file": str(folder / file), "target": "sold", "time": "month"}
        asked |= {"window": 12, "horizon": 4, "validation": 0.1, "test": 0.2}
        config = {"layers": [{"units": 8, "activation": "relu"}], "epochs": 4}
        config |= {"data": asked | (data or {}), "save_to": str(folder / save), **keys}
        return ann_cli.train(config)

    return train


@pytest.fixture(scope="module")
def runs(train):
    return {
        "one": train(save="one"),
        "known": train({"known": ["busy", "day"]}, save="known", difference="none"),
        "many": train({"series": "shop"}, "many.csv", "many", difference="season"),
    }


def predicted(model, path):
    (frame,) = Predictions(model, str(path))
    return frame


def test_a_series_is_a_forecast(runs):
    run = runs["one"]
    assert run.metrics["task"] == "forecast"
    assert run.model.config.data.season == 12
    assert run.model.encoder.shape == (12, 1)
    assert set(run.metrics["test"]) >= {"mase", "rmse", "mae"}
    assert list(run.metrics["baselines"]) == [*CLASSICAL, "linear"]
    assert [each["step"] for each in run.metrics["steps"]] == [1, 2, 3, 4]


def test_scores_are_those_of_the_definition(runs, folder):
    """MASE by hand, of every origin in the test part, from predictions of a history each."""
    run, sold = runs["one"], pd.read_csv(folder / "one.csv")["sold"].to_numpy()
    frame = pd.read_csv(folder / "one.csv")
    training = sold[: STEPS - 24 - 12]
    scale = np.abs(training[12:] - training[:-12]).mean()
    errors, naive = [], []
    for origin in range(STEPS - 24 - 1, STEPS - 4):
        found = run.model.predict(frame[: origin + 1])["prediction"].to_numpy()
        errors.append(found - sold[origin + 1 : origin + 5])
        naive.append(sold[origin + 1 - 12 : origin + 5 - 12] - sold[origin + 1 : origin + 5])
    test, beside = run.metrics["test"], run.metrics["baselines"]["seasonal_naive"]
    assert test["rows"] == len(errors)
    assert test["mase"] == pytest.approx(np.abs(errors).mean() / scale, rel=1e-5)
    assert test["mae"] == pytest.approx(np.abs(errors).mean(), rel=1e-5)
    assert test["rmse"] == pytest.approx(np.sqrt(np.square(errors).mean()), rel=1e-5)
    assert beside["mase"] == pytest.approx(np.abs(naive).mean() / scale, rel=1e-5)
    by_step = np.abs(errors).mean(axis=0) / scale
    assert [each["mase"] for each in run.metrics["steps"]] == pytest.approx(by_step, rel=1e-5)


def test_many_series_are_each_divided_by_its_own_size(runs, folder):
    model, frame = runs["many"].model, pd.read_csv(folder / "many.csv")
    found = predicted(model, folder / "many.csv")
    assert list(found) == ["time", "series", "step", "prediction"]
    assert found["series"].tolist() == ["a"] * 4 + ["b"] * 4 + ["c"] * 4
    sizes = found.groupby("series")["prediction"].mean() / frame.groupby("shop")["sold"].mean()
    assert sizes.between(0.8, 1.6).all()
    # One that was not trained on has the size of its own history: ten times it is ten times it.
    ten = frame[frame["shop"] == "a"].assign(shop="new", sold=lambda own: own["sold"] * 10)
    once = frame[frame["shop"] == "a"].assign(shop="other")
    new = model.predict(pd.concat([once, ten]))["prediction"].to_numpy()
    assert new[4:] == pytest.approx(10 * new[:4], rel=1e-5)


def test_each_of_many_series_has_a_scaled_error_and_all_of_them_a_mean(runs, folder):
    """By hand: a forecast from the history up to each origin of the test and validation parts."""
    model, frame = runs["many"].model, pd.read_csv(folder / "many.csv")
    found = errors_in_time(model, str(folder / "many.csv"))
    assert [each["series"] for each in found["by_series"]] == ["a", "b", "c"]
    months = sorted(frame["month"].unique())
    own = frame[frame["shop"] == "b"].set_index("month")["sold"]
    training = own[own.index < months[STEPS - 24 - 12]]
    scale = (training.shift(-12) - training).abs().mean()
    errors = []
    for last in (*range(83, 83 + 9), *range(95, 95 + 21)):  # whole futures in one part
        history = frame[(frame["shop"] == "b") & (frame["month"] <= months[last])]
        ahead = own[months[last + 1 : last + 5]].to_numpy()
        errors.append(np.abs(model.predict(history)["prediction"].to_numpy() - ahead).mean())
    assert found["by_series"][1]["windows"] == len(errors)
    assert found["by_series"][1]["mase"] == pytest.approx(np.mean(errors) / scale, rel=1e-4)
    mean = np.mean([each["mase"] for each in found["by_series"]])
    assert found["mase_of_series"] == pytest.approx(mean)
    assert "by_series" not in errors_in_time(runs["one"].model, str(folder / "one.csv"))


@pytest.mark.parametrize("name", ["one", "known", "many"])
def test_saved_and_loaded_it_predicts_the_same_from_a_file_and_a_frame(runs, folder, name):
    file = "many.csv" if name == "many" else "one.csv"
    frame = pd.read_csv(folder / file)
    if name == "known":
        frame.loc[STEPS - 4 :, "sold"] = np.nan  # rows to come, which tell what is known
    history = folder / f"history of {name}.csv"
    frame.to_csv(history, index=False)
    loaded = ann_cli.load(runs[name].path)
    from_file = predicted(loaded, history)
    pd.testing.assert_frame_equal(loaded.predict(frame), from_file)
    pd.testing.assert_frame_equal(predicted(runs[name].model, history), from_file)
    first = "2009-09" if name == "known" else "2010-01"
    assert from_file["time"].iloc[0] == first
    low, high = (
        loaded.predict(frame, interval=0.5)[f"prediction_{end}"] for end in ("low", "high")
    )
    assert ((low <= from_file["prediction"]) & (from_file["prediction"] <= high)).all()


def test_missing_rows_to_come_are_named(runs, folder):
    with pytest.raises(DataError) as caught:
        predicted(runs["known"].model, folder / "one.csv")
    (problem,) = caught.value.problems
    assert problem.message == "4 rows to come missing, which tell busy and day ahead"
    assert problem.remedy == "add the rows of 2010-01 to 2010-04, whose sold is empty"


def test_a_history_that_is_too_short_or_has_a_gap_is_refused(runs, folder):
    frame, model = pd.read_csv(folder / "one.csv"), runs["one"].model
    with pytest.raises(DataError, match="10 steps with sold, and a prediction looks back on 1"):
        model.predict(frame[:10])
    frame.loc[STEPS - 5, "sold"] = np.nan
    with pytest.raises(DataError, match=r"sold is missing in 1 row of the .* row 116"):
        model.predict(frame)


def test_a_text_that_is_known_ahead_enters_as_a_category_does(runs, folder):
    """As 1 for its value: what is not known of it is all 0, and shuffled it is one thing."""
    model, frame = runs["known"].model, pd.read_csv(folder / "one.csv")
    texts = [each for each in model.encoder.features if "day=" in each.name]
    assert len(texts) == 12 * 3 * 2
    assert {(each.fill, each.center, each.scale) for each in texts} == {(0.0, 0.0, 1.0)}
    together = places_together(model.encoder)
    assert list(together) == ["sold", "busy", "day", "busy 4 ahead", "day 4 ahead"]
    assert len(together["day"]) == 36
    frame.loc[STEPS - 4 :, "sold"] = np.nan
    strange = frame.assign(day=frame["day"].where(frame.index != STEPS - 1, "fair"))
    strange.to_csv(folder / "strange.csv", index=False)
    notes = model.table(folder / "strange.csv").file.notes
    assert "column day: values not seen in training in 1 cell" in notes
    # Cells of the future tell on the prediction.
    other = frame.assign(day=frame["day"].where(frame.index < STEPS - 4, "rest"))
    assert not model.predict(other).equals(model.predict(frame))


@pytest.mark.parametrize("name", ["one", "many", "known"])
def test_streamed_it_is_the_same_to_the_bit(train, runs, name):
    data = {"one": {}, "many": {"series": "shop"}, "known": {"known": ["day"]}}[name]
    file = "many.csv" if name == "many" else "one.csv"
    keys = {"difference": "season", "shuffle": False}
    whole = train({**data, "stream": False}, file, "whole", **keys)
    streamed = train({**data, "stream": True}, file, "streamed", **keys)
    assert streamed.model.network.theta.tobytes() == whole.model.network.theta.tobytes()
    assert streamed.metrics["test"] == whole.metrics["test"]
    assert streamed.metrics["baselines"] == whole.metrics["baselines"]


def test_evaluation_rolls_the_origin(runs, folder):
    model = runs["one"].model
    every = evaluate(model, str(folder / "one.csv"))
    assert every.sides["test"] == (
        runs["one"].metrics["test"]["rows"],
        {key: value for key, value in runs["one"].metrics["test"].items() if key != "rows"},
    )
    some = evaluate(model, str(folder / "one.csv"), every=4)
    assert some.sides["test"][0] == -(-every.sides["test"][0] // 4)
    # Of a file that was not trained on, all origins count.
    model = replace(model, digests={})
    assert evaluate(model, str(folder / "one.csv")).rows == STEPS - 4 - 12 - _lag(model) + 1


def _lag(model):
    return {"none": 0, "season": 12, "step": 1}[model.config.difference]


def test_it_resumes_to_the_bit(train, folder):
    whole = train(save="whole")
    data = {"file": str(folder / "one.csv"), "target": "sold", "time": "month"}
    data |= {"window": 12, "horizon": 4, "validation": 0.1, "test": 0.2}
    config = load(
        {
            "data": data,
            "layers": [{"units": 8, "activation": "relu"}],
            "epochs": 4,
            "checkpoint_every": 0,
            "save_to": str(folder / "resumed"),
        }
    )
    with begin(config) as run:
        for record in run.epochs():
            if record["epoch"] == 2:
                break
    with begin(config, resume=True) as run:
        assert [record["epoch"] for record in run.epochs()] == [3, 4]
        finished = run.finish()
    assert finished.model.network.theta.tobytes() == whole.model.network.theta.tobytes()


def test_no_cell_of_the_test_part_reaches_a_prediction_before_it(train, runs, folder):
    """Weights, scales, season and difference are the same, whatever happens in the test part."""
    frame = pd.read_csv(folder / "one.csv")
    frame.loc[STEPS - 24 :, "sold"] = np.random.default_rng(1).normal(0, 1e4, 24)
    frame.to_csv(folder / "other.csv", index=False)
    other = train({"file": str(folder / "other.csv")}, save="other")
    assert other.model.network.theta.tobytes() == runs["one"].model.network.theta.tobytes()
    assert other.model.encoder == runs["one"].model.encoder
    assert other.model.config.difference == runs["one"].model.config.difference
    cut = frame[: STEPS - 24]
    pd.testing.assert_frame_equal(other.model.predict(cut), runs["one"].model.predict(cut))
