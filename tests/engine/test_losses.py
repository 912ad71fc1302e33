"""Losses against scikit-learn and SciPy; their slopes against central differences."""

import numpy as np
import pytest
from scipy import special
from sklearn import metrics

from ann_cli.engine.activations import ACTIVATIONS, Sigmoid, Softmax
from ann_cli.engine.compiled.refusal import refusal
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.losses import (
    LOSSES,
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    MaskedSquaredError,
    Multinomial,
    Quantile,
)
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.optimizers import Sgd
from ann_cli.engine.output import Output

PAIRS = [(entry(), output) for entry in LOSSES.values() for output in entry.outputs]
PAIRS += [(Huber(threshold=0.3), output) for output in Huber.outputs]
PAIRS += [(MaskedSquaredError(0.25), "linear"), (Multinomial(0.25), "softmax")]
PAIRS += [(Quantile(quantiles), "linear") for quantiles in ((0.8,), (0.1, 0.9))]
ROWS, OUTPUTS, STEP = 12, 3, 1e-6


def cross_entropy(z, a, y):
    if np.allclose(a.sum(axis=1), 1):
        return np.array([metrics.log_loss([row], [p]) for row, p in zip(y, a, strict=True)])
    return np.array(
        [
            sum(
                metrics.log_loss([yes], [[1 - p, p]], labels=[0, 1])
                for yes, p in zip(*row, strict=True)
            )
            for row in zip(y, a, strict=True)
        ]
    )


def hinge(z, a, y):
    # Each beside its mirror image, whose loss is the same: scikit-learn wants to see both sides.
    sides = np.where(y > 0, 1, -1)
    pairs = zip(sides.flat, a.flat, strict=True)
    each = [metrics.hinge_loss([side, -side], [score, -score]) for side, score in pairs]
    return np.reshape(each, y.shape).sum(axis=1)


def deviance(mean, a, y):
    """Return half of scikit-learn's deviance, summed over each row's outputs."""
    return np.array([OUTPUTS * mean(*row) / 2 for row in zip(y, a, strict=True)])


# Each row's loss by z, a, y and the settings.
ORACLES = {
    "half_squared_error": lambda z, a, y: (
        OUTPUTS * np.array([metrics.mean_squared_error(*row) / 2 for row in zip(y, a, strict=True)])
    ),
    # The unknown is the second of three.
    "masked_squared_error": lambda z, a, y, known: (
        np.square(np.delete(y - a, 1, axis=1)).sum(axis=1) / 2 / known
    ),
    "multinomial": lambda z, a, y, known: (
        (
            special.kl_div(y, a).sum(axis=1)
            - special.kl_div(y, y).sum(axis=1)
            - a.sum(axis=1)
            + y.sum(axis=1)
        )
        / known
    ),
    "mean_absolute_error": lambda z, a, y: (
        OUTPUTS * np.array([metrics.mean_absolute_error(*row) for row in zip(y, a, strict=True)])
    ),
    "huber": lambda z, a, y, threshold: special.huber(threshold, y - a).sum(axis=1),
    # One output's after the other's, as its actual values and predictions at each quantile.
    "quantile": lambda z, a, y, quantiles: sum(
        np.array(
            [
                metrics.mean_pinball_loss([one], [other], alpha=quantile)
                for one, other in zip(y[:, at], a[:, at], strict=True)
            ]
        )
        for at, quantile in enumerate((*quantiles, *quantiles, *quantiles)[:OUTPUTS])
    ),
    "poisson": lambda z, a, y: deviance(metrics.mean_poisson_deviance, a, y),
    "gamma": lambda z, a, y: deviance(metrics.mean_gamma_deviance, a, y),
    "cross_entropy": cross_entropy,
    "hinge": hinge,
    # The margins of the rows on the wrong side of 0.
    "perceptron": lambda z, a, y: np.maximum(0, -z * np.where(y > 0, 1, -1)).sum(axis=1),
}


