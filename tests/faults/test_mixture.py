"""SHA256SUMS: what belongs together, as sha256sum has it too, and what is said where it differs."""

import shutil
import subprocess

import pytest

import ann_cli
from ann_cli.model.checksums import RECORD, differing
from ann_cli.model.lock import Lock

FILES = ["history.csv", "config.yaml", "metrics.json", "weights.npz"]


@pytest.fixture
def run(houses, tmp_path):
    shutil.copytree(houses.folder / "run", tmp_path / "run")
    return tmp_path / "run"


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum is not here")
def test_sha256sum_agrees(run):
    checked = ["sha256sum", "--check", "--strict", RECORD]
    told = subprocess.run(checked, cwd=run, capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == [f"{name}: OK" for name in FILES]
    assert differing(run) == []
    (run / "metrics.json").write_bytes(b"{}")
    assert subprocess.run(checked, cwd=run, capture_output=True, check=False).returncode == 1
    assert differing(run) == ["metrics.json"]
    (run / "history.csv").unlink()
    assert differing(run) == ["history.csv", "metrics.json"]


def test_a_weights_file_of_another_run_predicts_with_a_note(ann, run, houses):
    (run / "metrics.json").write_bytes(b"{}")
    assert ann_cli.load(run / "weights.npz").notes == ()  # it is not read
    record = (run / RECORD).read_text()
    (run / RECORD).write_text(record.replace("  weights.npz", "0  weights.npz"))
    plain = ann("predict", houses.weights, houses.validation)
    noted = ann("predict", "run/weights.npz", houses.validation)
    note = "note: run/weights.npz is not the file that SHA256SUMS beside it names"
    assert (noted.stdout, note in noted.stderr) == (plain.stdout, True)
    assert note in ann("evaluate", "run/weights.npz", houses.validation).stderr
    assert ann("predict", "run/weights.npz", houses.validation, "-q").stderr == ""
    lock = Lock(run)  # a training at work there is replacing them
    assert ann_cli.load(run / "weights.npz").notes == ()
    lock.release()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100_000,
        b"weights.npz\n",
        b"  \n",
        b"a  ../../etc/passwd\n",
        b"\xff  x",
        b"a  b",
    ],
)
def test_a_record_of_any_kind_does_no_harm(run, content):
    (run / RECORD).write_bytes(content)
    assert ann_cli.load(run / "weights.npz").notes == ()
    assert [each for each in differing(run) if each not in ("b", "x")] == []


def test_a_run_without_a_record_is_as_it_is(run):
    (run / RECORD).unlink()
    (run / "metrics.json").unlink()
    assert differing(run) == []
