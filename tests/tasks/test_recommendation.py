"""Metrics of recommendations beside scikit-learn's, and by hand."""

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from ann_cli.tasks.recommendation import TOP, RankingScores, RatingScores, best


def test_ndcg_is_scikit_learns():
    generator = np.random.default_rng(1)
    outputs = generator.normal(size=(30, 40))
    chosen = generator.random((30, 40)) < 0.2
    chosen[:, 0] = True
    scores = RankingScores()
    parts = [scores.add(outputs[part], chosen[part]) for part in (slice(9), slice(9, None))]
    expected = ndcg_score(chosen, outputs, k=TOP)
    assert scores.scores()["ndcg@10"] == pytest.approx(expected)
    assert 1 - np.concatenate(parts).mean() == pytest.approx(expected)
    first = np.argsort(-outputs, axis=1)[:, :TOP]
    recall = [chosen[row, own].sum() / chosen[row].sum() for row, own in enumerate(first)]
    assert scores.scores()["recall@10"] == pytest.approx(np.mean(recall))
    assert scores.scores()["coverage"] == len(np.unique(first)) / 40


def test_items_that_are_seen_are_no_hits():
    outputs = np.array([[-np.inf, 3.0, 2.0]])
    scores = RankingScores()
    scores.add(outputs, np.array([[True, True, False]]))
    assert scores.scores()["recall@10"] == 0.5


def test_ties_go_to_the_first_column():
    scores = np.array([[1.0, 2.0, 2.0, 2.0, 0.0], [0.0, 0.0, 0.0, 5.0, -np.inf]])
    assert best(scores, 2).tolist() == [[1, 2], [3, 0]]
    assert best(scores, 9).tolist() == [[1, 2, 3, 0, 4], [3, 0, 1, 2, 4]]


def test_errors_of_ratings_are_in_their_own_units():
    scores = RatingScores()
    assert scores.add(np.array([3.0, 5.0]), np.array([2.0, 5.0])).tolist() == [1, 0]
    scores.add(np.array([1.0]), np.array([4.0]))
    assert scores.scores() == pytest.approx({"rmse": (10 / 3) ** 0.5, "mae": 4 / 3})
    assert scores.details() == {"ratings": 3}
