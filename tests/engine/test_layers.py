"""Every kind of layer, through one table of cases and a few general tests."""

import copy
import pickle
from math import prod

import numpy as np
import pytest

from ann_cli.engine import parallel
from ann_cli.engine.activations import Gelu, Linear, RandomizedRelu, Relu, Tanh
from ann_cli.engine.initializers import SmallRandom
from ann_cli.engine.layers import LAYERS, blocks
from ann_cli.engine.layers.conv import Conv, Valid
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.layers.dropout import Dropout
from ann_cli.engine.layers.embedding import Embedding
from ann_cli.engine.layers.gru import Gru
from ann_cli.engine.layers.layer import ShapeError
from ann_cli.engine.layers.lstm import Lstm
from ann_cli.engine.layers.normalize import Normalize, OverBatch, OverLayer
from ann_cli.engine.layers.pool import ALL, Mean, Pool
from ann_cli.engine.layers.recurrent_entry import All
from ann_cli.engine.layers.residual import Residual
from ann_cli.engine.layers.rnn import Rnn
from ann_cli.engine.layers.scale import Scale
from ann_cli.engine.layers.skip import Skip
from ann_cli.engine.layers.take import Encodings, Take, Values
from ann_cli.engine.losses import HalfSquaredError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.optimizers import Adam
from ann_cli.engine.output import Output
from ann_cli.engine.parameters import Columns
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.back_propagation import BackPropagation

NUMBERS, CATEGORIES = 2, (3, 4)
INPUTS = NUMBERS + sum(CATEGORIES)
COLUMNS = Columns(INPUTS, {"kind": (1, 4), "zone=2": (5, 9)}, INPUTS - 1, (4,))
"""A number, a category of three, a number, a category of four, of which the last input is taken
for what encodes the second number."""


class On(list):
    """Layers for rows of a shape of their own."""

    def __init__(self, inputs, *layers):
        super().__init__(layers)
        self.inputs = inputs


IMAGE, SERIES = (4, 5, 2), (7, 3)


def conv(*settings, activation=Tanh(), **others):  # noqa: B008
    return Conv(*settings, activation=activation, **others)


CASES = {
    "dense": [Dense(6, Tanh())],
    "dense with dropout": [Dense(6, Tanh(), 0.3), Dense(4, Tanh())],
    "dropout": [Dropout(0.4), Dense(5, Tanh())],
    "embedding": [Embedding(2), Dense(5, Tanh())],
    "embedding alone": [Embedding(3)],
    "batch": [Dense(5, Tanh()), Normalize(OverBatch(momentum=0.6))],
    "batch first": [Normalize(OverBatch()), Dense(4, Tanh())],
    "layer": [Dense(5, Tanh()), Normalize(OverLayer())],
    "layer first": [Normalize(OverLayer()), Dense(4, Tanh())],
    "residual": [Dense(5, Tanh()), Residual((Dense(7, Tanh()), Dense(5, Tanh())))],
    "skip": [Skip((Dense(5, Tanh()), Dense(4, Tanh()))), Dense(3, Tanh())],
    "skip of all": [Take(Encodings()), Skip((Dropout(0.3), Dense(5, Tanh())))],
    "scale": [Dense(5, Tanh()), Scale(0.7)],
    "scale first": [Scale(2.0), Dense(4, Tanh())],
    "values": [Take(Values()), Dense(4, Tanh())],
    "encodings": [Take(Encodings()), Dense(4, Tanh())],
    "residual first": [Residual((Dense(INPUTS, Tanh()),))],
    "residual of all": [
        Dense(5, Tanh()),
        Residual((Normalize(OverBatch()), Dropout(0.2), Residual((Dense(5, Tanh()),)))),
        Normalize(OverLayer()),
    ],
    "conv": On(IMAGE, conv(3), Dense(4, Tanh())),
    "conv alone": On(IMAGE, conv(3, 1)),
    "conv with strides": On(IMAGE, conv(3, (3, 2), (2, 1)), conv(2, 2, 2, Valid())),
    "conv of even size": On(IMAGE, conv(3, (2, 4)), conv(2, 4, 3)),
    "conv with dropout": On(IMAGE, conv(3, dropout=0.3), Pool(2), Dense(4, Tanh())),
    "conv and pool": On(IMAGE, conv(3), Pool((2, 1)), conv(4, 2), Pool(2)),
    "gelu and pool": On(IMAGE, conv(3, activation=Gelu()), Pool(2)),
    "random and pool": On(IMAGE, conv(3, activation=RandomizedRelu()), Pool(2)),
    "pool first": On(IMAGE, Pool((3, 2)), Dense(4, Tanh())),
    "mean first": On(IMAGE, Pool(2, Mean()), conv(3)),
    "pool of all": On(IMAGE, conv(3), Pool(ALL), Dense(3, Tanh())),
    "mean of all": On(IMAGE, conv(3), Pool(ALL, Mean())),
    "batch by channel": On(IMAGE, conv(3), Normalize(OverBatch()), Pool(2)),
    "layer by channel": On(IMAGE, conv(3), Normalize(OverLayer()), conv(2)),
    "convs around": On(IMAGE, Scale(0.9), Dropout(0.2), Residual((conv(4), conv(2))), Pool(2)),
    "skip of a conv": On(IMAGE, Skip((conv(2), Pool(ALL))), Dense(4, Tanh())),
    "series": On(SERIES, conv(4), Pool(2), conv(3, 2, 2, Valid()), Dense(4, Tanh())),
    "pool of a series": On(SERIES, Normalize(OverBatch()), Pool(ALL, Mean())),
    "rnn": On(SERIES, Rnn(5)),
    "gru": On(SERIES, Gru(4)),
    "lstm": On(SERIES, Lstm(4)),
    "lstm with dropout": On(SERIES, Lstm(4, dropout=0.3), Dense(3, Tanh())),
    "recurrent layers": On(SERIES, Gru(3), Dropout(0.2), Lstm(4), Dense(3, Tanh())),
    "all states": On(SERIES, Rnn(2, states=All()), Dense(4, Tanh())),
    "residual of steps": On(SERIES, Residual((Gru(4), Lstm(3))), Rnn(4, dropout=0.2)),
    "conv between": On(SERIES, conv(4), Gru(3), conv(2), Pool(2), Normalize(OverLayer()), Lstm(3)),
}
each_case = pytest.mark.parametrize("layers", CASES.values(), ids=CASES)


