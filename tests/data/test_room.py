"""When rows are streamed without being asked for, and what is told then."""

import resource

import numpy as np
import pandas as pd
import pytest

from ann_cli.config.read import load
from ann_cli.data import memory, room
from ann_cli.data.memory import free_memory
from ann_cli.data.prepare import prepare
from ann_cli.data.room import shown
from ann_cli.engine.rows import Rows


@pytest.fixture
def run(tmp_path):
    def run(rows=3000, **data):
        generator = np.random.default_rng(0)
        table = pd.DataFrame(generator.normal(size=(rows, 3)), columns=["a", "b", "y"])
        table["c"] = generator.choice(list("pqrst"), rows)
        table.to_csv(tmp_path / "data.csv", index=False)
        config = load({"data": {"file": str(tmp_path / "data.csv"), "target": "y", **data}})
        return prepare(config, np.random.default_rng(0), folder=tmp_path / "runs" / "x")

    return run


# 3 × (4 cells of 8 bytes and a text of 64), and 3 numbers and 5 categories of 4 bytes.
NEEDED = 3 * (4 * 8 + 64) + 4 * (3 + 5)


@pytest.mark.parametrize(("free", "streamed"), [(2.3, False), (1.7, True)])
def test_rows_are_streamed_where_half_of_the_memory_is_too_small(run, monkeypatch, free, streamed):
    monkeypatch.setattr(room, "free_memory", lambda: free * NEEDED * 3000)
    prepared = run()
    assert prepared.config.data.stream is streamed
    assert isinstance(prepared.training, Rows) is not streamed
    told = [note for note in prepared.notes if "streamed" in note]
    assert len(told) == streamed
    if streamed:
        assert "about 960 KB, and 1.63 MB are free (data.stream: to choose)" in told[0]


@pytest.mark.parametrize("stream", [True, False])
def test_what_is_chosen_is_done_without_a_word(run, monkeypatch, stream):
    monkeypatch.setattr(room, "free_memory", lambda: 0 if not stream else 1e12)
    prepared = run(stream=stream)
    assert isinstance(prepared.training, Rows) is not stream
    assert not [note for note in prepared.notes if "stream" in note]


def test_a_disk_that_is_too_small_is_told(run, monkeypatch):
    monkeypatch.setattr("ann_cli.data.streamed.room_on_disk", lambda folder: 1000)
    prepared = run(stream=True)
    # 7 inputs, 1 output and a weight, of 4 bytes each.
    assert "not kept on disk: they take 108 KB, and 1 KB are free in" in prepared.notes[-1]
    passes = [next(prepared.training.blocks(32, None)).x.tobytes() for _ in range(2)]
    assert passes[0] == passes[1]


def test_free_memory_is_the_least_of_what_limits_it(tmp_path, monkeypatch):
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemFree: 1 kB\nMemAvailable:  5000 kB\n")
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (resource.RLIM_INFINITY,) * 2)
    assert free_memory() == 5000 * 1024
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory() == 5000 * 1024
    (tmp_path / "memory.max").write_text("4000000\n")
    (tmp_path / "memory.current").write_text("1000000\n")
    assert free_memory() == 3_000_000
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (2_000_000, 2_000_000))
    assert free_memory() == 2_000_000


def test_memory_that_nobody_tells_of_is_taken_as_enough(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "none")
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (resource.RLIM_INFINITY,) * 2)
    assert free_memory() == float("inf")


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 KB"), (1.5e9, "1.5 GB"), (3e16, "3e+04 TB")],
)
def test_sizes_in_words(size, text):
    assert shown(size) == text
