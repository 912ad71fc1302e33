"""Convolutions and pools beside SciPy's, numbers by hand, and what does not fit."""

import numpy as np
import pytest
from scipy.signal import correlate2d

from ann_cli.engine.activations import ACTIVATIONS, Linear, Relu, hidden
from ann_cli.engine.compiled.pooling import CompiledPool
from ann_cli.engine.layers.chain import Chain
from ann_cli.engine.layers.conv import Conv, Same, Valid
from ann_cli.engine.layers.layer import ShapeError
from ann_cli.engine.layers.pool import ALL, Mean, Pool
from ann_cli.engine.losses import HalfSquaredError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.optimizers import Adam
from ann_cli.engine.output import Output
from ann_cli.engine.parameters import Columns
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.back_propagation import BackPropagation


def layer(entry, inputs, **values):
    """Return a layer with the parameters given, or drawn."""
    made, generator = entry.layer(inputs), np.random.default_rng(0)
    drawn = {each.name: generator.normal(size=each.shape) for each in made.parameters}
    made.bind(drawn | values, {name: np.empty_like(each) for name, each in drawn.items()})
    return made, drawn | values


@pytest.mark.parametrize("kernel", [1, 2, 3, (3, 1), (2, 4), 5])
@pytest.mark.parametrize("channels", [1, 2, 9])
def test_a_convolution_is_scipys_correlation(kernel, channels):
    x = np.random.default_rng(1).normal(size=(3, 5, 6, channels))
    for padding in (Valid(), Same()):
        made, values = layer(Conv(4, kernel, 1, padding, Linear()), (5, 6, channels))
        found = made.predict(x.reshape(3, -1)).reshape(3, *made.outputs)
        weights = values["weights"]
        for row, given in zip(x, found, strict=True):
            for unit in range(4):
                full = sum(
                    correlate2d(row[..., each], weights[..., each, unit], "full")
                    for each in range(channels)
                )
                # Of what SciPy gives for a window at each place that it touches.
                down, right = weights.shape[:2]
                if padding.name == "valid":
                    expected = full[down - 1 : 6 - 1, right - 1 : 7 - 1]
                else:
                    first = down - 1 - (down - 1) // 2, right - 1 - (right - 1) // 2
                    expected = full[first[0] : first[0] + 5, first[1] : first[1] + 6]
                expected = expected + values["bias"][unit]
                np.testing.assert_allclose(given[..., unit], expected, rtol=1e-10)


def test_a_stride_takes_every_second_place():
    x = np.random.default_rng(1).normal(size=(2, 7 * 8 * 3))
    every, values = layer(Conv(4, 3, 1, Valid()), (7, 8, 3))
    second, _ = layer(Conv(4, 3, 2, Valid()), (7, 8, 3), **values)
    expected = every.predict(x).reshape(2, *every.outputs)[:, ::2, ::2]
    assert second.outputs == expected.shape[1:] == (3, 3, 4)
    np.testing.assert_allclose(second.predict(x).reshape(expected.shape), expected)


def test_a_convolution_by_hand():
    """A kernel that subtracts the left of two neighbours from the right, and 0 past the edge."""
    made, _ = layer(
        Conv(1, (1, 2), activation=Relu()),
        (2, 3, 1),
        weights=np.array([-1.0, 1]).reshape(1, 2, 1, 1),
        bias=np.array([0.5]),
    )
    out = made.forward(np.array([[1.0, 3, 2, 5, 5, 9]]), None)
    np.testing.assert_array_equal(out, [[2.5, 0, 0, 0.5, 4.5, 0]])
    slope = made.backward(np.array([[1.0, 10, 100, 2, 3, 50]]))
    # Only what the relu let pass counts: 1 at the first place, 2 and 3 in the second line.
    np.testing.assert_array_equal(slope, [[-1, 1, 0, -2, 2 - 3, 3]])
    np.testing.assert_array_equal(made.slopes["bias"], [1 + 2 + 3])
    np.testing.assert_array_equal(
        made.slopes["weights"].ravel(), [1 * 1 + 2 * 5 + 3 * 5, 1 * 3 + 2 * 5 + 3 * 9]
    )


def test_pools_by_hand():
    """Of 3 × 5 places the last line and the last row are left over."""
    x = np.array([[1.0, 5, 2, 2, 9, 3, 4, 2, 2, 9, 9, 9, 9, 9, 9]])
    made, _ = layer(Pool(2), (3, 5, 1))
    np.testing.assert_array_equal(made.forward(x, None), [[5, 2]])
    expected = [[0.0, 10, 20, 0, 0, *[0] * 10]]  # of equals the first
    np.testing.assert_array_equal(made.backward(np.array([[10.0, 20]])), expected)
    made, _ = layer(Pool(2, Mean()), (3, 5, 1))
    np.testing.assert_array_equal(made.forward(x, None), [[13 / 4, 2]])
    expected = [[1, 1, 2, 2, 0, 1, 1, 2, 2, 0, *[0] * 5]]
    np.testing.assert_array_equal(made.backward(np.array([[4.0, 8]])), expected)
    made, _ = layer(Pool(ALL), (3, 5, 1))
    np.testing.assert_array_equal(made.forward(x, None), [[9]])
    assert made.backward(np.array([[7.0]])).argmax() == 10  # the leftmost
    made, _ = layer(Pool(ALL, Mean()), (5, 3))
    np.testing.assert_allclose(made.predict(x), [x.reshape(5, 3).mean(axis=0)])