def network(layers, dtype="float64", inputs=COLUMNS, members=None):
    inputs = getattr(layers, "inputs", inputs)
    output = Output(Linear(), HalfSquaredError())
    made = Network(chain_of(layers, inputs, 2, output), output, dtype, members)
    # Larger than usual, so that each parameter has a slope worth looking at.
    made.initialize(np.random.default_rng(3), SmallRandom(0.9))
    return made


def rows(count=12, seed=1, of=None):
    generator = np.random.default_rng(seed)
    if isinstance(of, On):
        return generator.normal(size=(count, prod(of.inputs))), generator.normal(size=(count, 2))
    x = np.zeros((count, INPUTS))
    for number in (0, 4):
        x[:, number] = generator.normal(size=count)
    for start, stop in COLUMNS.categories.values():
        x[np.arange(count), generator.integers(start, stop, count)] = 1
    x[0, 5:9] = 0  # a category that was not seen in training
    return x, generator.normal(size=(count, 2))


def differences(loss, at, move=1e-5):
    """Return the slopes of a loss by what is moved a little to either side."""
    sides = (loss(at + move * one) - loss(at - move * one) for one in np.eye(len(at)))
    return np.array([each / (2 * move) for each in sides])


def trained(made, layers, steps=4, seed=0):
    x, y = rows(16, 7, layers)
    training = BackPropagation(made, Adam(0.01), generators(seed), steps, 8)
    list(training.run(Rows(x.astype(made.stored.dtype), y.astype(made.stored.dtype))))
    return made


def test_each_kind_is_in_the_table():
    def kinds(layers):
        for layer in layers:
            yield type(layer)
            yield from kinds(getattr(layer, "residual", getattr(layer, "skip", ())))

    assert {kind for layers in CASES.values() for kind in kinds(layers)} == set(LAYERS.values())


@each_case
def test_the_gradient_is_that_of_differences(layers):
    made, (x, y) = network(layers), rows(of=layers)
    weight = np.random.default_rng(2).uniform(0.5, 2, len(x))

    def loss(theta=None):
        if theta is not None:
            made.theta[:] = theta
        return made.gradient(x, y, weight, np.random.default_rng(5))

    loss()
    given, theta = made.grad.copy(), made.theta.copy()
    expected = differences(loss, theta)
    np.testing.assert_allclose(given, expected, rtol=1e-6, atol=2e-8)
    assert np.linalg.norm(given) > 1e-3


