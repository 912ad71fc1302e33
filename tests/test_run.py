"""Training from Python, and what it writes: each file says the same as the model does."""

import csv
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as sk
import yaml
from pandas.testing import assert_frame_equal

import ann_cli
from ann_cli.config.read import load
from ann_cli.data.csv import blocks
from ann_cli.errors import AnnError, ConfigError, DataError, DivergedError, FileError
from ann_cli.run import Predictions, begin, evaluate, start_config


def table(rows=80):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(rows, 3)), columns=["a", "b", "c"])
    frame["zone"] = generator.choice(["north", "south", "012"], rows)
    frame["price"] = 100 + 10 * frame["a"] * frame["b"] + generator.normal(0, 1, rows)
    frame["label"] = np.where(frame["a"] + frame["b"] > 0, "yes", "no")
    frame["kind"] = np.array(["012", "no", "x"])[np.digitize(frame["a"], [-0.5, 0.5])]
    frame["times"] = generator.integers(1, 4, rows)
    return frame


FEATURES = ["a", "b", "c", "zone"]


@pytest.fixture
def train(tmp_path):
    """Return the function that trains on a table and gives the run."""

    def train(target="price", frame=None, data=None, name="run", **keys):
        path = tmp_path / f"{name}.csv"
        (table() if frame is None else frame).to_csv(path, index=False)
        data = {"file": str(path), "target": target, "features": FEATURES, **(data or {})}
        given = {"layers": [{"units": 6}], "epochs": 5, "save_to": str(tmp_path / name)}
        return ann_cli.train({"data": data, **given, **keys})

    return train


def json_of(path):
    def refuse(constant):
        raise ValueError(f"bare {constant}")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def test_a_run_says_what_its_files_say(train, tmp_path):
    run = train()
    assert run.path == tmp_path / "run" / "weights.npz"
    names = {
        "weights.npz",
        "metrics.json",
        "history.csv",
        "config.yaml",
        "checkpoint.npz",
        "SHA256SUMS",
    }
    assert {each.name for each in run.path.parent.iterdir()} == names
    assert json_of(run.path.parent / "metrics.json") == run.metrics
    assert isinstance(run.model, ann_cli.Model)
    assert len(run.history) == 5
    assert run.notes == run.notes[:1]  # how the task was chosen
    assert_frame_equal(ann_cli.load(run.path).predict(table()), run.model.predict(table()))


@pytest.mark.parametrize(
    ("target", "own", "first"),
    [
        ("price", {"loss", "r2", "rmse", "mae"}, "mean"),
        ("kind", {"loss", "accuracy", "f1_macro", "log_loss"}, "majority"),
    ],
)
def test_metrics(train, target, own, first):
    run = train(target)
    metrics = json_of(run.path.parent / "metrics.json")
    assert {
        "task",
        "rows",
        "parameters",
        "epochs",
        "best_epoch",
        "seconds",
        "engine",
        "seed",
        "training",
        "validation",
        "baselines",
        "versions",
    } <= set(metrics)
    assert set(metrics["baselines"]) == {first, "linear"}
    for scores in (metrics["training"], metrics["validation"], *metrics["baselines"].values()):
        assert own <= set(scores)
        assert all(isinstance(scores[name], float) for name in own)
    assert metrics["rows"] == 80
    assert metrics["training"]["rows"] == 64
    assert metrics["validation"]["rows"] == 16
    outputs = 1 if target == "price" else 3
    assert metrics["parameters"] == (6 + 1) * 6 + (6 + 1) * outputs
    assert metrics["epochs"] == 5
    assert metrics["versions"]["threads"] >= 1


def test_history(train):
    run = train(optimizer={"name": "sgd", "learning_rate": 0.01}, schedule="exponential")
    with (run.path.parent / "history.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        *("epoch", "loss", "validation_loss", "learning_rate"),
        *("layer_1_dead", "layer_1_saturated", "layer_1_gradient", "output_gradient"),
    ]
    found = [{name: float(cell) for name, cell in row.items()} for row in rows]
    assert found == run.history
    assert [row["epoch"] for row in found] == [1, 2, 3, 4, 5]
    assert found[0]["learning_rate"] > found[-1]["learning_rate"]


def test_the_history_ends_in_the_scores(train):
    run = train(data={"validation": 0}, batch_size="full", epochs=3)
    assert "validation_loss" not in run.history[0]
    assert run.metrics["validation"] is None
    assert run.metrics["training"]["rows"] == run.metrics["rows"] == 80
    # A step's loss is taken before it: one epoch more tells the loss after the third.
    again = train(data={"validation": 0}, batch_size="full", epochs=4)
    assert again.history[3]["loss"] == pytest.approx(run.metrics["training"]["loss"], rel=1e-5)


