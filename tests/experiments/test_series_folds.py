"""Folds of a series: the origin rolls, nothing looks ahead, and each is a training of its own."""

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.config.read import load
from ann_cli.errors import ConfigError, DataError
from ann_cli.experiments.executors import InThisProcess
from ann_cli.experiments.folds import FoldsPlan, evaluate
from ann_cli.insight.intervals import mean_interval

STEPS, FOLDS = 160, 3
"""Four stretches of 40 months."""


def made():
    t, generator = np.arange(STEPS), np.random.default_rng(0)
    months = pd.period_range("2000-01", periods=STEPS, freq="M").astype(str)
    kind = np.where(t % 5 < 2, "fair", "plain")
    sold = 50 + 0.3 * t + 10 * np.sin(t * np.pi / 6) + generator.normal(size=STEPS)
    return pd.DataFrame({"month": months, "sold": sold.round(4), "kind": kind})


@pytest.fixture
def config(tmp_path):
    made().to_csv(tmp_path / "series.csv", index=False)
    data = {"file": str(tmp_path / "series.csv"), "target": "sold", "time": "month"}
    data |= {"window": 6, "horizon": 3, "known": ["kind"], "validation": 0.2}
    keys = {"layers": [{"units": 3}], "epochs": 2, "save_to": str(tmp_path / "run")}
    return keys | {"data": data}


def with_data(config, **keys):
    return config | {"data": config["data"] | keys}


def test_a_fold_is_the_training_that_has_its_end_as_the_last_step(config, tmp_path):
    """The file cut off after the fold, and the same parts asked for: the same to the bit."""
    found = evaluate(config, FOLDS)
    cut = made()[:120]
    cut.to_csv(tmp_path / "cut.csv", index=False)
    # Fold 2 is trained on 80 steps, of which the last 16 validate, and tested on 40.
    run = ann_cli.train(
        with_data(config, file=str(tmp_path / "cut.csv"), test=40 / 120, validation=16 / 120)
    )
    outcome = found.outcomes[1]
    assert outcome.rows == run.metrics["test"]["rows"] == 40 - 3 + 1
    expected = {name: run.metrics["test"][name] for name in ("loss", "mase", "rmse", "mae")}
    assert outcome.scores["network"] == expected
    for name in ("naive", "seasonal_naive", "seasonal_drift"):
        assert outcome.scores[name] == run.metrics["baselines"][name]
    # The linear one learns from the validation part, too: that chooses no epoch of it.
    assert list(outcome.scores) == ["network", *run.metrics["baselines"]]
    assert outcome.scores["linear"] != run.metrics["baselines"]["linear"]
    assert found.rows == STEPS
    assert [each.rows for each in found.outcomes] == [38, 38, 38]


def test_nothing_after_what_a_fold_is_trained_on_is_learned(config, tmp_path):
    """Of the cells that test, and of all after them: weights, scales, season, texts."""

    def trained():
        run = FoldsPlan(load(config), FOLDS).trainings[0].begin()
        for _ in run.epochs():
            pass
        return run.model.network.theta.tobytes(), run.model.encoder, run.data_set.config.difference

    before = trained()
    frame = made()
    frame.loc[40:, "sold"] = np.random.default_rng(1).normal(0, 1e5, STEPS - 40).round(3)
    frame.loc[40:, "kind"] = "new"
    frame.to_csv(tmp_path / "series.csv", index=False)
    assert trained() == before


def test_intervals_by_hand_and_predictions(config):
    plan = FoldsPlan(load(config), FOLDS, predicts=True)
    result = plan.result(dict(plan.train(InThisProcess())))
    assert plan.notes == [
        "each fold is later by month than all that it is trained on: 2003-05 to 2006-08, 2010-01 "
        "to 2013-04 are the first and the last of 3",
        "3 folds tell little of how scores differ from one time to another: their intervals are "
        "wide",
    ]
    values = [each.scores["network"]["mase"] for each in result.outcomes]
    rows = [(each.rows, each.training_rows) for each in result.outcomes]
    overlap = sum(own for own, _ in rows) / sum(trained for _, trained in rows)
    assert result.scores["network"]["mase"] == mean_interval(values, 0.95, overlap)
    frame = result.predictions
    assert list(frame) == ["fold", "origin", "time", "step", "actual", "prediction"]
    assert len(frame) == 3 * 38 * 3
    actual = made().set_index("month")["sold"]
    assert (frame["actual"].to_numpy() == actual[frame["time"]].to_numpy()).all()
    errors = (frame["prediction"] - frame["actual"]).abs().groupby(frame["fold"]).mean()
    assert errors.tolist() == pytest.approx(
        [each.scores["network"]["mae"] for each in result.outcomes], rel=1e-5
    )
    assert frame["origin"].iloc[0] == "2003-04"


def test_many_series_of_which_one_begins_later(config, tmp_path):
    late = made()[60:].assign(shop="late", sold=lambda own: own["sold"] * 1000)
    pd.concat([made().assign(shop="early"), late]).to_csv(tmp_path / "series.csv", index=False)
    found = evaluate(with_data(config, series="shop", known=None) | {"difference": "none"}, 3)
    # The late one is forecast with the size that its own history has.
    assert found.outcomes[1].scores["seasonal_naive"]["mase"] < 3
    assert found.outcomes[1].rows == 2 * 38
    assert found.outcomes[0].rows == 38 + 12


CASES = {
    "repeats": ({"repeats": 2}, {}, ConfigError, "folds by time are the same in every repeat"),
    "short": ({"folds": 100}, {}, DataError, "2 each, in which no horizon of 3"),
    "no window": ({}, {"window": 38}, DataError, "in the 32 steps to train on of fold 1"),
    "validation": ({}, {"validation": 0.05}, DataError, "of the 40 steps before fold 1 is 2"),
    "a file": ({}, {"validation": "series.csv"}, ConfigError, "rows of another file choose"),
    "examples": ({}, {"horizon": None, "known": None, "series": "kind", "window": "auto"},
                 ConfigError, "the steps of an example belong together"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_roll_is_refused(config, case):
    options, keys, error, said = CASES[case]
    with pytest.raises(error, match=said):
        FoldsPlan(load(with_data(config, **keys)), **{"folds": FOLDS, **options})
