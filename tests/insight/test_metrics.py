"""Every metric equals scikit-learn's."""

import numpy as np
import pytest
import sklearn.metrics as sk
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ann_cli.insight.metrics import Classification, Regression


def regression(actual, predicted, cut=1):
    """Return the scores of rows that come in two parts."""
    metrics = Regression()
    metrics.add(actual[:cut], predicted[:cut])
    metrics.add(actual[cut:], predicted[cut:])
    return metrics.scores()


def classification(actual, chosen, shares, classes=2):
    metrics = Classification(classes)
    for part in (slice(0, 1), slice(1, None)):
        metrics.add(actual[part], chosen[part], None if shares is None else shares[part])
    return metrics.scores()


numbers = st.floats(-1e6, 1e6, width=32)


@given(st.integers(2, 40).flatmap(lambda n: arrays(np.float32, (2, n), elements=numbers)))
def test_regression_is_scikit_learns(pair):
    actual, predicted = pair
    scores = regression(actual, predicted)
    actual, predicted = actual.astype(float), predicted.astype(float)
    assert scores["mae"] == pytest.approx(sk.mean_absolute_error(actual, predicted))
    assert scores["rmse"] == pytest.approx(sk.root_mean_squared_error(actual, predicted))
    if np.ptp(actual) < 1e-3:
        return
    assert scores["r2"] == pytest.approx(sk.r2_score(actual, predicted), rel=1e-6, abs=1e-6)


def test_r2_of_a_constant_is_unknown():
    scores = regression(np.full(3, 2.5), np.array([2.5, 3.5, 4.5]))
    assert scores == {"r2": None, "rmse": pytest.approx((5 / 3) ** 0.5), "mae": 1.0}


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e-3, 12345.6789])
def test_r2_of_a_constant_is_unknown_whatever_the_rounding(value):
    assert regression(np.full(7, value), np.zeros(7))["r2"] is None


def test_numbers_may_be_float32_and_large():
    actual = np.array([1e8, 1e8 + 8, 1e8 + 16], np.float32)
    assert regression(actual, actual + np.float32(8))["rmse"] == 8


@given(st.integers(1, 60), st.integers(2, 6), st.integers(0, 1000))
def test_classification_is_scikit_learns(rows, classes, seed):
    generator = np.random.default_rng(seed)
    actual = generator.integers(0, classes, rows)
    chosen = generator.integers(0, classes, rows)
    shares = generator.dirichlet(np.full(classes, 0.3), rows)
    scores = classification(actual, chosen, shares, classes)
    assert scores["accuracy"] == pytest.approx(sk.accuracy_score(actual, chosen))
    # Without `labels`, f1_score too means the classes that occur or are predicted.
    assert scores["f1_macro"] == pytest.approx(sk.f1_score(actual, chosen, average="macro"))
    # scikit-learn clips by the dtype's own rounding, too.
    assert scores["log_loss"] == pytest.approx(
        sk.log_loss(actual, shares, labels=list(range(classes))), rel=1e-9
    )


def test_a_certain_mistake_costs_much_and_is_finite():
    scores = classification(np.array([0]), np.array([1]), np.array([[0.0, 1.0]]))
    assert scores["log_loss"] == pytest.approx(-np.log(np.finfo(float).eps))


def test_without_probabilities_log_loss_is_unknown():
    assert classification(np.array([0, 1]), np.array([0, 1]), None) == {
        "accuracy": 1.0,
        "f1_macro": 1.0,
        "log_loss": None,
    }