def test_no_epochs_write_the_initial_weights(train):
    run = train(epochs=0)
    assert run.history == []
    assert (run.metrics["epochs"], run.metrics["best_epoch"]) == (0, 0)
    assert (run.path.parent / "history.csv").read_text() == "epoch\n"
    first = begin(load(yaml_path := run.path.parent / "config.yaml"), dry=True)
    assert (first.model.network.theta == run.model.network.theta).all()
    assert yaml.safe_load(yaml_path.read_text())["epochs"] == 0


@pytest.mark.parametrize("target", ["price", "label"])
def test_the_best_validated_weights_are_kept(train, target):
    run = train(target, optimizer={"name": "adam", "learning_rate": 0.3}, epochs=30)
    losses = [record["validation_loss"] for record in run.history]
    assert len(losses) == 30
    assert losses[-1] > min(losses)
    assert run.metrics["best_epoch"] == 1 + int(np.argmin(losses))
    assert run.metrics["validation"]["loss"] == min(losses)


def test_early_stopping_stops_at_best_and_patience(train):
    keys = {"optimizer": {"name": "adam", "learning_rate": 0.3}, "epochs": 300}
    run = train(early_stopping={"patience": 4}, **keys)
    losses = [record["validation_loss"] for record in run.history]
    best = run.metrics["best_epoch"]
    assert len(losses) == best + 4 < 300
    assert losses[best - 1] == min(losses) == run.metrics["validation"]["loss"]
    # It never waited for longer than that on the way.
    longest = max(at - 1 - int(np.argmin(losses[:at])) for at in range(1, len(losses)))
    assert longest < 4


def test_the_last_weights_are_kept_without_validation(train):
    run = train(data={"validation": 0})
    assert run.metrics["best_epoch"] == 5


def test_validation_scores_are_those_of_the_rows_in_another_csv(train, tmp_path):
    other = table()[:30]
    other.to_csv(tmp_path / "other.csv", index=False)
    run = train(data={"validation": str(tmp_path / "other.csv")})
    assert run.metrics["training"]["rows"] == 80
    predicted = run.model.predict(other)["prediction"]
    validation = run.metrics["validation"]
    assert validation["rows"] == 30
    assert validation["r2"] == pytest.approx(sk.r2_score(other["price"], predicted), rel=1e-4)
    assert validation["mae"] == pytest.approx(
        sk.mean_absolute_error(other["price"], predicted), rel=1e-4
    )


def test_a_weight_of_2_is_the_row_twice(train):
    keys = {"precision": "float64", "batch_size": "full", "epochs": 20, "l2": 0.01}
    data = {"validation": 0, "scaling": "none"}
    weighted = train(data={**data, "sample_weight": "times"}, name="weighted", **keys)
    repeated = table().loc[lambda frame: frame.index.repeat(frame["times"])]
    twice = train(data=data, frame=repeated, name="twice", **keys)
    plain = train(data=data, name="plain", **keys)
    theta = weighted.model.network.theta
    np.testing.assert_allclose(theta, twice.model.network.theta, rtol=1e-9)
    assert np.abs(theta - plain.model.network.theta).max() > 1e-6
    for name in ("mean", "linear"):
        loss = weighted.metrics["baselines"][name]["loss"]
        assert loss == pytest.approx(twice.metrics["baselines"][name]["loss"], rel=1e-9)


def test_balanced_classes_are_weights_written_out(train):
    keys = {"precision": "float64", "data": {"validation": 0}}
    counts = table()["kind"].value_counts()
    explicit = {label: 80 / (3 * int(count)) for label, count in counts.items()}
    balanced = train("kind", class_weight="balanced", name="balanced", **keys)
    given = train("kind", class_weight=explicit, name="given", **keys)
    plain = train("kind", name="plain", **keys)
    theta = balanced.model.network.theta
    np.testing.assert_allclose(theta, given.model.network.theta, rtol=1e-12)
    assert np.abs(theta - plain.model.network.theta).max() > 1e-6


def test_dropped_rows_are_told(train):
    frame = table()
    frame.loc[[1, 2], "price"] = np.nan
    run = train(frame=frame)
    assert run.metrics["rows"] == 78
    assert run.metrics["dropped_rows"] == 2
    assert "left out 2 rows without price" in run.notes


