"""Initializers against the distributions that their papers name."""

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from ann_cli.engine.activations import ACTIVATIONS
from ann_cli.engine.initializers import INITIALIZERS, Orthogonal, SmallRandom, Zeros

INPUTS, UNITS = 300, 500


def uniform(limit):
    return stats.uniform(-limit, 2 * limit)


# The distribution of a weight, by inputs and units.
ORACLES = {
    "small_random": lambda inputs, units: uniform(0.05),
    "glorot_uniform": lambda inputs, units: uniform(sqrt(6 / (inputs + units))),
    "glorot_normal": lambda inputs, units: stats.norm(0, sqrt(2 / (inputs + units))),
    "he_uniform": lambda inputs, units: uniform(sqrt(6 / inputs)),
    "he_normal": lambda inputs, units: stats.norm(0, sqrt(2 / inputs)),
    "lecun_normal": lambda inputs, units: stats.norm(0, 1 / sqrt(inputs)),
    "orthogonal": None,
    "zeros": lambda inputs, units: None,
}
VARIANCES = {
    "glorot_uniform": 2 / (INPUTS + UNITS),
    "glorot_normal": 2 / (INPUTS + UNITS),
    "he_uniform": 2 / INPUTS,
    "he_normal": 2 / INPUTS,
    "lecun_normal": 1 / INPUTS,
}
ENTRIES = [entry() for entry in INITIALIZERS.values()]
RANDOM = [each for each in ENTRIES if not isinstance(each, Zeros)]
INDEPENDENT = [each for each in RANDOM if not isinstance(each, Orthogonal)]
"""Those that draw each weight by itself."""


def drawn(initializer, seed=0, inputs=INPUTS, units=UNITS):
    return initializer.weights(np.random.default_rng(seed), (inputs, units), inputs, units)


def test_every_initializer_has_an_oracle():
    assert set(ORACLES) == set(INITIALIZERS)
    assert {entry.initializer for entry in ACTIVATIONS.values()} <= set(INITIALIZERS)


@pytest.mark.parametrize("initializer", ENTRIES, ids=str)
def test_shape(initializer):
    for inputs, units in ((1, 1), (3, 2), (2, 5)):
        weights = drawn(initializer, 0, inputs, units)
        assert weights.shape == (inputs, units)
        assert weights.dtype == np.float64


@pytest.mark.parametrize("initializer", INDEPENDENT, ids=str)
def test_distribution(initializer):
    expected = ORACLES[initializer.name](INPUTS, UNITS)
    weights = drawn(initializer).ravel()
    assert stats.kstest(weights, expected.cdf).pvalue > 0.001
    low, high = expected.support()
    assert low <= weights.min()
    assert weights.max() <= high
    assert weights.var() == pytest.approx(expected.var(), rel=0.02)


@pytest.mark.parametrize("name", VARIANCES)
def test_variance(name):
    assert drawn(INITIALIZERS[name]()).var() == pytest.approx(VARIANCES[name], rel=0.02)


@pytest.mark.parametrize("initializer", RANDOM, ids=str)
def test_seeds(initializer):
    np.testing.assert_array_equal(drawn(initializer, 4), drawn(initializer, 4))
    assert (drawn(initializer, 4) != drawn(initializer, 5)).all()


def test_small_random_is_never_zero_and_of_either_sign():
    weights = drawn(SmallRandom(scale=0.2))
    assert (weights != 0).all()
    assert (weights.astype("float32") != 0).all()
    assert 0.199 < np.abs(weights).max() <= 0.2
    assert (weights < 0).mean() == pytest.approx(0.5, abs=0.01)


class Lowest:
    """A generator at the lower end of its range."""

    def random(self, shape):
        return np.zeros(shape)


class Highest:
    """A generator at the upper end of its range."""

    def random(self, shape):
        return np.full(shape, np.nextafter(1, 0))


@pytest.mark.parametrize("generator", [Lowest(), Highest()])
def test_small_random_at_the_ends_of_the_range(generator):
    (weight,) = SmallRandom.draw(generator, (1, 1), 1, 1, 0.05).ravel()
    assert 0 < abs(weight) <= 0.05


def test_zeros():
    assert not drawn(Zeros()).any()


@pytest.mark.parametrize("shape", [(6, 6), (3, 7), (7, 3), (2, 2, 3, 5)])
def test_orthogonal_weights_keep_lengths(shape):
    """The rows or the columns, whichever are fewer, are of length 1 and at right angles."""
    weights = Orthogonal().weights(np.random.default_rng(0), shape, 1, 1).reshape(-1, shape[-1])
    rows, columns = weights.shape
    squares = weights @ weights.T if rows < columns else weights.T @ weights
    np.testing.assert_allclose(squares, np.eye(min(rows, columns)), atol=1e-12)


def test_orthogonal_matrices_are_all_alike_likely():
    """Haar's measure: a trace has mean 0 and variance 1 (Diaconis & Shahshahani 1994)."""
    generator = np.random.default_rng(0)
    traces = [np.trace(Orthogonal().weights(generator, (4, 4), 4, 4)) for _ in range(4000)]
    assert np.mean(traces) == pytest.approx(0, abs=0.06)
    assert np.var(traces) == pytest.approx(1, abs=0.1)
