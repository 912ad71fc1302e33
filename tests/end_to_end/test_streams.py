"""Standard output carries data only, and not a byte of it is lost without a word."""

import json
import re

import pytest

STYLE = re.compile(r"\x1b\[[0-9;]*m")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


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
        loud, quiet = ann(*arguments), ann(*arguments, "-q")
        assert loud.stderr or arguments[0] == "predict"
        assert (quiet.stderr, quiet.stdout) == ("", loud.stdout)
    failed = ann("train", "none.yaml", "-q", status=2).stderr
    assert failed.startswith("error: none.yaml: no such file")


def test_a_closed_standard_input_is_told(shell, houses):
    finished = shell('ann predict "$1" - <&-', houses.weights)
    assert finished.returncode == 3
    assert finished.stderr == "error: standard input: is closed\n"


def test_a_closed_standard_input_is_told_to_train(shell):
    assert shell("ann train - <&-").returncode == 2


@pytest.fixture
def training(houses):
    overrides = ("--set", "epochs=150", "--set", "batch_size=4", "--set", "save_to=x")
    return ("train", houses.config, *overrides)


def test_a_long_training_is_drawn_on_a_terminal_and_the_drawing_is_gone_after_it(
    on_a_terminal, training
):
    long = (*training, "--set", "epochs=1000000")
    status, out, drawn = on_a_terminal(*long, until="◆")
    assert (status, out) == (130, "")
    assert STYLE.search(drawn)
    screen, shown, after = drawn.partition("\x1b[?25l")[2].partition("\x1b[?25h")
    plain = CONTROL.sub("", screen)
    assert re.search(r"epoch +[\d,]+/1,000,000 [━─]+  [\d,]+ rows/s +[\d:]+ left", plain)
    assert "loss: half the squared error of price, in standard deviations" in plain
    assert shown, "the cursor is shown again"
    lines = screen.rpartition("/1,000,000")[2].count("\n")
    assert after.count("\x1b[1A\x1b[2K") == lines > 10
    assert "ended by a signal" in after


def test_a_terminal_that_cannot_draw_is_told_lines(on_a_terminal, training):
    long = (*training, "--set", "epochs=1000000")
    _, _, drawn = on_a_terminal(*long, env={"TERM": "dumb"}, until=" left")
    line = r"epoch [\d,]+/1,000,000: loss .*, validation .*; [\d,]+ rows/s; [\d:]+ left"
    told = " ".join(drawn.split())
    assert re.search(line, told)
    assert "\x1b" not in drawn


def test_an_error_is_red_on_a_terminal(on_a_terminal):
    status, _, drawn = on_a_terminal("train", "none.yaml")
    assert status == 2
    assert "\x1b[31m\x1b[1merror:\x1b[0m none.yaml" in drawn


def test_quiet_draws_nothing(on_a_terminal, training):
    assert on_a_terminal(*training, "-q")[2] == ""


def test_tables_keep_to_the_width(ann, on_a_terminal, tmp_path):
    name = "the number of bedrooms above ground, without those in the basement, as it was counted"
    rows = "\n".join(f"{n},{n % 7},{n % 3}" for n in range(60))
    (tmp_path / "wide.csv").write_text(f'"{name}",b,price\n{rows}\n')
    (tmp_path / "wide.yaml").write_text("data: {file: wide.csv, target: price}\nepochs: 2\n")
    for arguments in (("check", "wide.yaml"), ("train", "wide.yaml")):
        piped = ann(*arguments).stderr.splitlines()
        _, _, drawn = on_a_terminal(*arguments)
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
