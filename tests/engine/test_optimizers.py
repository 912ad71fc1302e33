"""Optimizers against their papers' equations in plain floats, and on known minima."""

from dataclasses import fields, replace
from math import sqrt

import numpy as np
import pytest

from ann_cli.engine.optimizers import BLOCK, OPTIMIZERS, Adam, AdamW, Lion, Nesterov

STEPS = 5


def sgd(theta, gradients, learning_rate):
    for g in gradients:
        theta -= learning_rate * g
        yield theta


def momentum(theta, gradients, learning_rate, momentum):
    velocity = 0.0
    for g in gradients:
        velocity = momentum * velocity - learning_rate * g
        theta += velocity
        yield theta


def nesterov(theta, gradients, learning_rate, momentum):
    """Sutskever's equations 3 and 4: theta is the point behind, theta + μ v the one looked at."""
    velocity = 0.0
    for g_ahead in gradients:
        velocity = momentum * velocity - learning_rate * g_ahead
        theta += velocity
        yield theta + momentum * velocity


def rmsprop(theta, gradients, learning_rate, rho, epsilon):
    square = 0.0
    for g in gradients:
        square = rho * square + (1 - rho) * g**2
        theta -= learning_rate / (sqrt(square) + epsilon) * g
        yield theta


def adagrad(theta, gradients, learning_rate, epsilon):
    for done in range(1, len(gradients) + 1):
        size = sqrt(sum(g**2 for g in gradients[:done]))
        theta -= learning_rate * gradients[done - 1] / (size + epsilon)
        yield theta


def adam(theta, gradients, learning_rate, beta1, beta2, epsilon, weight_decay=0.0):
    """Algorithm 1, and with weight_decay algorithm 2 of the decoupled form."""
    m = v = 0.0
    for t, g in enumerate(gradients, 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta -= learning_rate * (m_hat / (sqrt(v_hat) + epsilon) + weight_decay * theta)
        yield theta


def lion(theta, gradients, learning_rate, beta1, beta2, weight_decay):
    m = 0.0
    for g in gradients:
        c = beta1 * m + (1 - beta1) * g
        sign = (c > 0) - (c < 0)
        theta -= learning_rate * (sign + weight_decay * theta)
        m = beta2 * m + (1 - beta2) * g
        yield theta


ORACLES = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "rmsprop": rmsprop,
    "adagrad": adagrad,
    "adam": adam,
    "adamw": adam,
    "lion": lion,
}

# Learning rates for the parabola and for Rosenbrock's function; another optimizer gets the last.
RATES = {
    "sgd": (0.05, 1e-3),
    "momentum": (0.01, 1e-3),
    "nesterov": (0.01, 1e-3),
    "rmsprop": (5e-4, 5e-4),
    "adagrad": (1.0, 1.0),
    "lion": (5e-4, 5e-4),
    "default": (0.01, 0.01),
}


def unusual(entry):
    """Return the optimizer with every setting away from its default, inside its bounds."""
    settings = {each.name: 0.8 * each.default + 0.05 for each in entry.settings()}
    for each in entry.settings():
        assert settings[each.name] != each.default
        assert settings[each.name] < each.bounds.get("lt", float("inf"))
    return entry(**settings)


ENTRIES = [each for entry in OPTIMIZERS.values() for each in (entry(), unusual(entry))]
UNDECAYED = [
    entry(**{each.name: 0.0 for each in fields(entry) if each.name == "weight_decay"})
    for entry in OPTIMIZERS.values()
]


def test_every_optimizer_has_an_oracle():
    assert set(ORACLES) == set(OPTIMIZERS)


@pytest.mark.parametrize("optimizer", ENTRIES, ids=str)
def test_first_steps_follow_the_paper(optimizer):
    gradients = [[0.5, -3.0, 0.02], [0.4, 2.0, 0.0], [-0.9, -1.0, 0.01], [0.1, 5.0, 1.0]]
    gradients = [*gradients, [-0.2, 0.3, -4.0]]
    start = [1.5, -0.7, 0.3]
    settings = {each.name: getattr(optimizer, each.name) for each in fields(optimizer)}
    expected = [
        list(ORACLES[optimizer.name](first, [g[index] for g in gradients], **settings))
        for index, first in enumerate(start)
    ]
    theta = np.array(start)
    state = optimizer.new_state(theta)
    for step in range(STEPS):
        optimizer.step(theta, np.array(gradients[step]), state, step + 1, optimizer.learning_rate)
        np.testing.assert_allclose(theta, [each[step] for each in expected], rtol=1e-13)


