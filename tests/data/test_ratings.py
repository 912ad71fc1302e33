"""Ratings: the sparse matrix, the sides, what is learned of users and items."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from ann_cli.data.ratings.catalogue import PRIORS, Catalogue
from ann_cli.data.ratings.matrix import Matrix
from ann_cli.data.ratings.reading import Pairs, once_each, sides_of
from ann_cli.data.ratings.source import RatingRows

USERS, ITEMS = 9, 7


@pytest.fixture
def generator():
    return np.random.default_rng(5)


@pytest.fixture
def dense(generator):
    """Ratings of 1 to 5, users × items, 0 where there is none; the last user has none."""
    found = generator.integers(1, 6, (USERS, ITEMS)) * (generator.random((USERS, ITEMS)) < 0.5)
    found[:, 0] = 3
    found[-1] = 0
    return found


def _matrix(dense, order=slice(None)):
    rows, columns = np.nonzero(dense)
    return Matrix.of(rows[order], columns[order], dense[rows, columns][order], dense.shape)


def _catalogue(dense, rows="user", rated=True):
    names = tuple(f"u{n}" for n in range(USERS)), tuple(f"i{n}" for n in range(ITEMS))
    return Catalogue.of(("user", "item"), rows, names, _matrix(dense), rated)


def test_a_matrix_is_scipys_of_the_same_cells(dense, generator):
    order = generator.permutation(np.count_nonzero(dense))
    found, expected = _matrix(dense, order), csr_array(dense)
    np.testing.assert_array_equal(found.offsets, expected.indptr)
    np.testing.assert_array_equal(found.columns, expected.indices)
    np.testing.assert_array_equal(found.values, expected.data)
    turned, expected = found.turned(), csr_array(dense.T)
    np.testing.assert_array_equal(turned.offsets, expected.indptr)
    np.testing.assert_array_equal(turned.columns, expected.indices)
    np.testing.assert_array_equal(turned.values, expected.data)
    rows = np.array([3, 0, USERS - 1, 3])
    np.testing.assert_array_equal(found.dense(rows), dense[rows])
    found.check(USERS)


@pytest.mark.parametrize(
    "change",
    [
        {"offsets": [0, 2, 1, 3]},
        {"columns": [0, 5, 1]},
        {"columns": [1, 0, 1]},
        {"values": [1.0, np.nan, 1.0]},
        {"offsets": [1, 2, 2, 3]},
        {"values": [1.0, 1.0]},
    ],
)
def test_a_damaged_matrix_is_refused(change):
    whole = {"offsets": [0, 2, 2, 3], "columns": [0, 1, 1], "values": [1.0, 2.0, 3.0]}
    Matrix(**{key: np.array(value) for key, value in whole.items()}, width=2).check(3)
    with pytest.raises(ValueError, match="ratings"):
        Matrix(**{k: np.array(v) for k, v in (whole | change).items()}, width=2).check(3)


def test_biases_are_those_of_ridge_regression(dense):
    """At the lowest squared error with the penalty, its slope by each bias is 0."""
    catalogue = _catalogue(dense)
    users, items = np.nonzero(dense)
    left = dense[users, items] - catalogue.expected(users, items)
    by_user, by_item = (each[:-1] for each in catalogue.biases)
    slope = PRIORS["user"] * by_user - np.bincount(users, left, USERS)
    np.testing.assert_allclose(slope, 0, atol=1e-3)
    slope = PRIORS["item"] * by_item - np.bincount(items, left, ITEMS)
    np.testing.assert_allclose(slope, 0, atol=1e-3)
    assert catalogue.mean == pytest.approx(dense[dense > 0].mean(), abs=1e-6)
    assert Catalogue.from_dict(catalogue.to_dict()) == catalogue
    # An unknown user or item has no bias.
    assert catalogue.expected(np.array([-1]), np.array([-1])) == [catalogue.mean]


def test_names_are_found_as_they_were_written(dense):
    catalogue = _catalogue(dense)
    cells = pd.Series(["i3", "no", None, "i0"], dtype=object)
    assert catalogue.places("item", cells).tolist() == [3, -1, -1, 0]
    numbers = Catalogue("u", "i", "user", ("7", "10"), ("1",), 1, False)
    assert numbers.places("user", pd.Series([10, 7, 8])).tolist() == [1, 0, -1]
    assert numbers.places("user", pd.Series(["07", "10.0"], dtype=object)).tolist() == [0, 1]


def test_the_latest_of_a_pair_counts():
    users, items = np.array([0, 1, 0, 0], np.int32), np.array([2, 2, 2, 1], np.int32)
    ratings = np.array([1, 2, 3, 4], np.float32)
    found, again = once_each(Pairs(users, items, ratings), 3)
    assert (found.ratings.tolist(), again) == ([2, 3, 4], 1)
    times = np.array([9.0, 0, 5, np.nan])
    found, again = once_each(Pairs(users, items, ratings, times), 3)
    assert (found.ratings.tolist(), again) == ([1, 2, 4], 1)


@pytest.mark.parametrize("timed", [False, True])
def test_each_user_has_a_share_on_each_side(generator, timed):
    counts = np.array([1, 2, 3, 10, 40])
    users = generator.permutation(np.repeat(np.arange(5), counts)).astype(np.int32)
    times = generator.permutation(len(users)).astype(np.float64) if timed else None
    pairs = Pairs(users, users * 0, np.ones(len(users), np.float32), times)
    sides = sides_of(pairs, (0.2, 0.1), generator, 5)
    by_side = [np.bincount(users[sides == side], minlength=5).tolist() for side in (0, 1, 2)]
    assert by_side == [[1, 1, 2, 7, 28], [0, 1, 1, 2, 8], [0, 0, 0, 1, 4]]
    if timed:
        for user in range(5):
            own = [times[(users == user) & (sides == side)] for side in (0, 1, 2)]
            for before, after in ((0, 1), (1, 2), (0, 2)):
                if len(own[before]) and len(own[after]):
                    assert own[before].max() < own[after].min()


@pytest.mark.parametrize("rows", ["user", "item"])
def test_rows_are_what_the_biases_leave(dense, generator, rows):
    catalogue, matrix = _catalogue(dense, rows), _matrix(dense)
    held = np.zeros_like(dense)
    held[2, 3:5], held[4, 1] = 4, 2
    users, items = np.indices(dense.shape)
    expected = catalogue.expected(users, items)
    source = RatingRows(catalogue, matrix, _matrix(held))
    x, y = np.where(dense, dense - expected, 0), np.where(held, held - expected, np.nan)
    if rows == "item":
        x, y = x.T, y.T
    seen = []
    for block in source.blocks(2, generator):
        own = block.goals.rows
        np.testing.assert_allclose(block.x, x[own], atol=1e-6)
        np.testing.assert_allclose(block.y, y[own], atol=1e-6)
        goals = block.goals
        np.testing.assert_allclose(goals.ratings, held[goals.users, goals.items], atol=1e-6)
        seen += own.tolist()
    assert sorted(seen) == np.flatnonzero(~np.isnan(y).all(axis=1)).tolist()
    assert len(source) == len(seen)


def test_rows_of_choices_have_the_length_1(dense):
    ones = (dense > 0).astype(int)
    catalogue = _catalogue(ones, rated=False)
    (block,) = RatingRows(catalogue, _matrix(ones), _matrix(ones)).blocks(100, None)
    np.testing.assert_allclose(np.linalg.norm(block.x, axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(block.y, ones[:-1])
    assert ((block.x > 0) == (block.y > 0)).all()
