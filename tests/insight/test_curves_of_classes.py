"""Curves of classes are scikit-learn's, however few points they keep; shares' intervals SciPy's."""

import numpy as np
import pytest
import sklearn.metrics as sk
from scipy.stats import binomtest

from ann_cli.insight.curves_of_classes import POINTS, class_curves, reliability, share_interval
from ann_cli.tasks.class_scores import ClassScores


def scored(rows, classes, seed=0):
    """Return scores of rows that are told partly, and what they were made from."""
    generator = np.random.default_rng(seed)
    actual = generator.integers(classes, size=rows)
    z = generator.normal(size=(rows, classes)).round(1)
    z[np.arange(rows), actual] += 1
    shares = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    weight = generator.integers(1, 4, rows).astype(float)
    scores = ClassScores(classes)
    scores.add(actual, shares.argmax(axis=1), shares, weight)
    return scores, actual, shares, weight


@pytest.mark.parametrize(("rows", "classes"), [(40, 2), (5000, 2), (3000, 3)])
def test_they_are_scikit_learns(rows, classes):
    scores, actual, shares, weight = scored(rows, classes)
    labels = tuple("abc"[:classes])
    found = class_curves(scores, labels)
    assert [each.label for each in found] == list(labels[-len(found) :])
    for each in found:
        own, ranks = actual == labels.index(each.label), shares[:, labels.index(each.label)]
        assert each.auc == pytest.approx(sk.roc_auc_score(own, ranks, sample_weight=weight))
        precision = sk.average_precision_score(own, ranks, sample_weight=weight)
        assert each.average_precision == pytest.approx(precision)
        assert each.share == pytest.approx(weight[own].sum() / weight.sum())
        false, true, _ = sk.roc_curve(own, ranks, sample_weight=weight, drop_intermediate=False)
        points = set(zip(false.round(9), true.round(9), strict=True))
        kept = list(zip(each.false_positives.round(9), each.true_positives.round(9), strict=True))
        assert set(kept) <= points
        assert kept[0] == (0, 0)
        assert kept[-1] == (1, 1)
        assert len(kept) == min(len(points), len(kept)) <= POINTS
        along = each.false_positives + each.true_positives
        away = np.abs(np.subtract.outer(false + true, along)).min(axis=1)
        assert away.max() <= 2 / (POINTS - 2)  # none that was left out is far from one that was not
        precision, recall, _ = sk.precision_recall_curve(own, ranks, sample_weight=weight)
        points = set(zip(recall.round(9), precision.round(9), strict=True))
        assert set(zip(each.recall.round(9), each.precision.round(9), strict=True)) <= points
        assert each.recall[-1] == 1
        assert len(each.recall) <= POINTS


def test_decisions_have_no_curve():
    scores = ClassScores(2)
    scores.add(np.array([0, 1]), np.array([0, 1]), None)
    assert class_curves(scores, ("a", "b")) == []
    assert reliability(scores) == []


@pytest.mark.parametrize(("hits", "rows"), [(0, 5), (3, 7), (900, 1000), (12, 12)])
def test_an_interval_of_a_share_is_wilsons(hits, rows):
    expected = binomtest(hits, rows).proportion_ci(0.9, method="wilson")
    found = share_interval(hits / rows, rows, 0.9)
    assert found == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_a_bin_is_off_where_probabilities_are_not_what_happens():
    generator = np.random.default_rng(0)
    share = generator.random(4000)
    for power, off in ((1, False), (3, True)):
        scores, happened = ClassScores(2), (generator.random(4000) < share**power).astype(int)
        both = np.stack([1 - share, share], axis=-1)
        scores.add(happened, both.argmax(axis=1), both)
        assert any(each.is_off for each in reliability(scores)) == off
