"""A few rounds of what `python tests/faults/soak.py` does for as long as it is let."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import rounds
from hypothesis import HealthCheck, given, settings

import ann_cli

FEW = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rounds")
    rounds.table(folder)
    return folder


@FEW
@given(rounds.configs())
def test_a_config_of_the_schema_trains_or_is_refused(folder, keys):
    rounds.trains_or_is_refused(folder, keys | {"engine": "numpy"})  # the soak compiles, too


def test_changed_weights_never_predict_otherwise_in_silence(folder):
    run = ann_cli.train(rounds.config(folder, save_to=str(folder / "kept")))
    content, expected = run.path.read_bytes(), run.model.predict(rounds.ROWS)

    @settings(FEW, max_examples=200)
    @given(rounds.EDITS)
    def check(edits):
        found = rounds.same_or_refused(folder / "w.npz", rounds.flipped(content, edits), expected)
        seen[found] += 1

    seen = Counter()
    check()
    assert seen[True] > 100


def test_kills_at_random_moments():
    """In a process of its own, which forks: 4 rounds here, more by an argument of the soak."""
    told = subprocess.run(
        [sys.executable, str(Path(rounds.__file__).with_name("soak.py")), "--kills", "4"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "4 kills" in told.stdout
    assert "1 trainings resumed" in told.stdout
