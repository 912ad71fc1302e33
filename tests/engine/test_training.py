"""Training: steps worked out by hand, the order of the rows, penalties, and how it ends."""

from collections import Counter
from copy import deepcopy
from math import cos, pi, sqrt

import numpy as np
import pytest
from sklearn.linear_model import Lasso, Ridge

from ann_cli.engine.activations import Linear, Relu, Sigmoid, Softmax, Tanh
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.layers.dropout import DropoutLayer
from ann_cli.engine.layers.normalize import Normalize, OverLayer
from ann_cli.engine.layers.residual import Residual
from ann_cli.engine.losses import CrossEntropy, HalfSquaredError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.optimizers import OPTIMIZERS, Adam, AdamW, Lion, Momentum, Sgd
from ann_cli.engine.output import Output
from ann_cli.engine.randomness import PURPOSES, generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.schedules import Constant, Cosine, FlatCos, Step
from ann_cli.engine.trainers import back_propagation as training
from ann_cli.engine.trainers.back_propagation import BackPropagation
from ann_cli.errors import DivergedError

BLOCK = 4096
"""Rows of a block, here."""


def data(rows, seed=0):
    """Return x of 3 columns and a y that can be learned from it."""
    x = np.random.default_rng(seed).normal(size=(rows, 3))
    return x, x[:, :1] * 0.5 - x[:, 1:2] * x[:, 2:]


def trained(network, x, y, weight=None, *, optimizer=None, seed=0, epochs=3, **options):
    """Train the network and return the records."""
    training = BackPropagation(network, optimizer or Adam(), generators(seed), epochs, **options)
    return list(training.run(Rows(x, y, weight)))


def seen_batches(monkeypatch, network):
    """Return a list to which each step's rows, targets and weights are added, as copies."""
    seen, gradient = [], network.gradient

    def noted(x, y, weight, generator):
        seen.append((x.copy(), y.copy(), None if weight is None else weight.copy()))
        return gradient(x, y, weight, generator)

    monkeypatch.setattr(network, "gradient", noted)
    return seen


# ---- Worked out by hand


