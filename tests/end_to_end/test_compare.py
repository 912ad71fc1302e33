"""`ann compare` and `ann compare-activations` as they are called."""

import csv
import json
import signal
import subprocess
import time

import pytest
from scipy import stats

CONFIG = "data: {file: d.csv, target: y}\nlayers: [{units: 4}]\nepochs: 3\nbatch_size: 8\n"


@pytest.fixture
def folder(tmp_path):
    rows = (f"{n},{n % 7},{3 * n + n % 5},{'odd' if n % 2 else 'even'}\n" for n in range(40))
    (tmp_path / "d.csv").write_text("a,b,y,kind\n" + "".join(rows))
    (tmp_path / "c.yaml").write_text(CONFIG)
    return tmp_path


def files(folder):
    return sorted(each.name for each in folder.iterdir())


def test_json_holds_all_that_the_table_shows(ann, folder):
    told = ann(
        "compare", "c.yaml", "--vary", "optimizer=sgd,adam", "--vary", "layers=[{units: 8}],[]",
        "--seeds", "2", "--json",
    )  # fmt: skip
    document = json.loads(told.stdout)
    results = document["results"]
    assert document["seeds"] == [0, 1]
    assert document["metric"] == "rmse"
    settings = [each["settings"] for each in results]
    for optimizer in ("sgd", "adam"):
        for layers in ([{"units": 8}], []):
            assert {"optimizer": optimizer, "layers": layers} in settings
    best, *others = results
    assert best["rmse"] == min(each["rmse"] for each in results)
    for each in others:
        expected = stats.ttest_rel(each["by_seed"], best["by_seed"]).confidence_interval(0.95)
        found = (each["difference_low"], each["difference_high"])
        assert found == pytest.approx(tuple(expected))
    assert document["verdict"] in told.stderr
    assert "optimizer=sgd layers=[]" in document["verdict"]
    assert files(folder) == ["c.yaml", "d.csv"]


def test_csv_is_a_row_a_variation(ann, folder):
    told = ann("compare", "c.yaml", "--vary", "data.target=y", status=2).stderr
    assert "--vary data.target: data.target cannot be varied" in told
    told = ann(
        "compare", "c.yaml", "--vary", "batch_size=1,full", "--set", "data.target=kind",
        "--set", "data.types={kind: category}", "--seeds", "2", "--csv", "-q", "--jobs", "1",
        "--report",
    )  # fmt: skip
    assert told.stderr == ""
    assert files(folder) == ["c.yaml", "comparison.html", "d.csv"]
    assert "--vary batch_size=1,full" in (folder / "comparison.html").read_text()
    rows = list(csv.DictReader(told.stdout.splitlines()))
    assert {row["batch_size"] for row in rows} == {"1", "full"}
    assert rows[0]["standing"] == "best"
    assert float(rows[0]["accuracy"]) >= float(rows[1]["accuracy"])


def test_without_either_standard_output_is_empty(ann, folder):
    told = ann(
        "compare-activations", "c.yaml", "--activations", "relu,tanh", "--seeds", "2", "--jobs", "1"
    )
    assert told.stdout == ""
    assert max(len(line) for line in told.stderr.splitlines()[:-1]) <= 80
    assert "over 2 seeds" in told.stderr


def test_bare_in_any_folder(ann, tmp_path):
    told = ann(
        "compare-activations", "--set", "epochs=1", "--set", "layers.1.units=8", "--seeds", "2",
        "--activations", "tanh,{name: leaky_relu, slope: 0.2}", "--json", "--jobs", "1",
    )  # fmt: skip
    names = [each["activation"] for each in json.loads(told.stdout)["results"]]
    assert "tanh" in names
    assert {"name": "leaky_relu", "slope": 0.2} in names
    assert files(tmp_path) == []


