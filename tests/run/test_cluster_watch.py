"""Nothing waits in silence for a cluster, nor for ever."""

from itertools import pairwise
from types import SimpleNamespace

import pytest

from ann_cli.run import cluster_watch
from ann_cli.run.cluster_watch import FORSAKEN, Watch

ALIVE = {"tcp://one": lambda at: at, "tcp://two": lambda at: at}
CASES = {
    "workers at work": (ALIVE, "a round has taken 30 s, on 2 workers", ""),
    "a worker that is stopped": (
        ALIVE | {"tcp://two": lambda at: 0.0},
        "a round has taken 30 s, on 2 workers; tcp://two has been silent for 30 s",
        "",
    ),
    "no worker": (
        {},
        "there is no worker; this ends after 60 s",
        "no worker came within 60 s",
    ),
    "a scheduler that is stopped": (
        None,
        "the scheduler has not answered for 30 s; this ends after 60 s",
        "the scheduler has not answered for 60 s",
    ),
}


@pytest.mark.parametrize(("workers", "line", "why"), CASES.values(), ids=CASES)
def test_a_line_comes_within_half_a_minute_and_what_is_gone_ends(monkeypatch, workers, line, why):
    """By a clock that each look moves on by a second."""
    clock, said, ended = SimpleNamespace(now=0.0), [], []
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr(cluster_watch, "time", clock)
    watch = Watch("a round has taken", lambda text: said.append((clock.now, text)))
    while clock.now < 4 * FORSAKEN and not ended:
        seen = workers and {name: last(clock.now) for name, last in workers.items()}
        if found := watch.look(seen if workers is not None else None):
            ended.append((clock.now, found))
        clock.now += 1
    assert said[0] == (30, line)
    assert ended == ([(60, why)] if why else [])
    times = [0, *(at for at, _ in said), min(clock.now, 4 * FORSAKEN)]
    assert all(later - at <= 31 for at, later in pairwise(times))


def test_workers_that_come_back_are_no_longer_missed(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr(cluster_watch, "time", clock)
    watch = Watch("reading has taken", lambda text: None)
    for clock.now in range(300):
        assert not watch.look({} if clock.now % 59 else {"tcp://one": clock.now})
