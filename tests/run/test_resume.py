"""Interrupted anywhere and taken up again, a training is one that was never interrupted."""

import json
import os
import signal

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.cli.signals import Terminated, end_after_block
from ann_cli.config.read import load
from ann_cli.engine.trainers import back_propagation as training
from ann_cli.errors import ConfigError, DataError, DivergedError, WeightsError
from ann_cli.model import checkpoint
from ann_cli.run import begin, progress

ROWS = 750
"""Of 600 that train, three blocks are made."""

STREAM = {"data": {"stream": True, "shuffle_rows": 256}}
STOPPING = {"epochs": 40, "early_stopping": {"patience": 2}, "optimizer": {"name": "adam"}}
STOPPING["optimizer"]["learning_rate"] = 0.1
OWN = {"units": 5, "dropout": 0.3, "weight_decay": 0.5}
DECAYING = {"optimizer": "adamw", "weight_decay_schedule": "flat_cos", "dropout_schedule": "cosine"}
SOLVED = {"layers": [], "optimizer": {"name": "newton", "last_penalty": 1e6}}
REGIMES = {
    "row by row": {"batch_size": 1, "optimizer": "sgd"},
    "mini-batch": {"batch_size": 32},
    "full": {"batch_size": "full"},
    "in the file's order": {"shuffle": False},
    "streaming": STREAM,
    "streaming, no cache": {"data": STREAM["data"] | {"cache": False}},
    "dropout": {"layers": [{"units": 5, "dropout": 0.3}]},
    "pictures": {"layers": [{"conv": 2, "kernel": 1}], "augment": {"shift": 1, "flip": True}}
    | {"data": {"image": {"height": 1, "width": 3}}},
    "pictures, streaming": {"augment": {"shift": 1}}
    | {"data": STREAM["data"] | {"image": {"height": 1, "width": 3}}},
    "an ensemble of pictures": {"augment": {"flip": True}, "ensemble": {"members": 2, "folds": 2}}
    | {"data": {"image": {"height": 1, "width": 3}}},
    "schedule": {"schedule": {"name": "cosine", "warm_up": 1}, "optimizer": "momentum"},
    "schedules, and a layer's decay": DECAYING | {"layers": [OWN]},
    "a schedule of decay": {"optimizer": "adamw", "weight_decay_schedule": "flat_cos"},
    "early stopping": STOPPING,
    "the best before the last": {"optimizer": {"name": "sgd", "learning_rate": 0.5}, "epochs": 5},
    "no validation": {"data": {"validation": 0}},
    "an ensemble": {"ensemble": {"members": 4, "folds": 2, "variations": [{}, {"layers": []}]}},
    "an ensemble with schedules": {
        "ensemble": {
            "members": 4,
            "folds": 2,
            "variations": [{}, DECAYING | {"layers": [OWN]}],
        }
    },
    "newton": {"optimizer": "newton", "layers": [{"units": 9, "activation": "fourier"}]},
    "an ensemble that is solved": {"optimizer": "newton", "ensemble": {"members": 4, "folds": 2}},
    "an ensemble of which some is solved, and rests": {
        "epochs": 12,
        "ensemble": {"members": 4, "folds": 2, "variations": [{}, SOLVED]},
    },
    "an ensemble without folds": {"ensemble": {"members": 2, "folds": 1}},
    "penalties": {"l1": 1e-3, "l2": 1e-3, "gradient_clip": 0.5, "precision": "float64"},
    "a map": {"model": "som", "grid": [3, 2]},
    "a map, streaming": STREAM | {"model": "som", "grid": [3, 2]},
    "a map row by row": {"model": "som", "grid": [3, 2], "rule": "online"},
    "cells hidden": {"model": "autoencoder", "noise": 0.3},
    "replicas": {"cluster": {"replicas": 3}, "batch_size": 8},
    "replicas, streaming": {"cluster": {"replicas": 3}, **STREAM, "batch_size": 8},
    "replicas, and steps towards averages": {"cluster": {"replicas": 2, "outer": {}}},
    "classes": {"data": {"target": "kind"}, "class_weight": "balanced"},
    "the pocket": {"data": {"target": "kind"}, "layers": [], "output_activation": "threshold"},
    "separable": {"data": {"target": "sign", "features": ["a"]}, "layers": []}
    | {"output_activation": "threshold", "epochs": 20},
}
COMPILED = {
    "all at once": REGIMES["dropout"] | REGIMES["a schedule of decay"] | {"batch_size": 1},
    "a map row by row": REGIMES["a map row by row"],
}
"""What is tried with numba: each takes a second to compile."""