@pytest.mark.parametrize("optimizer", ENTRIES, ids=str)
def test_the_rate_given_counts(optimizer):
    """The schedule's rate, not the setting, is the size of the step."""
    results = []
    for each in (optimizer, replace(optimizer, learning_rate=123.0)):
        theta = np.array([1.0, 2.0])
        each.step(theta, np.array([0.3, -0.2]), each.new_state(theta), 1, 0.01)
        results.append(theta)
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", ENTRIES, ids=str)
def test_state_has_a_row_for_each_name(optimizer, dtype):
    theta, grad = np.ones(4, dtype), np.full(4, 0.5, dtype)
    state = optimizer.new_state(theta)
    assert state.shape == (len(optimizer.state), 4)
    assert state.dtype == dtype
    assert not state.any()
    before, kept = theta, state
    new, *rows = optimizer.update(
        theta.copy(), grad, *state.copy(), 0.1, *optimizer.corrections(1), *optimizer.values()
    )
    assert new.dtype == dtype
    assert all(row.dtype == dtype for row in rows)
    optimizer.step(theta, grad, state, 1, 0.1)
    assert theta is before
    assert state is kept
    assert (grad == 0.5).all()
    np.testing.assert_array_equal(theta, new)
    np.testing.assert_array_equal(state, np.array(rows).reshape(state.shape))
    assert (state != 0).all()


@pytest.mark.parametrize("optimizer", ENTRIES, ids=str)
def test_blocks_make_no_difference(optimizer):
    generator = np.random.default_rng(0)
    theta, *gradients = generator.normal(size=(4, 2 * BLOCK + 3))
    state = optimizer.new_state(theta)
    whole, *rows = theta.copy(), *state.copy()
    for step, grad in enumerate(gradients, 1):
        optimizer.step(theta, grad, state, step, 0.01)
        numbers = (0.01, *optimizer.corrections(step), *optimizer.values())
        whole, *rows = optimizer.update(whole, grad, *rows, *numbers)
    np.testing.assert_array_equal(theta, whole)
    np.testing.assert_array_equal(state, np.reshape(rows, state.shape))


def descend(optimizer, slope, theta, rate, steps):
    state = optimizer.new_state(theta)
    for step in range(1, steps + 1):
        optimizer.step(theta, slope(theta), state, step, rate)
    return theta


@pytest.mark.parametrize("optimizer", UNDECAYED, ids=lambda each: each.name)
def test_parabola(optimizer):
    """½ (θ - lowest)² by θ, from elsewhere."""
    lowest = np.array([1.0, -1.0, 0.5])
    rate, _ = RATES.get(optimizer.name, RATES["default"])
    theta = descend(optimizer, lambda theta: theta - lowest, np.zeros(3), rate, 4000)
    np.testing.assert_allclose(theta, lowest, atol=2e-3)


@pytest.mark.parametrize("optimizer", UNDECAYED, ids=lambda each: each.name)
def test_rosenbrock(optimizer):
    """(1 - x)² + 100 (y - x²)², lowest at (1, 1): a narrow bent valley, 1 at the start."""

    def slope(theta):
        x, y = theta
        return np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])

    _, rate = RATES.get(optimizer.name, RATES["default"])
    x, y = descend(optimizer, slope, np.zeros(2), rate, 4000)
    assert (1 - x) ** 2 + 100 * (y - x * x) ** 2 < 0.1


def test_adamw_without_decay_is_adam():
    results = []
    for optimizer in (Adam(), AdamW(weight_decay=0.0)):
        theta = np.array([1.0, -2.0])
        results.append(descend(optimizer, lambda theta: theta**3, theta, 0.1, 5))
    np.testing.assert_array_equal(*results)


def test_lion_takes_steps_of_one_size():
    theta = np.zeros(3)
    descend(Lion(), lambda theta: np.array([1e-9, -1e9, 0.0]), theta, 0.25, 1)
    assert theta.tolist() == [-0.25, 0.25, 0]


def test_nesterov_without_momentum_is_sgd():
    theta = descend(Nesterov(momentum=0.0), lambda theta: theta, np.array([8.0]), 0.5, 3)
    assert theta.tolist() == [1.0]
