"""When rows are streamed without being asked for, and what is told then."""

import numpy as np
import pandas as pd
import pytest

from ann_cli.config.read import load
from ann_cli.data.rows import room
from ann_cli.data.rows.preparation import prepare
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
    monkeypatch.setattr(room, "available", lambda: free * NEEDED * 3000)
    data_set = run()
    assert data_set.config.data.stream is streamed
    assert isinstance(data_set.training, Rows) is not streamed
    told = [note for note in data_set.notes if "streamed" in note]
    assert len(told) == streamed
    if streamed:
        assert "about 960 kB, and 1.63 MB are free (data.stream: to choose)" in told[0]


@pytest.mark.parametrize("stream", [True, False])
def test_what_is_chosen_is_done_without_a_word(run, monkeypatch, stream):
    monkeypatch.setattr(room, "available", lambda: 0 if not stream else 1e12)
    data_set = run(stream=stream)
    assert isinstance(data_set.training, Rows) is not stream
    assert not [note for note in data_set.notes if "stream" in note]


def test_a_disk_that_is_too_small_is_told(run, monkeypatch):
    monkeypatch.setattr("ann_cli.data.rows.streaming.room_on_disk", lambda folder: 1000)
    data_set = run(stream=True)
    # 7 inputs, 1 output and a weight, of 4 bytes each.
    assert "not kept on disk: they take 108 kB, and 1 kB are free in" in data_set.notes[-1]
    passes = [next(data_set.training.blocks(32, None)).x.tobytes() for _ in range(2)]
    assert passes[0] == passes[1]
