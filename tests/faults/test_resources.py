"""Memory that is not there is a message before it is taken; a full disk or limit is one, too."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

import ann_cli
from ann_cli.data.rows import memory
from ann_cli.errors import ConfigError, DataError, FileError

MEGABYTE = 1_000_000


@pytest.fixture
def config(tmp_path):
    rows = [f"{2 * n},{n % 7},{3 * n + 1}\n" for n in range(40)]
    (tmp_path / "d.csv").write_text("".join(["a,b,y\n", *rows]))
    (tmp_path / "c.yaml").write_text("data: {file: d.csv, target: y}\nepochs: 1\nsave_to: run\n")
    data = {"file": str(tmp_path / "d.csv"), "target": "y"}
    return {"data": data, "recipe": "none", "epochs": 1, "save_to": str(tmp_path / "run")}


@pytest.mark.parametrize(
    ("settings", "words", "remedy"),
    [
        (
            {"layers": [{"units": 10**6}, {"units": 10**6}]},
            "a network of 1,000,005,000,001 parameters, trained with adam, takes about 32 TB, and ",
            "use fewer units a layer",
        ),
        (
            {"layers": [{"units": 10**6}] * 3, "optimizer": "sgd", "precision": "float64"},
            "a network of 2,000,006,000,001 parameters, trained with sgd, takes about 64 TB, and ",
            "use fewer units a layer",
        ),
    ],
)
def test_a_network_beyond_memory(config, settings, words, remedy):
    with pytest.raises(ConfigError) as raised:
        ann_cli.train(config | settings)
    (problem,) = raised.value.problems
    assert problem.message.startswith(words)
    assert problem.message.endswith("are free")
    assert (problem.place, problem.remedy) == ("layers", remedy)
    assert not Path(config["save_to"]).exists()


def test_an_ensemble_beyond_memory_is_told_by_all_its_networks(config):
    layers = [{"units": 60_000}, {"units": 6_000}]
    given = config | {"layers": layers, "ensemble": {"members": 1000, "folds": 4}}
    with pytest.raises(ConfigError) as raised:
        ann_cli.train(given)
    (problem,) = raised.value.problems
    each = 60_000 * 3 + 6_000 * 60_001 + 6_001
    assert problem.message.startswith(f"an ensemble of {1000 * each:,} parameters in all takes ")
    assert problem.place == "ensemble.members"
    assert "use fewer members" in problem.remedy


def test_a_step_beyond_memory(config, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 10.0 * MEGABYTE)
    slow = {"name": "sgd", "learning_rate": 1e-9}
    wide = config | {"layers": [{"units": 50_000}], "optimizer": slow}
    with pytest.raises(ConfigError, match=r"a step on 32 rows through 50,001 units takes about"):
        ann_cli.train(wide | {"batch_size": "full"})
    ann_cli.train(wide | {"batch_size": 1})


def test_a_category_of_ever_new_texts(ann, tmp_path):
    """60,000 different values: 600,000 rows of 60,001 inputs, some 144 GB."""
    rows = "".join(f"k{n % 60_000},{n % 13},{n % 11}\n" for n in range(600_000))
    (tmp_path / "d.csv").write_text(f"key,b,y\n{rows}")
    (tmp_path / "c.yaml").write_text(
        "data: {file: d.csv, target: y, types: {key: category}, stream: false}\n"
    )
    told = ann("train", "c.yaml", status=3).stderr
    assert "error: d.csv: " in told
    assert "inputs take about 1" in told
    assert "GB are free\n" in told
    assert "column key alone makes " in told
    assert "data.exclude: [key]" in told
    assert not (tmp_path / "runs").exists()


def test_rows_beyond_memory(config, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 300.0)
    with pytest.raises(DataError) as raised:
        ann_cli.train(config)
    (problem,) = raised.value.problems
    assert problem.message == "40 rows of 2 inputs take about 480 bytes, and 300 bytes are free"
    assert problem.place.endswith("d.csv")


def test_more_columns_than_a_weights_file_describes(config, monkeypatch):
    monkeypatch.setattr("ann_cli.model.estimate.MOST_CHARACTERS", 10_500)
    with pytest.raises(ConfigError, match="take more than 10,000,000 characters to describe"):
        ann_cli.train(config)


LIMITED = """
import resource, sys
from ann_cli.data.rows.memory import available
before = available()
pages = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (pages + 50_000_000,) * 2)
print(before, available())
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="there is no /proc")
def test_what_is_available_is_the_least_of_all_limits(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", LIMITED], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    before, after = map(float, told.stdout.split())
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 50_000_000 < before < 3 * total
    assert 40_000_000 < after <= 50_000_000


CONTROL_GROUPS = {
    2: ("0::/no/such\n", ".", "memory.max", "memory.current", "inactive_file"),
    1: (
        "4:memory:/no/such\n0::/\n",
        "memory",
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "total_inactive_file",
    ),
}


@pytest.mark.parametrize("version", CONTROL_GROUPS)
def test_control_groups_of_both_versions(tmp_path, monkeypatch, version):
    text, folder, limit, used, cache = CONTROL_GROUPS[version]
    monkeypatch.setattr(memory, "CONTROL_GROUPS", tmp_path)
    monkeypatch.setattr(memory, "OWN", tmp_path / "cgroup")
    (tmp_path / "cgroup").write_text(text)
    top = tmp_path / folder
    top.mkdir(exist_ok=True)
    (top / limit).write_text("5000000\n")
    (top / used).write_text("4000000\n")
    (top / "memory.stat").write_text(f"anon 1\n{cache} 500000\nactive_file 7\n")
    assert memory.available() == 1_500_000
    (top / limit).write_text("max\n")
    assert memory.available() > 1_500_000


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 bytes"), (999, "999 bytes"), (1e3, "1 kB"), (23.4e12, "23.4 TB")]
)
def test_sizes_are_readable(size, words):
    assert memory.readable(size) == words


