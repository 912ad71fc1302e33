"""Activations against SciPy, the papers' formulas and central differences."""

from math import e, erfc, pi, sqrt

import numpy as np
import pytest
from scipy import special

from ann_cli.engine.activations import (
    ACTIVATIONS,
    Elu,
    Gelu,
    LeakyRelu,
    RandomizedRelu,
    Softmax,
    Swish,
    Threshold,
)

DTYPES = ("float32", "float64")


def selu(z):
    """Appendix A.1 of the paper: the constants that make (0, 1) the fixed point."""
    tail = erfc(1 / sqrt(2))
    alpha = -sqrt(2 / pi) / (tail * sqrt(e) - 1)
    scale = (
        (1 - tail * sqrt(e))
        * sqrt(2 * pi)
        / sqrt(
            2 * erfc(sqrt(2)) * e * e + pi * tail**2 * e - 2 * (2 + pi) * tail * sqrt(e) + pi + 2
        )
    )
    return scale * elu(z, alpha)


def elu(z, alpha):
    return np.where(z > 0, z, alpha * special.expm1(np.minimum(z, 0)))


def leaky(z, slope):
    return np.where(z > 0, z, slope * z)


# Each in float64, written another way than ours.
ORACLES = {
    "linear": lambda z: z,
    "threshold": lambda z: np.heaviside(z, 0.0),
    "sigmoid": special.expit,
    "tanh": lambda z: 2 * special.expit(2 * z) - 1,
    "relu": lambda z: np.where(z > 0, z, 0.0),
    "leaky_relu": leaky,
    "randomized_relu": leaky,
    "elu": elu,
    "selu": selu,
    # ½(1 + tanh u) is sigmoid(2u).
    "gelu": lambda z: z * special.expit(2 * sqrt(2 / pi) * (z + 0.044715 * z**3)),
    "mish": lambda z: z * np.tanh(np.logaddexp(0, z)),
    "swish": lambda z, beta: z * special.expit(beta * z),
    "softplus": lambda z: -special.log_expit(-z),
    "fourier": lambda z: np.imag(np.exp(1j * z)) + np.real(np.exp(1j * z)),
    # In float64 a z of float32 is exact, and exp(z) as exact as that.
    "exponential": lambda z: np.exp(np.clip(z, -30, 30)),
    "softmax": lambda z: special.softmax(z, axis=-1),
}

ENTRIES = [
    *(entry() for entry in ACTIVATIONS.values()),
    LeakyRelu(slope=0.3),
    RandomizedRelu(lower=0.1, upper=0.4),
    Elu(alpha=0.4),
    Swish(beta=2.5),
]
SMOOTH = [each for each in ENTRIES if hasattr(each, "derivative")]

LARGE = np.array([20, 30.5, 88, 89, 100, 709, 710, 1000, 1e4, 12345.678])
GRID = np.concatenate([np.linspace(-12, 12, 481), [1e-8, -1e-8, 1e-4, -1e-4], LARGE, -LARGE])


def close(actual, expected, dtype):
    tolerance = 20 * np.finfo(dtype).eps
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


def test_every_activation_has_an_oracle():
    assert set(ORACLES) == set(ACTIVATIONS)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", ENTRIES, ids=str)
def test_value(activation, dtype):
    z = GRID.astype(dtype)
    if isinstance(activation, Softmax):
        z = np.stack([z, z[::-1], z * 0], axis=-1)
    kept = z.copy()
    a = activation.forward(z, activation.values())
    assert a.dtype == dtype
    assert a.shape == z.shape
    assert np.isfinite(a).all()
    assert (z == kept).all()
    close(a, ORACLES[activation.name](z.astype("float64"), *activation.values()), dtype)


