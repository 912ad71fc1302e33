"""Two trainings, one folder; and a prediction while the weights are being replaced."""

import json
import os
import shutil
import subprocess
import sys
import threading

import pytest

import ann_cli
from ann_cli.errors import DivergedError, FileError, InUseError
from ann_cli.model import lock as lock_module
from ann_cli.model.files import write_together
from ann_cli.model.lock import NAME, Lock, is_locked

TABLE = "a,b,y\n" + "".join(f"{n},{n % 7},{3 * n + 1}\n" for n in range(40))


@pytest.fixture
def config(tmp_path):
    (tmp_path / "d.csv").write_text(TABLE)
    text = "data: {file: d.csv, target: y}\nlayers: []\nepochs: 2\nsave_to: run\n"
    (tmp_path / "c.yaml").write_text(text)
    return {
        "data": {"file": str(tmp_path / "d.csv"), "target": "y"},
        "layers": [],
        "epochs": 2,
        "save_to": str(tmp_path / "run"),
    }


@pytest.fixture
def endless(command, environment, tmp_path, config):
    """A training that goes on and on, at work in its folder."""
    arguments = [command, "train", "c.yaml", "--set", "epochs=1000000000"]
    started = subprocess.Popen(
        arguments, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=environment
    )
    while "parameters" not in started.stderr.readline():
        assert started.poll() is None
    yield started
    started.kill()
    started.communicate()


def test_the_second_training_is_refused_until_the_first_is_gone(ann, tmp_path, config, endless):
    told = ann("train", "c.yaml", status=11)
    assert f"error: run: another training is at work in this folder: process {endless.pid}" in (
        told.stderr
    )
    assert "save_to" in told.stderr
    document = json.loads(ann("train", "c.yaml", "--json", status=11).stdout)
    assert document["error"]["kind"] == "in_use"
    with pytest.raises(InUseError):
        ann_cli.train(config)
    assert os.listdir(tmp_path / "run") == [NAME]
    ann("train", "c.yaml", "--set", "save_to=other")
    endless.kill()  # -9: nobody is left to let go
    endless.wait()
    assert ann("train", "c.yaml").stdout == "run/weights.npz\n"
    assert not (tmp_path / "run" / NAME).exists()


def test_a_training_that_ends_lets_go(tmp_path, config):
    ann_cli.train(config)
    with pytest.raises(DivergedError) as kept:  # and with it all that it refers to
        ann_cli.train(config | {"optimizer": {"name": "sgd", "learning_rate": 1e6}, "epochs": 99})
    assert not is_locked(tmp_path / "run")
    assert kept.value
    ann_cli.train(config)
    assert not (tmp_path / "run" / NAME).exists()


def test_a_lock_is_one_and_is_given_back(tmp_path):
    first = Lock(tmp_path)
    assert is_locked(tmp_path)
    with pytest.raises(InUseError, match=f"process {os.getpid()}\n"):
        Lock(tmp_path)
    first.release()
    first.release()
    assert not is_locked(tmp_path)
    Lock(tmp_path).release()
    (tmp_path / NAME).write_bytes(b"\xff" * 100)  # of a process that died, and damaged
    Lock(tmp_path).release()
    with pytest.raises(FileError, match="no such file"):
        Lock(tmp_path / "none")


def test_a_file_removed_while_it_is_being_locked(tmp_path, monkeypatch):
    """Between opening and locking, the one before lets go, and removes what is locked then."""
    real = lock_module._take
    removed = []

    def take(descriptor):
        if not removed:
            os.unlink(tmp_path / NAME)
            removed.append(NAME)
        real(descriptor)

    monkeypatch.setattr(lock_module, "_take", take)
    lock = Lock(tmp_path)
    with pytest.raises(InUseError):
        Lock(tmp_path)
    lock.release()


HOLD = """
import sys
from pathlib import Path
from ann_cli.errors import InUseError
from ann_cli.model.lock import Lock
held = Path(sys.argv[1])
for _ in range(300):
    try:
        lock = Lock(held)
    except InUseError:
        continue
    (held / "mine").touch(exist_ok=False)
    (held / "mine").unlink()
    lock.release()
"""


def test_never_two_at_once(tmp_path):
    """Each makes a file that must not be there yet, as often as it gets the lock."""
    arguments = [sys.executable, "-P", "-c", HOLD, str(tmp_path)]
    started = [
        subprocess.Popen(arguments, cwd=tmp_path.parent, stderr=subprocess.PIPE) for _ in range(3)
    ]
    assert [each.communicate(timeout=120)[1] for each in started] == [b""] * 3
    assert os.listdir(tmp_path) == []


def test_predicting_while_the_weights_are_replaced(tmp_path, config):
    """A reader gets the weights of one seed or the other, without a note: never a part of both."""
    saved = {}
    for seed in (1, 2):
        run = ann_cli.train(config | {"seed": seed})
        saved[seed] = run.model.network.theta.copy()
    done = threading.Event()

    def replace():
        for turn in range(20):
            ann_cli.train(config | {"seed": 1 + turn % 2})
        done.set()

    writer = threading.Thread(target=replace)
    writer.start()
    seen = []
    while not done.is_set():
        model = ann_cli.load(run.path)
        assert (model.network.theta == saved[model.config.seed]).all()
        assert model.notes == ()
        seen.append(model.config.seed)
    writer.join()
    assert set(seen) == {1, 2}


@pytest.mark.parametrize("step", range(6))
def test_a_folder_made_anew_at_any_step_is_not_written_into(tmp_path, monkeypatch, step):
    """Before and after each look at the lock: no timing, each step once."""
    folder, steps = tmp_path / "run", iter(range(100))
    folder.mkdir()
    lock = Lock(folder)

    def hooked(function):
        def call(*arguments, **keys):
            if next(steps) == step:
                shutil.rmtree(folder)
                folder.mkdir()
            return function(*arguments, **keys)

        return call

    monkeypatch.setattr(lock, "check", hooked(lock.check))
    monkeypatch.setattr("os.replace", hooked(os.replace))
    with pytest.raises(FileError):
        write_together(folder, dict.fromkeys(("a", "b", "c"), b"mine"), held=lock)
    assert list(folder.iterdir()) == []
    other = Lock(folder)
    lock.release()
    assert (folder / ".lock").exists()
    other.release()
