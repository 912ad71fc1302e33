"""A tuning finds what plain trainings find, and is judged by rows that it has not seen."""

import importlib.util
from itertools import count
from multiprocessing import active_children
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.config.read import read
from ann_cli.config.search_words import Choose
from ann_cli.errors import ConfigError, FileError
from ann_cli.experiments import study, tuned
from ann_cli.experiments.executors import executor
from ann_cli.experiments.search_space import place_of, searched
from ann_cli.experiments.tuned import finish
from ann_cli.experiments.tuning import Space, Tuning

RATES = "{range: [1e-4, 1e-1], log: true}"


def table(folder):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(80, 3)), columns=["a", "b", "c"])
    frame["price"] = 100 + 10 * frame["a"] * frame["b"] + generator.normal(0, 1, 80)
    frame["label"] = np.where(frame["a"] > 0, "yes", "no")
    frame.to_csv(folder / "data.csv", index=False)
    return frame


@pytest.fixture
def config(tmp_path):
    table(tmp_path)
    return {
        "data": {"file": str(tmp_path / "data.csv"), "target": "price", "exclude": ["label"]},
        "layers": [{"units": 5, "activation": {"choose": ["relu", "tanh"]}}],
        "optimizer": {"name": "adam", "learning_rate": {"range": [1e-4, 1e-1], "log": True}},
        "batch_size": 8,
        "epochs": 4,
        "engine": "numpy",
        "save_to": str(tmp_path / "run"),
    }


def tune(config, trials, *overrides, seconds=None, jobs=1, **options):
    """Return what a tuning came to, its file closed."""
    tuning = Tuning(read(config), overrides, **options)
    try:
        ended = tuning.ended()
        with executor(None, jobs, trials, alone=True) as where:
            for each in tuning.trials(where, seconds, trials):
                ended = each
        return finish(tuning, ended)
    finally:
        tuning.close()


def drawn(found):
    return [(each.number, each.value, each.picked) for each in found.ended]


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        (("data.target=price",), "loss"),
        (("data.target=label", "data.exclude=[price]", "data.test=0.3"), "loss"),
        (("data.scaling={choose: [standard, minmax]}",), "rmse"),
    ],
)
def test_the_config_that_is_written_trains_to_the_values_that_are_told(
    config, overrides, name, tmp_path
):
    """An independent `train` of the text has the best trial's value, and the kept rows' scores."""
    found = tune(config, 4, *overrides)
    assert found.best.value == min(each.value for each in found.ended if each.value is not None)
    (tmp_path / "tuned.yaml").write_text(found.text(tmp_path))
    run = ann_cli.train(tmp_path / "tuned.yaml", (f"save_to={tmp_path / 'again'}",))
    value = min(each["validation_loss"] for each in run.history)
    value = value if name == "loss" else run.metrics["validation"][name]
    assert value == pytest.approx(found.value, rel=1e-12)
    kept = {"rows": found.rows, **found.scores}
    assert kept == pytest.approx({key: run.metrics["test"][key] for key in kept}, rel=1e-12)
    before = ann_cli.train(
        {**config, "optimizer": "adam", "layers": [{"units": 5}]},
        (f"save_to={tmp_path / 'before'}", *(o for o in overrides if "choose" not in o),
         *(() if any("data.test" in o for o in overrides) else ("data.test=0.2",))),
    )  # fmt: skip
    untuned = {key: before.metrics["test"][key] for key in found.before}
    assert found.before == pytest.approx(untuned, rel=1e-12)


def test_equal_seeds_give_equal_trials_however_often_they_go_on(config, tmp_path):
    whole = tune(config, 4)
    for trials in (1, 3):
        parts = tune(config, trials, f"save_to={tmp_path / 'parts'}")
    assert [each.number for each in parts.ended] == list(range(4))
    assert drawn(parts) == drawn(whole)
    assert len({str(each.picked) for each in whole.ended}) == 4
    assert parts.text(tmp_path) == whole.text(tmp_path)
    other = tune(config, 2, f"save_to={tmp_path / 'other'}", "seed=1")
    assert [each.picked for each in other.ended] != [each.picked for each in whole.ended[:2]]
    assert drawn(tune(config, 0)) == drawn(whole)  # what lies there is told without a trial more