def test_a_part_of_the_share_rests():
    """Ones times 1, of which a schedule lets a part of the share rest."""
    made, _ = layer(
        Conv(3, 1, activation=Linear(), dropout=0.4),
        (20, 20, 1),
        weights=np.ones((1, 1, 1, 3)),
        bias=np.zeros(3),
    )
    x = np.ones((5, 400))
    for factor, expected in ((1.0, 0.4), (0.5, 0.2), (0.0, 0)):
        made.scale_dropout(factor)
        a = made.forward(x, np.random.default_rng(0))
        assert np.mean(a == 0) == pytest.approx(expected, abs=0.02)
        assert a.mean() == pytest.approx(1, abs=0.02)
        np.testing.assert_array_equal(
            made.backward(a.copy()), x * (a * a).reshape(5, 400, 3).sum(-1)
        )


def test_what_rises_rises():
    """The greatest is picked before these activations only: they must never fall."""
    z = np.linspace(-40, 40, 20_001)
    for name, entry in hidden().items():
        steps = np.diff(entry.value(z, *entry().values()))
        assert entry.rises == ((steps >= 0).all() and entry.random is None), name
    assert not ACTIVATIONS["softmax"].rises


@pytest.mark.parametrize(
    ("image", "pool", "dtype"),
    [
        ((6, 8, 16), 2, "float32"),
        ((7, 5, 3), (3, 2), "float32"),
        ((7, 5, 3), (3, 2), "float64"),
        ((9, 4), 2, "float32"),
        ((4, 4, 1), ALL, "float32"),
    ],
)
def test_a_compiled_pool_is_numpys_to_the_bit(image, pool, dtype):
    layer, generator = Pool(pool).layer(image), np.random.default_rng(0)
    compiled = CompiledPool(layer, np.dtype(dtype))
    for before in ((), (2,)):
        # Rounded, so that some are equal.
        x = generator.normal(size=(*before, 5, layer.work)).round(1).astype(dtype)
        x[..., 1, 0] = np.nan
        expected = layer.forward(x, None)
        slope = generator.normal(size=expected.shape).astype(dtype)
        found, which = compiled.forward(x)
        np.testing.assert_array_equal(found, expected)
        back, expected = compiled.backward(slope, which), layer.backward(slope.copy())
        rows = [0, 2, 3, 4]  # where a number is none, no slope tells of anything
        np.testing.assert_array_equal(back[..., rows, :], expected[..., rows, :])


def test_training_with_compiled_pools_gives_the_same_bits():
    pair = Output(Linear(), HalfSquaredError())
    generator = np.random.default_rng(0)
    rows = Rows(*(generator.normal(size=(24, size)).astype("float32") for size in (64, 2)))
    found = []
    for compiled in (False, True):
        network = Network(chain_of([Conv(4), Pool(2), Conv(3), Pool(2)], (8, 8, 1), 2, pair), pair)
        network.initialize(np.random.default_rng(0))
        training = BackPropagation(network, Adam(), generators(0), 2, 8, compiled_pools=compiled)
        training.compile(len(rows))
        assert training.is_compiled(len(rows))
        list(training.run(rows))
        assert (network.layers[1].compiled is not None) == compiled
        found.append(network.stored)
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize(
    ("entry", "inputs", "message", "remedy"),
    [
        (Conv(2), Columns(64), "the table's 64 numbers arrive", "data.image"),
        (Conv(2), (64,), "and 64 numbers arrive", "before the layers"),
        (Pool(2), Columns(64), "a pool layer takes height × width × channels, or", "data.window"),
        (Conv(2, 5, 1, Valid()), (4, 8, 3), "5 × 5 does not fit into .*: 4 × 8 × 3", "smaller"),
        (Conv(2, 5, 1, Valid()), (4, 3), "a kernel of 5 .*: 4 × 3", "padding: same"),
        (Pool((2, 9)), (4, 8, 3), "a pool of 2 × 9 does not fit .*: 4 × 8 × 3", "pool: all"),
        (Conv(2, (3, 5)), (40, 3), "one direction: 40 × 3", "kernel: 5"),
    ],
)
def test_what_does_not_fit_is_told_with_both_shapes(entry, inputs, message, remedy):
    with pytest.raises(ShapeError, match=message) as caught:
        Chain([Pool(1), entry] if len(inputs) > 1 else [entry], inputs)
    assert remedy in caught.value.remedy
    assert caught.value.steps == (len(inputs) > 1,)
