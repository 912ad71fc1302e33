"""Every command that README.md shows is run, as it stands on the page."""

import re
import shutil
import subprocess
import sys

import pytest
import yaml


@pytest.fixture(scope="module")
def blocks(checkout):
    """The page's code blocks, by language, in their order."""
    found = {}
    text = (checkout / "README.md").read_text()
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        found.setdefault(language, []).append(block)
    return found


@pytest.fixture
def clone(checkout, tmp_path):
    """What git holds of the checkout, in an empty folder."""
    for name in ("ann_cli", "configs", "datasets", "docs"):
        ignored = shutil.ignore_patterns("__pycache__", "examples", "runs")
        shutil.copytree(checkout / name, tmp_path / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(checkout / name, tmp_path)
    return tmp_path


def test_the_first_command_installs_and_trains(blocks, clone, environment):
    (command,) = blocks["sh"][0].splitlines()
    finished = subprocess.run(
        ["bash", "-c", command],
        cwd=clone,
        capture_output=True,
        encoding="utf-8",
        env=environment,
        timeout=280,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.endswith("runs/house_prices/weights.npz\n")
    assert "The network beats mean and linear." in finished.stderr


def test_the_second_command_runs_these_tests(blocks):
    # .ci/run runs it whole, as it stands there.
    (command,) = blocks["sh"][1].splitlines()
    assert command.endswith(".venv/bin/pytest")


def test_the_commands_run_one_after_the_other(blocks, clone, shell):
    for block in blocks["console"]:
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                finished = shell(line.removeprefix("$ "), cwd=clone)
                assert finished.returncode == 0, f"{line}\n{finished.stderr}"


def test_the_config_trains_as_it_stands(blocks, clone, ann_in):
    for number, text in enumerate(blocks["yaml"]):
        assert "data" in yaml.safe_load(text)
        (clone / "configs" / f"example_{number}.yaml").write_text(text)
        ann_in(clone, "train", f"configs/example_{number}.yaml", "--set", "epochs=2")


def test_the_python_runs_as_it_stands(blocks, clone, environment):
    (code,) = blocks["python"]
    code = "import pandas\nframe = pandas.read_csv('datasets/house_prices.csv')\n" + code
    subprocess.run([sys.executable, "-c", code], cwd=clone, env=environment, check=True, timeout=60)


def test_the_lines_for_completion_are_those_that_are_tried(blocks, checkout):
    tried = (checkout / "tests" / "end_to_end" / "test_completion.py").read_text()
    for line in "".join(blocks["bash"]).splitlines():
        command, _, file = line.partition("   # ")
        assert file.strip().startswith("~/")
        assert command.strip() in tried