class Halt(BaseException):
    """What a signal does."""


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Of few rows, an epoch still has several blocks, which a thread gathers."""
    monkeypatch.setattr(training, "MOST_ROWS", 256)
    monkeypatch.setattr(progress, "FEW", 1)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(ROWS, 3))
    frame = pd.DataFrame(x, columns=list("abc"))
    frame["y"] = 2 * x[:, 0] - x[:, 1] ** 2 + generator.normal(size=ROWS)
    frame["kind"] = np.array(["p", "q", "r"])[np.digitize(frame["y"], [-1, 1])]
    frame["sign"] = np.where(x[:, 0] > 0.5, "yes", "no")
    path = tmp_path_factory.mktemp("resume") / "d.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def config(table, tmp_path):
    """config(folder, **keys): a config that saves to a folder of that name."""

    def config(folder, data=None, **keys):
        asked = {"file": str(table), "target": "y"} | (data or {})
        targets = [name for name in ("y", "kind", "sign") if name != asked["target"]]
        asked |= {} if "features" in asked else {"exclude": targets}
        if "model" in keys:  # which learns without a target
            del asked["target"]
        usual = {"layers": [{"units": 4}], "epochs": 3, "save_to": str(tmp_path / folder)}
        if keys.get("model") == "som":  # which has none
            del usual["layers"]
        return {"data": asked, **usual, **keys}

    return config


def halted(keys, after, resume=None):
    """Train until a number of pauses between blocks or epochs have been, or to the end.

    Return how many were.
    """
    pauses = 0
    with begin(load(keys), resume=resume) as started:
        pause = started.pause

        def counted(epoch_ended=False):
            nonlocal pauses
            pauses += 1
            if pauses == after:
                started.ending = Halt()
            pause(epoch_ended)

        started.pause = counted
        try:
            for _ in started.epochs():
                pass
        except Halt:
            return pauses
        started.finish()
    return pauses


def files(run):
    return contents(run.path.parent)


def contents(folder):
    """Return the bytes of what a run leaves; without the seconds, and without checkpoints."""
    found = {name: (folder / name).read_bytes() for name in ("weights.npz", "history.csv")}
    metrics = json.loads((folder / "metrics.json").read_text())
    del metrics["seconds"], metrics["written"]
    return found | {"metrics": metrics}


CASES = [
    pytest.param(keys | {"engine": engine}, id=f"{name}, {engine}")
    for engine, regimes in (("numpy", REGIMES), ("numba", COMPILED))
    for name, keys in regimes.items()
]


@pytest.mark.parametrize("keys", CASES)
def test_a_training_taken_up_again_is_one_never_interrupted(config, tmp_path, keys):
    pauses = halted(config("whole", **keys), after=0)
    whole = contents(tmp_path / "whole")
    assert pauses >= 3
    for after in sorted({1, pauses - 1}):  # each between them: test_interrupted_after_every_block
        assert halted(config("parts", **keys), after, resume=False) == after
        parts = ann_cli.train(config("parts", **keys), resume=True)
        assert files(parts) == whole, after


def test_interrupted_after_every_block(config):
    keys = config("parts", layers=[{"units": 4, "dropout": 0.2}])
    whole = files(ann_cli.train(keys | {"save_to": keys["save_to"] + " whole"}))
    rounds = 1
    assert halted(keys, 2) == 2
    while halted(keys, 4, resume=True) == 4:  # what was trained on before is passed over
        rounds += 1
    assert rounds > 3
    assert files(ann_cli.train(keys, resume=True)) == whole


@pytest.mark.parametrize(
    "name", ["mini-batch", "early stopping", "separable", "the best before the last"]
)
def test_after_the_end_more_epochs_go_on(config, name):
    keys = REGIMES[name]
    more = keys | {"epochs": keys.get("epochs", 3) + 2}
    whole = files(ann_cli.train(config("whole", **more)))
    first = ann_cli.train(config("parts", **keys)).metrics
    assert (first["best_epoch"] < first["epochs"]) == (name not in ("mini-batch", "separable"))
    assert files(ann_cli.train(config("parts", **more), resume=True)) == whole
    again = files(ann_cli.train(config("parts", **more), resume=True))
    assert again == whole, "nothing is left to do"


def test_more_epochs_of_a_schedule_that_depends_on_them_are_told(config):
    keys = config("run", schedule="cosine")
    ann_cli.train(keys)
    notes = ann_cli.train(keys | {"epochs": 5}, resume=True).notes
    assert any("schedule cosine is that of 5 epochs from here on" in each for each in notes)
    variation = {"dropout_schedule": "flat_cos", "layers": [{"units": 2, "dropout": 0.1}]}
    keys = config("members", ensemble={"members": 4, "folds": 2, "variations": [{}, variation]})
    ann_cli.train(keys)
    notes = ann_cli.train(keys | {"epochs": 5}, resume=True).notes
    assert any("dropout_schedule flat_cos is that of 5 epochs" in each for each in notes)
    keys = config("solved", optimizer="newton")
    ann_cli.train(keys)
    notes = ann_cli.train(keys | {"epochs": 5}, resume=True).notes
    assert any("penalties of newton are those of 5 epochs" in each for each in notes)
    keys = config("other", schedule="exponential")
    ann_cli.train(keys)
    notes = ann_cli.train(keys | {"epochs": 5}, resume=True).notes
    assert not any("schedule" in each for each in notes)


def test_without_a_checkpoint_it_begins(config):
    run = ann_cli.train(config("run"), resume=True)
    assert "there is no checkpoint yet: this begins anew" in run.notes
    assert files(run) == files(ann_cli.train(config("other")))


def test_an_unfinished_training_is_not_overwritten_by_accident(config, tmp_path):
    keys = config("run")
    halted(keys, 5)
    kept = (tmp_path / "run" / checkpoint.NAME).read_bytes()
    with pytest.raises(
        ConfigError, match="an unfinished training lies here, after 1 of 3 epochs"
    ) as caught:
        ann_cli.train(keys)
    assert "--resume" in str(caught.value)
    assert "--restart" in str(caught.value)
    assert (tmp_path / "run" / checkpoint.NAME).read_bytes() == kept
    assert files(ann_cli.train(keys, resume=False)) == files(ann_cli.train(config("other")))
    ann_cli.train(keys)  # a finished one may be trained again


@pytest.mark.parametrize("left", [0.5, 0], ids=["cut", "empty"])
def test_a_damaged_checkpoint_leaves_the_one_before(config, tmp_path, left):
    keys = config("run", checkpoint_every=0)
    halted(keys, 11)
    path = tmp_path / "run" / checkpoint.NAME
    content = path.read_bytes()
    path.write_bytes(content[: int(left * len(content))])
    with pytest.raises(ConfigError, match="unfinished"):
        ann_cli.train(keys)
    run = ann_cli.train(keys, resume=True)
    assert f"{path} is damaged, and was left out" in run.notes
    assert files(run) == files(ann_cli.train(config("whole")))


def test_a_training_that_diverged_leaves_nothing_to_go_on_from(config, tmp_path):
    keys = config("run", checkpoint_every=0)

    def diverge():
        with begin(load(keys)) as started:
            next(started.epochs())
            assert (tmp_path / "run" / checkpoint.NAME).exists()
            raise DivergedError("in a later epoch")

    with pytest.raises(DivergedError):
        diverge()
    assert not list((tmp_path / "run").glob("checkpoint*"))
    ann_cli.train(keys)


def test_where_none_is_whole_it_is_said(config, tmp_path):
    keys = config("run", checkpoint_every=0)
    halted(keys, 11)
    for name in (checkpoint.NAME, checkpoint.PREVIOUS):
        (tmp_path / "run" / name).write_bytes(b"PK")
    with pytest.raises(WeightsError, match="no checkpoint here is whole"):
        ann_cli.train(keys, resume=True)
    ann_cli.train(keys, resume=False)


def test_every_byte_of_a_checkpoint_that_is_changed_is_found(config, tmp_path):
    keys = config("run", epochs=1, layers=[{"units": 1}])
    ann_cli.train(keys)
    path = tmp_path / "run" / checkpoint.NAME
    content = path.read_bytes()
    expected, _ = checkpoint.latest(path.parent)
    generator = np.random.default_rng(0)
    for at in generator.integers(0, len(content), 300):
        changed = bytearray(content)
        changed[at] ^= 1 + generator.integers(255)
        path.write_bytes(changed)
        found, notes = checkpoint.latest(path.parent)
        assert found is None or found.metadata == expected.metadata
        if found is None:
            assert notes == [f"{path} is damaged, and was left out"]
        else:
            np.testing.assert_array_equal(found.stored, expected.stored)


CHANGES = {
    "a key": ({"l2": 0.5}, ConfigError, r"l2 was \S+, and is 0.5"),
    "a nested key": ({"optimizer": {"name": "adam", "beta1": 0.8}}, ConfigError, "optimizer.beta1"),
    "fewer epochs": ({"epochs": 2}, ConfigError, "epochs was 3, and is 2"),
    "another share": ({"data": {"validation": 0.3}}, ConfigError, "data.validation was 0.2"),
    "two": ({"seed": 7, "batch_size": 9}, ConfigError, "batch_size was 32, and is 9; seed was 0"),
}


@pytest.mark.parametrize(("change", "kind", "told"), CHANGES.values(), ids=CHANGES)
def test_another_config_is_refused_with_both_hashes(config, tmp_path, change, kind, told):
    halted(config("run"), 5)
    kept = (tmp_path / "run" / checkpoint.NAME).read_bytes()
    with pytest.raises(kind, match=told) as caught:
        ann_cli.train(config("run", **change), resume=True)
    assert len({word for word in str(caught.value).split() if len(word) == 64}) == 2
    assert (tmp_path / "run" / checkpoint.NAME).read_bytes() == kept


@pytest.mark.parametrize("key", ["file", "validation"])
def test_other_data_are_refused_with_both_hashes(config, table, tmp_path, key):
    frame = pd.read_csv(table)
    path = tmp_path / "copy.csv"
    frame[:400].to_csv(path, index=False)
    data = {"file": str(table)} | {key: str(path)}
    halted(config("run", data=data), 5 if key == "validation" else 1)
    frame[:401].to_csv(path, index=False)
    with pytest.raises(DataError, match="the data changed since the checkpoint") as caught:
        ann_cli.train(config("run", data=data), resume=True)
    assert caught.value.problems[0].place == str(path)
    assert len({word for word in str(caught.value).split() if len(word) == 64}) == 2


def test_the_same_data_by_another_name_are_the_same(config, table, tmp_path):
    halted(config("run"), 5)
    copy = tmp_path / "copy.csv"
    copy.write_bytes(table.read_bytes())
    ann_cli.train(config("run", data={"file": str(copy)}), resume=True)


def test_another_encoder_is_refused(config, table, tmp_path):
    frame = pd.read_csv(table)
    frame["a"] *= 2
    frame.to_csv(tmp_path / "scaled.csv", index=False)
    encoder = ann_cli.train(config("other", data={"file": str(tmp_path / "scaled.csv")})).path
    halted(config("run"), 5)
    with pytest.raises(ConfigError, match="the encoder changed"):
        ann_cli.train(config("run"), encoder=encoder, resume=True)


def test_a_search_keeps_no_checkpoint(config):
    search = {"name": "brute_force", "points": 3}
    with pytest.raises(ConfigError, match="keeps no checkpoint"):
        ann_cli.train(
            config("run", optimizer=search, layers=[], data={"features": ["a"]}), resume=True
        )


def test_no_training_has_to_wait_for_its_checkpoints(config, monkeypatch):
    """After one that took long the next comes late: 2% of the time is all that they get."""
    from ann_cli.run import checkpoints

    now = [0.0]
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(checkpoints, "snapshot", lambda started, finished: None)

    def slow(folder, checkpoint, held):
        now[0] += 1

    monkeypatch.setattr(checkpoints.checkpoint, "save", slow)
    with begin(load(config("run"))) as started:
        due = started.checkpoints.due
        assert not due(epoch_ended=True)
        now[0] = 10
        assert due(epoch_ended=False)
        started.checkpoints.write()
        now[0] = 11 + 49
        assert not due(epoch_ended=True)
        now[0] = 11 + 50
        assert due(epoch_ended=False)


def test_a_signal_after_the_last_epoch_lets_the_run_be_written(config, tmp_path):
    def train():
        with begin(load(config("run"))) as started, end_after_block(started, ["train", "c.yaml"]):
            for _ in started.epochs():
                pass
            os.kill(os.getpid(), signal.SIGTERM)
            started.finish()

    with pytest.raises(Terminated) as caught:
        train()
    assert caught.value.told == "ended by a signal after 3 of 3 epochs; the run is written"
    assert (tmp_path / "run" / "weights.npz").exists()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
