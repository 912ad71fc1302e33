"""A config without layers, from its table to predictions: what the recipe chose is what is done."""

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.config.read import load
from ann_cli.engine.ensemble import Ensemble
from ann_cli.engine.losses import LOSSES
from ann_cli.errors import ConfigError
from ann_cli.run import begin, verify

ROWS = 90


@pytest.fixture(scope="module")
def frame():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(ROWS, 2))
    frame = pd.DataFrame(x, columns=["area", "age"])
    frame["kind"] = generator.choice(["p", "q", "r"], ROWS)
    frame["price"] = 100 + 20 * x[:, 0] - 5 * x[:, 1] ** 2 + 9 * (frame["kind"] == "q")
    frame["dear"] = np.where(frame["price"] > 100, "yes", "no")
    return frame


@pytest.fixture
def config(frame, tmp_path):
    """config(target, **keys): a config of the table that names no layers."""

    def config(target="price", data=None, **keys):
        path = tmp_path / "rows.csv"
        frame.to_csv(path, index=False)
        other = {"price": "dear", "dear": "price"}[target]
        asked = {"file": str(path), "target": target, "exclude": [other], **(data or {})}
        return {"data": asked, "epochs": 4, "save_to": str(tmp_path / "run"), **keys}

    return config


each_target = pytest.mark.parametrize("target", ["price", "dear"])


@each_target
def test_what_was_chosen_is_written_and_trains_the_same(config, target, tmp_path):
    run = ann_cli.train(config(target))
    assert isinstance(run.model.network, Ensemble)
    written = tmp_path / "run" / "config.yaml"
    assert "ensemble:  # " in written.read_text()
    again = ann_cli.train(written, overrides=[f"save_to={tmp_path / 'again'}"])
    assert again.path.read_bytes() == run.path.read_bytes()


@pytest.mark.parametrize("encoding", ["none", "periodic"])
@pytest.mark.parametrize("features", [["area", "kind"], ["kind"]], ids=["numbers", "no numbers"])
def test_a_linear_variation_stands_beside_any_encoding(config, encoding, features):
    run = ann_cli.train(config(data={"encoding": encoding, "features": features, "exclude": []}))
    assert any("take" in str(each) or not each.layers for each in run.model.config.forms)


def test_a_loss_that_cannot_be_solved_has_variations_that_take_steps(config):
    run = ann_cli.train(config(loss="huber"))
    assert {form.optimizer.name for form in run.model.config.forms} == {"adamw"}


def test_without_rows_that_judge_nothing_is_solved(config, frame):
    given = config(data={"time": "when", "validation": 0})
    when = pd.date_range("2020-01-01", periods=ROWS).strftime("%Y-%m-%d")
    frame.assign(when=when).to_csv(given["data"]["file"], index=False)
    forms = begin(load(given), dry=True).data_set.config.forms
    assert {form.optimizer.name for form in forms} == {"adamw"}


OF_OTHERS = [name for name, loss in LOSSES.items() if "number" not in loss.kinds]


@pytest.mark.parametrize("loss", OF_OTHERS)
def test_a_loss_of_another_task_is_the_only_problem(config, loss):
    with pytest.raises(ConfigError) as caught:
        begin(load(config(loss=loss)), dry=True)
    (problem,) = caught.value.problems
    assert problem.place.endswith("loss")


@each_target
def test_a_model_that_is_loaded_predicts_the_same_and_verifies(config, frame, target):
    run = ann_cli.train(config(target))
    model = ann_cli.load(run.path)
    given = frame.drop(columns=["price", "dear"])
    pd.testing.assert_frame_equal(model.predict(given), run.model.predict(given))
    assert verify(run.path).answer == "identical"


@each_target
def test_every_row_trains_and_validates(config, target):
    run = ann_cli.train(config(target))
    assert run.metrics["rows"] == ROWS
    assert run.metrics["training"]["rows"] == run.metrics["validation"]["rows"] == ROWS
    assert run.metrics["training"]["loss"] != run.metrics["validation"]["loss"]
    told = run.metrics["ensemble"]["variations"]
    assert sum(each["share"] for each in told) == pytest.approx(1)
    assert sum(each["members"] for each in told) == run.model.network.members


def test_the_score_of_the_folds_is_that_of_rows_not_seen(config, frame):
    """Of targets without any sense nothing is foretold, whatever was learned of them."""
    noise = frame.assign(price=np.random.default_rng(1).normal(size=ROWS))
    given = config(data={"exclude": ["dear"]}, epochs=60)
    noise.to_csv(given["data"]["file"], index=False)
    metrics = ann_cli.train(given).metrics
    assert metrics["validation"]["r2"] < 0.1
    assert metrics["verdict"]["mean"]["verdict"] != "beats"


def test_streamed_rows_make_one_network_and_it_is_told(config):
    data_set = begin(load(config(data={"stream": True})), dry=True).data_set
    assert data_set.config.ensemble is None
    assert "one network, and no ensemble: its folds need all rows in memory" in data_set.notes


def test_copies_of_a_row_are_in_one_fold(config, frame):
    given = config()
    pd.concat([frame, frame[:30]]).to_csv(given["data"]["file"], index=False)
    data_set = begin(load(given), dry=True).data_set
    fold = data_set.training.fold
    np.testing.assert_array_equal(fold[:30], fold[ROWS:])
    assert set(fold) == {0, 1, 2, 3}
    assert "60 of 120 rows stand more than once; equal ones are in one fold" in data_set.notes


def test_groups_stay_in_one_fold(config, frame):
    given = config(data={"group": "team", "exclude": ["dear"]})
    frame.assign(team=np.arange(ROWS) // 9).to_csv(given["data"]["file"], index=False)
    fold = begin(load(given), dry=True).data_set.training.fold
    assert [len(set(fold[start : start + 9])) for start in range(0, ROWS, 9)] == [1] * 10


def test_classes_have_their_part_in_each_fold(config, frame):
    fold = begin(load(config("dear")), dry=True).data_set.training.fold
    counts = pd.crosstab(fold, frame["dear"])
    assert (counts.max() - counts.min()).max() <= 1


@pytest.mark.parametrize("rows", [2, 3, 5])
def test_few_rows_are_no_error(config, frame, rows):
    given = config()
    frame[:rows].to_csv(given["data"]["file"], index=False)
    assert ann_cli.train(given | {"task": "regression"}).metrics["rows"] == rows
