"""The network: views of one flat vector, prediction in pieces, dropout in training only."""

import numpy as np
import pytest

from ann_cli.engine import activations
from ann_cli.engine.activations import ACTIVATIONS, RandomizedRelu, Relu, Selu, Softmax
from ann_cli.engine.initializers import INITIALIZERS, HeNormal, Zeros
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.losses import CrossEntropy
from ann_cli.engine.network import PREDICTED_ROWS

HIDDEN = [entry() for entry in activations.hidden().values()]
OUTPUTS = [entry() for entry in ACTIVATIONS.values() if entry.output]


def data(rows, columns=3, dtype="float64"):
    return np.random.default_rng(1).normal(size=(rows, columns)).astype(dtype)


def test_layers_hold_views_of_theta(build):
    network = build((3, 4, 2))
    assert network.theta.shape == network.grad.shape == (3 * 4 + 4 * 2 + 4 + 2,)
    assert network.layout.penalized == 20
    assert (network.inputs, network.outputs) == (3, 2)
    first, last = network.layers
    network.theta[:] = range(26)
    network.grad[:] = range(100, 126)
    assert first.weights.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert last.weights.tolist() == [[12, 13], [14, 15], [16, 17], [18, 19]]
    assert first.bias.tolist() == [20, 21, 22, 23]
    assert last.bias.tolist() == [24, 25]
    assert last.weights_slope.tolist() == [[112, 113], [114, 115], [116, 117], [118, 119]]
    assert first.bias_slope.tolist() == [120, 121, 122, 123]
    last.bias[1] = -1
    assert network.theta[25] == -1


def test_views_read_any_vector_of_that_layout(build):
    network = build((3, 4, 2))
    views = network.views(np.arange(26))
    names = ["layers.0.weights", "layers.0.bias", "layers.1.weights", "layers.1.bias"]
    assert list(views) == names
    weights, bias, _, last_bias = views.values()
    assert weights.tolist()[2] == [8, 9, 10, 11]
    assert (bias.tolist(), last_bias.tolist()) == ([20, 21, 22, 23], [24, 25])


def test_a_gradient_fills_the_whole_vector(build):
    network = build((3, 4, 2))
    network.grad[:] = np.nan
    network.gradient(data(5), data(5, 2), None, np.random.default_rng(0))
    assert np.isfinite(network.grad).all()


