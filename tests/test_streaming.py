"""A training on streamed rows is that of rows in memory, to the last bit."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.config.read import load
from ann_cli.data.csv import blocks
from ann_cli.engine.trainers import back_propagation as training
from ann_cli.errors import ConfigError, WeightsError
from ann_cli.run import TrainingRun, begin, evaluate

ROWS = 4000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    generator = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "a": generator.normal(5, 2, ROWS),
            "b": np.where(generator.random(ROWS) < 0.1, np.nan, generator.normal(size=ROWS)),
            "color": generator.choice(["red", "blue", None], ROWS),
        }
    )
    table["price"] = 10 * table["a"] + 3 * (table["color"] == "red") + generator.normal(size=ROWS)
    table["label"] = np.where(table["price"] > 55, "x", np.where(table["price"] > 45, "y", "z"))
    place = tmp_path_factory.mktemp("streaming")
    table.to_csv(place / "data.csv", index=False)
    table[:500].to_csv(place / "other.csv", index=False)
    return place


@pytest.fixture
def train(folder, tmp_path):
    """train(stream, data={}, encoder=None, **keys): the run of a training of two epochs."""

    def train(stream, data=None, encoder=None, **keys):
        asked = {"file": str(folder / "data.csv"), "target": "price", "stream": stream}
        config = {"layers": [{"units": 5, "activation": "tanh"}], "epochs": 2, "shuffle": False}
        config |= {"data": asked | (data or {}), "save_to": str(tmp_path / "run"), **keys}
        return ann_cli.train(config, encoder=encoder)

    return train


def theta(run):
    return run.model.network.theta.tobytes()


def known(metrics):
    """Without what a config says of the way, which is another."""
    return {name: each for name, each in metrics.items() if name not in ("seconds", "written")}


SETTINGS = {
    "row by row": {"batch_size": 1, "optimizer": "sgd"},
    "adam": {},
    "a large batch": {"batch_size": 1500},
    "dropout": {"layers": [{"units": 8, "activation": "relu", "dropout": 0.3}]},
    "penalties": {"l1": 0.001, "l2": 0.01, "gradient_clip": 0.5, "schedule": "cosine"},
    "decay": {
        "layers": [{"units": 8, "dropout": 0.3, "weight_decay": 0.5}],
        "optimizer": "adamw",
        "weight_decay_schedule": "flat_cos",
        "dropout_schedule": "flat_cos",
    },
    "encodings": {"data": {"scaling": "quartiles", "encoding": "piecewise"}},
    "float64": {"precision": "float64"},
    "classes": {"data": {"target": "label", "exclude": ["price"]}, "class_weight": "balanced"},
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_weights_and_scores_of_memory(train, folder, setting):
    keys = {**SETTINGS[setting]}
    data = {"validation": str(folder / "other.csv"), **keys.pop("data", {})}
    memory = train(False, data, **keys)
    stream = train(True, data, **keys)
    assert theta(stream) == theta(memory)
    assert stream.history == memory.history
    assert known(stream.metrics) == known(memory.metrics)


def test_shuffled_in_one_window_it_is_the_order_of_memory(train, monkeypatch):
    data = {"validation": 0, "shuffle_rows": ROWS}
    one, other = (train(stream, data, shuffle=True) for stream in (True, False))
    assert theta(one) == theta(other)
    monkeypatch.setattr(training, "MOST_ROWS", 1000)  # a window holds whole blocks
    small = train(True, {**data, "shuffle_rows": 1000}, shuffle=True)
    assert theta(small) != theta(other)


def test_neither_the_cache_nor_the_size_of_blocks_changes_a_bit(train, monkeypatch):
    data = {"shuffle_rows": 1500}
    expected = train(True, data, shuffle=True, early_stopping={"patience": 1}, epochs=5)
    monkeypatch.setattr(blocks, "SIZE", 20_000)
    monkeypatch.setattr(blocks, "ROWS_IN_SIGHT", 1)
    for cache in (True, False):
        keys = {"shuffle": True, "early_stopping": {"patience": 1}, "epochs": 5}
        run = train(True, {**data, "cache": cache}, **keys)
        assert theta(run) == theta(expected)
        assert run.history == expected.history


def test_early_stopping_keeps_the_best_weights(train):
    keys = {"optimizer": {"name": "sgd", "learning_rate": 0.5}, "shuffle": True, "epochs": 60}
    run = train(True, early_stopping={"patience": 3}, **keys)
    losses = [each["validation_loss"] for each in run.history]
    best = run.metrics["best_epoch"]
    assert losses[best - 1] == min(losses)
    assert len(losses) == best + 3
    assert run.metrics["validation"]["loss"] == pytest.approx(min(losses), rel=1e-6)


def test_the_scores_are_those_of_evaluate(train, folder):
    run = train(True, {"validation": str(folder / "other.csv")})
    found = evaluate(run.model, str(folder / "other.csv"))
    assert found.rows == run.metrics["validation"]["rows"] == 500
    expected = {name: run.metrics["validation"][name] for name in found.scores}
    assert found.scores == pytest.approx(expected, rel=1e-6)
    assert (found.notes, found.sides) == ([], {})


def test_evaluate_does_not_need_the_rows_together(train, folder, monkeypatch):
    run = train(True, {"target": "label", "exclude": ["price"]})
    whole = evaluate(run.model, str(folder / "data.csv"))
    monkeypatch.setattr("ann_cli.data.csv.table.CsvTable.read", None)
    monkeypatch.setattr(blocks, "SIZE", 5000)
    monkeypatch.setattr(blocks, "ROWS_IN_SIGHT", 1)
    assert evaluate(run.model, str(folder / "data.csv")) == whole


@pytest.mark.parametrize("stream", [True, False])
def test_an_encoder_is_taken_as_it_is(train, folder, stream):
    given = train(False, {"exclude": ["color"], "scaling": "minmax", "validation": 0})
    run = train(stream, {"file": str(folder / "other.csv")}, encoder=given.path)
    assert run.model.encoder == given.model.encoder
    assert list(run.model.encoder.input_columns) == ["a", "b", "label"]


def test_an_encoder_for_something_else_is_refused(train, folder):
    given = train(False, {"target": "label", "exclude": ["price"]}).path
    with pytest.raises(ConfigError, match=r"classification of label, .* regression of price"):
        train(False, {"exclude": ["label"]}, encoder=given, task="regression")
    with pytest.raises(WeightsError):
        train(False, encoder=folder / "data.csv")


def test_the_rows_are_counted_as_they_pass(folder, tmp_path):
    data = {"file": str(folder / "data.csv"), "target": "price", "stream": True, "validation": 0}
    started = begin(load({"data": data, "epochs": 2, "save_to": str(tmp_path)}))
    assert isinstance(started, TrainingRun)
    assert started.loss_now() is None
    records = started.epochs()
    assert isinstance(records, Iterator)
    first = next(records)
    assert started.progress.passed == ROWS
    assert 0 < started.loss_now() < first["loss"]
    next(records)
    assert started.progress.passed == 2 * ROWS