FAULTS = """
from resource import RUSAGE_SELF, getrusage

import numpy as np

from ann_cli.data.rows.memory import keep_freed

def faults():
    before = getrusage(RUSAGE_SELF).ru_minflt
    arrays = [np.ones(1 << 18) for _ in range(20)]
    return getrusage(RUSAGE_SELF).ru_minflt - before

keep_freed()
faults()
print(faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_memory_that_was_freed_is_taken_again_as_it_is():
    """40 MB, which the kernel would clear in some 10,000 pages."""
    command = [sys.executable, "-P", "-c", FAULTS]
    assert int(subprocess.run(command, capture_output=True, check=True, text=True).stdout) < 1000


def test_enough_is_enough(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 1000.0)
    assert memory.shortage(1000) == ""
    assert memory.shortage(2000) == "about 2 kB, and 1 kB are free"
    assert memory.shortage(float("inf"))


ENDS = """
import ann_cli.run
from ann_cli.cli.main import main

def begin(*arguments, **options):
    raise MemoryError("Unable to allocate 7.45 GiB")

ann_cli.run.begin = begin
main()
"""


def test_memory_that_ends_all_the_same_is_no_defect(tmp_path, config, environment):
    arguments = [sys.executable, "-c", ENDS, "train", "c.yaml", "--json"]
    told = subprocess.run(
        arguments, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment
    )
    first, remedy = told.stderr.splitlines()
    assert first == "error: more memory is needed than there is: Unable to allocate 7.45 GiB"
    assert "smaller batch_size" in remedy
    assert (told.returncode, json.loads(told.stdout)["error"]["exit_status"]) == (3, 3)


@pytest.mark.parametrize("threads", ["1", "2"])
def test_threads_are_limited_and_recorded(ann, ann_in, tmp_path, config, threads):
    env = {"OPENBLAS_NUM_THREADS": "2"}
    ann_in(tmp_path, "train", "c.yaml", "--threads", threads, env=env)
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["versions"]["threads"] == int(threads)
    ann("predict", "run/weights.npz", "d.csv", "--threads", threads)
    assert "--threads" in ann("train", "c.yaml", "--threads", "0", status=2).stderr


FILL = """
mount -t tmpfs -o size=80k tmpfs disk || exit 99
train() { ann train c.yaml -q --set save_to=disk/run "$@"; }
sums() { (cd disk/run && sha256sum history.csv config.yaml metrics.json weights.npz); }
train --set 'layers=[]' || exit 98
sums > before
for size in 16000 99000; do
    head -c $size /dev/zero > disk/filler 2> /dev/null
    train --set seed=1 --set 'layers=[{units: 2000}]'
    echo $?
    sums > after.$size
done
export LC_ALL=C
ls -A disk/run
ann predict disk/run/weights.npz d.csv > /dev/null || exit 97
"""


def test_a_file_size_limit_leaves_the_old_run(ann, tmp_path, config, shell):
    ann("train", "c.yaml")
    before = {each.name: each.read_bytes() for each in (tmp_path / "run").iterdir()}
    told = shell("ulimit -f 8; ann train c.yaml --set seed=1 --set 'layers=[{units: 3000}]'")
    assert told.returncode == 5, told.stderr
    assert "run/weights.npz: cannot be written: file too large" in told.stderr
    after = {each.name: each.read_bytes() for each in (tmp_path / "run").iterdir()}
    assert after == before


def test_a_disk_that_fills_up(shell, tmp_path, config):
    """A tmpfs of 80 kB in a mount namespace of its own; a full one is told before training."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "script").write_text(FILL)
    told = shell("unshare -m bash script")
    if told.returncode == 99 or "unshare" in told.stderr:
        pytest.skip("no mount namespaces here")
    assert told.returncode == 0, told.stderr
    places = [line for line in told.stderr.splitlines() if line.startswith("error: ")]
    full = "cannot be written: no space left on device"
    assert places == [f"error: disk/run/weights.npz: {full}", f"error: disk/run: {full}"]
    first, *statuses = told.stdout.splitlines()[:3]
    listed = told.stdout.splitlines()[3:]
    assert (first, statuses) == ("disk/run/weights.npz", ["5", "5"])
    files = ["config.yaml", "history.csv", "metrics.json", "weights.npz"]
    assert listed == ["SHA256SUMS", "checkpoint.npz", *files]
    before, *after = (
        (tmp_path / name).read_text() for name in ("before", "after.16000", "after.99000")
    )
    assert after == [before, before]
    assert len(before.splitlines()) == 4


def test_a_folder_for_reading_only_is_told_before_training(tmp_path, config, monkeypatch):
    """Root may write anywhere, so the folder is one where nobody can: /proc."""
    monkeypatch.setattr("ann_cli.run.TrainingRun.epochs", lambda self: pytest.fail("it trained"))
    with pytest.raises(FileError, match="cannot be written"):
        ann_cli.train(config | {"save_to": "/proc/run"})
    if os.geteuid():
        (tmp_path / "run").mkdir(mode=0o500)
        with pytest.raises(FileError, match="permission denied"):
            ann_cli.train(config)
