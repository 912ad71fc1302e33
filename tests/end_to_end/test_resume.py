"""Signals and `--resume` on the installed command, in processes of their own."""

import os
import signal
import subprocess
import time

import pytest

STATUS = {signal.SIGINT: 130, signal.SIGHUP: 129}


@pytest.fixture
def folder(tmp_path):
    """A folder with a small table, d.csv, and its config, c.yaml."""
    rows = "".join(f"{2 * n},{n % 7},{3 * n + 1}\n" for n in range(400))
    (tmp_path / "d.csv").write_text(f"a,b,y\n{rows}")
    config = "data: {file: d.csv, target: y}\nlayers: [{units: 4}]\nsave_to: run\n"
    (tmp_path / "c.yaml").write_text(config)
    return tmp_path


EACH_EPOCH = ("--set", "checkpoint_every=0")


@pytest.fixture
def begun(command, environment, folder):
    """begun(*arguments): a training that is under way."""
    processes = []

    def begin(*arguments):
        process = subprocess.Popen(
            [command, "train", "c.yaml", *EACH_EPOCH, *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environment,
        )
        processes.append(process)
        while not (folder / "run" / "checkpoint.npz").exists():  # of its first epoch
            assert process.poll() is None
            time.sleep(0.01)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("sent", "engine"), [(signal.SIGHUP, "numpy"), (signal.SIGINT, "numba")])
def test_a_signal_leaves_a_training_that_goes_on(ann, begun, folder, sent, engine):
    """However far it has come. The statuses of all signals: test_command_line.py."""
    keys = ("--set", f"engine={engine}", "--set", "batch_size=1")
    if engine == "numba":  # a signal that comes while it compiles leaves no checkpoint
        ann("train", "c.yaml", "--set", "epochs=1", "--set", "save_to=compiled", *keys)
    process = begun("--set", "epochs=1000000", *keys)
    process.send_signal(sent)
    out, told = process.communicate(timeout=120)
    assert (process.returncode, out) == (STATUS[sent], "")
    said, _, go_on = told.splitlines()[-1].partition("; go on: ")
    assert said.endswith(" of 1,000,000 epochs")
    asked = (*EACH_EPOCH, "--set", "epochs=1000000", *keys)
    assert go_on == " ".join(("ann train --resume c.yaml", *asked))
    assert (folder / "run" / "checkpoint.npz").exists()
    assert not (folder / "run" / "weights.npz").exists()
    assert "--resume" in ann("train", "c.yaml", status=2).stderr


def test_the_line_that_is_told_goes_on_as_if_nothing_had_been(warm_shell, ann, begun, folder):
    """A checkpoint an epoch keeps it from its end until the signal comes; then there are few."""
    keys = ("--set", "epochs=800", "--set", "engine=numpy", "--set", "batch_size=full")
    process = begun(*keys)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=120)
    go_on = told.splitlines()[-1].partition("go on: ")[2]
    resumed = warm_shell(f"{go_on} --set checkpoint_every=60")
    assert resumed.returncode == 0, resumed.stderr
    assert "note: goes on after " in resumed.stderr
    ann("train", "c.yaml", *keys, "--set", "save_to=whole")
    for name in ("weights.npz", "history.csv"):
        assert (folder / "run" / name).read_bytes() == (folder / "whole" / name).read_bytes()


def test_quiet_says_how_to_go_on_all_the_same(shell, folder):
    told = shell(
        "ann train c.yaml -q --set checkpoint_every=0 --set epochs=1000000 --set engine=numpy & "
        "until test -e run/checkpoint.npz; do sleep 0.1; done; kill $!; wait $!; echo $?"
    )
    assert told.stdout == "143\n"
    assert "go on: ann train --resume c.yaml -q" in told.stderr


def test_a_second_signal_acts_at_once(begun, folder):
    """The first waits for a step of all rows to end, here a long one; the second for nothing."""
    table = (folder / "d.csv").read_text().split("\n", 1)
    (folder / "d.csv").write_text(table[0] + "\n" + table[1] * 250)
    keys = ("batch_size=full", "layers=[{units: 500}]", "engine=numpy")
    process = begun(*(word for key in keys for word in ("--set", key)))
    process.send_signal(signal.SIGTERM)
    time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert process.returncode == 143


def test_restart_begins_anew(ann, begun, folder):
    process = begun("--set", "epochs=1000000", "--set", "engine=numpy")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    ann("train", "c.yaml", "--resume", status=2)
    ann("train", "c.yaml", "--restart", "--set", "epochs=2")
    ann("train", "c.yaml", "--set", "epochs=1")
    names = set(os.listdir(folder / "run"))
    assert names > {"checkpoint.npz", "checkpoint.previous.npz", "weights.npz"}


def test_verify_has_three_answers(ann, folder):
    ann("train", "c.yaml", "--set", "epochs=3")
    assert ann("verify", "run/weights.npz").stdout == "identical\n"
    content = (folder / "d.csv").read_text()
    (folder / "crlf.csv").write_bytes(content.replace("\n", "\r\n").encode())
    told = ann("verify", "run/weights.npz", "--data", "crlf.csv")
    assert told.stdout == "identical\n"
    assert "data file was " in told.stderr
    (folder / "other.csv").write_text(content.replace("9", "8"))
    told = ann("verify", "run/weights.npz", "--data", "other.csv", status=4)
    assert told.stdout == "different\n"
    assert "largest difference of a score" in told.stderr


def test_verify_wants_data_that_came_through_a_pipe(ann, folder):
    rows = (folder / "d.csv").read_text()
    ann("train", "c.yaml", "--set", "data.file=-", "--set", "epochs=2", input=rows)
    assert "--data" in ann("verify", "run/weights.npz", status=2).stderr
    assert ann("verify", "run/weights.npz", "--data", "d.csv").stdout == "identical\n"


def test_the_same_rows_through_a_pipe_are_the_same_data(ann, folder):
    rows = (folder / "d.csv").read_text()
    piped = ("train", "c.yaml", "--set", "data.file=-")
    ann(*piped, "--set", "epochs=4", "--set", "save_to=whole", input=rows)
    ann(*piped, "--set", "epochs=2", input=rows)
    told = ann(*piped, "--set", "epochs=4", "--resume", input=rows + "1,2,3\n", status=3)
    assert "the data changed since the checkpoint" in told.stderr
    ann(*piped, "--set", "epochs=4", "--resume", input=rows)
    weights = [(folder / name / "weights.npz").read_bytes() for name in ("run", "whole")]
    assert weights[0] == weights[1]


def test_rows_that_pass_once_cannot_go_on(ann, folder):
    rows = (folder / "d.csv").read_text()
    ann("train", "c.yaml", "--set", "epochs=1", "--set", "save_to=before")
    once = ("--set", "data.file=-", "--set", "epochs=1", "--encoder", "before/weights.npz")
    once += ("--set", "engine=numpy")  # which auto chooses by the number of rows
    told = ann("train", "c.yaml", *once, "--resume", input=rows, status=2)
    assert "rows that pass once" in told.stderr
    ann("train", "c.yaml", *once, input=rows)
    assert not (folder / "run" / "checkpoint.npz").exists()
