"""Whether one model is better than another on the same rows, against SciPy's tests."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats

import ann_cli
from ann_cli.insight.verdict import Pairing, verdicts
from ann_cli.report.baselines import verdict
from ann_cli.tasks import TASKS


def paired(own, other, weight=None, confidence=0.95):
    pairing = Pairing()
    for part in (slice(0, 7), slice(7, None)):
        pairing.add(own[part], other[part], None if weight is None else weight[part])
    return pairing.difference(TASKS["regression"], confidence)


@pytest.mark.parametrize("confidence", [0.9, 0.975])
def test_the_interval_is_students(confidence):
    generator = np.random.default_rng(0)
    own, other = generator.normal(1, 2, (2, 50))
    found = paired(own, other, confidence=confidence)
    result = scipy.stats.ttest_rel(other, own).confidence_interval(confidence)
    assert (found.low, found.high) == pytest.approx((result.low, result.high))
    same = paired(own, other, np.full(50, 3.0), confidence)
    assert (same.low, same.high) == pytest.approx((found.low, found.high))


def test_rows_that_count_nothing_say_nothing():
    generator = np.random.default_rng(1)
    own, other = generator.normal(1, 2, (2, 50))
    weight = np.repeat([1.0, 0.0], 25)
    found, alone = paired(own, other, weight), paired(own[:25], other[:25])
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high))


@pytest.mark.parametrize(
    ("shift", "standing"),
    [(1.0, "beats"), (0.0, "cannot be told apart from"), (-1.0, "is worse than")],
)
def test_what_the_interval_says(shift, standing):
    own, noise = np.random.default_rng(2).normal(0, 1, (2, 400))
    assert paired(own, own + shift + noise).standing == standing


@pytest.mark.parametrize(
    ("mean", "linear", "said"),
    [
        (1.0, 1.0, "The network beats mean and linear."),
        (1.0, -1.0, "The network beats mean; it is worse than linear."),
        (
            0.0,
            1.0,
            "The network cannot be told apart from mean; so it is not compared with linear.",
        ),
        (-1.0, 1.0, "The network is worse than mean; so it is not compared with linear."),
        (0.0, -1.0, "The network cannot be told apart from mean; it is worse than linear."),
    ],
)
def test_what_does_not_beat_the_constant_beats_nothing(mean, linear, said):
    own, noise = np.random.default_rng(2).normal(0, 1, (2, 400))
    differences = {
        "mean": paired(own, own + mean + noise),
        "linear": paired(own, own + linear + noise),
    }
    assert verdict(verdicts(TASKS["regression"], differences)) == said
    only = verdicts(TASKS["regression"], {"linear": paired(own, own + linear + noise)})
    assert only["linear"]["verdict"] == ("beats" if linear > 0 else "is worse than")


def test_a_single_row_and_infinite_losses_tell_nothing():
    assert paired(np.zeros(1), np.ones(1)) is None
    assert paired(np.zeros(9), np.full(9, np.inf)) is None
    assert paired(np.ones(9), np.ones(9)).standing == "cannot be told apart from"


@pytest.mark.parametrize("task", ["regression", "classification"])
@pytest.mark.parametrize("test", [0, 0.2])
def test_what_learns_noise_beats_nothing(tmp_path, task, test):
    """In 12 of 12 cases; tests/benchmarks/noise.py counts hundreds."""
    for seed in range(3):
        generator = np.random.default_rng(seed)
        frame = pd.DataFrame(generator.normal(size=(200, 3)), columns=list("abc"))
        noise = generator.choice(list("xyz"), 200)
        frame["y"] = generator.normal(size=200) if task == "regression" else noise
        frame.to_csv(tmp_path / "noise.csv", index=False)
        data = {"file": str(tmp_path / "noise.csv"), "target": "y", "test": test}
        keys = {"layers": [{"units": 8}], "epochs": 15, "task": task, "seed": seed}
        run = ann_cli.train({"data": data, "save_to": str(tmp_path / str(seed)), **keys})
        assert "beats" not in {each["verdict"] for each in run.metrics["verdict"].values()}
