"""A run's files under every failing call and every death: each the old or the new, never a part."""

import errno
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from faulty import Died, Faulty
from pandas.testing import assert_frame_equal

import ann_cli
from ann_cli.errors import FileError
from ann_cli.model import checkpoint, files, folder
from ann_cli.model.checksums import RECORD, differing

RUN = (*folder.FILES, RECORD)
NAMES = (*folder.FILES, checkpoint.NAME, RECORD)
ROWS = pd.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0) % 3})
WRITTEN = 1 + 5 * len(NAMES)
CALLS = WRITTEN + 1 + len(NAMES) + 2
"""Of one save: the folder's open; open, write, fstat, fsync, close of each file; the checkpoint
before renamed, then all; the folder's fsync, close. What diverged before is removed after it."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two finished runs that differ in every file: their results, and their folders' bytes."""
    made = []
    for seed in (1, 2):
        place = tmp_path_factory.mktemp("run")
        ROWS.assign(y=ROWS["a"] * 2 + ROWS["b"]).to_csv(place / "d.csv", index=False)
        data = {"file": str(place / "d.csv"), "target": "y"}
        run = ann_cli.train(
            {"data": data, "layers": [], "epochs": seed, "seed": seed, "save_to": str(place / "x")}
        )
        made.append((run, contents(place / "x")))
    (_, one), (_, other) = made
    assert all(one[name] != other[name] for name in NAMES)
    return made


def contents(place):
    return {each.name: each.read_bytes() for each in place.iterdir() if each.name != ".lock"}


def save(place, run, last):
    folder.save(place, run.model, run.metrics, run.history, last)


@pytest.fixture
def attempt(runs, tmp_path, monkeypatch):
    """attempt(faulty): saves the second run over the first; returns the error and the calls."""
    (_, old), (other, _) = runs
    last, _ = checkpoint.latest(other.path.parent)
    place = tmp_path / "x"
    place.mkdir()

    def attempt(faulty):
        with monkeypatch.context() as patch:
            for name in os.listdir(place):
                os.unlink(place / name)
            for name, content in old.items():
                (place / name).write_bytes(content)
            faulty.put_in(patch)
            try:
                save(place, other, last)
            except (FileError, Died) as error:
                return error
            finally:
                faulty.bury()
            return None

    attempt.place = place
    return attempt


def check_whole(place, runs, error):
    """Assert what holds whatever has happened; return whether it is a mixture of two runs."""
    found = contents(place)
    (one, old), (other, new) = runs
    for name in RUN:
        assert found[name] in (old[name], new[name]), name
    kinds = {"old" if found[name] == old[name] else "new" for name in RUN}
    mixed = len(kinds) == 2
    assert bool(differing(place)) == mixed
    if error is None:
        assert kinds == {"new"}
    assert checkpoint.latest(place)[0]
    model = ann_cli.load(place / "weights.npz")
    is_old = found["weights.npz"] == old["weights.npz"]
    expected = one if is_old else other
    assert_frame_equal(model.predict(ROWS), expected.model.predict(ROWS))
    recorded = "old" if found[RECORD] == old[RECORD] else "new"
    assert bool(model.notes) == (is_old != (recorded == "old"))
    return mixed


