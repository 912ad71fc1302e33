"""Items made by threads, ahead or several at a time: the same, in order, and they end."""

import threading
import time

import pytest

from ann_cli.data import prefetch as module
from ann_cli.data.prefetch import parallel_map, prefetch


def threads():
    return [each for each in threading.enumerate() if each.name == "ahead" and each.is_alive()]


def gone(seconds=120):
    end = time.monotonic() + seconds
    while threads() and time.monotonic() < end:
        time.sleep(0.01)
    return not threads()


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
def test_the_items_in_order(count):
    assert list(prefetch(iter(range(count)))) == list(range(count))
    assert gone()


def test_items_are_made_while_another_is_used():
    made = []
    items = prefetch(made.append(each) or each for each in range(10))
    assert next(items) == 0
    end = time.monotonic() + 120
    while len(made) < 4 and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.05)
    assert made == [0, 1, 2, 3]  # the one in use, two that wait, one that finds no room
    assert list(items) == list(range(1, 10))


def test_an_error_comes_after_what_was_made_before_it():
    def items():
        yield 1
        raise KeyError("x")

    made = prefetch(items())
    assert next(made) == 1
    with pytest.raises(KeyError):
        next(made)
    assert gone()


def test_a_thread_that_is_left_ends_and_closes_what_it_reads():
    closed = threading.Event()

    def items():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    made = prefetch(items())
    next(made)
    made.close()
    assert closed.wait(120)
    assert gone()


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
def test_what_is_made_of_items_comes_in_their_order(count):
    def late(item):
        time.sleep(0.002 * (item % 3))
        return -item

    assert list(parallel_map(late, iter(range(count)))) == [-each for each in range(count)]


def test_several_items_are_made_at_a_time(monkeypatch):
    monkeypatch.setattr(module, "cores", lambda: 2)
    together = threading.Barrier(2)
    assert all(each >= 0 for each in parallel_map(lambda _: together.wait(120), range(4)))


@pytest.mark.parametrize(("count", "workers"), [(1, None), (1, 2), (3, 1)])
def test_for_one_item_or_one_worker_no_thread_is_started(count, workers):
    made = parallel_map(lambda _: threading.current_thread(), range(count), workers)
    assert list(made) == [threading.current_thread()] * count


@pytest.mark.parametrize("count", [1, 7])
def test_what_making_raises_is_raised_in_its_turn(count):
    def make(item):
        if item == count - 1:
            raise KeyError(item)
        return item

    made, found = parallel_map(make, range(count)), []
    with pytest.raises(KeyError):
        found.extend(made)
    assert found == list(range(count - 1))
