"""Recurrent layers beside sums written out by hand, and what they tell of their memory."""

from math import exp, tanh

import numpy as np
import pytest

from ann_cli.engine.activations import Linear, Tanh
from ann_cli.engine.choice import expected_seconds
from ann_cli.engine.compiled.refusal import refusal
from ann_cli.engine.initializers import SmallRandom
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.layers.dropout import Dropout
from ann_cli.engine.layers.gru import Gru
from ann_cli.engine.layers.layer import ShapeError
from ann_cli.engine.layers.lstm import Lstm
from ann_cli.engine.layers.recurrent_entry import All, Last
from ann_cli.engine.layers.residual import Residual
from ann_cli.engine.layers.rnn import Rnn
from ann_cli.engine.layers.skip import Skip
from ann_cli.engine.losses import HalfSquaredError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.optimizers import Adam, Sgd
from ann_cli.engine.output import Output
from ann_cli.engine.parallel import use_threads
from ann_cli.engine.parameters import Columns
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.back_propagation import BackPropagation

OUTPUT = Output(Linear(), HalfSquaredError())
STEPS, CHANNELS, UNITS = 4, 3, 2
KINDS = {"rnn": Rnn, "gru": Gru, "lstm": Lstm}


def network(layers, inputs=(STEPS, CHANNELS), dtype="float64"):
    made = Network(chain_of(layers, inputs, 1, OUTPUT), OUTPUT, dtype)
    made.initialize(np.random.default_rng(0))
    for name, values in made.views(made.stored).items():
        if name.endswith("bias"):
            values += np.random.default_rng(len(name)).normal(size=values.shape)
    return made


def sigmoid(z):
    return 1 / (1 + exp(-z))


def summed(values, gate, unit, x, state, weights=("input_weights", "recurrent_weights"), b="bias"):
    """Return a gate's weighted sum for a unit, number by number."""
    dot = gate and "."
    total = values[f"{gate}{dot}{b}"][unit]
    for name, numbers in zip(weights, (x, state), strict=True):
        if name:
            total += sum(
                number * values[f"{gate}{dot}{name}"][at, unit] for at, number in enumerate(numbers)
            )
    return total


def rnn_step(values, x, h, c):
    return [tanh(summed(values, "", unit, x, h)) for unit in range(UNITS)], c


def gru_step(values, x, h, c):
    """PyTorch's documentation of GRU, line by line."""
    after = []
    for unit in range(UNITS):
        r = sigmoid(summed(values, "reset_gate", unit, x, h))
        z = sigmoid(summed(values, "update_gate", unit, x, h))
        of_x = summed(values, "candidate", unit, x, h, ("input_weights", ""))
        of_h = summed(values, "candidate", unit, x, h, ("", "recurrent_weights"), "recurrent_bias")
        after.append((1 - z) * tanh(of_x + r * of_h) + z * h[unit])
    return after, c


def lstm_step(values, x, h, c):
    """PyTorch's documentation of LSTM, line by line."""
    after, cells = [], []
    for unit in range(UNITS):
        i = sigmoid(summed(values, "input_gate", unit, x, h))
        f = sigmoid(summed(values, "forget_gate", unit, x, h))
        g = tanh(summed(values, "candidate", unit, x, h))
        o = sigmoid(summed(values, "output_gate", unit, x, h))
        cells.append(f * c[unit] + i * g)
        after.append(o * tanh(cells[-1]))
    return after, cells


BY_HAND = {"rnn": rnn_step, "gru": gru_step, "lstm": lstm_step}
each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
def test_the_states_are_those_worked_out_by_hand(kind):
    made = network([KINDS[kind](UNITS, states=All())])
    x = np.random.default_rng(1).normal(size=(3, STEPS * CHANNELS))
    states = made.layers[0].predict(x).reshape(3, STEPS, UNITS)
    values = made.views(made.stored, "0")
    for row, found in zip(x, states, strict=True):
        h = c = [0.0] * UNITS
        for step, arriving in zip(found, row.reshape(STEPS, CHANNELS), strict=True):
            h, c = BY_HAND[kind](values, arriving, h, c)
            np.testing.assert_allclose(step, h, rtol=1e-12)
    last = network([KINDS[kind](UNITS)])
    for name, each in last.views(last.stored, "0").items():
        each[...] = values[name]
    np.testing.assert_allclose(last.layers[0].predict(x), states[:, -1], rtol=1e-12)


