"""Thirty things that a command line owes its users, one test each, on the installed command.

After clig.dev and restic's documented exit statuses; click alone falls short of several.
"""

import errno
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from itertools import chain

import pytest
from jsonschema import Draft7Validator

from ann_cli.cli.main import COMMANDS
from ann_cli.errors import AnnError

CONFIG = "data: {file: d.csv, target: y}\nepochs: 2\nsave_to: run\n"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ENDLESS = ("--set", "epochs=1000000000", "--set", "batch_size=full")


@pytest.fixture
def folder(tmp_path):
    """A folder with a small table, d.csv, and its config, c.yaml."""
    rows = "".join(f"{n},{n % 7},{3 * n + 1}\n" for n in range(40))
    (tmp_path / "d.csv").write_text(f"a,b,y\n{rows}")
    (tmp_path / "c.yaml").write_text(CONFIG)
    return tmp_path


@pytest.fixture(scope="module")
def large(houses, tmp_path_factory):
    """Rows enough that their predictions fill a pipe many times over."""
    header, *rows = houses.validation.read_text().splitlines()
    path = tmp_path_factory.mktemp("large") / "large.csv"
    path.write_text("\n".join([header, *rows * 1000, ""]))
    return path


@pytest.fixture
def interrupted(command, environment, folder):
    """interrupted(signal): its status and what a training said that got it in mid-course."""

    def run(sent):
        started = subprocess.Popen(
            [command, "train", "c.yaml", *ENDLESS],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environment,
        )
        try:
            while "parameters" not in started.stderr.readline():
                assert started.poll() is None
            time.sleep(0.3)
            started.send_signal(sent)
            out, told = started.communicate(timeout=120)
        finally:
            started.kill()
        assert out == ""
        assert "Traceback" not in told
        return started.returncode

    return run


def contents(place):
    """Return the bytes of what is there, but for checkpoints."""
    found = {each for each in place.iterdir() if not each.name.startswith("checkpoint.")}
    return {each.name: each.read_bytes() for each in found}


def test_01_help_works_on_the_group_and_on_every_command(ann):
    """By --help; that -h is another name of it, everywhere: tests/cli/test_help.py."""
    for command in ((), *((name,) for name in COMMANDS)):
        told = ann(*command, "--help")
        assert told.stdout.startswith(f"Usage: {' '.join(('ann', *command))} [OPTIONS]")
        assert told.stderr == ""
    assert ann("train", "-h").stdout == ann("train", "--help").stdout


def test_02_the_version_is_one_line(ann):
    assert re.fullmatch(r"ann \d+\.\d+\.\d+\S*\n", ann("--version").stdout)


def test_03_every_help_has_an_example_that_works_as_printed(ann, examples):
    """On a part of the rows; each line once."""
    printed = {}
    for command in ("--help", *COMMANDS):
        _, _, text = ann(*dict.fromkeys((command, "--help"))).stdout.partition("Example:\n")
        lines = text.partition("\n\n")[0].splitlines()
        printed[command] = [line.strip() for line in lines]
        assert printed[command], command
    # First what the others need: the config that init writes, the weights that train does.
    ordered = (printed[command] for command in dict.fromkeys(("train", "--help", *COMMANDS)))
    for line in dict.fromkeys(chain.from_iterable(ordered)):
        assert line.startswith("ann ")
        if line.startswith("ann playground"):  # it serves until it is ended: tests/playground
            continue
        typed, _, file = line.partition(" > ")
        told = ann(*shlex.split(typed)[1:], env={"ANN_SET": "epochs=1"})
        if file:
            (examples / file).write_text(told.stdout)


def test_04_a_usage_or_config_error_gives_2(ann, folder):
    for wrong in (("trian",), ("train",), ("train", "c.yaml", "--sett=1"), ("train", "none.yaml")):
        ann(*wrong, status=2)
    ann("train", "c.yaml", "--set", "epochs=-1", status=2)


def test_05_exit_statuses_are_documented(ann, checkout):
    kinds = {each.exit_status for each in AnnError.__subclasses__()} | {0, 1, 129, 130, 141, 143}
    page = checkout / "docs" / "reference" / "exit-statuses.md"
    for text in (ann("--help").stdout, page.read_text()):
        assert kinds <= {int(number) for number in re.findall(r"\b\d+\b", text)}


