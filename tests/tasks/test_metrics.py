"""Every metric equals scikit-learn's."""

import numpy as np
import pytest
import sklearn.metrics as sk
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ann_cli.tasks.class_scores import ClassScores
from ann_cli.tasks.number_scores import NumberScores
from ann_cli.tasks.ranking import Ranking


def regression(actual, predicted, cut=1):
    """Return the scores of rows that come in two parts."""
    metrics = NumberScores()
    metrics.add(actual[:cut], predicted[:cut])
    metrics.add(actual[cut:], predicted[cut:])
    return metrics.scores()


def classification(actual, chosen, shares, classes=2):
    metrics = ClassScores(classes)
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


@given(st.integers(1, 60), st.integers(2, 6), st.integers(0, 1000), st.sampled_from([None, 1, 2.5]))
def test_classification_is_scikit_learns(rows, classes, seed, weighted):
    generator = np.random.default_rng(seed)
    actual = generator.integers(0, classes, rows)
    chosen = generator.integers(0, classes, rows)
    # Few different numbers, so that many rows tie.
    shares = generator.dirichlet(np.full(classes, 0.3), rows).round(1) + 0.01
    shares /= shares.sum(axis=1, keepdims=True)
    weight = None if weighted is None else generator.exponential(weighted, rows)
    metrics = ClassScores(classes)
    for part in (slice(0, 1), slice(1, None)):
        own = None if weight is None else weight[part]
        metrics.add(actual[part], chosen[part], shares[part], own)
    scores, counts = metrics.scores(), {"sample_weight": weight}
    assert scores["accuracy"] == pytest.approx(sk.accuracy_score(actual, chosen, **counts))
    # Without `labels`, f1_score too means the classes that occur or are predicted.
    f1 = sk.f1_score(actual, chosen, average="macro", zero_division=0, **counts)
    assert scores["f1_macro"] == pytest.approx(f1)
    # scikit-learn clips by the dtype's own rounding, too.
    labels = list(range(classes))
    assert scores["log_loss"] == pytest.approx(
        sk.log_loss(actual, shares, labels=labels, **counts), rel=1e-9
    )
    recalls = sk.recall_score(
        actual, chosen, labels=np.unique(actual), average="macro", zero_division=0, **counts
    )
    assert scores["balanced_accuracy"] == pytest.approx(recalls)
    expected = sk.confusion_matrix(actual, chosen, labels=labels, **counts)
    np.testing.assert_allclose(metrics.matrix(), expected)
    found = metrics.by_class(tuple("abcdef"[:classes]))
    several = sk.precision_recall_fscore_support(
        actual, chosen, labels=labels, zero_division=0, **counts
    )
    for name, values in zip(("precision", "recall", "f1"), several[:3], strict=True):
        np.testing.assert_allclose([each[name] or 0 for each in found], values)
    ranked = [1] if classes == 2 else labels
    ranked = [one for one in ranked if 0 < (actual == one).sum() < rows]
    if not ranked:
        assert scores["roc_auc"] is scores["average_precision"] is None
        return
    for name, oracle in (
        ("roc_auc", sk.roc_auc_score),
        ("average_precision", sk.average_precision_score),
    ):
        each = [oracle(actual == one, shares[:, one], **counts) for one in ranked]
        assert scores[name] == pytest.approx(np.mean(each))


def test_many_rows_are_ranked_by_a_histogram(monkeypatch):
    generator = np.random.default_rng(0)
    actual = generator.integers(0, 2, 20_000)
    scores = generator.normal(size=20_000) + actual
    weight = generator.exponential(size=20_000)
    pair = np.stack([-scores, scores], axis=1)
    exact, coarse = Ranking(2), Ranking(2)
    exact.add(actual, pair, weight)
    monkeypatch.setattr("ann_cli.tasks.ranking.MOST", 5000)
    for start in range(0, 20_000, 1000):
        part = slice(start, start + 1000)
        coarse.add(actual[part], pair[part], weight[part])
    assert exact.scores() == pytest.approx(coarse.scores(), abs=1e-3)
    assert exact.scores()[0] == pytest.approx(
        sk.roc_auc_score(actual, scores, sample_weight=weight)
    )


@given(
    st.integers(2, 40).flatmap(lambda n: arrays(np.float32, (2, n), elements=numbers)),
    st.integers(0, 99),
)
def test_weighted_regression_is_scikit_learns(pair, seed):
    actual, predicted = pair.astype(float)
    weight = np.random.default_rng(seed).exponential(size=len(actual))
    metrics = NumberScores()
    for part in (slice(0, 1), slice(1, None)):
        metrics.add(actual[part], predicted[part], weight[part])
    scores, counts = metrics.scores(), {"sample_weight": weight}
    assert scores["mae"] == pytest.approx(sk.mean_absolute_error(actual, predicted, **counts))
    rmse = sk.root_mean_squared_error(actual, predicted, **counts)
    assert scores["rmse"] == pytest.approx(rmse)
    if np.ptp(actual) > 1e-3:
        r2 = sk.r2_score(actual, predicted, **counts)
        assert scores["r2"] == pytest.approx(r2, rel=1e-6, abs=1e-6)


def test_a_certain_mistake_costs_much_and_is_finite():
    scores = classification(np.array([0]), np.array([1]), np.array([[0.0, 1.0]]))
    assert scores["log_loss"] == pytest.approx(-np.log(np.finfo(float).eps))


def test_without_probabilities_log_loss_is_unknown():
    scores = classification(np.array([0, 1]), np.array([0, 1]), None)
    unknown = ("log_loss", "brier_score", "roc_auc", "average_precision")
    assert all(scores.pop(name) is None for name in unknown)
    assert scores == {"accuracy": 1.0, "balanced_accuracy": 1.0, "f1_macro": 1.0}