def test_one_step_of_a_2_2_1_network(build):
    network = build((2, 2, 1), Sigmoid(), Sigmoid())
    first, last = network.layers
    first.weights[:], first.bias[:] = [[0.1, 0.2], [0.3, 0.1]], [0.1, 0.1]
    last.weights[:], last.bias[:] = [[0.2], [0.5]], [1.0]
    x, y = np.array([[0.6, 0.8]]), np.array([[0.0]])
    (record,) = trained(network, x, y, optimizer=Sgd(learning_rate=0.5), epochs=1)

    # Forward.
    # z1 = 0.6 · 0.1 + 0.8 · 0.3 + 0.1 = 0.40      a1 = 1 / (1 + e^-0.4) = 0.598688
    # z2 = 0.6 · 0.2 + 0.8 · 0.1 + 0.1 = 0.30      a2 = 1 / (1 + e^-0.3) = 0.574443
    # z = 0.2 · 0.598688 + 0.5 · 0.574443 + 1 = 1.406959
    # prediction = 1 / (1 + e^-1.406959) = 0.803286
    assert network.layers[0].a.ravel() == pytest.approx([0.598688, 0.574443], abs=1e-6)
    assert last.z.item() == pytest.approx(1.406959, abs=1e-6)
    assert network.output.predict(last.z).item() == pytest.approx(0.803286, abs=1e-6)
    # loss = ½ · 0.803286² = 0.322634
    assert record.loss == pytest.approx(0.322634, abs=1e-6)

    # Back.
    # The output's slope by z: (0.803286 - 0) · 0.803286 · (1 - 0.803286) = 0.126933
    # The gradient of the last weights: 0.126933 · (0.598688, 0.574443) = (0.075993, 0.072916)
    # Hidden slopes: 0.126933 · 0.2 · 0.598688 · (1 - 0.598688) = 0.006099
    #                0.126933 · 0.5 · 0.574443 · (1 - 0.574443) = 0.015515
    # The gradient of the first weights: 0.6 · (0.006099, 0.015515) = (0.003660, 0.009309)
    #                                    0.8 · (0.006099, 0.015515) = (0.004880, 0.012412)
    # Each parameter less 0.5 times its gradient:
    assert first.weights.ravel() == pytest.approx(
        [0.1 - 0.001830, 0.2 - 0.004654, 0.3 - 0.002440, 0.1 - 0.006206], abs=1e-6
    )
    assert first.bias == pytest.approx([0.1 - 0.003050, 0.1 - 0.007757], abs=1e-6)
    assert last.weights.ravel() == pytest.approx([0.2 - 0.037997, 0.5 - 0.036458], abs=1e-6)
    assert last.bias == pytest.approx([1.0 - 0.063467], abs=1e-6)


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
def test_a_partial_last_batch_counts_with_its_true_size(build, weighted):
    """Five rows by two: steps over 2, 2 and 1 rows, each the mean of its own; plain floats."""
    xs, ys = [0.5, -1.0, 2.0, 0.3, -0.7], [1.0, 0.0, 3.0, -1.0, 0.5]
    weights = [0.5, 2.0, 1.0, 0.25, 1.25] if weighted else [1.0] * 5
    slope, bias, rate, expected = 0.8, 0.0, 0.1, []
    for _ in range(3):
        total = 0.0
        for batch in ([0, 1], [2, 3], [4]):
            errors = [slope * xs[i] + bias - ys[i] for i in batch]
            total += sum(weights[i] * e * e / 2 for i, e in zip(batch, errors, strict=True))
            by_slope = sum(weights[i] * e * xs[i] for i, e in zip(batch, errors, strict=True))
            by_bias = sum(weights[i] * e for i, e in zip(batch, errors, strict=True))
            slope -= rate * by_slope / len(batch)
            bias -= rate * by_bias / len(batch)
        expected.append(total / 5)

    network = build((1, 1))
    network.theta[:] = [0.8, 0.0]
    records = trained(
        network,
        np.array(xs)[:, None],
        np.array(ys)[:, None],
        np.array(weights) if weighted else None,
        optimizer=Sgd(learning_rate=rate),
        batch_size=2,
        shuffle=False,
    )
    assert [each.loss for each in records] == pytest.approx(expected, rel=1e-12)
    assert network.theta == pytest.approx([slope, bias], rel=1e-12)


@pytest.mark.parametrize("shuffle", [False, True])
def test_the_loss_of_an_epoch_is_the_mean_over_all_rows(build, shuffle):
    """With steps too small to matter, an epoch's loss is that of the network as it stands."""
    x, y = data(23)
    network = build((3, 4, 1))
    _, losses = network.evaluate(x, y)
    (record,) = trained(
        network, x, y, optimizer=Sgd(learning_rate=1e-14), epochs=1, batch_size=5, shuffle=shuffle
    )
    assert record.loss == pytest.approx(losses.mean(), rel=1e-10)