def test_06_ctrl_c_gives_130(interrupted):
    assert interrupted(signal.SIGINT) == 130


@pytest.mark.parametrize(
    ("sent", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["SIGTERM", "SIGHUP"]
)
def test_07_sigterm_gives_143_and_sighup_129(ann, interrupted, folder, sent, status):
    ann("train", "c.yaml")
    before = contents(folder / "run")
    assert interrupted(sent) == status
    assert contents(folder / "run") == before


def test_07_nohup_is_heeded(shell, folder):
    told = shell(
        "trap '' HUP; ann train c.yaml -q & kill -HUP $!; sleep 0.5; kill -HUP $!; wait $!"
    )
    assert (told.returncode, told.stdout) == (0, "run/weights.npz\n")


def test_08_a_reader_that_goes_away_is_no_error(shell, houses, large):
    told = shell('ann predict "$@" | head -1', houses.weights, large)
    assert (told.returncode, told.stdout, told.stderr) == (141, "prediction\n", "")


@pytest.mark.parametrize(
    "script",
    [
        'ann predict "$1" "$2"',
        'ann predict "$1" "$3"',
        "ann --version",
    ],
)
def test_09_a_full_disk_is_told_in_one_line(shell, houses, large, script):
    told = shell(f"{script} > /dev/full", houses.weights, houses.validation, large)
    is_one_line_of_a_full_disk(told)


@pytest.mark.parametrize(
    "arguments",
    [["predict", "W", "D", "--json"], ["evaluate", "W", "D"], ["schema"], ["--help"]],
)
def test_09_whichever_command_writes(ann, houses, arguments):
    places = {"W": houses.weights, "D": houses.validation}
    asked = [places.get(each, each) for each in arguments]
    is_one_line_of_a_full_disk(ann(*asked, status=5, stdout="/dev/full"))


def is_one_line_of_a_full_disk(told):
    lines = told.stderr.splitlines()
    assert told.returncode == 5, lines
    assert lines[-1] == f"error: standard output: {os.strerror(errno.ENOSPC).lower()}"
    assert [line for line in lines if "rror" in line] == lines[-1:]


@pytest.mark.parametrize(
    "script",
    ['ann predict "$@"', 'ann evaluate "$@" --json', "ann --version"],
)
def test_10_a_closed_standard_output_is_told(shell, houses, script):
    told = shell(f"{script} >&-", houses.weights, houses.validation)
    assert told.returncode == 5
    assert "error: standard output is closed\n" in told.stderr
    assert "Traceback" not in told.stderr


def test_11_a_closed_standard_error_does_no_harm(shell, ann, houses):
    with_it = ann("evaluate", houses.weights, houses.validation)
    without = shell('ann evaluate "$@" 2>&-', houses.weights, houses.validation)
    assert (without.returncode, without.stdout) == (0, with_it.stdout)
    assert shell("ann train none.yaml 2>&-").returncode == 2
    trained = shell('ann train "$@" --set epochs=1 --set save_to=x 2>&-', houses.config)
    assert (trained.returncode, trained.stdout) == (0, "x/weights.npz\n")


def test_12_standard_output_carries_data_only(ann, folder):
    for options in ((), ("-q",), ("--debug",), ("--no-color",)):
        assert ann("train", "c.yaml", *options).stdout == "run/weights.npz\n"
    for options in ((), ("-q",), ("--debug",)):
        predicted = ann("predict", "run/weights.npz", "d.csv", *options).stdout.splitlines()
        assert (predicted[0], len(predicted)) == ("prediction", 41)
        assert all(map(float, predicted[1:]))


def test_13_an_error_is_for_people_and_debug_adds_the_traceback(ann, folder):
    told = ann("train", "c.yaml", "--set", "data.file=e.csv", status=3).stderr
    assert "e.csv: no such file" in told
    assert "Traceback" not in told
    debugged = ann("train", "c.yaml", "--set", "data.file=e.csv", "--debug", status=3).stderr
    assert debugged.startswith("Traceback (most recent call last)")
    assert debugged.endswith(told)


def test_14_a_dash_reads_standard_input(ann, folder):
    table, config = (folder / "d.csv").read_text(), (folder / "c.yaml").read_text()
    assert ann("train", "-", input=config).stdout == "run/weights.npz\n"
    whole = (folder / "run" / "weights.npz").read_bytes()
    assert ann("train", "c.yaml", "--set", "data.file=-", input=table).returncode == 0
    assert len((folder / "run" / "weights.npz").read_bytes()) > len(whole) / 2
    predicted = ann("predict", "run/weights.npz", "d.csv").stdout
    assert ann("predict", "run/weights.npz", "-", input=table).stdout == predicted
    assert "target: y" in ann("init", "-", "--target", "y", input=table).stdout


def test_15_a_terminal_is_not_waited_for(on_a_terminal, houses, folder):
    expected = {
        ("train", "-"): (2, "a config"),
        ("check", "-"): (2, "a config"),
        ("train", "c.yaml", "--set", "data.file=-"): (3, "a CSV"),
        ("init", "-", "--target", "y"): (3, "a CSV"),
        ("predict", houses.weights, "-"): (3, "a CSV"),
        ("evaluate", houses.weights, "-"): (3, "a CSV"),
    }
    for arguments, (status, what) in expected.items():
        left, out, drawn = on_a_terminal(*arguments, stdin="terminal")
        assert (left, out) == (status, "")
        assert f"standard input: is a terminal, and {what} was expected" in CONTROL.sub("", drawn)


def test_16_json_is_valid_on_failure_too(ann, folder):
    trained = json.loads(ann("train", "c.yaml", "--json").stdout)
    assert trained["weights"] == "run/weights.npz"
    assert {"task", "rows", "training", "validation", "baselines"} <= set(trained["metrics"])
    evaluated = json.loads(ann("evaluate", "run/weights.npz", "d.csv", "--json").stdout)
    assert {"rows", "metrics"} <= set(evaluated)
    for arguments, status in ((("train", "none.yaml"), 2), (("predict", "c.yaml", "d.csv"), 4)):
        error = json.loads(ann(*arguments, "--json", status=status).stdout)["error"]
        assert error["exit_status"] == status
        assert {"message", "place", "remedy"} <= set(error["problems"][0])


def test_17_no_bare_nan_in_json(ann, folder):
    """Predictions far beyond float32: the scores are no numbers, and null in JSON."""
    ann("train", "c.yaml")
    (folder / "huge.csv").write_text("a,b,y\n1,2,1\n1e30,2,1\n")
    (folder / "one.csv").write_text("a,b,y\n1,2,1\n")

    def no_number(text):
        raise AssertionError(text)

    for table in ("huge.csv", "one.csv"):
        told = ann("evaluate", "run/weights.npz", table, "--json").stdout
        document = json.loads(told, parse_constant=no_number)
    assert document["metrics"]["r2"] is None


def test_18_progress_is_drawn_on_a_terminal_only(ann, on_a_terminal, folder):
    status, out, drawn = on_a_terminal("train", "c.yaml", *ENDLESS, until="rows/s")
    assert (status, out) == (130, "")
    assert "\x1b[?25l" in drawn
    told = ann("train", "c.yaml", "--restart", "--set", "epochs=150").stderr
    assert "\r" not in told
    assert "\x1b" not in told


@pytest.mark.parametrize(
    "quieter", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {}], ids=["NO_COLOR", "dumb", "--no-color"]
)
def test_19_no_colour_where_it_is_not_wanted(on_a_terminal, folder, quieter):
    options = () if quieter else ("--no-color",)
    _, _, drawn = on_a_terminal("train", "c.yaml", *options, env=quieter)
    assert "network" in drawn
    assert not re.search(r"\x1b\[[0-9;]*m", drawn)
    status, _, drawn = on_a_terminal("train", "none.yaml", *options, env=quieter)
    assert status == 2
    assert drawn.startswith("error: none.yaml: no such file")
    assert "\x1b" not in drawn
    if "TERM" in quieter:
        assert "\x1b" not in on_a_terminal("train", "c.yaml", env=quieter)[2]