@pytest.mark.parametrize("jobs", [1, 2])
def test_few_combinations_are_tried_once_each(config, forked, jobs):
    """Also where trials were cut short before, and where more are asked for."""
    config["optimizer"] = "adam"
    config["layers"] = [{"units": {"choose": [3, {"range": [4, 5]}]}}]
    tuning = Tuning(read(config), ())
    tuning.study.ask("another call", listed=True, shared=False)
    tuning.study.cut_short("another call")
    assert [each.ending for each in tuning.ended()] == ["cut short"]
    tuning.close()
    for trials, processes in ((1, 1), (20, jobs)):
        found = tune(config, trials, jobs=processes)
    assert active_children() == []
    ended = [each for each in found.ended if each.ending != "cut short"]
    assert len(ended) == 3
    widths = {found.tuning.space.filled(each.pick).checked().layers[0].units for each in ended}
    assert widths == {3, 4, 5}


def test_the_rows_that_are_kept_out_choose_nothing(config, tmp_path):
    """With other targets in them all trials are the same, and only the last scores differ."""
    tuning = Tuning(read(config), ())
    (kept,) = tuning.example.data_set.data.frames("test")
    tuning.close()
    assert len(kept) == 16
    frame = pd.read_csv(tmp_path / "data.csv")
    frame.loc[kept.index, "price"] = 1000 - 7 * frame.loc[kept.index, "price"]
    frame.to_csv(tmp_path / "poisoned.csv", index=False)
    clean = tune(config, 4)
    poisoned = tune(
        config, 4, f"data.file={tmp_path / 'poisoned.csv'}", f"save_to={tmp_path / 'poisoned'}"
    )
    assert drawn(poisoned) == drawn(clean)
    assert poisoned.draft.checked().layers == clean.draft.checked().layers
    assert poisoned.scores["rmse"] > 10 * clean.scores["rmse"]


def test_trials_of_another_config_or_of_other_data_are_refused(config, tmp_path):
    assert len(tune(config, 2).ended) == 2
    with pytest.raises(ConfigError, match=r"other settings: epochs\n  --restart"):
        Tuning(read(config), ("epochs=5",))
    with pytest.raises(ConfigError, match="other settings: optimizer"):
        Tuning(read(config), ("optimizer.learning_rate={range: [1e-3, 1e-1]}",))
    frame = table(tmp_path)
    frame.loc[3, "price"] = 0.0
    frame.to_csv(tmp_path / "data.csv", index=False)
    with pytest.raises(ConfigError, match=r"other settings: the file of data\.file"):
        Tuning(read(config), ())
    assert len(tune(config, 1, restart=True).ended) == 1
    (tmp_path / "run" / "tuning.sqlite").write_text("no database")
    with pytest.raises(FileError, match="--restart"):
        Tuning(read(config), ())
    assert len(tune(config, 1, restart=True).ended) == 1


def test_what_diverges_or_is_refused_is_counted_with_its_reason(config):
    config["layers"] = [{"units": 5}, {"normalize": "batch"}]
    config["optimizer"] = {"name": "sgd", "learning_rate": {"choose": [1e-2, 1e5]}}
    config["batch_size"] = {"choose": [1, 8]}
    found = tune(config, 8)
    assert set(found.counts) == {"finished", "refused", "diverged"}
    reasons = {each.ending: each.reason for each in found.ended}
    assert "batch normalization compares the rows of a step" in reasons["refused"]
    assert "diverged in epoch" in reasons["diverged"]
    assert found.best.picked == {"optimizer.learning_rate": "0.01", "batch_size": "8"}


def test_where_nothing_can_finish_it_ends_soon(config, monkeypatch):
    monkeypatch.setattr("ann_cli.experiments.tuning.MOST_REFUSED", 3)
    config["optimizer"] = {"name": "sgd", "learning_rate": {"range": [1e5, 1e6]}}
    with pytest.raises(ConfigError, match="none of 3 trials finished: training diverged"):
        tune(config, 100)


def test_what_falls_behind_is_pruned(config):
    config["layers"] = [{"units": 5}]
    config["optimizer"] = {"name": "adam", "learning_rate": {"range": [1e-9, 0.02], "log": True}}
    found = tune(config, 14, "data.target=label", "data.exclude=[price]", "epochs=8")
    rates = {each.ending: set() for each in found.ended}
    for each in found.ended:
        rates[each.ending].add(each.picked["optimizer.learning_rate"])
    assert max(rates["pruned"]) < found.best.picked["optimizer.learning_rate"]


def test_time_ends_trials_and_leaves_some_for_the_last_trainings(config, monkeypatch):
    """By a clock on which each look takes a second, and each training a hundred."""
    clock = SimpleNamespace(monotonic=count().__next__, perf_counter=count(step=100).__next__)
    for each in ("tuning", "trial_training"):
        monkeypatch.setattr(f"ann_cli.experiments.{each}.time", clock)
    with pytest.raises(ConfigError, match="no trial has finished so far"):
        tune(config, None, seconds=4)
    found = tune(config, None, seconds=230, restart=True)
    assert 1 <= found.counts["finished"] <= 10  # in 30 seconds, and not in 230