@each_kind
def test_states_go_on_where_the_next_layer_needs_them(kind):
    entry = KINDS[kind]
    whole, last = (STEPS, 5), (5,)
    for layers, expected in (
        ([entry(5)], last),
        ([entry(5), Dense(3, Tanh())], last),
        ([entry(5), entry(4)], whole),
        ([entry(5), Dropout(0.2), entry(4)], whole),
        ([entry(5), Residual((entry(5),)), entry(2)], whole),
        ([entry(5), Skip((entry(4),))], whole),
        ([entry(5, states=All()), Dense(3, Tanh())], whole),
        ([entry(5, states=Last()), Dense(3, Tanh())], last),
    ):
        assert network(layers).layers[0].outputs == expected, layers
    residual = network([entry(5), Residual((entry(6), Dropout(0.1), entry(5))), entry(2)]).layers[1]
    assert residual.outputs == whole
    assert network([entry(5, states=All()), Dense(3, Tanh())]).layers[1].width == 5 * STEPS


@pytest.mark.parametrize(
    ("layers", "inputs", "message", "remedy"),
    [
        ([Lstm(7)], Columns(4), "lstm goes through .*, and 4 numbers arrive from a t", "data.win"),
        ([Gru(7)], (8, 8, 1), "gru goes through .*, and 8 × 8 × 1 arrive", "units: 7"),
        ([Rnn(3), Dense(4, Tanh()), Gru(2)], (5, 2), "gru .*, and 4 numbers", "states: all"),
        ([Rnn(3, states=Last()), Lstm(2)], (5, 2), "lstm .*, and 3 numbers", "states: all"),
    ],
)
def test_what_has_no_steps_is_told(layers, inputs, message, remedy):
    with pytest.raises(ShapeError, match=message) as caught:
        chain_of(layers, inputs, 1, OUTPUT)
    assert remedy in caught.value.remedy
    assert caught.value.steps == (len(layers) - 1,)


def test_a_forget_gate_begins_open_and_weights_go_round_at_right_angles():
    made = Network(chain_of([Lstm(6)], (3, 2), 1, OUTPUT), OUTPUT, "float64")
    made.initialize(np.random.default_rng(0))
    values = made.views(made.stored, "0")
    biases = {name: each for name, each in values.items() if name.endswith("bias")}
    assert {name for name, each in biases.items() if (each == 1).all()} == {"forget_gate.bias"}
    assert sum(each.sum() for each in biases.values()) == 6
    for gate in ("input_gate", "forget_gate", "output_gate", "candidate"):
        square = values[f"{gate}.recurrent_weights"]
        np.testing.assert_allclose(square @ square.T, np.eye(6), atol=1e-12)


@pytest.mark.parametrize(("kind", "gate"), [("lstm", "forget_gate"), ("gru", "update_gate")])
def test_how_much_a_unit_keeps_is_the_mean_of_its_gate(kind, gate):
    """Without weights, a gate is the sigmoid of its bias; with them, it is that by hand."""
    made = network([KINDS[kind](UNITS)])
    values = made.views(made.stored, "0")
    x = np.random.default_rng(2).normal(size=(300, STEPS * CHANNELS))  # more than a part
    found = made.layers[0].keeps(x)
    total = np.zeros(UNITS)
    for row in x:
        h = c = [0.0] * UNITS
        for arriving in row.reshape(STEPS, CHANNELS):
            total += [sigmoid(summed(values, gate, unit, arriving, h)) for unit in range(UNITS)]
            h, c = BY_HAND[kind](values, arriving, h, c)
    np.testing.assert_allclose(found, total / (len(x) * STEPS), rtol=1e-12)
    assert network([Rnn(UNITS)]).layers[0].keeps(x) is None


@each_kind
def test_sums_beyond_all_numbers_close_a_gate(kind):
    """exp overflows in float32 from 89 on: a gate is then 0, and nothing is warned of."""
    made = network([KINDS[kind](UNITS)], dtype="float32")
    x = np.full((2, STEPS * CHANNELS), 1e6, np.float32)
    x[1] *= -1
    with np.errstate(all="raise", under="ignore"):
        found = made.predict(x)
        made.chain.forward(x, None)
    assert np.isfinite(found).all()