@pytest.mark.parametrize("target", ["price", "kind"])
def test_the_config_in_the_run_folder_trains_the_same(train, tmp_path, target):
    run = train(target, seed=7, layers=[{"units": 4, "activation": "tanh", "dropout": 0.2}])
    again = ann_cli.train(run.path.parent / "config.yaml", [f"save_to={tmp_path / 'again'}"])
    assert again.path.parent == tmp_path / "again"
    assert (again.model.network.theta == run.model.network.theta).all()
    assert again.history == run.history
    once_more = ann_cli.train(run.path.parent / "config.yaml")
    assert once_more.path == run.path


def test_equal_trainings_give_equal_bytes(train):
    first = train("kind").path.read_bytes()
    assert train("kind").path.read_bytes() == first
    assert train("kind", seed=1).path.read_bytes() != first


def test_overrides(train, tmp_path):
    run = train()
    config = run.path.parent / "config.yaml"
    assert len(ann_cli.train(config, ["epochs=2"]).history) == 2
    with pytest.raises(ConfigError, match="epochs"):
        ann_cli.train(config, ["epochs=-2"])


@pytest.mark.parametrize("target", ["price", "kind", "label"])
def test_predictions_are_those_of_the_whole_frame(train, tmp_path, monkeypatch, target):
    model = train(target).model
    path = tmp_path / "run.csv"
    likely = bool(model.classes)
    expected = model.predict(pd.read_csv(path, dtype={"zone": str}), likely)
    assert len(list(Predictions(model, str(path), likely))) == 1
    monkeypatch.setattr(blocks, "SIZE", 300)
    monkeypatch.setattr(blocks, "ROWS_IN_SIGHT", 1)
    found = list(Predictions(model, str(path), likely))
    assert len(found) > 5
    assert_frame_equal(pd.concat(found), expected, rtol=1e-5)


def test_predictions_beside_the_rows(train, tmp_path):
    model = train("kind").model
    path = str(tmp_path / "run.csv")
    (whole,) = Predictions(model, path, append=True)
    text = pd.read_csv(path, dtype=str)
    assert_frame_equal(whole[text.columns], text, check_dtype=False)
    assert whole.columns[-1] == "prediction"
    (named,) = Predictions(model, path, probabilities=True, identifier="times")
    assert named.columns[:2].tolist() == ["times", "prediction"]
    assert len(named.columns) == 5
    with pytest.raises(DataError, match="no column id"):
        list(Predictions(model, path, identifier="id"))
    whole.to_csv(tmp_path / "predicted.csv", index=False)
    with pytest.raises(DataError, match="a column 'prediction' already"):
        list(Predictions(model, str(tmp_path / "predicted.csv"), append=True))


def test_unseen_values_are_counted(train, tmp_path):
    model = train().model
    frame = table()
    frame.loc[:4, "zone"] = "west"
    frame.to_csv(tmp_path / "new.csv", index=False)
    predictions = Predictions(model, str(tmp_path / "new.csv"))
    assert len(list(predictions)) == 1
    told = ["column zone: values not seen in training in 5 cells"]
    assert predictions.notes() == evaluate(model, str(tmp_path / "new.csv")).notes == told


def test_evaluate_is_scikit_learn_on_the_predictions(train, tmp_path):
    model, path = train().model, tmp_path / "run.csv"
    frame = pd.read_csv(path)
    frame.loc[[0, 9], "price"] = np.nan
    frame.to_csv(tmp_path / "holes.csv", index=False)
    found = evaluate(model, str(tmp_path / "holes.csv"))
    scores = found.scores
    kept = frame.dropna(subset="price")
    predicted = model.predict(kept)["prediction"]
    assert (found.rows, found.notes) == (78, ["left out 2 rows without price"])
    assert scores["r2"] == pytest.approx(sk.r2_score(kept["price"], predicted), rel=1e-5)
    assert scores["rmse"] == pytest.approx(
        sk.root_mean_squared_error(kept["price"], predicted), rel=1e-5
    )
    assert scores["mae"] == pytest.approx(
        sk.mean_absolute_error(kept["price"], predicted), rel=1e-5
    )


