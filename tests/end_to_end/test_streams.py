"""Standard output carries data only, and not a byte of it is lost without a word."""

import json
import os
import re
import signal
import subprocess
import termios
import time

import pytest

STYLE = re.compile(r"\x1b\[[0-9;]*m")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture(scope="module")
def large(houses, tmp_path_factory):
    """Rows enough that their predictions fill a pipe many times over."""
    header, *rows = houses.validation.read_text().splitlines()
    path = tmp_path_factory.mktemp("large") / "large.csv"
    path.write_text("\n".join([header, *rows * 1000, ""]))
    return path


def test_what_a_person_reads_goes_to_standard_error(houses, penguins):
    for trained in (houses, penguins):
        assert trained.finished.stdout == "run/weights.npz\n"
        said = trained.finished.stderr
        assert "to validate" in said
        assert "network" in said
        assert "linear" in said
        assert "\x1b" not in said
        assert "\r" not in said


def test_quiet_is_silent(ann, houses, tmp_path):
    overrides = ("--set", "epochs=1", "--set", "save_to=x")
    for arguments in (
        ("train", houses.config, *overrides),
        ("check", houses.config, "--gradients"),
        ("trace", houses.config),
        ("inspect", houses.weights, "--data", houses.validation),
        ("predict", houses.weights, houses.validation),
        ("evaluate", houses.weights, houses.validation),
    ):
        plain, quiet = ann(*arguments), ann(*arguments, "-q")
        assert plain.stderr or arguments[0] == "predict"
        assert quiet.stderr == ""
        assert quiet.stdout == plain.stdout
    failed = ann("train", "none.yaml", "-q", status=2).stderr
    assert failed.startswith("error: none.yaml: no such file")


def test_a_reader_that_goes_away_is_no_error(shell, houses, large):
    script = 'ann predict "$@" | head -1'
    finished = shell(script, houses.weights, large)
    assert (finished.returncode, finished.stdout, finished.stderr) == (141, "prediction\n", "")


@pytest.mark.parametrize(
    "script",
    [
        'ann predict "$1" "$2" > /dev/full',
        'ann predict "$1" "$3" > /dev/full',
        'ann predict "$1" "$2" --json > /dev/full',
        'ann evaluate "$1" "$2" > /dev/full',
        "ann schema > /dev/full",
        "ann --help > /dev/full",
        "ann --version > /dev/full",
    ],
)
def test_a_full_disk_is_told_in_one_line(shell, houses, large, script):
    finished = shell(script, houses.weights, houses.validation, large)
    told = finished.stderr.splitlines()
    assert finished.returncode == 5, told
    assert told[-1] == "error: standard output: no space left on device"
    assert [line for line in told if "rror" in line] == told[-1:]


@pytest.mark.parametrize(
    "script",
    [
        'ann predict "$@" >&-',
        'ann evaluate "$@" --json >&-',
        "ann schema >&-",
        "ann --help >&-",
        "ann --version >&-",
    ],
)
def test_a_closed_standard_output_is_told(shell, houses, script):
    finished = shell(script, houses.weights, houses.validation)
    assert finished.returncode == 5
    assert "error: standard output is closed\n" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_closed_standard_error_does_no_harm(shell, houses):
    with_it = shell('ann evaluate "$@"', houses.weights, houses.validation)
    without = shell('ann evaluate "$@" 2>&-', houses.weights, houses.validation)
    assert (without.returncode, without.stdout) == (0, with_it.stdout)
    assert shell("ann train none.yaml 2>&-").returncode == 2
    trained = shell('ann train "$@" --set epochs=1 --set save_to=x 2>&-', houses.config)
    assert (trained.returncode, trained.stdout) == (0, "x/weights.npz\n")


def test_a_closed_standard_input_is_told(shell, houses):
    finished = shell('ann predict "$1" - <&-', houses.weights)
    assert finished.returncode == 3
    assert finished.stderr == "error: standard input: is closed\n"


def test_a_closed_standard_input_is_told_to_train(shell):
    assert shell("ann train - <&-").returncode == 2


