"""A finished run, given back by its folder."""

import json

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.config.read import load as load_config
from ann_cli.engine.trainers import TRAINERS, trainer_for
from ann_cli.engine.trainers.trainer import Trainer
from ann_cli.errors import FileError, WeightsError
from ann_cli.run import Run, begin
from ann_cli.run.checkpoints import snapshot

CASES = {
    "back-propagation": {},
    "several targets": {"target": ["price", "rent"]},
    "classes": {"target": "kind"},
    "the perceptron's rule": {"target": "kind", "layers": [], "output_activation": "threshold"},
    "embedding": {"features": ["a", "kind"], "layers": [{"embedding": 2}, {"units": 3}]},
    "batch normalization": {"layers": [{"units": 3}, {"normalize": "batch"}], "batch_size": 8},
    "layer normalization": {"layers": [{"normalize": "layer"}, {"units": 3}, {"dropout": 0.2}]},
    "residual": {"layers": [{"units": 3}, {"residual": [{"units": 5}, {"units": 3}]}]},
    "Newton's method on the output": {"optimizer": "newton"},
    "a search by brute force": {"layers": [], "optimizer": {"name": "brute_force", "points": 3}},
}


@pytest.fixture
def config(tmp_path):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(80, 2)), columns=["a", "b"])
    frame["price"], frame["rent"] = frame["a"] - frame["b"], frame["a"] * frame["b"]
    frame["kind"] = np.where(frame["a"] > 0.3 * frame["b"], "new", "old")
    frame.to_csv(tmp_path / "rows.csv", index=False)

    def config(target="price", features=("a", "b"), **keys):
        data = {"file": str(tmp_path / "rows.csv"), "target": target, "features": list(features)}
        return {"data": data, "layers": [{"units": 3}], "epochs": 4, **keys} | {
            "save_to": str(tmp_path / "run")
        }

    return config


@pytest.mark.parametrize("case", CASES)
def test_a_folder_gives_its_run_back(config, tmp_path, case):
    run = ann_cli.train(config(**CASES[case]))
    for path in (tmp_path / "run", run.path):
        again = Run.load(path)
        assert again.path == run.path
        assert again.metrics == json.loads(json.dumps(run.metrics))
        assert again.history == run.history
        assert (again.model.network.stored == run.model.network.stored).all()


@pytest.mark.parametrize("case", CASES)
def test_a_config_has_the_trainer_that_suits_it(config, case):
    trainer = begin(load_config(config(**CASES[case])), dry=True).trainer
    assert isinstance(trainer, Trainer)
    assert type(trainer) in TRAINERS
    count, unit = trainer.planned
    assert (count, unit) == ((27, "trial") if "force" in case else (4, "epoch"))
    if case in [each.name for each in TRAINERS]:
        assert trainer.name == case
    assert trainer_for(begin(load_config(config(**CASES[case])), dry=True).data_set.config) is type(
        trainer
    )


@pytest.mark.parametrize("case", [case for case in CASES if "force" not in case])
def test_a_trainer_goes_on_from_another_ones_position(config, case):
    """The one takes up what the other left, and ends with the same bytes."""
    keys = config(**CASES[case])
    whole, first, second = (begin(load_config(keys), dry=True) for _ in range(3))
    for _ in whole.epochs():
        pass
    for record in first.epochs():
        if record["epoch"] == 2:
            break
    assert first.trainer.resumable
    left = snapshot(first, finished=False)
    second.model.network.stored[...] = left.stored
    second.trainer.state[...] = left.state
    second.trainer.go_on_from(vars(left.metadata.position))
    second.progress.history, second.progress.best = first.progress.history, first.progress.best
    second.progress.kept[...] = first.progress.kept
    for _ in second.epochs():
        pass
    assert second.progress.history == whole.progress.history
    assert (second.model.network.stored == whole.model.network.stored).all()


def test_what_is_no_run_is_told(config, tmp_path):
    with pytest.raises(WeightsError, match="no such file"):
        Run.load(tmp_path / "none")
    run = ann_cli.train(config())
    run.path.with_name("history.csv").unlink()
    with pytest.raises(FileError, match=r"history\.csv: cannot be read: no such file"):
        Run.load(tmp_path / "run")
    run.path.with_name("history.csv").write_text("<html>")
    with pytest.raises(FileError, match="is not the file of a run"):
        Run.load(tmp_path / "run")
