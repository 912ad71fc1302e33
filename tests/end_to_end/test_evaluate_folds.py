"""`ann evaluate CONFIG --folds` as it is called."""

import csv
import json
import os
import signal
import subprocess
import time

import pytest

CONFIG = "data: {file: d.csv, target: y}\nlayers: [{units: 4}]\nepochs: 3\nbatch_size: 8\n"


def files(folder):
    rows = (f"{n},{n % 7},{3 * n + n % 5}\n" for n in range(40))
    (folder / "d.csv").write_text("t,b,y\n" + "".join(rows))
    (folder / "c.yaml").write_text(CONFIG)
    return folder


@pytest.fixture
def folder(tmp_path):
    return files(tmp_path)


def test_json_holds_all_that_the_table_shows(ann, folder):
    told = ann(
        "evaluate", "c.yaml", "--folds", "4", "--repeats", "2", "--baselines", "all",
        "--predictions", "p.csv", "--json", "--jobs", "1",
    )  # fmt: skip
    document = json.loads(told.stdout)
    assert (document["rows"], document["folds"], document["repeats"]) == (40, 4, 2)
    assert set(document["baselines"]) == {"mean", "linear", "gradient_boosting"}
    low, high = document["intervals"]["network"]["r2"].values()
    assert low < document["metrics"]["r2"] < high
    assert document["verdict"]["linear"]["verdict"] == "is worse than"
    each = document["trainings"]
    assert [(one["repeat"], one["fold"]) for one in each] == [
        (repeat, fold) for repeat in (1, 2) for fold in (1, 2, 3, 4)
    ]
    mean = sum(one["metrics"]["rmse"] for one in each) / 8
    assert document["metrics"]["rmse"] == pytest.approx(mean)
    rows = list(csv.DictReader((folder / "p.csv").read_text().splitlines()))
    assert list(rows[0]) == ["row", "repeat", "fold", "actual", "prediction"]
    assert [row["actual"] for row in rows[40:43]] == ["0.0", "4.0", "8.0"]
    assert sorted(each.name for each in folder.iterdir()) == ["c.yaml", "d.csv", "p.csv"]
    assert "is worse than mean" in told.stderr or "worse than" in told.stderr


def test_standard_output_is_a_csv_of_means_and_intervals(ann, folder):
    told = ann("evaluate", "c.yaml", "--folds", "3", "--set", "epochs=1", "--jobs", "1")
    rows = list(csv.DictReader(told.stdout.splitlines()))
    assert list(rows[0]) == ["metric", "value", "low", "high"]
    assert {row["metric"] for row in rows} == {"loss", "r2", "rmse", "mae"}
    assert "3 folds: 3 trainings, each up to 1 epoch, 1 at a time" in told.stderr
    piped = ann("evaluate", "-", "--folds", "3", "--set", "epochs=1", "-q", input=CONFIG)
    assert piped.stdout == told.stdout
    assert piped.stderr == ""


MISTAKES = {
    "a config alone": (("c.yaml",), 2, "this is a config", "--folds 5 trains and scores it"),
    "a config and data": (("c.yaml", "d.csv"), 2, "this is a config", "ann evaluate WEIGHTS DATA"),
    "data with folds": (("c.yaml", "d.csv", "--folds", "3"), 2, "d.csv is named as well", ""),
    "a table": (("d.csv", "--folds", "3"), 2, "this looks like a table", "ann init d.csv"),
    "weights": (("run/weights.npz", "--folds", "3"), 2, "a weights file", "run/config.yaml"),
    "a run folder": (("run", "--folds", "3"), 2, "a run folder", "ann evaluate run DATA"),
    "no data": (("run",), 2, "Missing argument 'DATA'", "ann evaluate --help"),
    "repeats": (("run", "d.csv", "--repeats", "2"), 2, "--repeats is for --folds", ""),
    "strict": (("c.yaml", "--folds", "3", "--strict"), 2, "--strict is for WEIGHTS", ""),
    "one fold": (("c.yaml", "--folds", "1"), 2, "--folds", "ann evaluate --help"),
    "no number": (("c.yaml", "--folds"), 2, "requires an argument", "ann evaluate --help"),
    "too many folds": (("c.yaml", "--folds", "41"), 3, "40 rows cannot make 41 folds", "fewer"),
    "onto the data": (
        ("c.yaml", "--folds", "3", "--predictions", "d.csv"),
        *(2, "d.csv: this file is read here, and would be replaced", "name another file"),
    ),
    "onto standard output": (
        ("c.yaml", "--folds", "3", "--predictions", "-"),
        *(2, "standard output has the scores", "name a file"),
    ),
    "no folder": (
        ("c.yaml", "--folds", "3", "--predictions", "nowhere/p.csv"),
        5,
        "there is no folder nowhere",
        "name another file",
    ),
}


@pytest.fixture(scope="module")
def trained(warm_in, tmp_path_factory):
    folder = files(tmp_path_factory.mktemp("trained"))
    warm_in(folder, "train", "c.yaml", "--set", "save_to=run", "--set", "epochs=1")
    return folder


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake(warm_in, trained, case):
    arguments, status, message, remedy = MISTAKES[case]
    told = warm_in(trained, "evaluate", *arguments, status=status)
    assert message in told.stderr
    assert remedy in told.stderr
    assert "trainings" not in told.stderr


def test_train_shows_gradient_boosting_where_asked_to(ann, folder):
    told = ann("train", "c.yaml", "--baselines", "all", "--set", "save_to=run", "--json")
    metrics = json.loads(told.stdout)["metrics"]
    assert set(metrics["baselines"]) == {"mean", "linear", "gradient_boosting"}
    assert metrics["verdict"]["gradient_boosting"]["confidence"] == pytest.approx(1 - 0.05 / 3)
    assert " gradient boosting " in told.stderr


def test_ctrl_c_ends_all_processes(command, environment, folder):
    started = subprocess.Popen(
        [command, "evaluate", "c.yaml", "--folds", "3", "--jobs", "2", "--set", "epochs=1000000"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )

    def alive():
        listed = subprocess.run(["ps", "-eo", "sid,stat"], capture_output=True, text=True)
        found = [line.split() for line in listed.stdout.splitlines()]
        return [stat for sid, stat in found if sid == str(started.pid) and stat[0] != "Z"]

    deadline = time.monotonic() + 120
    while len(alive()) < 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(started.pid, signal.SIGINT)
    _, said = started.communicate(timeout=120)
    assert started.returncode == 130
    assert b"Traceback" not in said
    while alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive() == []