def example(loss, output, dtype="float64"):
    """Return z, a and y of a few rows, every kink of the loss at a distance."""
    generator = np.random.default_rng(5)
    z = generator.normal(size=(ROWS, OUTPUTS))
    if "category" in loss.kinds:
        y = np.eye(OUTPUTS)[generator.integers(0, OUTPUTS, ROWS)]
    else:
        y = generator.normal(size=(ROWS, OUTPUTS))
    if loss.name == "multinomial":
        y = (generator.random((ROWS, OUTPUTS)) < 0.6).astype(float)
    elif "cells" in loss.kinds:
        y[:, 1] = np.nan
    if loss.domain:
        y = np.abs(y)
    if loss.domain == "at least 0":
        y[:2] = 0
    a = ACTIVATIONS[output].value(z)
    for kink in (0, *(each for each in loss.values() if np.isscalar(each))):
        assert np.nanmin(np.abs(np.abs(y - a) - kink)) > 1e-4 or output == "threshold"
    assert np.abs(z).min() > 1e-4
    assert np.abs(1 - (2 * y - 1) * a).min() > 1e-4 or loss.name != "hinge"
    return z.astype(dtype), a.astype(dtype), y.astype(dtype)


def test_every_loss_has_an_oracle_and_every_pair_exists():
    assert set(ORACLES) == set(LOSSES)
    for entry in LOSSES.values():
        assert set(entry.natural) <= set(entry.outputs)
        assert set(entry.kinds) <= {"number", "category", "cells"}
        for output in entry.outputs:
            assert ACTIVATIONS[output].output


@pytest.mark.parametrize(("loss", "output"), PAIRS, ids=str)
def test_value(loss, output):
    z, a, y = example(loss, output)
    rows = loss.paired(ACTIVATIONS[output]()).rows(z, a, y)
    assert rows.shape == (ROWS,)
    np.testing.assert_allclose(rows, ORACLES[loss.name](z, a, y, *loss.values()), rtol=1e-12)


@pytest.mark.parametrize(("loss", "output"), PAIRS, ids=str)
def test_delta_is_the_slope_by_z(loss, output):
    activation, pair = ACTIVATIONS[output](), loss.paired(ACTIVATIONS[output]())
    z, a, y = example(loss, output)
    out = np.empty_like(z)
    assert pair.delta(activation, z, a, y, out) is out
    for unit in range(OUTPUTS):
        step = STEP * np.eye(OUTPUTS)[unit]
        above, below = (
            pair.rows(each, activation.forward(each, ()), y) for each in (z + step, z - step)
        )
        np.testing.assert_allclose(out[:, unit], (above - below) / (2 * STEP), atol=1e-8)


@pytest.mark.parametrize(("loss", "output"), PAIRS, ids=str)
def test_natural_pairs_are_left_with_the_difference(loss, output):
    pair = loss.paired(ACTIVATIONS[output]())
    z, a, y = example(loss, output)
    delta = pair.delta(ACTIVATIONS[output](), z, a, y, np.empty_like(z))
    assert (output in pair.natural) == (delta == a - y).all()


# A threshold has no slope: the perceptron rule is a definition.
@pytest.mark.parametrize(("loss", "output"), [p for p in PAIRS if p[1] != "threshold"], ids=str)
def test_derivative_and_activation_make_the_natural_slope(loss, output):
    """The long way round, over the loss's slope by `a`, comes to the same."""
    pair, activation = loss.paired(ACTIVATIONS[output]()), ACTIVATIONS[output]()
    z, a, y = example(loss, output)
    direct = pair.delta(activation, z, a, y, np.empty_like(z))
    long = np.array(pair.derivative(z, a, y, *pair.settings_of(a)))
    np.testing.assert_allclose(activation.backward(long, z, a, ()), direct, atol=1e-12)