@pytest.mark.parametrize("target", ["kind", "label"])
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_evaluate_of_classes_is_scikit_learn_on_the_predictions(train, tmp_path, target, output):
    model = train(target, output_activation=output).model
    found = evaluate(model, str(tmp_path / "run.csv"))
    rows, scores = found.rows, found.scores
    actual, predicted = table()[target], model.predict(table(), probabilities=True)
    chosen, shares = predicted["prediction"], predicted.filter(like="probability_")
    assert rows == 80
    assert scores["accuracy"] == pytest.approx(sk.accuracy_score(actual, chosen))
    assert scores["f1_macro"] == pytest.approx(sk.f1_score(actual, chosen, average="macro"))
    assert scores["log_loss"] == pytest.approx(
        sk.log_loss(actual, shares, labels=list(model.classes)), rel=1e-6
    )


def test_evaluate_without_a_known_target(train, tmp_path):
    model = train().model
    table().assign(price=np.nan).to_csv(tmp_path / "none.csv", index=False)
    with pytest.raises(DataError, match="no row has a value in column price"):
        evaluate(model, str(tmp_path / "none.csv"))
    table().assign(price="cheap").to_csv(tmp_path / "none.csv", index=False)
    with pytest.raises(DataError, match=r'price: 80 cells .* "cheap" \(line 2; 80 cells\)'):
        evaluate(model, str(tmp_path / "none.csv"))
    table().drop(columns="price").to_csv(tmp_path / "none.csv", index=False)
    with pytest.raises(DataError, match="no column price"):
        evaluate(model, str(tmp_path / "none.csv"))


@pytest.mark.parametrize("target", ["price", "kind"])
@pytest.mark.parametrize("huge", [1e25, 3e38])
def test_cells_beyond_all_others(train, tmp_path, target, huge):
    """They are cut off, with a note: no score is null, no prediction infinite."""
    other = table()
    other.loc[3, "a"] = huge
    path = tmp_path / "other.csv"
    other.to_csv(path, index=False)
    run = train(target, layers=[], data={"validation": str(path)})
    assert json_of(run.path.parent / "metrics.json") == run.metrics
    assert None not in run.metrics["baselines"]["linear"].values()
    predicted = run.model.predict(other)["prediction"]
    assert predicted.notna().all()
    assert target == "kind" or np.isfinite(predicted).all()
    found = evaluate(run.model, str(path))
    assert None not in found.scores.values()
    assert found.notes == [
        "column a: 1 cell far beyond the training rows counted as the farthest that are taken"
    ]


def test_divergence_is_told_and_only_the_last_finite_weights_are_written(train, tmp_path):
    with pytest.raises(DivergedError, match="diverged in epoch"):
        train(optimizer={"name": "sgd", "learning_rate": 1e6})
    assert [each.name for each in (tmp_path / "run").iterdir()] == ["diverged.npz"]


def test_a_folder_that_cannot_be_written_is_told_before_training(train, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError):
        train(save_to=str(tmp_path / "file" / "run"), epochs=10**9)


def test_dry_writes_nothing(train, tmp_path):
    run = train()
    begin(load(run.path.parent / "config.yaml", [f"save_to={tmp_path / 'dry'}"]), dry=True)
    assert not (tmp_path / "dry").exists()


def test_the_run_folder_is_called_after_the_config(tmp_path, monkeypatch):
    table().to_csv(tmp_path / "data.csv", index=False)
    (tmp_path / "deep").mkdir()
    (tmp_path / "houses.yaml").write_text("data: {file: data.csv, target: price}\nepochs: 1\n")
    monkeypatch.chdir(tmp_path / "deep")
    run = ann_cli.train("../houses.yaml")
    assert run.path.resolve() == tmp_path / "deep" / "runs" / "houses" / "weights.npz"
    again = ann_cli.train("runs/houses/config.yaml", ["save_to=x"])
    assert (again.model.network.theta == run.model.network.theta).all()


def test_a_started_config_trains(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table().to_csv("data.csv", index=False)
    text, _ = start_config("data.csv", "kind")
    (tmp_path / "data.yaml").write_text(text)
    assert ann_cli.train("data.yaml", ["epochs=1"]).model.classes == ("012", "no", "x")
    with pytest.raises(DataError, match="did you mean price"):
        start_config("data.csv", "prize")


def test_the_import_is_light():
    code = "import sys, ann_cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "ann_cli" in loaded
    assert not loaded & {"numpy", "pandas", "pydantic", "yaml", "rich", "click", "ann_cli.run"}


def test_what_is_offered():
    offered = ["CrossValidation", "Model", "Run", "evaluate", "load", "train"]
    assert sorted(ann_cli.__all__) == offered
    assert all(getattr(ann_cli, name) for name in ann_cli.__all__)
    with pytest.raises(AttributeError, match="no attribute 'fit'"):
        ann_cli.fit  # noqa: B018
    assert issubclass(DataError, AnnError)
