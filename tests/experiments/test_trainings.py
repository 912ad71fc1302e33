"""A training of a comparison is that of `ann_cli.train`, in whichever process it runs."""

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.config.read import read
from ann_cli.data.csv.table import CsvTable
from ann_cli.errors import AnnError, ConfigError, DataError
from ann_cli.experiments import trainings
from ann_cli.experiments.executors import Processes
from ann_cli.experiments.plan import Plan
from ann_cli.experiments.trainings import SharedRows, train_all, train_once
from ann_cli.experiments.variations import activation_variations, variations
from ann_cli.insight.units import overall, unit_shares
from ann_cli.run import begin


@pytest.fixture
def config(tmp_path):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(60, 3)), columns=["a", "b", "c"])
    frame["price"] = 100 + 10 * frame["a"] * frame["b"] + generator.normal(0, 1, 60)
    frame["label"] = np.where(frame["a"] > 0, "yes", "no")
    frame.to_csv(tmp_path / "data.csv", index=False)
    return {
        "data": {"file": str(tmp_path / "data.csv"), "target": "price"},
        "layers": [{"units": 5, "activation": "relu"}],
        "epochs": 4,
        "save_to": str(tmp_path / "run"),
    }


OVERRIDES = ("optimizer.learning_rate=0.05", "batch_size=8")


@pytest.mark.parametrize("target", ["price", "label"])
def test_a_seed_is_that_of_a_plain_training(config, target, tmp_path):
    overrides = (*OVERRIDES, f"data.target={target}", "seed=7")
    outcome = train_once(read(config).config(overrides))
    assert not (tmp_path / "run").exists()
    run = ann_cli.train(config, overrides)
    assert list(outcome.losses) == [record["validation_loss"] for record in run.history]
    held = begin(read(config).config(overrides), dry=True).data_set.validation
    shares = overall(unit_shares(run.model.network, [held.x]).values())
    expected = {**run.metrics["validation"], "dead_units": shares[0], "saturated_units": shares[1]}
    assert expected == {**outcome.scores, "rows": 12}
    assert list(outcome.seconds) == sorted(outcome.seconds)


def without_seconds(outcomes):
    return [(each.losses, each.scores) for each in outcomes]


def test_the_results_do_not_depend_on_the_number_of_workers(config, forked):
    plan = Plan(read(config), OVERRIDES, variations(["layers=[{units: 3}],[]"]), 2)
    alone = [train_once(plan.draft.config(training)) for training in plan.trainings]
    outcomes = dict(plan.train(Processes(2)))
    assert without_seconds(outcomes[at] for at in range(4)) == without_seconds(alone)
    assert active_children() == []


def test_leaving_early_ends_all_processes(config):
    slow = [("epochs=1000000",), ("epochs=1",)]
    outcomes = train_all([read(config).config(each) for each in slow], Processes(2))
    assert next(outcomes)[0] == 1
    assert len(active_children()) == 2
    outcomes.close()
    assert active_children() == []