@pytest.mark.parametrize(("loss", "output"), PAIRS, ids=str)
def test_float32_stays_and_matches(loss, output):
    pair, activation = loss.paired(ACTIVATIONS[output]()), ACTIVATIONS[output]()
    wide, narrow = example(loss, output), example(loss, output, "float32")
    rows = pair.rows(*narrow)
    delta = pair.delta(activation, *narrow, np.empty_like(narrow[0]))
    assert rows.dtype == delta.dtype == np.float32
    np.testing.assert_allclose(rows, pair.rows(*wide), rtol=1e-5)
    exact = pair.delta(activation, *wide, np.empty_like(wide[0]))
    np.testing.assert_allclose(delta, exact, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("loss", "output"), PAIRS, ids=str)
def test_far_out_stays_finite(loss, output, dtype):
    activation, pair = ACTIVATIONS[output](), loss.paired(ACTIVATIONS[output]())
    z = np.array([[1e4, -1e4, 0], [-1e4, 1e4, 0]], dtype)
    y = np.array([[1, 0, 0], [1, 0, 0]], dtype)
    a = activation.forward(z, ())
    assert np.isfinite(pair.rows(z, a, y)).all()
    assert np.isfinite(pair.delta(activation, z, a, y, np.empty_like(z))).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_surely_wrong_costs_a_lot(dtype):
    """The actual class at probability 0 costs -log(1e-38), the binary loss all of z."""
    a, y = np.array([[0, 1]], dtype), np.array([[1, 0]], dtype)
    assert CrossEntropy().rows(a, a, y)[0] == pytest.approx(38 * np.log(10), rel=1e-6)
    z = np.array([[-1e4, 1e4]], dtype)
    assert BinaryCrossEntropy().rows(z, a, y)[0] == pytest.approx(2e4)


def test_cross_entropy_is_binary_with_sigmoid_only():
    assert isinstance(CrossEntropy().paired(Sigmoid()), BinaryCrossEntropy)
    assert type(CrossEntropy().paired(Softmax())) is CrossEntropy
    for loss, output in PAIRS:
        if loss.name != "cross_entropy":
            assert loss.paired(ACTIVATIONS[output]()) is loss


def test_perceptron_rule():
    """A right answer teaches nothing; a wrong one moves by one input, up or down."""
    perceptron, threshold = LOSSES["perceptron"](), ACTIVATIONS["threshold"]()
    z, y = np.array([[2.0], [-2.0], [2.0], [-2.0]]), np.array([[1.0], [0.0], [0.0], [1.0]])
    a = threshold.forward(z, ())
    delta = perceptron.delta(threshold, z, a, y, np.empty_like(z))
    assert delta.ravel().tolist() == [0, 0, 1, -1]
    assert perceptron.rows(z, a, y).tolist() == [0, 0, 2, 2]


@pytest.mark.parametrize(("output", "y"), [(Softmax(), [[0.0, 1.0, 0.0]]), (Sigmoid(), [[1.0]])])
def test_smoothing_spreads_a_share_over_all_classes_in_training(output, y):
    """The least loss lies where the probabilities are those of the smoothed row, by Gibbs."""
    pair, y = Output(output, CrossEntropy(0.3)), np.array(y)
    smoothed = y * 0.7 + 0.3 / max(y.shape[1], 2)
    z = np.log(smoothed) if y.shape[1] > 1 else np.log(smoothed / (1 - smoothed))
    least, slope = pair.compare(z, y)
    np.testing.assert_allclose(slope, 0, atol=1e-12)
    for move in (-0.1, 0.1):
        assert pair.compare(z + move * np.arange(1, z.size + 1), y)[0] > least
    a, plain = pair.predict(z), Output(output, CrossEntropy())
    np.testing.assert_array_equal(pair.losses(z, a, y), plain.losses(z, a, y))


def test_smoothing_is_not_compiled():
    for smoothing in (0.0, 0.1):
        output = Output(Softmax(), CrossEntropy(smoothing))
        network = Network(chain_of([Dense(3)], (2,), 3, output), output)
        assert ("learns other than the actual values" in refusal(network, Sgd())) == bool(smoothing)