@pytest.mark.parametrize("activation", SMOOTH, ids=str)
def test_derivative_is_the_slope_of_the_oracle(activation):
    z = np.concatenate([np.linspace(-9.987, 9.987, 400), LARGE, -LARGE])
    step = 1e-5 * np.clip(np.abs(z), 1, 100)  # small beside a wave's length, too
    assert (np.abs(z) > 2 * step).all(), "a kink at 0 lies between two of the points"
    settings = activation.values()

    def oracle(shift):
        return ORACLES[activation.name](z + shift * step, *settings)

    # The five-point rule: its error is of the fourth order.
    expected = (oracle(-2) - 8 * oracle(-1) + 8 * oracle(1) - oracle(2)) / (12 * step)
    actual = activation.derivative(z, activation.value(z, *settings), *settings)
    size = np.maximum(1, np.abs(oracle(0)))  # which its differences are rounded by
    np.testing.assert_allclose(actual / size, expected / size, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("activation", SMOOTH, ids=str)
def test_derivative_in_float32_is_that_in_float64(activation):
    settings = activation.values()
    z = GRID.astype("float32")
    same = z.astype("float64")
    exact = activation.derivative(same, activation.value(same, *settings), *settings)
    slope = activation.derivative(z, activation.value(z, *settings), *settings)
    assert np.isfinite(slope).all()
    assert np.result_type(slope, np.float32) == np.float32
    np.testing.assert_allclose(slope, exact, rtol=1e-5, atol=4e-6)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", SMOOTH, ids=str)
def test_backward_multiplies_in_place(activation, dtype):
    z = np.linspace(-3.3, 3.5, 12, dtype=dtype).reshape(4, 3)
    settings = activation.values()
    a = activation.forward(z, settings)
    delta = np.linspace(1, 2, 12, dtype=dtype).reshape(4, 3)
    expected = delta * activation.derivative(z, a, *settings)
    assert activation.backward(delta, z, a, settings) is delta
    assert delta.dtype == dtype
    np.testing.assert_array_equal(delta, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", ENTRIES, ids=str)
def test_a_prediction_in_place_has_the_same_values(activation, dtype):
    z = np.linspace(-30, 30, 244, dtype=dtype).reshape(61, 4)
    expected = activation.forward(z.copy(), activation.values())
    found = activation.forward(z, activation.values(), out=z)
    np.testing.assert_allclose(found, expected, rtol=0, atol=40 * np.finfo(dtype).eps)


@pytest.mark.parametrize("activation", SMOOTH, ids=str)
def test_formulas_run_on_single_numbers(activation):
    """As a compiler runs them in the row-by-row engine."""
    settings = activation.values()
    for z in (-1.3, 0.0, 0.7):
        a = activation.value(z, *settings)
        whole = activation.value(np.array([z]), *settings)
        assert a == pytest.approx(float(whole[0]), rel=1e-14)
        slopes = activation.derivative(np.array([z]), whole, *settings)
        assert activation.derivative(z, a, *settings) == pytest.approx(slopes[0], rel=1e-14)


@pytest.mark.parametrize("activation", ENTRIES, ids=str)
def test_not_a_number_is_not_hidden(activation):
    a = activation.forward(np.full((1, 2), np.nan), activation.values())
    assert np.isnan(a).all()


def test_softmax_jacobian():
    generator = np.random.default_rng(1)
    z, slope = generator.normal(size=(2, 6, 4))
    a = special.softmax(z, axis=-1)
    expected = np.empty_like(z)
    for row in range(len(z)):
        jacobian = np.diag(a[row]) - np.outer(a[row], a[row])
        expected[row] = jacobian @ slope[row]
    delta = slope.copy()
    assert Softmax().backward(delta, z, a, ()) is delta
    np.testing.assert_allclose(delta, expected, rtol=1e-12, atol=1e-15)
    for unit in range(4):
        step = 1e-5 * np.eye(4)[unit]
        change = (special.softmax(z + step, axis=-1) - special.softmax(z - step, axis=-1)) / 2e-5
        np.testing.assert_allclose(delta[:, unit], (change * slope).sum(axis=-1), atol=1e-9)


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_sums_to_one(dtype):
    z = np.array([[1e4, -1e4, 0], [1e4, 1e4, 1e4], [-1e4, -1e4, -1e4 + 1]], dtype)
    a = Softmax().forward(z, ())
    close(a.sum(axis=-1), np.ones(3), dtype)
    close(a[1], np.full(3, 1 / 3), dtype)
    close(a[2, 2], special.expit(1 - np.log(2)), dtype)


def test_softmax_of_no_rows():
    assert Softmax().forward(np.empty((0, 3)), ()).shape == (0, 3)


def test_gelu_is_near_the_exact_form():
    z = np.linspace(-6, 6, 1001)
    np.testing.assert_allclose(Gelu.value(z), z * special.ndtr(z), atol=5e-4)


def test_threshold_fires_above_zero_only():
    z = np.array([-1e4, -1e-30, -0.0, 0.0, 1e-30, 1e4])
    assert Threshold.value(z).tolist() == [0, 0, 0, 0, 1, 1]


@pytest.mark.parametrize("dtype", DTYPES)
def test_randomized_relu_draws_a_slope_for_each_element(dtype):
    activation = RandomizedRelu(lower=0.1, upper=0.5)
    z = np.full((500, 40), -2.0, dtype)
    z[:, :3] = 2
    (slopes,) = drawn = activation.drawn(np.random.default_rng(0), z)
    assert slopes.dtype == dtype
    assert slopes.shape == z.shape
    assert slopes.min() >= np.nextafter(np.asarray(0.1, dtype), np.asarray(0, dtype))
    assert slopes.max() <= 0.5
    assert slopes.mean() == pytest.approx(0.3, abs=0.005)
    assert slopes.std() == pytest.approx(0.4 / sqrt(12), rel=0.02)
    a = activation.forward(z, drawn)
    assert (a[:, :3] == 2).all()
    np.testing.assert_allclose(a[:, 3:], -2 * slopes[:, 3:])
    delta = np.ones_like(z)
    activation.backward(delta, z, a, drawn)
    assert (delta[:, :3] == 1).all()
    np.testing.assert_allclose(delta[:, 3:], slopes[:, 3:], rtol=1e-5)


def test_randomized_relu_predicts_with_the_mean_slope():
    activation = RandomizedRelu(lower=0.1, upper=0.5)
    a = activation.forward(np.array([-2.0, 3.0]), activation.values())
    np.testing.assert_allclose(a, [-0.6, 3.0])


def test_randomized_relu_refuses_limits_the_wrong_way_round():
    with pytest.raises(ValueError, match=r"lower \(0.5\) is above upper \(0.2\)"):
        RandomizedRelu(lower=0.5, upper=0.2)


@pytest.mark.parametrize("activation", ENTRIES, ids=str)
def test_only_a_random_activation_draws(activation):
    generator, untouched = np.random.default_rng(3), np.random.default_rng(3)
    activation.drawn(generator, np.zeros((2, 2)))
    same = generator.bit_generator.state == untouched.bit_generator.state
    assert same == (activation.name != "randomized_relu")