@each_case
def test_the_slope_by_the_inputs_is_that_of_differences(layers):
    made, (x, y) = network(layers), rows(5, of=layers)

    def loss(flat):
        z = made.chain.forward(flat.reshape(x.shape), np.random.default_rng(5))
        return float(((z - y) ** 2).sum() / 2)

    expected = differences(loss, x.ravel())
    z = made.chain.forward(x, np.random.default_rng(5))
    given = made.chain.backward(z - y)
    np.testing.assert_allclose(given.ravel(), expected, rtol=1e-4, atol=1e-5)


@each_case
def test_batched_equals_unbatched(layers):
    made, (x, _) = trained(network(layers), layers), rows(of=layers)
    one_by_one = np.concatenate([made.predict(row[None]) for row in x])
    np.testing.assert_allclose(made.predict(x), one_by_one, rtol=1e-12, atol=1e-14)


@each_case
def test_without_draws_forward_is_prediction(layers):
    made, (x, _) = trained(network(layers), layers), rows(of=layers)
    np.testing.assert_allclose(made.chain.forward(x, None), made.chain.predict(x), rtol=1e-12)


@each_case
def test_looking_changes_nothing(layers):
    made, (x, y) = trained(network(layers), layers), rows(of=layers)
    before = made.stored.copy()
    made.predict(x)
    made.evaluate(x, y)
    for generator in (None, np.random.default_rng(0)):
        made.gradient(x, y, None, generator)
    list(made.seen())
    np.testing.assert_array_equal(made.stored, before)


@each_case
@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, copy.copy, lambda each: pickle.loads(pickle.dumps(each))],
    ids=["deep copy", "copy", "pickle"],
)
def test_a_copy_is_its_own_and_learns_as_the_original_does(layers, copied):
    made, (x, _) = trained(network(layers), layers), rows(of=layers)
    before = made.stored.copy()
    other = copied(made)
    np.testing.assert_array_equal(other.predict(x), made.predict(x))
    trained(other, layers)
    np.testing.assert_array_equal(made.stored, before)
    assert (other.stored != before).any()
    trained(made, layers)
    np.testing.assert_array_equal(other.stored, made.stored)
    np.testing.assert_array_equal(other.predict(x), made.predict(x))


