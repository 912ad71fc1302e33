"""The two commands of README.md that install: what else it shows is run in test_pages.py."""

import re
import shutil
import subprocess

import pytest


@pytest.fixture(scope="module")
def lines(checkout):
    """The commands of the page that install, in their order."""
    text = (checkout / "README.md").read_text()
    return re.findall(r"^```sh\n(.*)\n```$", text, re.MULTILINE)


@pytest.fixture
def clone(checkout, tmp_path):
    """What git holds of the checkout, in an empty folder."""
    for name in ("ann_cli", "configs", "datasets", "docs"):
        ignored = shutil.ignore_patterns("__pycache__", "examples", "runs")
        shutil.copytree(checkout / name, tmp_path / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(checkout / name, tmp_path)
    return tmp_path


def test_the_first_command_installs_and_trains(lines, clone, environment):
    """Python compiles what the training imports, and pip nothing else, which took longest.

    (An option of pip that says no is set by its variable being no.)
    """
    finished = subprocess.run(
        ["bash", "-c", lines[0]],
        cwd=clone,
        capture_output=True,
        encoding="utf-8",
        env={**environment, "PIP_NO_COMPILE": "no", "XDG_CACHE_HOME": ""},  # pip's own holds more
        timeout=280,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.endswith("runs/house_prices/weights.npz\n")
    assert "The network beats mean and linear." in finished.stderr


def test_the_second_command_runs_these_tests(lines):
    # .ci/run runs it whole, as it stands there.
    assert lines[1].endswith(".venv/bin/pytest")