@pytest.mark.parametrize("output", OUTPUTS, ids=str)
@pytest.mark.parametrize("hidden", HIDDEN, ids=str)
def test_batched_equals_unbatched(build, hidden, output):
    network, x = build((3, 5, 4, 2), hidden, output, dropout=0.5), data(20)
    one_by_one = np.concatenate([network.predict(row[None]) for row in x])
    np.testing.assert_allclose(network.predict(x), one_by_one, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("rows", [0, 1, PREDICTED_ROWS, 2 * PREDICTED_ROWS + 3])
def test_prediction_by_hand(build, rows):
    network, x = build((3, 5, 2)), data(rows)
    first, last = network.layers
    first.bias[:], last.bias[:] = range(5), range(2)
    expected = np.tanh(x @ first.weights + first.bias) @ last.weights + last.bias
    predicted = network.predict(x)
    assert predicted.shape == (rows, 2)
    np.testing.assert_allclose(predicted, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("rows", [0, 1, PREDICTED_ROWS + 3])
def test_evaluate_adds_each_rows_loss(build, rows):
    network, x, y = build((3, 5, 2)), data(rows), data(rows, 2)
    predicted, losses = network.evaluate(x, y)
    np.testing.assert_array_equal(predicted, network.predict(x))
    np.testing.assert_allclose(losses, ((predicted - y) ** 2).sum(axis=1) / 2, rtol=1e-12)


def test_a_perceptron_has_no_hidden_layer(build):
    network = build((3, 1), output=ACTIVATIONS["threshold"]())
    network.theta[:] = [1, 2, -1, -0.5]
    x = np.array([[0.0, 0, 0], [1, 0, 0], [0, 0.25, 0], [0, 1, 1]])
    assert network.predict(x).ravel().tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("hidden", HIDDEN, ids=str)
def test_float32_from_end_to_end(build, hidden):
    network = build((3, 5, 2), hidden, Softmax(), CrossEntropy(), dropout=0.3, dtype="float32")
    x, y = data(6, dtype="float32"), np.eye(2, dtype="float32")[[0, 1, 0, 1, 1, 0]]
    network.gradient(x, y, np.ones(6, "float32"), np.random.default_rng(0))
    assert network.theta.dtype == network.grad.dtype == network.predict(x).dtype == "float32"
    for layer in network.layers:
        assert layer.z.dtype == layer.passed[1].dtype == "float32"


def test_initialize_follows_each_activation(build):
    """selu takes lecun_normal (deviation 1/√500), softmax a tenth of glorot_uniform
    (limit √(6/1000)), as the output starts small."""
    network = build((500, 500, 500), Selu(), Softmax())
    first, last = network.layers
    assert first.weights.std() == pytest.approx(500**-0.5, rel=0.01)
    assert np.abs(first.weights).max() > 3 * 500**-0.5
    assert np.abs(last.weights).max() == pytest.approx(0.1 * (6 / 1000) ** 0.5, rel=0.001)


def test_initialize_with_one_for_all(build):
    for initializer in (HeNormal(), Zeros()):
        network = build((50, 40, 30), Relu(), initializer=initializer)
        network.theta[network.layout.penalized :] = 9
        generator, same = np.random.default_rng(3), np.random.default_rng(3)
        network.initialize(generator, initializer)
        for layer, shape in zip(network.layers, ((50, 40), (40, 30)), strict=True):
            np.testing.assert_array_equal(layer.weights, initializer.weights(same, shape, *shape))
            assert not layer.bias.any()


@pytest.mark.parametrize("name", INITIALIZERS)
def test_equal_seeds_start_equal(build, name):
    one = build((3, 4, 2), initializer=INITIALIZERS[name]())
    other = build((3, 4, 2), initializer=INITIALIZERS[name]())
    np.testing.assert_array_equal(one.theta, other.theta)


def bound(layer):
    values, slopes = (
        {each.name: np.full(each.shape, 0.1) for each in layer.parameters} for _ in range(2)
    )
    layer.bind(values, slopes)
    return layer


def test_dropout_drops_its_share_and_scales_the_rest_up():
    layer = bound(Dense(50, Relu(), dropout=0.2).layer((2,)))
    x = np.ones((400, 2))
    out = layer.forward(x, np.random.default_rng(0))
    np.testing.assert_allclose(layer.a, 0.3)
    dropped = out == 0
    assert dropped.mean() == pytest.approx(0.2, abs=0.01)
    np.testing.assert_allclose(out[~dropped], 0.3 / 0.8)
    layer.backward(slope := np.ones_like(out))
    np.testing.assert_array_equal(slope == 0, dropped)
    np.testing.assert_allclose(slope[~dropped], 1 / 0.8)


def test_dropout_differs_from_pass_to_pass_and_not_in_prediction():
    layer = bound(Dense(50, Relu(), dropout=0.5).layer((2,)))
    x, generator = np.ones((4, 2)), np.random.default_rng(0)
    first = layer.forward(x, generator).copy()
    assert (first != layer.forward(x, generator)).any()
    np.testing.assert_allclose(layer.predict(x), 0.3)


def test_without_dropout_nothing_is_drawn():
    generator, untouched = np.random.default_rng(0), np.random.default_rng(0)
    bound(Dense(3, Relu()).layer((2,))).forward(np.ones((4, 2)), generator)
    assert generator.bit_generator.state == untouched.bit_generator.state


def test_prediction_draws_no_random_slopes(build):
    network, x = build((3, 5, 2), RandomizedRelu()), data(10)
    np.testing.assert_array_equal(network.predict(x), network.predict(x))