def test_what_mattered_is_told_once_trials_are_many(config, monkeypatch, tmp_path):
    config["shuffle"] = {"choose": [True, False]}
    few = tune(config, 12)
    assert few.importance == {}
    assert "What mattered" not in few.text(tmp_path)
    monkeypatch.setattr(tuned, "MANY", 5)
    many = tune(config, 0)
    assert sum(many.importance.values()) == pytest.approx(1)
    assert next(iter(many.importance)) == "optimizer.learning_rate"  # of 1e-4 to 1e-1
    rate = many.settings["optimizer.learning_rate"]
    assert f"optimizer.learning_rate = {rate}\n" in many.text(tmp_path)


USUAL = [
    (),
    ("optimizer=sgd",),
    ("optimizer={name: adamw, weight_decay: 0.02}",),
    ("layers=[{units: 8, activation: {name: leaky_relu, slope: 0.2}, dropout: 0.15}]",),
    ("layers=[{units: 8, weight_decay: 0.5}]", "optimizer=adamw"),
    ("layers=[{units: 500}, {units: 500}]", "l2=0.3", "batch_size=7", "schedule=cosine"),
    ("data.encoding=piecewise", "ensemble={members: 4, folds: 2, variations: [{}, {layers: []}]}"),
]


@pytest.mark.parametrize("overrides", USUAL, ids=range(len(USUAL)))
def test_the_usual_space_is_one_that_the_config_lies_in(overrides):
    draft = read({"data": {"file": "x.csv", "target": "y"}}).changed(overrides)
    space, usual = searched(Space(draft))
    assert usual
    before = draft.checked()
    space.check()
    place = place_of(space, before)

    def pick(word):
        value = place.get(word.name)
        if value is None:
            return None
        return word.labels.index(value) if isinstance(word, Choose) else value

    assert space.filled(pick).checked() == before
    assert "optimizer.learning_rate" in place


def test_the_usual_space_leaves_what_it_does_not_understand():
    layers = "layers=[{units: 8}, {normalize: layer}]"
    draft = read({"data": {"file": "x.csv", "target": "y"}}).changed((layers, "batch_size=full"))
    names = {each.name for each in searched(Space(draft))[0].words.values()}
    assert names == {"optimizer.learning_rate", "l2", "schedule"}


@pytest.mark.parametrize(
    ("encoding", "batch_size", "names"),
    [
        ("{name: piecewise, bins: 12}", 64, {"data.encoding.bins", "batch_size"}),
        ("none", 64, {"batch_size"}),
        ("none", "full", set()),
    ],
)
def test_what_variations_have_of_their_own_is_not_usually_searched(encoding, batch_size, names):
    own = "{optimizer: {name: adam, learning_rate: 0.02}, layers: [{units: 3}]}"
    given = {"data": {"file": "x.csv", "target": "y"}, "schedule": "cosine"}
    draft = read(given).changed(
        [
            f"data.encoding={encoding}",
            f"batch_size={batch_size}",
            f"ensemble={{members: 8, folds: 4, variations: [{{}}, {own}]}}",
        ]
    )
    if not names:
        with pytest.raises(ConfigError, match="variations have settings of their own"):
            searched(Space(draft))
        return
    space, _ = searched(Space(draft))
    assert {each.name for each in space.words.values()} == names
    before = {"data.encoding.bins": "12", "batch_size": "64"}
    assert place_of(space, draft.checked()) == {name: before[name] for name in names}


@pytest.mark.parametrize("layers", [[{"units": 5}], None])
def test_the_first_trial_is_the_config_as_it_stood(config, layers, tmp_path):
    """Also of a config that leaves its layers out, and has them chosen for the table."""
    config["layers"], config["optimizer"] = layers, "adam"
    if layers is None:
        del config["layers"], config["optimizer"]
    found = tune(config, 1)
    assert found.tuning.usual
    assert found.unchanged
    run = ann_cli.train(config, ("data.test=0.2", f"save_to={tmp_path / 'before'}"))
    expected = {key: run.metrics["test"][key] for key in found.scores}
    assert found.scores == pytest.approx(expected, rel=1e-12)
    assert found.verdict == "No trial was better than the config as it stood."


def test_without_optuna_it_is_said_how_to_install_it(config, monkeypatch):
    known = importlib.util.find_spec
    monkeypatch.setattr(study, "find_spec", lambda name: None if name == "optuna" else known(name))
    with pytest.raises(ConfigError, match=r'pip install "ann-cli\[tune\]"'):
        Tuning(read(config), ())
