"""What counts as identical, close and different, on models that differ by as much as is asked."""

import os
import sys
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.errors import ConfigError, DataError
from ann_cli.model import weights
from ann_cli.run.verify import compared, verify

module = sys.modules["ann_cli.run.verify"]  # whose name its function has, too


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    place = tmp_path_factory.mktemp("verify")
    x = np.arange(60.0)
    pd.DataFrame({"a": x, "b": x % 7, "y": 2 * x - x % 7}).to_csv(place / "d.csv", index=False)
    data = {"file": str(place / "d.csv"), "target": "y"}
    return ann_cli.train({"data": data, "epochs": 5, "save_to": str(place / "run")}).model


@pytest.fixture
def again(model):
    return deepcopy(model)


def test_the_same_bits_are_identical(model, again):
    verdict = compared(model, again)
    assert (verdict.answer, verdict.differs) == ("identical", {})
    assert verdict.largest_weight_difference == verdict.largest_score_difference == 0


def test_a_packed_file_is_known_by_what_it_holds(tmp_path):
    x = np.arange(60.0)
    pd.DataFrame({"a": x, "y": x % 7}).to_csv(tmp_path / "d.csv.gz", index=False)
    data = {"file": str(tmp_path / "d.csv.gz"), "target": "y"}
    asked = {"data": data, "layers": [], "epochs": 1, "save_to": str(tmp_path / "run")}
    run = ann_cli.train(asked)
    assert verify(run.path).answer == "identical"


def test_the_sign_of_a_zero_is_a_bit(model, again):
    model, again = deepcopy(model), again
    model.network.theta[0], again.network.theta[0] = 0.0, -0.0
    assert compared(model, again).answer == "close"


@pytest.mark.parametrize(("factor", "answer"), [(1.009, "close"), (1.011, "different")])
def test_scores_within_one_in_a_hundred_are_close(model, again, factor, answer):
    again.network.theta[3] *= 1.5
    again.versions["numpy"] = "0.1"
    again.metrics["validation"]["rmse"] *= factor
    verdict = compared(model, again)
    assert verdict.answer == answer
    assert verdict.differs == {"numpy": (model.versions["numpy"], "0.1")}
    assert verdict.largest_score_difference == pytest.approx(factor - 1)
    largest = np.abs(model.network.theta).max()
    expected = abs(model.network.theta[3]) / 2 / largest
    assert verdict.largest_weight_difference == pytest.approx(expected, rel=1e-5)


def test_of_other_data_nothing_is_close(model, again):
    again.network.theta[3] *= 1.0001
    again.digests["file"] = "0" * 64
    assert compared(model, again).answer == "different"


def test_a_training_with_numba_is_told_from_one_without(model, again):
    again.versions["numba"] = "0.61"
    assert compared(model, again).differs == {"numba": (None, "0.61")}


@pytest.fixture
def trained(tmp_path, model):
    """A run folder and its data, to be changed."""
    x = np.arange(60.0)
    frame = pd.DataFrame({"a": x, "b": x % 7, "y": 2 * x - x % 7})
    frame.to_csv(tmp_path / "d.csv", index=False)
    frame[::2].to_csv(tmp_path / "v.csv", index=False)
    data = {"file": str(tmp_path / "d.csv"), "target": "y", "validation": str(tmp_path / "v.csv")}
    return ann_cli.train({"data": data, "epochs": 4, "save_to": str(tmp_path / "run")}).path


OTHERS = {
    "other bytes of the size": lambda path: path.write_text(path.read_text().replace("1", "2")),
    "longer": lambda path: path.write_text(path.read_text() + "root:x:0\n"),
    "a device": lambda path: (path.unlink(), path.symlink_to("/dev/zero")),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("name", ["d.csv", "v.csv"])
def test_of_a_file_that_only_the_weights_name_nothing_else_is_read(trained, tmp_path, name, other):
    path = tmp_path / name
    OTHERS[other](path)
    data = str(tmp_path / "d.csv") if name == "v.csv" else None
    with pytest.raises(DataError) as refused:
        verify(trained, data)
    assert "root:x" not in str(refused.value)
    assert name in str(refused.value)


def test_the_size_of_the_data_is_recorded(trained, tmp_path):
    sizes = {
        name: (tmp_path / file).stat().st_size
        for name, file in (("file", "d.csv"), ("validation", "v.csv"))
    }
    assert weights.load(trained).sizes == sizes


def test_a_training_that_takes_long_is_asked_about_after_two_epochs(trained):
    asked = []

    def refuse(seconds):
        asked.append(seconds)
        raise ConfigError("too long")

    with pytest.raises(ConfigError, match="too long"):
        verify(trained, allow=refuse)
    assert len(asked) == 1


def test_what_a_verification_that_was_killed_has_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "gettempdir", lambda: str(tmp_path))
    old, young = (tmp_path / f"{module.PREFIX}{name}" for name in ("old", "young"))
    for each in (old, young):
        each.mkdir()
        (each / "weights.npz").write_text("x")
    long_ago = old.stat().st_mtime - 2 * module.YOUNG
    os.utime(old, (long_ago, long_ago))
    module._remove_left()
    assert (old.exists(), young.exists()) == (False, True)