@each_case
def test_several_vectors_of_parameters_are_several_networks(layers):
    made, (x, y) = network(layers), rows(of=layers)
    several = made.stored + np.random.default_rng(0).uniform(0, 0.1, (3, made.stored.size))
    z, a = made.trials(several, x)
    for stored, sums, outputs in zip(several, z, a, strict=True):
        made.stored[...] = stored
        expected, losses = made.evaluate(x, y)
        np.testing.assert_allclose(outputs, expected, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(made.output.losses(sums, outputs, y), losses, rtol=1e-9)


@each_case
def test_float32_stays_float32(layers):
    made, (x, y) = network(layers, "float32"), rows(of=layers)
    x, y = x.astype("float32"), y.astype("float32")
    made.gradient(x, y, None, np.random.default_rng(0))
    assert made.predict(x).dtype == made.grad.dtype == "float32"
    for _, layer in made.chain.leaves():
        assert [each.dtype for each in layer.passed] == ["float32", "float32"]


@each_case
def test_parameters_lie_penalized_then_trained_then_statistics(layers):
    made = network(layers)
    views = made.views(np.arange(made.stored.size))
    assert sorted(np.concatenate([each.ravel() for each in views.values()])) == list(
        range(made.stored.size)
    )
    for each in made.layout.parameters:
        part = np.array([each.penalized, each.trained and not each.penalized, not each.trained])
        bounds = [0, made.layout.penalized, made.layout.trained, made.layout.size]
        (where,) = np.flatnonzero(part)
        place = views[each.name]
        assert bounds[where] <= place.min() <= place.max() < bounds[where + 1]
    assert made.theta.size == made.grad.size == made.layout.trained


def test_an_embedding_picks_the_vector_of_the_category():
    made, (x, _) = network([Embedding(2)]), rows()
    vectors = [made.views(made.stored)[f"layers.0.vectors.{at}"] for at in (0, 1)]
    out = made.layers[0].predict(x)
    np.testing.assert_array_equal(out[:, :2], x[:, [0, 4]])
    for at, (start, stop) in enumerate(COLUMNS.categories.values()):
        for row, given in zip(x[:, start:stop], out[:, 2 + 2 * at : 4 + 2 * at], strict=True):
            expected = vectors[at][row.argmax()] if row.any() else np.zeros(2)
            np.testing.assert_allclose(given, expected)


def test_names_of_embedded_columns():
    made = network([Embedding(2)])
    zones = [f"zone=2={each}" for each in range(4)]  # a column's name may hold the sign, too
    names = ["a", "kind=x", "kind=y", "kind=z", "b", *zones]
    expected = ("a", "b", "kind 1", "kind 2", "zone=2 1", "zone=2 2")
    assert made.layers[0].names(names) == expected


def test_batch_normalization_by_hand():
    """Two rows of one number: 1 and 3 have mean 2 and variance 1, as an estimate of all 2."""
    made = network([Normalize(OverBatch(epsilon=1e-12, momentum=0.75))], inputs=(1,))
    (layer, _) = made.layers
    layer.gain[:], layer.shift[:] = 2, 5
    out = layer.forward(np.array([[1.0], [3.0]]), np.random.default_rng(0))
    np.testing.assert_allclose(out, [[3], [7]])
    assert (layer.mean, layer.variance) == (0, 1)
    made.settle()
    assert layer.mean == pytest.approx(0.25 * 2)
    assert layer.variance == pytest.approx(0.75 * 1 + 0.25 * 2)
    np.testing.assert_allclose(layer.predict(np.array([[1.5]])), 5 + 2 * 1 / np.sqrt(1.25))
    before = made.stored.copy()
    made.settle()  # nothing was seen since
    np.testing.assert_array_equal(made.stored, before)


def test_layer_normalization_by_hand():
    (layer, _) = network([Normalize(OverLayer(epsilon=1e-12))], inputs=(2,)).layers
    layer.gain[:], layer.shift[:] = [2, 3], [5, 6]
    np.testing.assert_allclose(layer.predict(np.array([[1.0, 3], [8, 4]])), [[3, 9], [7, 3]])


@pytest.mark.parametrize("inputs", [COLUMNS, (6,), (2, 3)])
def test_what_does_not_fit_is_told_with_both_shapes(inputs):
    output = Output(Linear(), HalfSquaredError())
    layers = [Dense(5, Relu()), Residual((Dense(4, Relu()), Residual((Dense(3, Relu()),))))]
    with pytest.raises(ShapeError, match="they give 3 numbers, and 4 numbers arrive") as caught:
        chain_of(layers, inputs, 1, output)
    assert caught.value.steps == (1, "residual", 1)
    assert "layer give 4 numbers" in caught.value.remedy


@pytest.mark.parametrize(
    ("layers", "inputs", "message"),
    [
        ([Dense(5, Relu()), Embedding(2)], COLUMNS, "5 numbers arrive from the layer before"),
        ([Embedding(2)], Columns(4), "the table has none among its 4 numbers"),
        ([Embedding(2)], (4,), "4 numbers arrive"),
    ],
)
def test_an_embedding_wants_the_columns_of_the_table(layers, inputs, message):
    with pytest.raises(ShapeError, match=message):
        chain_of(layers, inputs, 1, Output(Linear(), HalfSquaredError()))


@each_case
def test_members_side_by_side_are_the_networks_one_by_one(layers):
    """Of three members: outputs, losses, and gradients with weights of their own."""
    several = network(layers, members=3)
    (x, y), alone = rows(of=layers), [network(layers) for _ in range(3)]
    weight = np.random.default_rng(2).uniform(0.5, 2, (3, len(x)))
    for number, one in enumerate(alone):
        for name, view in one.views(one.stored).items():
            view[...] = several.views(several.stored)[name][number]
    a, losses = several.evaluate(x, y)
    loss = several.gradient(x, y, weight.T, None)
    single = [one.gradient(x, y, own, None) for one, own in zip(alone, weight, strict=True)]
    np.testing.assert_allclose(loss, np.mean(single), rtol=1e-12)
    for number, one in enumerate(alone):
        np.testing.assert_allclose(a[number], one.predict(x), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(losses[number], one.evaluate(x, y)[1], rtol=1e-12)
        for name, slopes in one.views(one.grad).items():
            given = several.views(several.grad)[name][number]
            np.testing.assert_allclose(given, slopes, rtol=1e-10, atol=1e-14)


@each_case
def test_members_side_by_side_learn_and_copy(layers):
    several = network(layers, members=3)
    several.initialize(np.random.default_rng(3))
    x, y = rows(16, 7, layers)
    before = several.evaluate(x, y)[1].mean(axis=-1)
    trained(several, layers, 40)
    assert (several.evaluate(x, y)[1].mean(axis=-1) < before).all()
    other = pickle.loads(pickle.dumps(several))
    np.testing.assert_array_equal(other.predict(x), several.predict(x))


def test_members_rest_by_a_share_of_their_own_draw():
    """Members draw bytes: about the share rests, each member's own, and the mean stays."""
    layer, x = Dropout(0.3).layer((50,)), np.ones((3, 40, 50), np.float32)
    a = layer.forward(x, np.random.default_rng(0))
    assert np.mean(a == 0) == pytest.approx(0.3, abs=0.02)
    assert a.mean() == pytest.approx(1, abs=0.03)
    assert (a[0] != a[1]).any()
    np.testing.assert_array_equal(layer.backward(np.ones_like(x)), a)


def test_a_part_of_the_shares_rests_in_layers_within_layers_too():
    block = Skip((Residual((Dense(400, Relu(), 0.4),)), Dropout(0.2)))
    chain, x = network([block], inputs=(400,)).chain, np.ones((50, 400))
    dense, dropout, _ = (layer for _, layer in chain.leaves())
    for factor, expected in ((1.0, (0.4, 0.2)), (0.5, (0.2, 0.1)), (0.0, (0, 0))):
        chain.scale_dropout(factor)
        chain.forward(x, np.random.default_rng(0))
        for mask, share in zip((dense.resting.mask, dropout.mask), expected, strict=True):
            assert np.mean(mask == 0) == pytest.approx(share, abs=0.02)
            assert mask.mean() == pytest.approx(1, abs=0.02)


BLOCKS = [name for name, layers in CASES.items() if isinstance(layers, On)]


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("members", [None, 2])
def test_blocks_are_the_rows_together(monkeypatch, name, members):
    """Blocks of two rows: what a step finds is that of all rows at once."""
    made, (x, y) = network(CASES[name], members=members), rows(7, of=CASES[name])
    found = []
    for room in (blocks.ROOM, 1):
        monkeypatch.setattr(blocks, "ROOM", room)
        loss = made.gradient(x, y, None, None)
        seen = [np.concatenate([each.z.ravel(), each.a.ravel()]) for each in made.seen()]
        found.append([np.array(loss), made.grad.copy(), made.predict(x), *seen])
        made.chain.forward(x, None)
        slope = np.random.default_rng(0).normal(size=made.chain.predict(x).shape)
        found[-1].append(made.chain.backward(slope))
    for together, in_blocks in zip(*found, strict=True):
        if together.shape == in_blocks.shape:  # a pool leaves fewer places to be seen
            np.testing.assert_allclose(in_blocks, together, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", BLOCKS)
def test_the_number_of_threads_changes_no_bit(monkeypatch, name):
    monkeypatch.setattr(blocks, "ROOM", 1)
    made, (x, y) = network(CASES[name]), rows(11, of=CASES[name])
    found = []
    for threads in (1, 2, 5):
        before = parallel.use_threads(threads)
        try:
            loss = made.gradient(x, y, None, np.random.default_rng(4))
            found.append([np.array(loss), made.grad.copy(), made.predict(x)])
        finally:
            parallel.use_threads(before)
    for each in found[1:]:
        for expected, given in zip(found[0], each, strict=True):
            np.testing.assert_array_equal(given, expected)


def test_an_error_in_a_thread_is_the_callers():
    before = parallel.use_threads(3)
    try:
        with pytest.raises(ZeroDivisionError):
            parallel.each(lambda part: 1 // part, [1, 1, 0, 1, 1, 1])
        assert parallel.each(lambda part: part + 1, range(50)) == list(range(1, 51))
        with np.errstate(over="ignore"):  # as the caller has it, in all threads
            parallel.each(lambda _: np.full(9, 1e300) * np.full(9, 1e300), range(20))
    finally:
        parallel.use_threads(before)
