"""Conformal prediction: the quantile by hand, its promise on rows drawn anew, and its columns."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from pydantic import ValidationError

import ann_cli
from ann_cli.data.columns.targets import NumberTarget
from ann_cli.errors import ConfigError, WeightsError
from ann_cli.model import weights
from ann_cli.model.calibration import Calibration, conformity, ranks
from ann_cli.run import Predictions

TARGET = NumberTarget("y", 0.0, 1.0)


def calibration(scores, **others):
    return Calibration.of(np.asarray(scores, float)[:, np.newaxis], folds=False, **others)


@pytest.mark.parametrize(
    ("level", "score"),
    [(0.9, 9), (0.89, 9), (0.8, 8), (0.81, 9), (0.5, 5), (0.1, 1), (0.01, 1)],
)
def test_quantile_is_the_one_of_n_plus_1(level, score):
    # (9 + 1) × 0.89 = 8.9, so that the 9th smallest of the 9 is needed.
    found = calibration([7, 1, 9, 3, 5, 2, 8, 4, 6], floors=[None])
    assert found.quantiles(level).tolist() == [score]


@pytest.mark.parametrize(
    ("rows", "level", "widest", "needed"), [(9, 0.91, "0.9", 11), (68, 0.99, "0.9855", 99)]
)
def test_level_beyond_the_rows_is_refused(rows, level, widest, needed):
    found = calibration(range(rows), floors=[None])
    with pytest.raises(ConfigError) as raised:
        found.quantiles(level)
    (problem,) = raised.value.problems
    assert f"{rows} rows" in problem.message
    assert problem.message.endswith(f"widest level is {widest}")
    assert f"ask for {widest} at most, or train with at least {needed} " in problem.remedy
    assert found.quantiles(float(widest)).tolist() == [rows - 1]
    calibration(range(needed), floors=[None]).quantiles(level)


@pytest.mark.parametrize("level", [0, 1, -0.5, 90, float("nan")])
def test_level_that_is_no_share_is_refused(level):
    with pytest.raises(ConfigError, match="not between 0 and 1"):
        calibration(range(9), floors=[None]).quantiles(level)


def test_of_many_rows_the_next_score_that_is_kept():
    scores = np.random.default_rng(0).permutation(12_345)
    found = calibration(scores, floors=[None])
    assert len(found.scores[0]) == 1000
    for level in (0.001, 0.5, 0.9, 0.95, 0.9999):
        exact = int(np.ceil(12_346 * level)) - 1  # the scores are 0, 1, 2, …
        assert exact <= found.quantiles(level)[0] <= exact + 13
    assert found.scores[0][-1] == 12_344
    assert len(ranks(500, 1000)) == 100


def test_new_rows_are_held_as_often_as_promised():
    """With 39 scores and 0.9 a new one is held in 36 of 40 cases, whatever the distribution."""
    generator, draws = np.random.default_rng(0), 4000
    hits = 0
    for _ in range(draws):
        scores = generator.standard_t(2, 40) ** 2
        hits += scores[0] <= calibration(scores[1:], floors=[None]).quantiles(0.9)[0]
    # Five standard deviations of the binomial distribution.
    assert abs(hits / draws - 0.9) < 5 * (0.9 * 0.1 / draws) ** 0.5


def test_ends_are_made_where_the_network_learns():
    outputs, spread = np.array([[1.0], [-2.0]]), np.array([[0.5], [2.0]])
    found = calibration(range(1, 10), floors=[0.5])  # 0.8: the 8th, times spread + 0.5
    ((low, high),) = found.ends(0.8, outputs, spread, [TARGET])
    assert low.tolist() == [1 - 8, -2 - 20]
    assert high.tolist() == [1 + 8, -2 + 20]
    bounded = NumberTarget("y", 10.0, 2.0, low=0.0)
    ((low, high),) = found.ends(0.8, outputs, spread, [bounded])
    assert low.tolist() == [0, 0]
    assert high.tolist() == [10 + 2 * 9, 10 + 2 * 18]


def test_quantiles_are_moved_out_or_in():
    outputs = np.array([[-1.0, 0.0, 2.0]])
    assert conformity(np.array([[5.0] * 3]), outputs, 1).tolist() == [[3]]
    assert conformity(np.array([[-1.5] * 3]), outputs, 1).tolist() == [[0.5]]
    assert conformity(np.array([[1.5] * 3]), outputs, 1).tolist() == [[-0.5]]
    for score, ends in ((0.25, (-1.25, 2.25)), (-0.5, (-0.5, 1.5)), (-7, (0.5, 0.5))):
        found = calibration([score] * 9, floors=[None])
        ((low, high),) = found.ends(0.5, outputs, None, [TARGET])
        assert (low[0], high[0]) == ends


def test_sets_hold_what_is_likely_enough_and_never_nothing():
    shares = np.array([[0.6, 0.3, 0.1], [0.5, 0.5, 0.0], [0.2, 0.45, 0.35]])
    found = calibration([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
    assert found.sets(0.7, shares, "abc") == [["a", "b"], ["a", "b"], ["b", "c"]]
    assert found.sets(0.2, shares, "abc") == [["a"], ["a"], ["b"]]


def rows(count=80):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"a": generator.normal(size=count), "b": generator.normal(size=count)})
    frame["price"] = np.exp(5 + frame["a"] + 0.3 * generator.normal(size=count))
    frame["area"] = frame["b"] + generator.normal(size=count)
    frame["kind"] = np.where(frame["b"] + generator.normal(size=count) > 0, "x|y", "=z")
    return frame


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    """Return the function that trains a small network, by what its data have beside the file."""
    folder = tmp_path_factory.mktemp("calibration")
    rows().to_csv(folder / "rows.csv", index=False)

    def train(name, data, **keys):
        every = ["price", "area", "kind"]
        wanted = data["target"] if isinstance(data["target"], list) else [data["target"]]
        left_out = [each for each in every if each not in wanted]
        given = {"file": str(folder / "rows.csv"), "exclude": left_out, **data}
        config = {"layers": [{"units": 3}], "epochs": 5, "save_to": str(folder / name)}
        return ann_cli.train({**config, **keys, "data": given}, resume=False)

    return train


CASES = {
    "price": {"data": {"target": "price"}},
    "log": {"data": {"target": "price", "target_transform": "log"}},
    "several": {"data": {"target": ["price", "area"]}},
    "quantile": {"data": {"target": "price"}, "loss": "quantile"},
    "kind": {"data": {"target": "kind"}},
    "members": {"data": {"target": "price"}, "ensemble": {"members": 4, "folds": 2}},
    "members of a kind": {"data": {"target": "kind"}, "ensemble": {"members": 4, "folds": 2}},
}


@pytest.mark.parametrize("name", CASES)
def test_saved_loaded_and_in_blocks_the_same(train, name):
    run = train(name, **CASES[name])
    table = rows()
    whole = run.model.predict(table, interval=0.8)
    again = ann_cli.load(run.path)
    assert_frame_equal(again.predict(table, interval=0.8), whole, check_exact=True)
    assert weights.content(again) == run.path.read_bytes()
    plain = again.predict(table)
    assert_frame_equal(whole[list(plain)], plain)
    parts = [again.predict(table[at : at + 7], interval=0.8) for at in range(0, len(table), 7)]
    assert_frame_equal(pd.concat(parts), whole, rtol=1e-5)
    source = run.path.parent.parent / "rows.csv"
    streamed = Predictions(again, str(source), append=True, interval=0.8)
    found = pd.concat(list(streamed), ignore_index=True)
    assert_frame_equal(found[list(whole)], whole, rtol=1e-5)
    if CASES[name]["data"]["target"] == "kind":
        assert all(set(each) <= {"x|y", "=z"} and each for each in whole["prediction_set"])
        return
    names = list(again.task.interval_columns(again.encoder.targets))
    assert list(whole)[-len(names) :] == names
    wide = again.predict(table, interval=0.9)
    for low, high in zip(names[::2], names[1::2], strict=True):
        assert (whole[low] <= whole[high]).all()
        assert (wide[low] <= whole[low]).all()
        assert (wide[high] >= whole[high]).all()


def test_names_of_several_targets(train):
    found = train("several", **CASES["several"]).model.predict(rows(), interval=0.5)
    ends = [f"prediction_{end}_{name}" for name in ("price", "area") for end in ("low", "high")]
    assert list(found) == ["prediction_price", "prediction_area", *ends]


def test_validation_rows_make_the_intervals(train):
    """Split conformal prediction by hand: the residuals of the rows that validated."""
    run = train("price", {"target": "price", "validation": 0.5}, precision="float64")
    model = run.model
    scale = model.encoder.targets[0].scale
    found = model.predict(rows(), interval=0.8)
    half = (found["prediction_high"] - found["prediction"]).to_numpy()
    assert model.calibration.rows == 40
    left = np.abs(rows()["price"] - found["prediction"]) / scale
    scores = np.array(model.calibration.scores[0])
    assert np.isclose(left.to_numpy()[:, np.newaxis], scores).any(axis=0).all()
    assert half == pytest.approx(scores[32] * scale)  # ceil(41 × 0.8) = 33


def test_a_log_target_has_longer_ends_above(train):
    found = train("log", **CASES["log"]).model.predict(rows(), interval=0.5)
    centre = np.sqrt(found["prediction_low"] * found["prediction_high"])
    inside = found["prediction_high"] < rows()["price"].max()
    assert (found["prediction_high"] - centre > centre - found["prediction_low"])[inside].all()


@pytest.mark.parametrize(
    ("data", "keys", "told"),
    [
        ({"target": "price", "validation": 0}, {}, "or there were none"),
        ({"target": "kind"}, {"loss": "hinge"}, "hinge gives a decision and no probabilities"),
        ({"target": "price", "validation": 0.1}, {}, "the widest level is 0.888"),
    ],
)
def test_without_rows_for_it_it_is_refused(train, data, keys, told):
    model = train("refused", data, **keys).model
    with pytest.raises(ConfigError, match=told) as raised:
        model.predict(rows(), interval=0.9)
    assert raised.value.problems[0].place == "--interval"
    assert raised.value.problems[0].remedy
    with pytest.raises(ConfigError, match=told):
        Predictions(model, "rows.csv", interval=0.9)


def test_targets_whose_columns_would_be_one_are_refused(train):
    frame = rows().rename(columns={"area": "low_price"})
    folder = train("price", **CASES["price"]).path.parent.parent
    frame.drop(columns="kind").to_csv(folder / "clash.csv", index=False)
    data = {"file": str(folder / "clash.csv"), "target": ["price", "low_price"]}
    config = {"layers": [], "epochs": 1, "save_to": str(folder / "clash"), "data": data}
    model = ann_cli.train(config, resume=False).model
    with pytest.raises(ConfigError, match="prediction_low_price"):
        model.predict(frame, interval=0.5)


@pytest.mark.parametrize(
    "damage",
    [
        {"rows": 15},
        {"scores": [[2.0, 1.0] * 8]},
        {"scores": [[0.0] * 16] * 2},
        {"floors": []},
        {"floors": [0.0]},
        {"floors": [-1.0]},
    ],
)
def test_a_damaged_calibration_is_refused(train, damage, tmp_path):
    model = train("price", **CASES["price"]).model
    good = model.calibration.model_dump()
    assert (good["rows"], len(good["scores"][0])) == (16, 16)
    try:
        model.calibration = Calibration.model_construct(**(good | damage))
        weights.save(tmp_path / "weights.npz", model)
    except ValidationError:
        return
    with pytest.raises(WeightsError):
        ann_cli.load(tmp_path / "weights.npz")


def test_weights_without_it_say_what_to_do(train, tmp_path):
    model = train("price", **CASES["price"]).model
    model.calibration = None
    weights.save(tmp_path / "weights.npz", model)
    with pytest.raises(ConfigError, match="earlier version") as raised:
        ann_cli.load(tmp_path / "weights.npz").predict(rows(), interval=0.5)
    assert "train again" in raised.value.problems[0].remedy