def test_the_order_of_a_save(attempt, runs):
    recorder = Faulty()
    assert attempt(recorder) is None
    assert len(recorder.made) == CALLS + 2
    assert recorder.made[0] == ("open", attempt.place)
    of_another = (folder.DIVERGED, folder.REPORT)
    assert recorder.made[-2:] == [("unlink", attempt.place / name) for name in of_another]
    temporaries = []
    for number in range(len(NAMES)):
        calls = recorder.made[1 + number * 5 : number * 5 + 6]
        assert [call for call, _ in calls] == ["open", "write", "fstat", "fsync", "close"]
        assert len({argument for _, argument in calls[1:]}) == 1  # what was written is synced
        temporaries.append(calls[0][1])
    kept = (checkpoint.NAME, checkpoint.PREVIOUS)
    assert recorder.made[WRITTEN] == ("replace", kept)
    renamed = recorder.made[WRITTEN + 1 : -4]
    assert {call for call, _ in renamed} == {"replace"}
    assert [names for _, names in renamed] == list(zip(temporaries, NAMES, strict=True))
    for temporary, target in zip(temporaries, NAMES, strict=True):  # the record's comes last
        assert temporary.startswith(f".{target}.")  # a name of the folder: one file system
        assert temporary.endswith(files.UNFINISHED)
    assert [call for call, _ in recorder.made[-4:-2]] == ["fsync", "close"]
    assert not check_whole(attempt.place, runs, None)
    assert set(contents(attempt.place)) == {*NAMES, checkpoint.PREVIOUS}


@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EINTR], ids=errno.errorcode.get)
def test_every_failing_call(attempt, runs, code, for_good):
    mixed = 0
    for at in range(1, CALLS + 1):
        faulty = Faulty(at, OSError(code, os.strerror(code)), for_good)
        error = attempt(faulty)
        assert isinstance(error, FileError), at
        assert "cannot be written: " in str(error)
        assert os.strerror(code).lower() in str(error)
        mixed += check_whole(attempt.place, runs, error)
        if at <= WRITTEN + 1:
            assert contents(attempt.place).items() >= runs[0][1].items()  # all of it the old run
        assert for_good or set(contents(attempt.place)) <= {*NAMES, checkpoint.PREVIOUS}
        tidy(attempt.place)
    assert mixed == len(NAMES) - 1  # between two renames only


def tidy(place):
    """Take the folder as the next run does, and see that nothing unfinished is left."""
    folder.hold(place).release()
    assert set(os.listdir(place)) <= {*NAMES, checkpoint.PREVIOUS}


def test_death_at_every_call(attempt, runs):
    for at in range(1, CALLS + 1):
        died = attempt(Faulty(at, Died(), for_good=True))
        assert isinstance(died, Died)
        check_whole(attempt.place, runs, died)
        tidy(attempt.place)


def test_short_writes_are_carried_on(attempt, runs):
    recorder = Faulty(short=True)
    assert attempt(recorder) is None
    assert len(recorder.made) > CALLS
    assert not check_whole(attempt.place, runs, None)


def test_a_write_that_loses_bytes_is_noticed(tmp_path, monkeypatch):
    """A file that is not as long as what was written never takes the old one's place."""

    class Lossy(Faulty):
        def __getattr__(self, name):
            if name != "write":
                return super().__getattr__(name)
            return lambda descriptor, rest: os.write(descriptor, rest[:-1]) + 1

    (tmp_path / "a").write_bytes(b"old")
    Lossy().put_in(monkeypatch)
    with pytest.raises(FileError, match="not as long as what was written"):
        files.write(tmp_path / "a", b"newer")
    assert contents(tmp_path) == {"a": b"old"}


def test_a_folder_that_cannot_be_synced_by_its_kind(tmp_path, monkeypatch):
    faulty = Faulty(8, OSError(errno.EINVAL, "invalid"))
    faulty.put_in(monkeypatch)
    files.write(tmp_path / "a", b"new")
    assert faulty.made[7][0] == "fsync"
    assert contents(tmp_path) == {"a": b"new"}


def test_only_what_a_dead_run_left_is_removed(tmp_path):
    place = tmp_path / "x"
    place.mkdir()
    left = [
        place / ".metrics.json.0123abcd.unfinished",
        place / ".checkpoint.npz.00000000.unfinished",
    ]
    others = [
        place / "notes.unfinished",
        place / ".metrics.json.swp",
        place / ".metrics.json.0123.unfinished",
        place / ".notes.00000000.unfinished",
    ]
    for each in (*left, *others):
        each.write_bytes(b"x")
    folder.hold(place).release()
    assert not any(map(Path.exists, left))
    assert all(map(Path.exists, others))