@pytest.mark.parametrize(
    ("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)
def test_a_signal_ends_a_training_quietly(command, environment, houses, tmp_path, sent, status):
    overrides = ["--set", "epochs=1000000", "--set", "save_to=x"]
    training = subprocess.Popen(
        [command, "train", str(houses.config), *overrides],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
    )
    try:
        while "parameters" not in training.stderr.readline():
            assert training.poll() is None
        time.sleep(0.3)
        training.send_signal(sent)
        out, told = training.communicate(timeout=20)
    finally:
        training.kill()
    assert (training.returncode, out) == (status, "")
    assert "Traceback" not in told
    assert not list((tmp_path / "x").iterdir())


def on_a_terminal(command, environment, folder, *arguments, columns=80):
    """Run ann with standard error on a terminal; return its status, its output, what was drawn."""
    screen, terminal = os.openpty()
    termios.tcsetwinsize(terminal, (24, columns))
    try:
        started = subprocess.Popen(
            [command, *map(str, arguments)],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=terminal,
            stdin=subprocess.DEVNULL,
            env=environment,
        )
    finally:
        os.close(terminal)
    drawn = b""
    try:
        while chunk := os.read(screen, 65536):
            drawn += chunk
    except OSError:  # Linux says so when the last writer has gone
        pass
    finally:
        os.close(screen)
    out, _ = started.communicate(timeout=30)
    return started.returncode, out.decode(), drawn.decode()


@pytest.fixture
def training(houses):
    overrides = ("--set", "epochs=150", "--set", "batch_size=4", "--set", "save_to=x")
    return ("train", houses.config, *overrides)


def test_progress_is_drawn_on_a_terminal(command, environment, tmp_path, training):
    status, out, drawn = on_a_terminal(command, environment, tmp_path, *training)
    assert (status, out) == (0, "x/weights.npz\n")
    assert re.search(r"epoch +\d+/150", STYLE.sub("", drawn))
    assert "loss" in drawn
    assert STYLE.search(drawn)
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h")  # the cursor is shown again


@pytest.mark.parametrize(
    "quieter", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {}], ids=["NO_COLOR", "dumb", "--no-color"]
)
def test_no_colour_where_it_is_not_wanted(command, environment, tmp_path, training, quieter):
    options = () if quieter else ("--no-color",)
    environment = {**environment, **quieter}
    _, _, drawn = on_a_terminal(command, environment, tmp_path, *training, *options)
    assert "network" in drawn
    assert not STYLE.search(drawn)
    arguments = ("train", "none.yaml", *options)
    status, _, drawn = on_a_terminal(command, environment, tmp_path, *arguments)
    assert status == 2
    assert drawn.startswith("error: none.yaml: no such file")
    assert "\x1b" not in drawn
    if "TERM" in quieter:
        assert "\x1b" not in on_a_terminal(command, environment, tmp_path, *training)[2]


def test_an_error_is_red_on_a_terminal(command, environment, tmp_path):
    status, _, drawn = on_a_terminal(command, environment, tmp_path, "train", "none.yaml")
    assert status == 2
    assert "\x1b[31m\x1b[1merror:\x1b[0m none.yaml" in drawn


def test_quiet_draws_nothing(command, environment, tmp_path, training):
    assert on_a_terminal(command, environment, tmp_path, *training, "-q")[2] == ""


def test_tables_keep_to_the_width(ann, command, environment, tmp_path):
    name = "the number of bedrooms above ground, without those in the basement, as it was counted"
    rows = "\n".join(f"{n},{n % 7},{n % 3}" for n in range(60))
    (tmp_path / "wide.csv").write_text(f'"{name}",b,price\n{rows}\n')
    (tmp_path / "wide.yaml").write_text("data: {file: wide.csv, target: price}\nepochs: 2\n")
    for arguments in (("check", "wide.yaml"), ("train", "wide.yaml")):
        piped = ann(*arguments).stderr.splitlines()
        _, _, drawn = on_a_terminal(command, environment, tmp_path, *arguments)
        lines = re.split(r"[\r\n]+", CONTROL.sub("", drawn))
        tables = [line for line in piped if line.startswith((" ", "─"))]
        assert len(tables) > 3
        assert max(map(len, tables)) <= 80
        assert max(map(len, lines)) <= 80
        assert max(len(line.rstrip()) - len(line) for line in piped) == 0


def test_control_characters_do_not_reach_the_terminal(ann, tmp_path):
    (tmp_path / "bad.yaml").write_text('data: {file: "a\\e[31mb.csv", target: y}\n')
    told = ann("train", "bad.yaml", status=3).stderr
    assert "\x1b" not in told
    assert r"a\x1b[31mb.csv" in told


def test_bytes_are_the_same_in_any_locale(ann_in, houses, tmp_path):
    (tmp_path / "d.csv").write_text("area,bedrooms,distance,age,größe\n900,1,2,5,ß\n")
    env = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    arguments = ("predict", houses.weights, "d.csv", "--append")
    out = ann_in(tmp_path, *arguments, env=env).stdout
    assert out.startswith("area,bedrooms,distance,age,größe,prediction\n900,1,2,5,ß,")
    lines = ann_in(tmp_path, *arguments, "--format", "jsonl", env=env).stdout
    assert json.loads(lines)["größe"] == "ß"
