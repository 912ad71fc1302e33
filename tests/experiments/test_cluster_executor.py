"""Trainings on the workers of a cluster are those of this machine, and what is lost is told."""

from contextlib import nullcontext
from itertools import islice

import numpy as np
import pandas as pd
import pytest

from ann_cli.config.read import load, read
from ann_cli.errors import FileError, LostError
from ann_cli.experiments.executors import InThisProcess, executor
from ann_cli.experiments.folds import FoldsPlan, evaluate
from ann_cli.experiments.plan import Plan
from ann_cli.experiments.trainings import train_once
from ann_cli.experiments.tuning import Tuning
from ann_cli.experiments.variations import variations

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def address():
    """A cluster whose two workers are threads of this process."""
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        dashboard_address=None,
        silence_logs=100,
    ) as made:
        yield made.scheduler_address


@pytest.fixture
def config(tmp_path, monkeypatch):
    """A config whose file is named from a folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(60, 3)), columns=["a", "b", "c"])
    frame["price"] = 100 + 10 * frame["a"] * frame["b"] + generator.normal(0, 1, 60)
    frame.to_csv(tmp_path / "data.csv", index=False)
    return {
        "data": {"file": "data.csv", "target": "price"},
        "layers": [{"units": 5, "activation": "tanh"}],
        "epochs": 4,
        "batch_size": 8,
        "engine": "numpy",
        "save_to": str(tmp_path / "run"),
    }


def without_seconds(outcomes):
    return [(each.losses, each.scores) for _, each in sorted(outcomes.items())]


def test_comparisons_are_those_of_this_machine(config, address):
    """Replicas too: rounds are computed within the training's task. A pattern names the file."""
    config["data"]["file"] = "d*.csv"
    plan = Plan(read(config), (), variations(["cluster=null,{replicas: 2}"]), 2)
    here = dict(plan.train(InThisProcess()))
    with executor(address, None, len(plan.trainings)) as there:
        assert there.width == 2
        found = dict(plan.train(there))
    assert without_seconds(found) == without_seconds(here)
    assert here[0].losses != here[2].losses


def test_folds_are_those_of_this_machine(config, address):
    config["cluster"] = {"replicas": 2}
    here = evaluate(config, folds=2)
    config["cluster"]["address"] = address
    there = evaluate(config, folds=2)
    assert FoldsPlan(load(config), 2).address == address
    assert there.scores == here.scores
    pd.testing.assert_frame_equal(there.predictions, here.predictions)


SEARCHED = {"optimizer": {"name": "adam", "learning_rate": {"range": [1e-9, 0.02], "log": True}}}


def trials_of(config, where, folder, trials=9):
    tuning = Tuning(read(config | SEARCHED | {"epochs": 8}), (f"save_to={folder}",))
    with where as one:
        ended = list(tuning.trials(one, None, trials))[-1]
    tuning.close()
    return [(each.number, each.ending, each.value, each.picked) for each in ended]


def test_trials_on_one_worker_are_those_of_this_process(config, address, tmp_path):
    """Which are pruned, too."""
    here = trials_of(config, executor(None, 1, 9, alone=True), tmp_path / "here")
    there = trials_of(config, executor(address, 1, 9), tmp_path / "there")
    assert there == here
    assert {ending for _, ending, _, _ in here} == {"finished", "pruned"}


def test_a_file_that_a_worker_has_not_is_told_with_the_worker(config, address, tmp_path):
    task, other = load(config), tmp_path / "other.csv"
    with executor(address, None, 2) as there:
        sent = there._sent(train_once, task)
        assert [*sent.files] == [str(tmp_path / "data.csv")]
        (tmp_path / "data.csv").rename(other)  # as on a machine where it does not lie
        with pytest.raises(
            FileError, match=r"data.csv: cannot be read: no such file.*on the worker inproc:"
        ) as error:
            next(there.side_by_side(train_once, [task]))
        assert "same path" in str(error.value)
        other.rename(tmp_path / "data.csv")
        with open(tmp_path / "data.csv", "a") as file:
            file.write("1,2,3,4\n")
        with pytest.raises(FileError, match=r"data\.csv: is another file than where"):
            next(there.side_by_side(train_once, [task]))


class Losing(InThisProcess):
    """Takes so many tasks before it is lost."""

    def __init__(self, tasks):
        self.tasks = tasks

    def side_by_side(self, work, tasks):
        yield from islice(super().side_by_side(work, tasks), self.tasks)
        raise LostError("the scheduler went away", place="tcp://somewhere")


def test_what_was_done_before_a_cluster_is_lost_is_kept(config, tmp_path):
    plan, outcomes = Plan(read(config), (), variations(["epochs=1,2"]), 3), {}
    with pytest.raises(LostError):
        outcomes.update(plan.train(Losing(5)))
    assert plan.seeds_done(outcomes) == [0, 1]
    found = plan.compare(outcomes)
    assert list(found.seeds) == [0, 1]
    assert [len(each.outcomes) for each in found.results] == [2, 2]

    config["cluster"] = {"replicas": 2}
    with pytest.raises(LostError):
        trials_of(config, nullcontext(Losing(2)), tmp_path / "tuned")
    config["cluster"]["address"] = "tcp://another:8786"  # which is no setting of the trials
    tuning = Tuning(read(config | SEARCHED | {"epochs": 8}), (f"save_to={tmp_path / 'tuned'}",))
    assert tuning.address == "tcp://another:8786"
    assert [each.ending for each in tuning.ended()] == ["finished"] * 2
    tuning.close()