def test_ctrl_c_while_processes_start_is_not_lost(config, monkeypatch):
    def interrupted(pool, *arguments):
        os.kill(os.getpid(), signal.SIGINT)
        return submit(pool, *arguments)

    submit = ProcessPoolExecutor.submit
    monkeypatch.setattr(ProcessPoolExecutor, "submit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        next(train_all([read(config).config(each) for each in [("epochs=1",)]], Processes(1)))
    assert active_children() == []


def test_a_process_that_is_killed_is_told(config, forked):
    outcomes = train_all(
        [read(config).config(each) for each in [("epochs=1",), ("epochs=1000000",)]],
        Processes(2),
    )
    assert next(outcomes)[0] == 0
    for process in active_children():
        os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(AnnError, match="ended from outside"):
        next(outcomes)
    assert active_children() == []


def test_ctrl_c_is_left_to_the_process_that_started_the_others(config, forked):
    # A terminal sends it to all of them.
    outcomes = train_all(
        [read(config).config(each) for each in [("epochs=1",), ("epochs=300",)]],
        Processes(2),
    )
    assert next(outcomes)[0] == 0
    for process in active_children():
        os.kill(process.pid, signal.SIGINT)
    assert len(next(outcomes)[1].losses) == 300
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_to_diverge_is_a_result(config):
    overrides = ("optimizer={name: sgd, learning_rate: 1e6}", "epochs=50", "layers.0.units=50")
    outcome = train_once(read(config).config(overrides))
    assert outcome.scores is None
    assert len(outcome.losses) < 50


def test_seeds_start_at_the_configs_and_are_the_same_for_all(config):
    plan = Plan(read({**config, "seed": 3}), (), variations(["batch_size=1,8"]), 2)
    assert list(plan.seeds) == [3, 4]
    assert plan.trainings == [
        ("batch_size=1", "seed=3"),
        ("batch_size=1", "seed=4"),
        ("batch_size=8", "seed=3"),
        ("batch_size=8", "seed=4"),
    ]


@pytest.mark.parametrize(
    ("varied", "one"),
    [("batch_size=1,8", True), ("loss=huber,half_squared_error", False),
     ("data.scaling=minmax,standard", False)],
)  # fmt: skip
def test_losses_can_be_set_side_by_side_where_they_are_of_one_kind(config, varied, one):
    assert Plan(read(config), (), variations([varied]), 2).one_loss is one


def test_all_that_is_wrong_is_told_once_before_anything_is_trained(config):
    draft, varied = read({**config, "epoch": 3}), variations(["optimizer=adm,sgd", "l1=0,1"])
    with pytest.raises(ConfigError) as error:
        Plan(draft, ("l2=-1",), varied, 2)
    places = sorted(problem.place for problem in error.value.problems)
    assert places == ["--set l2", "--vary optimizer", "epoch"]
    with pytest.raises(ConfigError, match=r"--vary loss: hinge is a loss for classification"):
        Plan(read(config), (), variations(["loss=hinge,huber"]), 2)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["data.validation=0"], "needs rows to validate"),
        (["data.file=-"], "standard input can be read once"),
        (["data.validation=-"], "standard input can be read once"),
    ],
)
def test_data_that_cannot_be_compared_on_is_refused(config, overrides, message):
    with pytest.raises(ConfigError, match=message):
        Plan(read(config), overrides, variations(["epochs=1,2"]), 2)


def test_a_mistake_in_the_data_is_told_once(config):
    draft = read({**config, "data": {**config["data"], "target": "prize"}})
    with pytest.raises(DataError, match="did you mean price") as error:
        Plan(draft, (), activation_variations(draft, (), ""), 2)
    assert len(error.value.problems) == 1


def test_variations_of_one_seed_share_their_rows(config, monkeypatch):
    """A file is opened for each seed, and not for each variation; the outcomes do not change."""
    opened = []
    made = CsvTable.__init__

    def counted(table, *given, **keys):
        opened.append(table)
        made(table, *given, **keys)

    monkeypatch.setattr(CsvTable, "__init__", counted)
    varied = variations(["optimizer=adam,sgd,lion", "layers.0.units=3,5"])
    plan = Plan(read(config), ("epochs=2",), varied, 2)
    assert len(opened) == 1
    configs = [plan.draft.config(each) for each in plan.trainings]
    shared = [train_once(each) for each in sorted(configs, key=lambda each: each.seed)]
    assert len(opened) == 1 + 2
    alone = []
    for each in sorted(configs, key=lambda each: each.seed):
        monkeypatch.setattr(trainings, "LATEST", SharedRows())
        alone.append(train_once(each))
    assert [(each.losses, each.scores) for each in shared] == [
        (each.losses, each.scores) for each in alone
    ]


@pytest.mark.parametrize("seeds", [5_001, 10**9, 10**30])
def test_too_many_trainings_are_refused_with_their_number_and_time(config, seeds):
    with pytest.raises(ConfigError) as caught:
        Plan(read(config), (), variations(["epochs=1,2"]), seeds)
    (problem,) = caught.value.problems
    assert problem.place == "--seeds"
    assert f"2 variations with {seeds:,} seeds are {2 * seeds:,} trainings" in problem.message
    assert "hours on this machine" in problem.message
