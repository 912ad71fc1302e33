"""Rows are split at random, by class where there are classes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ann_cli.data.split import split
from ann_cli.errors import DataError


def generator(seed=0):
    return np.random.default_rng(seed)


@given(st.integers(2, 300), st.floats(0.01, 0.99), st.integers(0, 5))
def test_every_row_is_on_one_side(rows, fraction, seed):
    wanted = round(rows * fraction)
    if not 0 < wanted < rows:
        with pytest.raises(DataError, match="validation"):
            split(rows, fraction, generator(seed))
        return
    training, held = split(rows, fraction, generator(seed))
    assert len(held) == wanted
    assert sorted([*training, *held]) == list(range(rows))
    assert (np.diff(training) > 0).all()
    assert (np.diff(held) > 0).all()


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12), st.floats(0.05, 0.95))
def test_classes_have_their_share(sizes, fraction):
    labels = np.repeat([f"c{i}" for i in range(len(sizes))], sizes).astype(object)
    wanted = round(len(labels) * fraction)
    if not 0 < wanted < len(labels):
        return
    _, held = split(len(labels), fraction, generator(), labels)
    taken = [np.count_nonzero(labels[held] == f"c{i}") for i in range(len(sizes))]
    assert sum(taken) == wanted
    exact = np.array(sizes) * wanted / len(labels)
    room = np.array(sizes) - 1
    if (np.ceil(exact) <= room).all():
        assert (np.abs(taken - exact) < 1).all()
    if wanted <= len(labels) - sum(size > 1 for size in sizes):
        assert all(size == 1 or count < size for size, count in zip(sizes, taken, strict=True))


def test_a_class_of_one_row_is_for_training():
    labels = np.array(["a"] + ["b"] * 5, dtype=object)
    assert all(0 in split(6, 0.5, generator(seed), labels)[0] for seed in range(50))


def test_a_class_of_one_row_gives_it_before_another_is_left_without():
    labels = np.array(["a", "b", "c", "c"], dtype=object)
    assert split(4, 0.75, generator(), labels)[0].item() in (2, 3)


def test_the_seed_decides():
    first, again, other = (split(100, 0.3, generator(seed))[1].tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_every_row_is_as_likely():
    counts = np.zeros(10)
    for seed in range(2000):
        counts[split(10, 0.3, generator(seed))[1]] += 1
    assert (np.abs(counts / 2000 - 0.3) < 0.05).all()