def test_20_each_stream_is_asked_whether_it_is_a_terminal(on_a_terminal, shell, folder):
    _, out, drawn = on_a_terminal("train", "c.yaml")
    assert "\x1b[" in drawn
    assert "\x1b" not in out
    # And the other way about: standard output on a terminal, standard error into a file.
    script = "script -qec 'ann train c.yaml 2> told' /dev/null < /dev/null"
    if shutil.which("script"):
        assert shell(script).stdout.strip() == "run/weights.npz"
        assert "\x1b" not in (folder / "told").read_text()


def test_21_nothing_asks_and_nothing_finished_is_lost(ann, interrupted, folder):
    ann("train", "c.yaml")
    before = contents(folder / "run")
    assert interrupted(signal.SIGKILL) == -signal.SIGKILL
    after = contents(folder / "run")
    assert after.items() >= before.items()
    ann("train", "c.yaml", "--set", "data.file=none.csv", status=3)
    assert contents(folder / "run") == after
    ann("train", "c.yaml", "--set", "seed=1", input="")  # asks nobody
    replaced = contents(folder / "run")
    assert replaced.keys() == before.keys()
    assert replaced["weights.npz"] != before["weights.npz"]


def test_22_the_nearest_is_suggested(ann, folder):
    assert "did you mean train?" in ann("trian", status=2).stderr
    assert "--set" in ann("train", "c.yaml", "--sett", "a=1", status=2).stderr
    (folder / "c.yaml").write_text(CONFIG + "epoch: 3\n")
    assert "did you mean epochs?" in ann("train", "c.yaml", status=2).stderr


