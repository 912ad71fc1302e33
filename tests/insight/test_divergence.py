"""A training that diverges: the step against a loop of its own, the suggestion by following it."""

import re

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.errors import DivergedError, FileError


@pytest.fixture
def config(tmp_path):
    """A config for two columns, of which `wide` is far out of scale."""
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"near": generator.normal(size=200)})
    frame["wide"] = generator.normal(0, 20_000, 200)
    frame["price"] = frame["near"] + frame["wide"] / 20_000
    frame["label"] = np.where(frame["price"] > 0, "yes", "no")
    frame.to_csv(tmp_path / "data.csv", index=False)
    return {
        "data": {
            "file": str(tmp_path / "data.csv"),
            "target": "price",
            "validation": 0,
            "features": ["near", "wide"],
        },
        "layers": [],
        "l2": 0,
        "epochs": 30,
        "optimizer": {"name": "sgd", "learning_rate": 5},
        "save_to": str(tmp_path / "run"),
    }


def diverged(config):
    with pytest.raises(DivergedError) as caught:
        ann_cli.train(config)
    return caught.value.problems[0]


def followed(config, problem):
    """Train anew with what the error suggests."""
    (setting,) = re.findall(r"try --set (\S+) \(tried: ", problem.remedy)
    return ann_cli.train(config, [setting])


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("batch_size", [1, 16, "full"])
def test_the_step_is_that_of_a_plain_loop(config, batch_size, engine, tmp_path):
    config = config | {"batch_size": batch_size, "shuffle": False, "engine": engine, "epochs": 200}
    problem = diverged(config)
    frame = pd.read_csv(tmp_path / "data.csv")
    numbers = frame[["near", "wide", "price"]]
    scaled = ((numbers - numbers.mean()) / numbers.std(ddof=0)).to_numpy()
    x, y = np.c_[scaled[:, :2], np.ones(200)], scaled[:, 2]
    kept = ann_cli.load(tmp_path / "run" / "diverged.npz").network.theta
    first = ann_cli.train(config, ["epochs=0", f"save_to={tmp_path / 'first'}"])
    theta = np.zeros(3)
    theta[:2] = first.model.network.theta[:2]
    size = 200 if batch_size == "full" else batch_size
    in_epoch = -(-200 // size)
    step, finite = 0, np.finfo(np.float32).max
    while True:
        start = step % in_epoch * size
        batch = slice(start, start + size)
        miss = x[batch] @ theta - y[batch]
        after = theta - 5 * x[batch].T @ miss / len(miss)
        step += 1
        # Compiled, the square is halved last and the sum is float64.
        if ((miss**2).sum() / 2 if engine == "numpy" else (miss**2).max()) > finite:
            break
        theta = after
    epoch = (step - 1) // in_epoch + 1
    assert problem.message == f"training diverged in epoch {epoch}, at step {step}"
    np.testing.assert_allclose(kept, theta, rtol=0.05, atol=np.abs(theta).max() * 1e-3)


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({}, ["first out of range: the loss (weighted sums of the output layer: "]),
        ({"layers": [{"units": 8}] * 2}, ["first out of range: "]),
        ({"batch_size": 1, "layers": [{"units": 8}]}, ["first out of range: "]),
        (
            {"optimizer": {"name": "adam", "learning_rate": 1e6}, "layers": [{"units": 64}] * 3},
            ["optimizer.learning_rate="],
        ),
    ],
    ids=["linear", "deep", "row by row", "far too large a rate"],
)
@pytest.mark.parametrize("target", ["price", "label"])
def test_what_is_suggested_helps(config, changes, parts, target):
    loss = {"loss": "half_squared_error", "output_activation": "linear", "batch_size": 16}
    config = config | (loss if target == "label" else {}) | changes
    config["data"] = config["data"] | {"target": target}
    problem = diverged(config)
    for part in parts:
        assert part in problem.remedy
    assert np.isfinite(followed(config, problem).history[-1]["loss"])


def test_a_column_out_of_scale_is_named_where_scaling_helps(config):
    config["data"] = config["data"] | {"scaling": "none"}
    config["optimizer"] = {"name": "sgd", "learning_rate": 0.01}
    problem = diverged(config)
    assert "out of scale: column wide, around " in problem.remedy
    assert "target" not in problem.remedy
    assert "try --set data.scaling=standard (" in problem.remedy
    assert followed(config, problem).metrics["training"]["r2"] > 0.9


def test_the_last_finite_weights_are_kept_beside_what_is_finished(config, tmp_path):
    fine = ["optimizer.learning_rate=0.01"]
    finished = ann_cli.train(config, fine).path.read_bytes()
    problem = diverged(config)
    kept = tmp_path / "run" / "diverged.npz"
    assert problem.remedy.endswith(f"the last finite weights are in {kept}")
    assert np.isfinite(ann_cli.load(kept).network.theta).all()
    assert (tmp_path / "run" / "weights.npz").read_bytes() == finished
    ann_cli.train(config, fine)
    assert not kept.exists()


def test_a_change_that_only_the_validation_rows_suffer_from_keeps_its_words(config, tmp_path):
    frame = pd.read_csv(tmp_path / "data.csv")
    frame.loc[0, "price"] = 1e38
    frame.to_csv(tmp_path / "held.csv", index=False)
    config["data"] = config["data"] | {"validation": str(tmp_path / "held.csv")}
    problem = diverged(config | {"optimizer": "sgd"})
    assert "the validation loss is not a finite number" in problem.message
    assert "diverged.npz" in problem.remedy


def test_a_disk_that_fails_does_not_hide_the_divergence(config, monkeypatch):
    def full(*_):
        raise FileError("no space left on device")

    monkeypatch.setattr("ann_cli.model.folder.save_diverged", full)
    problem = diverged(config)
    assert "diverged in epoch" in problem.message
    assert problem.remedy.endswith("could not be kept: no space left on device")