@each_kind
def test_no_row_at_all_and_a_last_batch_that_is_smaller(kind):
    made = network([KINDS[kind](UNITS, states=All()), Gru(3)])
    x = np.random.default_rng(3).normal(size=(9, STEPS * CHANNELS))
    y = np.zeros((9, 1))
    assert made.predict(x[:0]).shape == (0, 1)
    alone = []
    for _ in range(2):  # the second time, the arrays of more rows are there
        made.gradient(x[:2], y[:2], None, None)
        alone.append(made.grad.copy())
        made.gradient(x, y, None, None)
    np.testing.assert_array_equal(*alone)


MANY = (Rnn(5), Gru(4, dropout=0.2), Lstm(3, states=All()))


def many(dtype, members=None, rows=70, layers=MANY):
    """Return a network of all kinds, side by side if asked, and rows for it: several parts."""
    made = Network(chain_of(layers, (STEPS, CHANNELS), 1, OUTPUT), OUTPUT, dtype, members)
    made.initialize(np.random.default_rng(0), SmallRandom(0.9))
    generator = np.random.default_rng(1)
    x = generator.normal(size=(rows, STEPS * CHANNELS)).astype(dtype)
    return made, Rows(x, generator.normal(size=(rows, 1)).astype(dtype))


@pytest.mark.parametrize("members", [None, 3])
@pytest.mark.parametrize(
    ("dtype", "rtol", "layers"), [("float64", 1e-9, MANY[1:2]), ("float32", 2e-4, MANY)]
)
def test_compiled_steps_are_those_of_numpy(dtype, rtol, layers, members):
    """Every kind in float32; one in float64, whose tanh is another: each takes two kernels."""
    found = []
    for engine in ("numpy", "numba"):
        made, rows = many(dtype, members, layers=layers)
        training = BackPropagation(made, Sgd(0.05), generators(0), 2, 40, engine=engine)
        list(training.run(rows))
        assert (made.layers[0].compiled is not None) == (engine == "numba")
        assert training.is_compiled(len(rows.x))
        found.append(made.theta)
        assert made.theta.dtype == dtype
    np.testing.assert_allclose(*found, rtol=rtol, atol=rtol / 100)
    assert (found[0] != found[1]).any()  # another order of operations, so that both were at work


def test_what_is_compiled_of_a_layer_is_worth_it_in_a_long_training():
    made, _ = many("float32")
    assert refusal(made, Adam()) == ""
    short, long = (expected_seconds(made, 64, steps) for steps in (10, 10**6))
    assert short["numpy"] < short["numba"]
    assert long["numpy"] > long["numba"]


@pytest.mark.parametrize("compiled", [False, True])
def test_threads_change_no_bit(compiled):
    made, rows = many("float32", rows=200)
    if compiled:
        for layer in made.layers:
            layer.compile(made.theta.dtype)
    found = []
    for threads in (1, 3):
        before = use_threads(threads)
        made.gradient(rows.x, rows.y, None, np.random.default_rng(0))
        found.append((made.grad.copy(), made.predict(rows.x)))
        use_threads(before)
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_number_stays_none_in_compiled_steps():
    """A training that diverges is seen to: fast mathematics loses no NaN."""
    made, rows = many("float32")
    for layer in made.layers:
        layer.compile(made.theta.dtype)
    rows.x[3, 0] = np.nan
    z = made.chain.forward(rows.x, None)
    assert np.isnan(z[3]).all()
    assert np.isfinite(np.delete(z, 3, axis=0)).all()


@each_kind
def test_the_memory_that_a_step_takes_is_told_about(kind):
    made = network([KINDS[kind](50, states=All())], (20, 3))
    rows = 40
    made.gradient(np.zeros((rows, 60)), np.zeros((rows, 1)), None, None)
    (layer, _), taken = made.layers, 0
    for _, memory in layer.parts_of_rows:
        taken += memory.present.size + memory.sums.size + memory.kept.size + memory.states.size
    assert 0.6 * taken < layer.held * rows < 1.4 * taken


@each_kind
def test_a_schedule_lets_a_part_of_the_outputs_rest(kind):
    made = network([KINDS[kind](200, dropout=0.4)])
    x = np.ones((50, STEPS * CHANNELS))
    for factor, share in ((1.0, 0.4), (0.5, 0.2)):
        made.chain.scale_dropout(factor)
        made.chain.forward(x, np.random.default_rng(0))
        assert np.mean(made.layers[0].resting.mask == 0) == pytest.approx(share, abs=0.02)
