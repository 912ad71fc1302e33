"""Data larger than memory, from files and pipes, as a person streams it."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

STREAMED = ("--set", "data.stream=true", "--set", "epochs=2")


@pytest.fixture
def large(houses, tmp_path):
    """large(rows): a CSV of so many rows."""

    def large(rows):
        header, *lines = (houses.folder / "training.csv").read_text().splitlines()
        path = tmp_path / f"{rows}.csv"
        path.write_text("\n".join([header, *(lines * (rows // len(lines) + 1))[:rows], ""]))
        return path

    return large


def arrays(path):
    with np.load(path) as file:
        return {name: file[name].tolist() for name in file.files if name != "metadata"}


def metrics(path):
    found = json.loads((path / "metrics.json").read_text())
    del found["seconds"], found["written"]  # what the config says differs
    return found


def test_standard_input_gives_what_the_file_gives(ann, warm_shell, houses, large, tmp_path):
    path = large(3000)
    (tmp_path / "tmp").mkdir()
    common = ("train", houses.config, *STREAMED, "--set", "data.validation=0.2", "-q")
    ann(*common, "--set", f"data.file={path}", "--set", "save_to=a")
    script = 'cat "$1" | TMPDIR=$PWD/tmp ann "${@:2}"'
    rest = ("--set", "data.file=-", "--set", "save_to=b")
    piped = warm_shell(script, path, *common, *rest)
    assert (piped.returncode, piped.stdout, piped.stderr) == (0, "b/weights.npz\n", "")
    assert arrays(tmp_path / "a" / "weights.npz") == arrays(tmp_path / "b" / "weights.npz")
    assert metrics(tmp_path / "a") == metrics(tmp_path / "b")
    assert list((tmp_path / "tmp").iterdir()) == []
    assert {each.name for each in (tmp_path / "b").iterdir()} == {
        each.name for each in houses.weights.parent.iterdir()
    }


def test_a_named_pipe_is_read_like_a_file(warm_shell, houses, tmp_path):
    script = (
        'mkfifo pipe && (cat "$1" > pipe &) && '
        'ann train "$2" "${@:3}" --set data.file=$PWD/pipe --set save_to=x'
    )
    finished = warm_shell(script, houses.folder / "training.csv", houses.config, *STREAMED)
    assert finished.returncode == 0, finished.stderr
    assert arrays(tmp_path / "x" / "weights.npz").keys() == arrays(houses.weights).keys()


def test_one_pass_over_a_pipe_is_that_over_the_file(ann, warm_shell, houses, large, tmp_path):
    path = large(3000)
    common = ("train", houses.config, "--encoder", houses.weights)
    common += ("--set", "epochs=1", "--set", "l2=0", "--set", "data.validation=0.2")
    common += ("--set", "engine=numpy")  # which auto chooses by the number of rows
    ann(*common, "--set", "data.stream=true", "--set", f"data.file={path}", "--set", "save_to=a")
    rest = ("--set", "data.file=-", "--set", "save_to=b")
    # Nothing but the pipe: there is no folder to spool to.
    script = 'cat "$1" | TMPDIR=/nowhere ann "${@:2}"'
    piped = warm_shell(script, path, *common, *rest)
    assert piped.returncode == 0, piped.stderr
    assert "rows to train on as they come" in piped.stderr
    assert arrays(tmp_path / "a" / "weights.npz") == arrays(tmp_path / "b" / "weights.npz")
    assert metrics(tmp_path / "a") == metrics(tmp_path / "b")
    assert json.loads(ann("evaluate", "b/weights.npz", path, "--json").stdout)["rows"] == 3000


def test_what_one_pass_cannot_know_is_told(warm_shell, houses, tmp_path):
    script = 'cat "$1" | ann train "$2" --encoder "$3" --set data.file=- --set epochs=1'
    script += " --set l2=auto --set engine=numpy"  # which auto chooses by the number of rows
    finished = warm_shell(script, houses.folder / "training.csv", houses.config, houses.weights)
    assert finished.returncode == 0, finished.stderr
    assert "note: l2 is 0: auto needs the number of rows" in finished.stderr
    script += " --set class_weight=balanced --set data.target=bedrooms"
    finished = warm_shell(script, houses.folder / "training.csv", houses.config, houses.weights)
    assert finished.returncode == 2
    assert finished.stderr.startswith("error: --encoder: the encoder is one for regression of")


# A process of its own starts ann: one that is forked off a large process counts as large itself.
PEAK = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
status, used = os.wait4(pid, 0)[1:]
print(used.ru_maxrss // 1024)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def peak(command, environment, folder, *arguments):
    """Return the peak memory of a command, in MB."""
    finished = subprocess.run(
        [sys.executable, "-c", PEAK, command, *map(str, arguments)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(finished.stdout.splitlines()[-1])


def test_memory_does_not_grow_with_the_rows(command, environment, houses, large, tmp_path):
    settings = ("epochs=1", "batch_size=4096", "data.stream=true", "data.validation=0.2")
    overrides = [word for setting in settings for word in ("--set", setting)]
    few, many = (
        peak(
            command, environment, tmp_path, "train", houses.config, "-q", *overrides, "--set", file
        )
        for file in (f"data.file={large(rows)}" for rows in (300_000, 1_500_000))
    )
    # In memory, 1,200,000 rows more take 120 MB more; what is measured of one size differs by 20.
    assert many - few < 60


@pytest.mark.parametrize("cache", ["true", "false"])
def test_ctrl_c_ends_it_and_leaves_a_checkpoint(
    command, environment, houses, large, tmp_path, cache
):
    settings = ("data.stream=true", "save_to=x", "epochs=100000", f"data.cache={cache}")
    settings += ("checkpoint_every=0",)
    settings += (f"data.file={large(50_000)}", "engine=numpy")  # compiling keeps no checkpoint
    overrides = [word for setting in settings for word in ("--set", setting)]
    training = subprocess.Popen(
        [command, "train", houses.config, *overrides],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
    )
    try:
        while not (tmp_path / "x" / "checkpoint.npz").exists():  # of the first epoch
            assert training.poll() is None
            time.sleep(0.05)
        training.send_signal(signal.SIGINT)
        out, told = training.communicate(timeout=120)
    finally:
        training.kill()
    assert (training.returncode, out) == (130, "")
    assert "Traceback" not in told
    assert "; go on: " in told
    names = {each.name for each in (tmp_path / "x").iterdir()}
    assert names - {"checkpoint.previous.npz"} == {"checkpoint.npz"}


def test_ctrl_c_ends_the_wait_for_a_pipe(command, environment, houses, tmp_path):
    header, *lines = (houses.folder / "training.csv").read_text().splitlines()
    settings = ("--set", "data.file=-", "--set", "save_to=x", "--set", "epochs=1")
    settings += ("--set", "engine=numpy")
    training = subprocess.Popen(
        [command, "train", houses.config, *settings, "--encoder", houses.weights],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
    )
    try:
        training.stdin.write("\n".join([header, *lines * 400, ""]))
        training.stdin.flush()
        while "parameters" not in training.stderr.readline():
            assert training.poll() is None
        time.sleep(0.3)
        training.send_signal(signal.SIGINT)
        assert training.wait(120) == 130
    finally:
        training.kill()
        for stream in (training.stdin, training.stdout, training.stderr):
            stream.close()


def test_a_wrong_cell_far_down_has_its_line(ann, houses, large, tmp_path):
    path = large(120_000)
    with path.open("a") as file:
        file.write("1,2,none at all,4,5\n")
    told = ann("train", houses.config, *STREAMED, "--set", f"data.file={path}").stderr
    assert "column distance: 1 cell counted as missing" in told
    assert '"none at all" (line 120002; 1 cell)' in told
