"""Back-propagation against central differences, in float64, for every allowed combination."""

from itertools import cycle, islice

import numpy as np
import pytest

from ann_cli.engine import activations
from ann_cli.engine.activations import ACTIVATIONS
from ann_cli.engine.losses import LOSSES, Huber
from ann_cli.engine.optimizers import Sgd
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.back_propagation import BackPropagation

HIDDEN = [entry() for entry in activations.hidden().values()]
PAIRS = [(entry(), output) for entry in LOSSES.values() for output in entry.outputs]
ROWS, SIZES, STEP, CLEAR = 6, (3, 4, 3, 2), 1e-5, 5e-3


def targets(loss, generator):
    if "category" in loss.kinds:
        return np.eye(SIZES[-1])[generator.integers(0, SIZES[-1], ROWS)]
    return generator.normal(size=(ROWS, SIZES[-1]))


def dropout_generator():
    """The same each time: the dropout masks and the random slopes repeat."""
    return np.random.default_rng(11)


def clear_of_kinks(network, y):
    """Tell whether no weighted sum and no error of the last pass lies near a kink."""
    *hidden, last = network.layers
    near = [np.abs(layer.z).min() for layer in hidden]
    output, a = network.output.activation, network.output.predict(last.z)
    if output.name == "threshold":
        near.append(np.abs(last.z).min())
    elif network.loss.name == "mean_absolute_error":
        near.append(np.abs(y - a).min())
    elif network.loss.name == "huber":
        near.append(np.abs(np.abs(y - a) - network.loss.threshold).min())
    elif network.loss.name == "hinge":
        near.append(np.abs(1 - (2 * y - 1) * a).min())
    return min(near) > CLEAR


def example(network, loss):
    """Return x, y and weights at which the loss is smooth."""
    for seed in range(200):
        generator = np.random.default_rng(seed)
        x, y = generator.normal(size=(ROWS, SIZES[0])), targets(loss, generator)
        weight = generator.uniform(0, 2, ROWS)
        weight[0] = 0
        network.theta[:] = generator.normal(size=network.theta.size) * 0.7
        network.gradient(x, y, weight, dropout_generator())
        # The loss of a threshold unit that is right has no slope: let some be wrong.
        if clear_of_kinks(network, y) and np.linalg.norm(network.grad) > 1e-2:
            return x, y, weight
    raise AssertionError("no example is clear of the kinks")


def central_differences(function, theta):
    """Return the slope of `function()` by each number of theta, which is moved and put back."""
    slopes = np.empty_like(theta)
    for index, value in enumerate(theta):
        theta[index] = value + STEP
        above = function()
        theta[index] = value - STEP
        slopes[index] = (above - function()) / (2 * STEP)
        theta[index] = value
    return slopes


def relative_error(actual, expected):
    return np.linalg.norm(actual - expected) / np.linalg.norm(expected)


# Dropout lies between layers, whatever the loss is of: each entry meets it once.
CASES = [(hidden, *pair, 0.0) for hidden in HIDDEN for pair in PAIRS]
MET = islice(zip(cycle(HIDDEN), cycle(PAIRS), strict=True), max(len(HIDDEN), len(PAIRS)))
CASES += [(hidden, *pair, 0.4) for hidden, pair in MET]


@pytest.mark.parametrize(("hidden", "loss", "output", "dropout"), CASES, ids=str)
def test_gradient(build, hidden, loss, output, dropout):
    network = build(SIZES, hidden, ACTIVATIONS[output](), loss, dropout=dropout)
    x, y, weight = example(network, loss)

    def mean_loss():
        return network.gradient(x, y, weight, dropout_generator())

    expected = central_differences(mean_loss, network.theta)
    mean_loss()
    assert relative_error(network.grad, expected) <= 1e-6


@pytest.mark.parametrize("loss", [Huber(threshold=0.4), *(entry() for entry in LOSSES.values())])
def test_step_follows_loss_and_l2_together(build, loss):
    """A step of sgd at rate 1 is the gradient of mean loss + ½ l2 ‖weights‖²."""
    output, l2 = ACTIVATIONS[loss.outputs[0]](), 0.3
    network = build(SIZES, output=output, loss=loss, dropout=0.4)
    x, y, weight = example(network, loss)
    before = network.theta.copy()

    def objective():
        weights = network.theta[: network.layout.penalized]
        mean_loss = network.gradient(x, y, weight, dropout_generator())
        return mean_loss + l2 / 2 * float(weights @ weights)

    expected = central_differences(objective, network.theta)
    randomness = generators(0) | {"dropout": dropout_generator()}
    training = BackPropagation(
        network, Sgd(learning_rate=1.0), randomness, epochs=1, batch_size=None, l2=l2
    )
    list(training.run(Rows(x, y, weight)))
    assert relative_error(before - network.theta, expected) <= 1e-6


def test_returned_loss_is_the_weighted_mean(build):
    network = build(SIZES)
    x, y, weight = example(network, network.loss)
    _, rows = network.evaluate(x, y)
    loss = network.gradient(x, y, weight, dropout_generator())
    assert loss == pytest.approx(sum(rows * weight) / ROWS, rel=1e-12)
    assert network.gradient(x, y, None, dropout_generator()) == pytest.approx(rows.mean())


def test_a_smaller_batch_after_a_larger_one(build):
    """The buffers are kept from step to step; nothing of the larger batch is left in them."""
    used, fresh = build(SIZES, dropout=0.4), build(SIZES, dropout=0.4)
    x, y, weight = example(used, used.loss)
    fresh.theta[:] = used.theta
    used.gradient(x, y, weight, dropout_generator())
    for network in (used, fresh):
        network.gradient(x[:2], y[:2], weight[:2], dropout_generator())
    np.testing.assert_array_equal(used.grad, fresh.grad)
