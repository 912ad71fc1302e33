"""Rows are split at random, by class where there are classes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ann_cli.data.rows import split as module
from ann_cli.data.rows.split import split_by_hash, split_groups
from ann_cli.errors import DataError


def split(rows, fraction, *arguments):
    """Return the numbers of the training rows and of the validation rows."""
    sides = module.split(rows, (fraction, 0.0), *arguments)
    return np.flatnonzero(sides == 0), np.flatnonzero(sides == 1)


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
    assert len(training) == rows - wanted


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


@given(st.lists(st.integers(3, 60), min_size=1, max_size=6), st.integers(0, 5))
def test_test_rows_change_none_that_validate(sizes, seed):
    labels = np.repeat([f"c{i}" for i in range(len(sizes))], sizes).astype(object)
    rows = len(labels)
    before = module.split(rows, (0.4, 0.0), generator(seed), labels)
    if not round(0.3 * rows):
        return
    sides = module.split(rows, (0.4, 0.3), generator(seed), labels)
    assert np.array_equal(sides == 1, before == 1)
    assert np.count_nonzero(sides == 2) == round(0.3 * rows)
    if rows >= 10 * len(sizes):
        assert set(labels[sides == 0]) == set(labels)


@given(st.lists(st.integers(0, 30), min_size=20, max_size=200), st.integers(0, 5))
def test_a_group_is_on_one_side(members, seed):
    groups = np.unique(members, return_inverse=True)[1]
    if groups.max() < 9:
        return
    sides = split_groups(groups, (0.3, 0.2), generator(seed))
    for group in range(groups.max() + 1):
        assert len(set(sides[groups == group])) == 1
    largest = np.bincount(groups).max()
    for side, share in ((1, 0.3), (2, 0.2)):
        assert abs(np.count_nonzero(sides == side) - share * len(groups)) <= largest
    with pytest.raises(DataError, match="0 to validate"):
        split_groups(np.zeros(9, dtype=int), (0.3, 0.0), generator(seed))


def splitmix64(state):
    """Return the next number of Steele, Lea & Flood's generator, in Python's own integers."""
    state = (state + 0x9E3779B97F4A7C15) % 2**64
    mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % 2**64
    return mixed ^ (mixed >> 31)


def test_the_generator_is_the_published_one():
    # The first number of seed 0, as in the reference implementation (Vigna, splitmix64.c).
    assert splitmix64(0) == 0xE220A8397B1DCDAF


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**40), st.floats(0, 1))
def test_a_hash_of_its_number_says_on_which_side_a_row_is(seed, number, fraction):
    state = (seed + number * 0x9E3779B97F4A7C15) % 2**64
    expected = (splitmix64(state) >> 11) / 2**53 < fraction
    assert split_by_hash(np.array([number]), (fraction, 0.0), seed).tolist() == [expected]
    expected = 1 if expected else 2 * ((splitmix64(state) >> 11) / 2**53 < fraction + 0.1)
    assert split_by_hash(np.array([number]), (fraction, 0.1), seed).tolist() == [expected]


@pytest.mark.parametrize("fraction", [0.0, 0.01, 0.2, 0.5])
def test_the_hash_takes_its_share_anywhere(fraction):
    for start in (0, 10**9):
        held = split_by_hash(np.arange(start, start + 200_000), (fraction, 0.0), start + 7) == 1
        assert held.mean() == pytest.approx(fraction, abs=0.005)
        assert held[::2].mean() == pytest.approx(fraction, abs=0.007)
        assert np.corrcoef(held[1:], held[:-1])[0, 1] < 0.01 if fraction else not held.any()