def test_23_all_problems_of_a_config_at_once(ann, folder):
    (folder / "c.yaml").write_text("data: {fil: d.csv}\nepochs: -1\noptimizer: adm\n")
    told = ann("check", "c.yaml", status=2).stderr
    places = [line.split(" ")[1] for line in told.splitlines() if line.startswith("error: ")]
    assert places == ["c.yaml:1:"] * 3 + ["c.yaml:2:", "c.yaml:3:"]
    assert "c.yaml:2: epochs: expected a whole number of at least 0, found -1" in told


def test_24_an_option_goes_before_the_environment_and_that_before_the_config(ann, ann_in, folder):
    def epochs(*options, **env):
        ann("train", "c.yaml", *options, env=env)
        return len((folder / "run" / "history.csv").read_text().splitlines()) - 1

    assert epochs() == 2
    assert epochs(ANN_SET="epochs=3 'optimizer={name: sgd, learning_rate: 0.001}'") == 3
    assert "name: sgd, learning_rate: 0.001" in (folder / "run" / "config.yaml").read_text()
    assert epochs("--set", "epochs=4", ANN_SET="epochs=3 seed=5") == 4
    assert "seed: 5" in (folder / "run" / "config.yaml").read_text()  # --set adds, and has the last

    def threads(*options):
        env = {"ANN_THREADS": "2", "OPENBLAS_NUM_THREADS": "4"}
        ann_in(folder, "train", "c.yaml", *options, env=env)
        return json.loads((folder / "run" / "metrics.json").read_text())["versions"]["threads"]

    assert threads() == min(2, os.cpu_count() or 1)
    assert threads("--threads", "1") == 1
    told = ann("train", "c.yaml", env={"ANN_SET": "epochs='3"}, status=2).stderr
    assert "no closing quotation in ANN_SET" in told
    assert "ANN_THREADS" in ann("train", "c.yaml", env={"ANN_THREADS": "x"}, status=2).stderr


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_25_completion_scripts_and_what_they_complete(ann, shell_name):
    """The Tab key itself is pressed in test_completion.py."""
    script = ann(env={"_ANN_COMPLETE": f"{shell_name}_source"}).stdout
    assert f"_ANN_COMPLETE={shell_name}_complete" in script
    incomplete = "optimizer=rm"
    env = {
        "_ANN_COMPLETE": f"{shell_name}_complete",
        "COMP_WORDS": f"ann train --set {incomplete}",
        "COMP_CWORD": incomplete if shell_name == "fish" else "3",
    }
    assert "rmsprop" in ann(env=env).stdout


