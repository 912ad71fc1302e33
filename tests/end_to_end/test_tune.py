"""`ann tune` as it is called: a config on standard output, and words on standard error."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from contextlib import closing, suppress

import pytest
import yaml

from ann_cli.cli.tune import to_seconds

CONFIG = """\
data: {file: d.csv, target: y}
layers: [{units: {choose: [3, 4]}}]
optimizer: {name: adam, learning_rate: {range: [1e-3, 1e-1], log: true}}
epochs: 3
"""


@pytest.fixture
def folder(tmp_path):
    rows = (f"{n},{n % 7},{3 * n + n % 5}\n" for n in range(60))
    (tmp_path / "d.csv").write_text("a,b,y\n" + "".join(rows))
    (tmp_path / "c.yaml").write_text(CONFIG)
    return tmp_path


def test_standard_output_is_a_config_that_trains(ann, folder):
    told = ann("tune", "c.yaml", "--trials", "3", "--processes", "1")
    assert "on 12 test rows" in told.stderr
    assert "The tuned config" in told.stderr
    assert told.stdout.startswith("# Found by ann tune c.yaml: 3 trials (3 finished).\n")
    assert yaml.safe_load(told.stdout)["optimizer"]["name"] == "adam"
    (folder / "tuned.yaml").write_text(told.stdout)
    ann("train", "tuned.yaml")
    assert "ann tune CONFIG" in ann("train", "c.yaml", status=2).stderr
    again = ann("tune", "c.yaml", "--trials", "0", "--output", "kept.yaml", "-q")
    assert (again.stdout, again.stderr) == ("kept.yaml\n", "")
    assert (folder / "kept.yaml").read_text() == told.stdout
    document = json.loads(ann("tune", "c.yaml", "--trials", "0", "--json", "-q").stdout)
    assert document["config"] == told.stdout
    assert document["trials"] == {"all": 3, "finished": 3}
    assert document["test"]["rows"] == 12
    assert document["verdict"] in told.stderr


def trials(path):
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file,
    ):
        return file.execute("SELECT count(*) FROM trials").fetchone()[0]
    return 0


def test_ctrl_c_keeps_the_trials_and_says_how_to_go_on(command, environment, folder):
    started = subprocess.Popen(
        [command, "tune", "c.yaml", "--time", "5m", "--processes", "2"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while trials(folder / "runs" / "c" / "tuning.sqlite") < 1:
        time.sleep(0.1)
    os.kill(started.pid, signal.SIGINT)
    out, told = started.communicate(timeout=120)
    assert (started.returncode, out) == (130, "")
    assert "go on: ann tune c.yaml --time 5m --processes 2\n" in told
    assert "error" not in told


def test_what_is_wrong_is_told_before_anything_is_trained(ann, folder):
    config = ann("tune", "c.yaml", "--set", "l1={range: [2, 1]}", status=2)
    assert "--set l1: range goes from 2 to 1" in config.stderr
    own = ann("tune", "c.yaml", "--output", "c.yaml", status=2)
    assert "c.yaml: this file is read here" in own.stderr
    assert not (folder / "runs").exists()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5m", 300), ("90s", 90), ("1h", 3600), ("2h30m", 9000), ("90", 90), ("1m30", 90)],
)
def test_a_time_is_read(text, seconds):
    assert to_seconds(None, None, text) == seconds


@pytest.mark.parametrize("text", ["", "0", "m", "5 m", "-1m", "1s1m", "inf", "1d"])
def test_a_time_that_is_none_is_refused(text):
    with pytest.raises(Exception, match="is no time"):
        to_seconds(None, None, text)