# ---- Batches and their order


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("size", [1, 7, BLOCK - 1, BLOCK, 1500])
def test_shuffling_visits_every_row_once_an_epoch(build, monkeypatch, size, weighted):
    monkeypatch.setattr(training, "MOST_ROWS", BLOCK)
    rows = 2 * BLOCK + 11
    index = np.arange(rows, dtype="float64")
    x, y, weight = np.stack([index, -index], axis=1) / rows, index[:, None] / rows, 1 + index
    network = build((2, 1))
    seen = seen_batches(monkeypatch, network)
    trained(
        network,
        x,
        y,
        weight if weighted else None,
        optimizer=Sgd(learning_rate=1e-9),
        epochs=2,
        batch_size=size,
    )
    steps = -(-rows // size)
    assert len(seen) == 2 * steps
    orders = []
    for epoch in (seen[:steps], seen[steps:]):
        assert [len(each) for each, _, _ in epoch[:-1]] == [size] * (steps - 1)
        order = np.concatenate([targets.ravel() for _, targets, _ in epoch])
        assert sorted(order) == y.ravel().tolist()
        features = np.concatenate([each for each, _, _ in epoch])
        np.testing.assert_array_equal(features, np.stack([order, -order], axis=1))
        if weighted:
            weights = np.concatenate([each for _, _, each in epoch])
            np.testing.assert_allclose(weights, 1 + order * rows, rtol=1e-12)
        else:
            assert all(each is None for _, _, each in epoch)
        assert (order != y.ravel()).any()
        orders.append(order.tolist())
    assert orders[0] != orders[1]


def test_every_order_is_as_likely(build, monkeypatch):
    network, x = build((1, 1)), np.array([[1.0], [2.0], [3.0]])
    seen = seen_batches(monkeypatch, network)
    trained(network, x, x, optimizer=Sgd(learning_rate=1e-9), epochs=3000, batch_size=1)
    orders = Counter(
        tuple(each.item() for each, _, _ in seen[i : i + 3]) for i in range(0, 9000, 3)
    )
    assert len(orders) == 6
    assert min(orders.values()) > 400


@pytest.mark.parametrize("size", [1, 4, 10, None])
def test_without_shuffling_the_order_is_kept(build, monkeypatch, size):
    x, y = data(10)
    network = build((3, 1))
    seen = seen_batches(monkeypatch, network)
    trained(network, x, y, x[:, 0], epochs=2, batch_size=size, shuffle=False)
    for place, expected in enumerate((x, y, x[:, 0])):
        got = np.concatenate([each[place] for each in seen])
        np.testing.assert_array_equal(got, np.concatenate([expected, expected]))


def test_the_rows_are_left_as_they_were(build):
    x, y = data(50)
    kept = x.copy(), y.copy()
    trained(build((3, 4, 1), dropout=0.5), x, y, batch_size=8)
    np.testing.assert_array_equal(x, kept[0])
    np.testing.assert_array_equal(y, kept[1])


def test_full_batches_are_one_thing(build):
    """None, the number of rows and anything above it."""
    x, y = data(20)
    results = []
    for size in (None, 20, 21, 1000):
        network = build((3, 4, 1))
        trained(network, x, y, batch_size=size)
        results.append(network.theta)
    for other in results[1:]:
        np.testing.assert_array_equal(results[0], other)


def test_row_by_row_by_hand(build):
    """batch_size 1 in order: w ← w - η (w·x - y) x, row after row."""
    x, y = data(9)
    network = build((3, 1))
    w, b = network.layers[0].weights[:, 0].copy(), 0.0
    for row, actual in zip(x, y[:, 0], strict=True):
        error = float(w @ row) + b - actual
        w, b = w - 0.1 * error * row, b - 0.1 * error
    trained(network, x, y, optimizer=Sgd(learning_rate=0.1), epochs=1, batch_size=1, shuffle=False)
    assert network.theta == pytest.approx([*w, b], rel=1e-12)


# ---- Sample weights, penalties, clipping


@pytest.mark.parametrize("optimizer", [entry() for entry in OPTIMIZERS.values()], ids=str)
def test_an_integer_weight_is_a_repeated_row(build, optimizer):
    x, y = data(8)
    times = np.array([1, 3, 0, 2, 1, 1, 5, 2])
    weighted, repeated = build((3, 4, 1)), build((3, 4, 1))
    options = {"optimizer": optimizer, "batch_size": None, "epochs": 5, "l2": 0.1, "l1": 0.01}
    one = trained(weighted, x, y, times / times.mean(), **options)
    other = trained(repeated, x.repeat(times, axis=0), y.repeat(times, axis=0), **options)
    assert [each.loss for each in one] == pytest.approx([each.loss for each in other], rel=1e-10)
    np.testing.assert_allclose(weighted.theta, repeated.theta, rtol=1e-8)


def test_weights_of_one_change_nothing(build):
    x, y = data(30)
    results = []
    for weight in (None, np.ones(30)):
        network = build((3, 4, 1))
        trained(network, x, y, weight, batch_size=8)
        results.append(network.theta)
    np.testing.assert_array_equal(*results)


def test_l2_by_hand(build):
    """½ l2 w² adds l2 · w to the weight's gradient and nothing to the bias's."""
    network = build((1, 1))
    network.theta[:] = [2.0, 0.5]
    x, y = np.array([[3.0]]), np.array([[5.0]])
    trained(network, x, y, optimizer=Sgd(learning_rate=0.1), epochs=1, l2=0.25)
    # The error is 2 · 3 + 0.5 - 5 = 1.5: slopes 1.5 · 3 + 0.25 · 2 = 5 and 1.5.
    assert network.theta == pytest.approx([2 - 0.5, 0.5 - 0.15], rel=1e-12)


def test_l1_by_hand(build):
    network = build((4, 1))
    network.theta[:] = [2.0, 0.1, 0.0, 0.0, 0.3]
    x, y = np.array([[1.0, 1.0, 0.1, 3.0]]), np.array([[1.4]])
    trained(network, x, y, optimizer=Sgd(learning_rate=0.1), epochs=1, l1=0.5)
    # The error is 2 + 0.1 + 0.3 - 1.4 = 1, so the slopes are 1, 1, 0.1, 3 and 1 for the bias.
    # 2 - 0.1 · (1 + 0.5) = 1.85; 0.1 - 0.15 would change its sign: 0; a slope of 0.1 is less than
    # l1, so 0 stays 0; 0 - 0.1 · (3 - 0.5) = -0.25; the bias has no penalty.
    assert network.theta == pytest.approx([1.85, 0, 0, -0.25, 0.2], rel=1e-12)
    assert (network.theta[1:3] == 0).all()


@pytest.mark.parametrize(("rate", "batch_size"), [(0.1, None), (0.05, 8)])
def test_l1_with_sgd_finds_the_lasso(build, rate, batch_size):
    """The same columns are left out, exactly; the one that counts keeps the same weight."""
    x, y = data(64)
    y = x[:, :1] + 0.1 * y + 3
    lasso = Lasso(alpha=0.2, tol=1e-12).fit(x, y.ravel())
    assert (lasso.coef_ == 0).tolist() == [False, True, True]
    network = build((3, 1))
    options = {"epochs": 600, "batch_size": batch_size, "schedule": Cosine()}
    trained(network, x, y, optimizer=Sgd(rate), l1=0.2, **options)
    assert network.theta[1:3].tolist() == [0, 0]
    np.testing.assert_allclose(network.theta[[0, 3]], [lasso.coef_[0], lasso.intercept_], atol=0.01)


@pytest.mark.parametrize("entry", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_l1_makes_exact_zeros_with_every_optimizer(build, entry):
    """A proximal step of the size rate * l1 follows the optimizer's own."""
    x, y = data(64)
    plain, sparse = build((3, 4, 1)), build((3, 4, 1))
    size = plain.layout.penalized
    for network, l1 in ((plain, 0.0), (sparse, 3.0)):
        optimizer = entry(learning_rate=0.1)
        trained(network, x, y, optimizer=optimizer, epochs=1, batch_size=None, l1=l1)
    after = plain.theta[:size]
    expected = np.where(np.abs(after) <= 0.3, 0, after - 0.3 * np.sign(after))
    assert (expected == 0).any()
    np.testing.assert_allclose(sparse.theta[:size], expected, atol=1e-15)
    np.testing.assert_array_equal(sparse.theta[size:], plain.theta[size:])


def test_l1_does_not_hide_divergence(build):
    x, y = data(30)
    with pytest.raises(DivergedError):
        trained(build((3, 4, 1)), x, y, optimizer=Sgd(1e6), epochs=50, l1=0.1)


@pytest.mark.parametrize("optimizer", [Sgd(0.05), Momentum(0.01), Adam(0.01)], ids=str)
def test_l2_finds_the_ridge(build, optimizer):
    x, y, network = *data(60), build((3, 1))
    ridge = Ridge(alpha=0.2 * 60, tol=1e-12).fit(x, y.ravel())
    trained(network, x, y, optimizer=optimizer, epochs=3000, batch_size=None, l2=0.2)
    np.testing.assert_allclose(network.theta, [*ridge.coef_, ridge.intercept_], rtol=1e-5)


def test_gradient_clip_bounds_the_norm_and_keeps_the_direction(build):
    x, y = data(20)
    before = build((3, 4, 1)).theta.copy()
    steps = {}
    for clip in (None, 1e-3, 1e6):
        network = build((3, 4, 1))
        options = {"epochs": 1, "batch_size": None, "gradient_clip": clip, "l2": 0.3}
        trained(network, x, 100 * y, optimizer=Sgd(learning_rate=1.0), **options)
        steps[clip] = network.theta - before
    assert np.linalg.norm(steps[None]) > 1
    assert np.linalg.norm(steps[1e-3]) == pytest.approx(1e-3, rel=1e-9)
    expected = steps[None] / np.linalg.norm(steps[None]) * 1e-3
    np.testing.assert_allclose(steps[1e-3], expected, rtol=1e-6, atol=1e-14)
    np.testing.assert_array_equal(steps[1e6], steps[None])


# ---- Schedules


def test_the_schedule_sets_each_steps_rate(build, monkeypatch):
    """Ten rows by four are 3 steps an epoch: step s starts at epoch s / 3."""
    x, y = data(10)
    training = BackPropagation(
        build((3, 1)), Sgd(learning_rate=0.5), generators(0), 4, 4, schedule=Cosine()
    )
    rates, step = [], Sgd.step

    def noted(self, theta, grad, state, number, rate):
        rates.append((number, rate))
        step(self, theta, grad, state, number, rate)

    monkeypatch.setattr(Sgd, "step", noted)
    records = list(training.run(Rows(x, y)))
    assert [number for number, _ in rates] == list(range(1, 13))
    expected = [0.25 * (1 + cos(pi * s / 12)) for s in range(12)]
    assert [rate for _, rate in rates] == pytest.approx(expected, rel=1e-12)
    assert [each.learning_rate for each in records] == pytest.approx(expected[2::3], rel=1e-12)


def test_records_tell_the_epoch_and_the_rate(build):
    x, y = data(10)
    schedule = Step(every=2, by=0.5, warm_up=1.0)
    records = trained(
        build((3, 1)), x, y, optimizer=Sgd(learning_rate=0.4), epochs=5, schedule=schedule
    )
    assert [each.number for each in records] == [1, 2, 3, 4, 5]
    assert [each.learning_rate for each in records] == pytest.approx([0.4, 0.4, 0.2, 0.2, 0.1])
    assert records[-1].loss < records[0].loss


def half_cosine(step):
    """Of 12 steps the first 6 have 1; then comes half a cosine."""
    return 1.0 if step <= 6 else (1 + cos(pi * (step - 6) / 6)) / 2


@pytest.mark.parametrize("optimizer", [AdamW(0.1, weight_decay=2.0), Lion(0.1, weight_decay=2.0)])
def test_the_schedule_sets_each_steps_weight_decay(build, optimizer):
    """Where no row counts, no gradient moves a weight: what is left of it is the decay's work.

    Compiled, it is the same: test_compiled.py, test_every_schedule.
    """
    x, y = data(10)
    network = build((3, 5, 1))
    before = network.theta.copy()
    options = {"weight_decay_schedule": FlatCos(), "schedule": Cosine(final=0.5)}
    trained(network, x, y, np.zeros(10), optimizer=optimizer, epochs=4, batch_size=4, **options)
    rates = [0.1 * (0.5 + (1 + cos(pi * step / 12)) / 4) for step in range(12)]
    left = np.prod([1 - rate * 2.0 * half_cosine(step) for step, rate in enumerate(rates)])
    np.testing.assert_allclose(network.theta, left * before, rtol=1e-12)


OWN = {"0": 3.0, "1.0": None, "1.1": 0.0, "2": 0.5, "3": None}
"""The decay of each layer, by its place."""


def layers_with_decays():
    block = Residual((Dense(4, Tanh()), Dense(4, Tanh(), weight_decay=0.0)))
    layers = [Dense(4, Tanh(), weight_decay=3.0), block, Normalize(OverLayer(), 0.5)]
    output = Output(Linear(), HalfSquaredError())
    made = Network(chain_of(layers, (3,), 1, output), output, "float64", 2)
    made.initialize(np.random.default_rng(0))
    return made


@pytest.mark.parametrize("schedule", [Constant(), FlatCos()])
def test_a_layer_has_a_decay_of_its_own(schedule):
    """adamw by hand, on the parameters of one layer after the other, for members side by side."""
    (x, y), made, other = data(12), layers_with_decays(), layers_with_decays()
    options = {"weight_decay_schedule": schedule, "batch_size": 4, "shuffle": False}
    trained(made, x, y, optimizer=AdamW(0.02, weight_decay=1.5), epochs=4, **options)
    places = [place for place, _ in other.chain.leaves()]
    moments = {}
    for step in range(12):
        first = 4 * (step % 3)
        other.gradient(x[first : first + 4], y[first : first + 4], None, None)
        factor = half_cosine(step) if schedule == FlatCos() else 1.0
        for place in places:
            decay = (1.5 if OWN[place] is None else OWN[place]) * factor
            values, slopes = (other.views(each, place) for each in (other.theta, other.grad))
            for name, theta in values.items():
                g = slopes[name]
                m, v = moments.get((place, name), (0.0, 0.0))
                m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
                moments[place, name] = m, v
                unbiased = m / (1 - 0.9 ** (step + 1)), v / (1 - 0.999 ** (step + 1))
                theta -= 0.02 * (unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8) + decay * theta)
    assert places == list(OWN)
    np.testing.assert_allclose(made.theta, other.theta, rtol=1e-9, atol=1e-12)


def test_the_schedule_sets_each_steps_dropout(build, monkeypatch):
    x, y = data(10)
    network, forward, shares = build((3, 4, 5, 1), dropout=0.4), DropoutLayer.forward, []

    def noted(self, x, generator):
        shares.append(self.share)
        return forward(self, x, generator)

    monkeypatch.setattr(DropoutLayer, "forward", noted)
    trained(network, x, y, epochs=4, batch_size=4, dropout_schedule=FlatCos())
    expected = [0.4 * half_cosine(step) for step in range(12) for _ in range(2)]
    assert shares == pytest.approx(expected, rel=1e-12, abs=1e-15)


# ---- Randomness


def test_each_purpose_has_its_own_generator():
    made = generators(7)
    assert (
        tuple(made)
        == PURPOSES
        == (
            *("split", "initialization", "order", "dropout", "augmentation"),
            "chains",
        )
    )
    numbers = [generator.random(1000) for generator in made.values()]
    off_diagonal = np.corrcoef(numbers)[~np.eye(len(PURPOSES), dtype=bool)]
    assert np.abs(off_diagonal).max() < 0.15
    again, other = generators(7), generators(8)
    for name, first in zip(PURPOSES, numbers, strict=True):
        np.testing.assert_array_equal(again[name].random(1000), first)
        assert (other[name].random(1000) != first).all()


def test_a_seed_decides_everything(build):
    x, y = data(40)
    results = []
    for seed in (1, 1, 2):
        network = build((3, 6, 1), dropout=0.3)
        records = trained(network, x, y, seed=seed, batch_size=8)
        results.append((network.theta, [each.loss for each in records]))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    assert results[0][1] == results[1][1]
    assert (results[0][0] != results[2][0]).all()


def test_dropout_leaves_the_order_alone(build, monkeypatch):
    x, y = data(40)
    orders = []
    for dropout in (0.0, 0.5):
        network = build((3, 6, 1), dropout=dropout)
        seen = seen_batches(monkeypatch, network)
        trained(network, x, y, batch_size=8)
        orders.append(np.concatenate([rows for rows, _, _ in seen]))
    np.testing.assert_array_equal(*orders)


# ---- The run as an iterator


def test_no_epochs_yield_nothing(build):
    network = build((3, 4, 1))
    before = network.theta.copy()
    assert trained(network, *data(10), epochs=0) == []
    np.testing.assert_array_equal(network.theta, before)


def test_nothing_is_done_before_it_is_asked_for(build):
    network = build((3, 4, 1))
    training = BackPropagation(network, Adam(), generators(0), epochs=3, batch_size=4)
    epochs = training.run(Rows(*data(10)))
    assert training.steps == 0
    assert next(epochs).number == 1
    assert training.steps == 3


@pytest.mark.parametrize("optimizer", [entry() for entry in OPTIMIZERS.values()], ids=str)
def test_a_run_split_in_two_is_the_same_run(build, optimizer):
    x, y = data(40)
    options = {"epochs": 6, "batch_size": 7, "schedule": Cosine(), "l1": 1e-3, "l2": 1e-3}
    network = build((3, 6, 1), dropout=0.3)
    whole = BackPropagation(network, optimizer, generators(5), **options)
    expected = list(whole.run(Rows(x, y)))

    first = BackPropagation(build((3, 6, 1), dropout=0.3), optimizer, generators(5), **options)
    epochs = first.run(Rows(x, y))
    records = [next(epochs), next(epochs)]
    later = build((3, 6, 1), dropout=0.3)
    later.theta[:] = first.network.theta
    second = BackPropagation(
        later, optimizer, deepcopy(first.generators), **options, steps=first.steps
    )
    second.state[:] = first.state
    records += second.run(Rows(x, y))

    assert records == expected
    np.testing.assert_array_equal(later.theta, network.theta)
    assert second.steps == whole.steps == 6 * 6
    assert list(second.run(Rows(x, y))) == []


def test_divergence_is_an_error_with_a_remedy(build):
    x, y = data(30)
    with pytest.raises(DivergedError, match="diverged in epoch") as caught:
        trained(build((3, 4, 1)), x, 1e6 * y, optimizer=Sgd(learning_rate=1e6), epochs=50)
    assert caught.value.exit_status == 6
    assert "learning_rate" in caught.value.problems[0].remedy


def test_weights_out_of_range_are_divergence_too(build):
    """The loss of the one step was finite; what it left is not."""
    x, y = np.array([[1.0]]), np.array([[100.0]])
    with pytest.raises(DivergedError, match="epoch 1"):
        trained(build((1, 1)), x, y, optimizer=Sgd(learning_rate=1e308), epochs=1)


def test_a_value_that_is_no_number_is_divergence(build):
    x, y = data(10)
    x[3, 1] = np.nan
    with pytest.raises(DivergedError):
        trained(build((3, 4, 1)), x, y)


# ---- Does it learn?


@pytest.mark.parametrize("optimizer", [entry() for entry in OPTIMIZERS.values()], ids=str)
def test_every_optimizer_learns_exclusive_or(build, optimizer):
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float64")
    y = np.eye(2)[[0, 1, 1, 0]]
    network = build((2, 8, 2), output=Softmax(), loss=CrossEntropy())
    by_name = {"sgd": 0.5, "momentum": 0.1, "nesterov": 0.1, "adagrad": 0.2}
    rate = by_name.get(optimizer.name, 0.02)
    trained(
        network,
        x,
        y,
        optimizer=type(optimizer)(learning_rate=rate),
        epochs=600,
        batch_size=4,
        schedule=Constant(),
    )
    assert (network.predict(x).argmax(axis=1) == [0, 1, 1, 0]).all()


def test_a_linear_network_finds_least_squares(build):
    x, _ = data(50)
    y = x @ [[1.0], [-2.0], [0.5]] + 3 + np.random.default_rng(9).normal(size=(50, 1)) * sqrt(0.1)
    network = build((3, 1))
    trained(
        network, x, y, optimizer=Sgd(learning_rate=0.2), epochs=400, batch_size=None, shuffle=False
    )
    expected, *_ = np.linalg.lstsq(np.hstack([x, np.ones((50, 1))]), y, rcond=None)
    np.testing.assert_allclose(network.theta, expected.ravel(), rtol=1e-9)


def test_what_lies_below_the_smallest_normal_number_becomes_zero(build):
    # A unit that is dead from the start: relu of a negative sum, so that its gradient is 0.
    network = build((3, 2, 1), Relu(), Linear(), loss=HalfSquaredError(), dtype="float32")
    first = network.layers[0]
    first.weights[:, 0], first.bias[0] = 1e-40, -9
    x, y = (each.astype(np.float32) for each in data(40))
    training = BackPropagation(network, Momentum(), generators(0), epochs=1)
    training.state[:] = -1e-41
    list(training.run(Rows(x, y)))
    tiny = np.finfo(np.float32).tiny
    assert not first.weights[:, 0].any()
    assert first.bias[0] == -9
    for numbers in (network.theta, training.state):
        assert not ((numbers != 0) & (np.abs(numbers) < tiny)).any()
    assert np.count_nonzero(first.weights[:, 1]) == 3
