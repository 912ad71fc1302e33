"""Newton's method on the output, beside scikit-learn's solutions of the same problems."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from ann_cli.engine.activations import Fourier, Linear, Sigmoid, Softmax
from ann_cli.engine.ensemble import Ensemble, Folds
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.losses import CrossEntropy, HalfSquaredError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.output import Output
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.ensemble_training import EnsembleTraining, RowsWithoutFolds
from ann_cli.engine.trainers.output_solving import MOST, Newton, OutputSolver
from ann_cli.errors import ConfigError, DivergedError

ROWS, PENALTY = 120, 3.0
X = np.random.default_rng(0).normal([0, 3, 0, -1], size=(ROWS, 4))
NUMBERS = X @ np.random.default_rng(3).normal(size=(4, 2)) + np.sin(X[:, :2] * X[:, 2:])
KIND = np.digitize(NUMBERS[:, 0] * NUMBERS[:, 1], [-1.0, 1.0])
WEIGHT = np.random.default_rng(2).uniform(0.2, 3, ROWS)
WEIGHT /= WEIGHT.mean()
each_weight = pytest.mark.parametrize("weight", [None, WEIGHT], ids=["alike", "weighted"])


def solver(network, epochs=1, penalties=(PENALTY, PENALTY)):
    return OutputSolver(network, Newton(*penalties), generators(0), epochs)


def train(trainer, y, weight=None):
    return [epoch.loss for epoch in trainer.run(Rows(X, y, weight))]


@each_weight
def test_half_the_squared_error_is_solved_in_one_epoch(build, weight):
    network = build((4, 2))
    train(solver(network), NUMBERS, weight)
    expected = Ridge(alpha=PENALTY).fit(X, NUMBERS, weight)
    np.testing.assert_allclose(network.layers[-1].weights, expected.coef_.T, rtol=1e-9)
    np.testing.assert_allclose(network.layers[-1].bias, expected.intercept_, rtol=1e-9)


def test_hidden_layers_stay_as_they_were_drawn(build):
    network, drawn = build((4, 30, 2), Fourier()), build((4, 30, 2), Fourier())
    train(solver(network), NUMBERS)
    np.testing.assert_array_equal(network.layers[0].weights, drawn.layers[0].weights)
    hidden = drawn.layers[0].predict(X)
    expected = Ridge(alpha=PENALTY).fit(hidden, NUMBERS).predict(hidden)
    np.testing.assert_allclose(network.predict(X), expected, rtol=1e-8, atol=1e-9)


@each_weight
@pytest.mark.parametrize("output", [Sigmoid(), Softmax()], ids=["two classes", "three"])
def test_classes_go_towards_the_solution(build, output, weight):
    two = isinstance(output, Sigmoid)
    kind = np.minimum(KIND, 1) if two else KIND
    y = kind[:, np.newaxis].astype(float) if two else np.eye(3)[kind]
    network = build((4, y.shape[1]), None, output, CrossEntropy())
    losses = train(solver(network, epochs=300), y, weight)
    expected = LogisticRegression(C=1 / PENALTY, tol=1e-10, max_iter=1000).fit(X, kind, weight)
    probabilities = expected.predict_proba(X)[:, 1:] if two else expected.predict_proba(X)
    np.testing.assert_allclose(network.predict(X), probabilities, atol=1e-6)
    assert losses[1] < losses[0]


def test_each_epoch_has_its_penalty():
    penalties = [Newton(100, 1).at(epoch, 5) for epoch in range(1, 6)]
    np.testing.assert_allclose(penalties, [100, 31.6227766, 10, 3.16227766, 1])
    assert Newton(100, 1).at(1, 1) == 1


def test_the_loss_of_an_epoch_is_that_of_all_rows_before_its_step(build):
    network = build((4, 20, 2), Fourier())
    trainer = solver(network, 2, (100, 0.1))
    trainer._ahead = lambda share: trainer._weights(network.theta)
    before, epochs = [network.evaluate(X, NUMBERS)[1]], trainer.run(Rows(X, NUMBERS, WEIGHT))
    losses = [next(epochs).loss]
    before.append(network.evaluate(X, NUMBERS)[1])
    losses.append(next(epochs).loss)
    np.testing.assert_allclose(losses, [np.average(each, weights=WEIGHT) for each in before])


@pytest.mark.parametrize("hidden", [[], [30]], ids=["same inputs", "inputs of its own"])
def test_a_member_is_solved_without_its_fold(hidden):
    fold = np.arange(ROWS) % 2
    pair = Output(Linear(), HalfSquaredError())
    layers = [Dense(units, Fourier()) for units in hidden]
    network = Network(chain_of(layers, (4,), 2, pair), pair, "float64", members=2)
    network.initialize(np.random.default_rng(0))
    folds = Folds(network, 2)
    rows = RowsWithoutFolds(Rows(X, NUMBERS, WEIGHT, fold), folds, 2)
    assert len(list(solver(network).run(rows))) == 1
    for number in range(2):
        of_member = X
        for layer in network.layers[:-1]:
            of_member = layer.predict(X)[number]
        own = fold != number
        ridge = Ridge(alpha=PENALTY).fit(of_member[own], NUMBERS[own], 2 * WEIGHT[own])
        found = folds.sums(X, fold)[~own]
        np.testing.assert_allclose(found, ridge.predict(of_member[~own]), rtol=1e-7, atol=1e-8)


def test_float32_finds_the_same_solution(build):
    network = build((4, 2), dtype="float32")
    train(solver(network), NUMBERS.astype("float32"))
    expected = Ridge(alpha=PENALTY).fit(X, NUMBERS)
    np.testing.assert_allclose(network.layers[-1].weights, expected.coef_.T, rtol=1e-4, atol=1e-5)


def test_products_of_the_same_waves_are_a_gaussian_of_the_distance():
    """Rahimi & Recht 2007: their mean over normal weights is exp(-‖x - y‖² / 2)."""
    weights = np.random.default_rng(0).normal(size=(4, 400_000))
    waves = Fourier().value(X[:6] @ weights)
    apart = np.square(X[:6, np.newaxis] - X[np.newaxis, :6]).sum(axis=2)
    found = waves @ waves.T / weights.shape[1]
    np.testing.assert_allclose(found, np.exp(-apart / 2), atol=0.01)


def test_it_rests_when_less_penalty_has_helped_no_more(build):
    network = build((4, 2))
    trainer = solver(network, 20, (100, 0.1))
    epochs = trainer.run(Rows(X, NUMBERS))
    next(epochs)
    trainer.best = 1
    seen = [network.theta.copy() for _ in epochs]
    assert (seen[3] != seen[2]).any()
    assert all((each == seen[4]).all() for each in seen[5:])
    assert trainer.steps == 20


@pytest.mark.parametrize(("x", "y"), [(1, np.inf), (1e200, 1)])
def test_numbers_that_are_not_finite_are_a_divergence(build, x, y):
    trainer = solver(build((4, 2)))
    with pytest.raises(DivergedError, match="no longer a finite number"):
        next(trainer.run(Rows(x * X, y * NUMBERS)))


def test_too_many_inputs_are_refused(build):
    wide = solver(build((MOST + 1, 2)))
    with pytest.raises(ConfigError, match=f"more than {MOST:,}"):
        wide.check(Rows(X, NUMBERS), "optimizer")
    pair = Output(Linear(), HalfSquaredError())
    members = Network(chain_of([], (MOST + 1,), 2, pair), pair, members=2)
    ensemble = EnsembleTraining(Ensemble([members], 2), [solver(members)], generators(0))
    with pytest.raises(ConfigError, match=f"more than {MOST:,}"):
        ensemble.check(Rows(X, NUMBERS), "optimizer")