def test_to_diverge_is_a_result(ann, folder):
    told = ann(
        "compare", "c.yaml", "--vary", "optimizer={name: sgd, learning_rate: 1e6},adam",
        "--set", "epochs=40", "--seeds", "2", "--json", "--jobs", "1",
    )  # fmt: skip
    best, diverged = json.loads(told.stdout)["results"]
    assert best["settings"] == {"optimizer": "adam"}
    assert (diverged["standing"], diverged["rmse"], diverged["diverged"]) == ("diverged", None, 2)
    assert "Diverged: optimizer={name: sgd, learning_rate: 1e6} (" in told.stderr


MISTAKES = {
    "unknown key": (("--vary", "optmizer=sgd,adam"), "--vary optmizer: unknown key", "optimizer?"),
    "bad value": (("--vary", "batch_size=0,8"), "--vary batch_size: expected", "found 0"),
    "page": (("--vary", "epochs=1,2", "--report", "c.yaml"), "'--report': 'c.yaml'", ".html"),
    "bracket": (("--vary", "layers=[{units: 8}"), "--vary layers: the [ is not closed", ""),
    "no values": (("--vary", "epochs"), "--vary epochs: expected KEY=V1,V2", "for example"),
    "seed": (("--vary", "seed=1,2"), "--vary seed: seed cannot be varied", "--seeds"),
    "one seed": (("--vary", "epochs=1,2", "--seeds", "1"), "--seeds", "see ann compare --help"),
    "no jobs": (("--vary", "epochs=1,2", "--jobs", "0"), "--jobs", ""),
    "nothing to vary": ((), "Missing option '--vary'", ""),
    "two forms": (("--vary", "epochs=1,2", "--csv", "--json"), "--json and --csv", ""),
    "config on a pipe, data too": (
        ("--vary", "epochs=1,2", "--set", "data.file=-"),
        "--set data.file: standard input can be read once",
        "",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake(ann, folder, case):
    arguments, place, remedy = MISTAKES[case]
    told = ann("compare", "c.yaml", *arguments, status=2)
    assert place in told.stderr
    assert remedy in told.stderr
    assert "variations ×" not in told.stderr


def test_all_mistakes_at_once(ann, folder):
    told = ann(
        "compare", "c.yaml", "--vary", "optimizer=adm,sgd", "--vary", "batch_size=0,x",
        "--set", "epochs=-1", status=2,
    ).stderr  # fmt: skip
    assert told.count("error: ") == 4
    assert "did you mean adam?" in told


def test_an_unknown_activation(ann, folder):
    told = ann("compare-activations", "c.yaml", "--activations", "rellu,softmax", status=2)
    assert "--activations: 'rellu' is not an activation\n  did you mean relu?" in told.stderr
    assert "--activations: softmax cannot be in a hidden layer" in told.stderr
    told = ann("compare-activation", status=2).stderr
    assert "did you mean compare-activations?" in told


def test_the_config_may_come_through_a_pipe(ann, folder):
    options = ("--vary", "epochs=1,2", "--seeds", "2", "--csv", "--jobs", "1")
    told = ann("compare", "-", *options, input=CONFIG)
    assert len(told.stdout.splitlines()) == 3


def processes_of(session):
    listed = subprocess.run(["ps", "-eo", "sid,stat"], capture_output=True, text=True, check=True)
    found = [line.split() for line in listed.stdout.splitlines()]
    return [stat for sid, stat in found if sid == str(session) and not stat.startswith("Z")]


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_no_process_outlives_the_command(command, environment, folder, sent, status):
    """Of these signals; of Ctrl-C: test_evaluate_folds.py."""
    started = subprocess.Popen(
        [command, "compare", "c.yaml", "--vary", "epochs=1000000,1000001"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while len(processes_of(started.pid)) < 4 and time.monotonic() < deadline:
        time.sleep(0.05)  # ann, two workers, and what multiprocessing keeps beside them
    started.send_signal(sent)
    _, said = started.communicate(timeout=120)
    assert started.returncode == status
    if sent is not signal.SIGKILL:  # a worker that has just begun loses what it is reading
        assert b"Traceback" not in said
    while processes_of(started.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_of(started.pid) == []
