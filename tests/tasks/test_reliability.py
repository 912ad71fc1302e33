"""Brier score and reliability: scikit-learn's as oracles."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from ann_cli.tasks.class_scores import ClassScores


def gathered(shares, actual, weight=None):
    """Return what gathers the metrics, after two blocks."""
    found, chosen = ClassScores(shares.shape[1]), shares.argmax(axis=1)
    for rows in (slice(0, 123), slice(123, None)):
        own = None if weight is None else weight[rows]
        found.add(actual[rows], chosen[rows], shares[rows], own)
    return found


@pytest.mark.parametrize("classes", [2, 4])
def test_brier_score_is_scikit_learns(classes):
    generator = np.random.default_rng(0)
    shares = generator.dirichlet(np.ones(classes), 500)
    actual, weight = generator.integers(0, classes, 500), generator.uniform(0, 3, 500)
    labels = list(range(classes))
    for own in (None, weight):
        given = shares[:, 1] if classes == 2 else shares
        expected = brier_score_loss(actual, given, sample_weight=own, labels=labels)
        assert gathered(shares, actual, own).scores()["brier_score"] == pytest.approx(expected)


def test_reliability_is_scikit_learns_curve():
    generator = np.random.default_rng(0)
    likely = generator.beta(0.5, 2, 500)
    shares = np.stack([1 - likely, likely], axis=1)
    actual = (generator.random(500) < likely**2).astype(int)
    told = gathered(shares, actual).reliability.told()
    observed, predicted = calibration_curve(actual, likely, n_bins=10)
    assert [each["observed"] for each in told] == pytest.approx(observed.tolist())
    assert [each["predicted"] for each in told] == pytest.approx(predicted.tolist())
    assert sum(each["rows"] for each in told) == 500


def test_of_more_classes_it_is_that_of_the_predicted_one():
    shares = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.05, 0.75, 0.2], [1.0, 0.0, 0.0]])
    found = ClassScores(3)
    found.add(np.array([0, 1, 1, 0]), shares.argmax(axis=1), shares)
    told = found.reliability.told()
    assert [each["rows"] for each in told] == [2, 1, 1]
    assert [each["observed"] for each in told] == [1, 0, 1]
    assert [each["predicted"] for each in told] == pytest.approx([0.725, 0.8, 1])


def test_decisions_have_neither():
    found = ClassScores(2)
    found.add(np.array([0, 1]), np.array([0, 1]), None)
    assert found.scores()["brier_score"] is None
    assert found.reliability.told() == []