def test_26_the_schema_is_one_that_editors_accept(ann, folder):
    document = json.loads(ann("schema").stdout)
    Draft7Validator.check_schema(document)
    assert document["$schema"] == "http://json-schema.org/draft-07/schema#"
    first = ann("init", "d.csv", "--target", "y").stdout.splitlines()[0]
    assert first == "# yaml-language-server: $schema=ann.schema.json"


def test_27_a_man_page_lists_every_command_and_option(ann, checkout, command, shell):
    page = (checkout / "docs" / "ann.1").read_text()
    assert page == shell("python -m ann_cli.cli.manual").stdout, (
        "docs/ann.1 is not current: python -m ann_cli.cli.manual > docs/ann.1"
    )
    plain = page.replace(r"\-", "-")
    for name in COMMANDS:
        _, _, section = plain.partition(f"\n.SS ann {name} ")
        section = section.split("\n.S")[0]
        options = re.findall(r"^  (?:-\w, )?(--[\w-]+)", ann(name, "--help").stdout, re.MULTILINE)
        assert len(options) > 3
        for option in options:
            assert re.search(rf"^\.B .*{option}\b", section, re.MULTILINE), (name, option)
    if shutil.which("groff"):
        checked = shell("groff -k -man -ww -z $1", checkout / "docs" / "ann.1")
        assert (checked.returncode, checked.stderr) == (0, "")


def test_28_help_imports_nothing_heavy(command, environment, tmp_path):
    """Each command's help is looked at in test_start_up.py; here Python itself lists them."""
    told = subprocess.run(
        [command, "--help"],
        capture_output=True,
        text=True,
        env={**environment, "PYTHONPROFILEIMPORTTIME": "1"},
        check=True,
    )
    imported = {line.split("|")[-1].strip().split(".")[0] for line in told.stderr.splitlines()}
    assert "click" in imported
    assert not imported & {"numpy", "pandas", "rich", "pydantic", "yaml", "threadpoolctl", "numba"}


def test_29_any_locale_and_file_names_that_are_not_utf_8(ann, shell, folder):
    """A name in Latin-1 comes back byte for byte; in JSON as an escape that gives it back."""
    name = os.fsencode(folder) + b"/caf\xe9.csv"
    try:
        shutil.copy(os.fsencode(folder / "d.csv"), name)
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    c_locale = "export LC_ALL=C; "
    os.rename(folder / "c.yaml", os.fsencode(folder) + b"/caf\xe9.yaml")
    (folder / "d.csv").rename(folder / "größe.csv")
    run = "ann train $(echo caf*.yaml) --set data.file=größe.csv --set save_to=null"
    for before in ("", c_locale):
        told = shell(f"{before} {run} -q | od -A n -c")
        assert "r   u   n   s   /   c   a   f 351   /   w" in told.stdout, told.stderr
        assert told.stderr == ""
        assert os.path.exists(os.fsencode(folder) + b"/runs/caf\xe9/weights.npz")
        told = shell(f"{before} ann predict runs/*/weights.npz $(echo caf*.csv) | wc -l")
        assert (told.stdout.strip(), told.stderr) == ("41", "")
    told = shell(f"{c_locale} {run} --json -q")
    assert json.loads(told.stdout)["weights"] == "runs/caf\udce9/weights.npz"
    assert shell(f"{c_locale} ann check runs/*/config.yaml -q").returncode == 0
    told = shell(f"{c_locale} ann train nö*.yaml; ann train c.yaml --set data.file=caf*.csv")
    assert (told.returncode, "Traceback" in told.stderr) == (2, False)


def test_30_the_same_input_gives_the_same_bytes(ann, folder):
    outputs = []
    for place in ("one", "other"):
        ann("train", "c.yaml", "--set", f"save_to={place}")
        weights = f"{place}/weights.npz"
        printed = [
            ann(*shlex.split(line)).stdout
            for line in (
                f"predict {weights} d.csv --append",
                f"evaluate {weights} d.csv --json",
                "init d.csv --target y",
            )
        ]
        outputs.append([(folder / weights).read_bytes(), *printed])
    assert outputs[0] == outputs[1]
