"""The same network, first weights, rows and order as scikit-learn: the same losses, every epoch."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from ann_cli.engine.activations import Linear, Relu, Sigmoid, Softmax, Tanh
from ann_cli.engine.losses import CrossEntropy, HalfSquaredError
from ann_cli.engine.optimizers import Adam, Momentum, Nesterov, Sgd
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.back_propagation import BackPropagation

ROWS, HIDDEN, BATCH, EPOCHS, RATE = 75, (7, 5), 16, 8, 0.02

# Where scikit-learn adds epsilon is another place in the formula: made too small to matter.
OPTIMIZERS = {
    "sgd": (Sgd(learning_rate=RATE), {"solver": "sgd", "momentum": 0.0}),
    "momentum": (
        Momentum(learning_rate=RATE, momentum=0.9),
        {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": False},
    ),
    "nesterov": (
        Nesterov(learning_rate=RATE, momentum=0.9),
        {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": True},
    ),
    "adam": (Adam(learning_rate=RATE, epsilon=1e-15), {"solver": "adam", "epsilon": 1e-15}),
}
ACTIVATIONS = {"relu": Relu(), "tanh": Tanh(), "logistic": Sigmoid()}


def regression(x):
    y = np.sin(x[:, 0]) + x[:, 1] * x[:, 2]
    return MLPRegressor, Linear(), HalfSquaredError(), y, y[:, None]


def several_classes(x):
    y = np.digitize(x[:, 0] + x[:, 1] * x[:, 2], [-0.5, 0.5])
    return MLPClassifier, Softmax(), CrossEntropy(), y, np.eye(3)[y]


def two_classes(x):
    y = (x[:, 0] > x[:, 1] * x[:, 2]).astype(int)
    return MLPClassifier, Sigmoid(), CrossEntropy(), y, y[:, None].astype("float64")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("task", [regression, several_classes, two_classes])
def test_equal_losses_and_weights(build, monkeypatch, task, activation, optimizer):
    x = np.random.default_rng(2).normal(size=(ROWS, 4))
    estimator, output, loss, y, actual = task(x)
    ours, theirs = OPTIMIZERS[optimizer]
    sizes = (4, *HIDDEN, actual.shape[1])
    network = build(sizes, ACTIVATIONS[activation], output, loss)
    starts = iter([(layer.weights.copy(), layer.bias.copy()) for layer in network.layers])
    monkeypatch.setattr(estimator, "_init_coef", lambda *_: next(starts))
    reference = estimator(
        hidden_layer_sizes=HIDDEN,
        activation=activation,
        alpha=0,
        batch_size=BATCH,
        learning_rate_init=RATE,
        max_iter=EPOCHS,
        shuffle=False,
        **theirs,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        reference.fit(x, y)
    training = BackPropagation(
        network, ours, generators(0), epochs=EPOCHS, batch_size=BATCH, shuffle=False
    )
    losses = [epoch.loss for epoch in training.run(Rows(x, actual))]
    assert next(starts, None) is None
    assert losses[-1] < losses[0]
    np.testing.assert_allclose(losses, reference.loss_curve_, rtol=1e-9)
    for layer, weights, bias in zip(
        network.layers, reference.coefs_, reference.intercepts_, strict=True
    ):
        np.testing.assert_allclose(layer.weights, weights, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(layer.bias, bias, rtol=1e-8, atol=1e-10)
