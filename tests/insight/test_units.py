"""Dead and saturated units, against a direct count of what each gives on each row."""

import numpy as np
import pytest
from scipy.special import expit, logit

from ann_cli.engine import activations
from ann_cli.engine.activations import Linear, Relu, Sigmoid, Tanh
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.layers.gru import Gru
from ann_cli.engine.layers.lstm import Lstm
from ann_cli.engine.layers.rnn import Rnn
from ann_cli.engine.losses import HalfSquaredError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.output import Output
from ann_cli.insight.units import QUANTILES, distributions, unit_shares

HIDDEN = [entry() for entry in activations.hidden().values()]
ROWS = 9_000  # three blocks, the last not full


def network(*hidden, units=20, dtype="float32", dropout=0.0):
    layers = [Dense(units, activation, dropout) for activation in hidden]
    output = Output(Linear(), HalfSquaredError())
    made = Network(chain_of(layers, (3,), 1, output), output, dtype)
    made.initialize(np.random.default_rng(0))
    return made


def rows(count=ROWS, dtype="float32"):
    return np.random.default_rng(1).normal(size=(count, 3)).astype(dtype)


def test_dead_units_are_those_that_give_0_on_every_row():
    made, x = network(Relu(), Relu()), rows()
    made.layers[0].bias[[2, 5, 11]] = -500
    made.layers[1].bias[[0, 19]] = -5000
    # Alive on one row of the last block only.
    made.layers[0].weights[:, 7], made.layers[0].bias[7] = [1, 0, 0], -90
    x[-1] = [100, 0, 0]
    first = np.maximum(x @ made.layers[0].weights + made.layers[0].bias, 0)
    second = np.maximum(first @ made.layers[1].weights + made.layers[1].bias, 0)
    found = unit_shares(made, [x])
    assert [np.flatnonzero(each.dead).tolist() for each in found.values()] == [
        [unit for unit in range(20) if not any(layer[:, unit] > 0)] for layer in (first, second)
    ]
    assert np.flatnonzero(found["0"].dead).tolist() == [2, 5, 11]
    assert {0, 19} <= set(np.flatnonzero(found["1"].dead))
    assert not any(each.saturated.any() for each in found.values())


@pytest.mark.parametrize(
    ("activation", "value", "low", "high"),
    [(Sigmoid(), expit, 0.01, 0.99), (Tanh(), np.tanh, -0.98, 0.98)],
    ids=["sigmoid", "tanh"],
)
def test_saturated_units_are_near_a_limit_on_19_of_20_rows(activation, value, low, high):
    made, x = network(activation), rows()
    made.layers[0].weights *= np.linspace(0.5, 500, 20)
    made.layers[0].bias[[0, 1]] = 40, -40
    a = value((x @ made.layers[0].weights + made.layers[0].bias).astype(np.float64))
    near = ((a < low) | (a > high)).mean(axis=0)
    assert np.abs(near - 0.95).min() > 1e-4  # none is so close that rounding decides
    (found,) = unit_shares(made, [x]).values()
    assert found.saturated.tolist() == (near >= 0.95).tolist()
    assert 2 < found.saturated.sum() < 20
    assert not found.dead.any()


@pytest.mark.parametrize(
    ("activation", "sums"),
    [
        (Sigmoid(), logit([0.0099, 0.0101, 0.9899, 0.9901])),
        (Tanh(), np.arctanh([-0.9801, -0.9799, 0.9799, 0.9801])),
    ],
    ids=["sigmoid", "tanh"],
)
def test_where_a_unit_counts_as_near_its_limit(activation, sums):
    made = network(activation, units=4)
    made.layers[0].weights[...], made.layers[0].bias[...] = 0, sums
    assert unit_shares(made, [rows()])["0"].saturated.tolist() == [True, False, False, True]


@pytest.mark.parametrize("activation", HIDDEN, ids=str)
def test_no_gradient_reaches_a_dead_unit_and_some_reaches_every_other(activation):
    made, x = network(activation, dtype="float64"), rows(200, "float64")
    made.layers[0].bias[:10] = np.linspace(-60, -1, 10)
    (found,) = unit_shares(made, [x]).values()
    made.gradient(x, np.ones((len(x), 1)), None, np.random.default_rng(2))
    gradient = np.abs(made.layers[0].weights_slope).sum(axis=0)
    assert (found.dead == (gradient == 0) & ~found.saturated).all()
    flat = activation.name in ("relu", "elu", "gelu")  # in float64, at a weighted sum of -50
    assert found.dead.any() == flat


def test_a_unit_at_0_that_can_learn_is_not_dead():
    made = network(Tanh())
    made.theta[:] = 0
    assert not unit_shares(made, [rows()])["0"].dead.any()


def test_dropout_plays_no_part():
    plain, dropping = (network(Relu(), dropout=share) for share in (0.0, 0.9))
    assert (
        unit_shares(plain, [rows()])["0"].dead == unit_shares(dropping, [rows()])["0"].dead
    ).all()


def test_distributions_are_numpys():
    made, x = network(Relu(), Tanh()), rows()
    first = np.maximum(x @ made.layers[0].weights + made.layers[0].bias, 0)
    second = np.tanh(first @ made.layers[1].weights + made.layers[1].bias)
    for found, a in zip(distributions(made, x).values(), (first, second), strict=False):
        assert found.mean == pytest.approx(a.mean(), rel=1e-5)
        assert found.standard_deviation == pytest.approx(a.std(), rel=1e-5)
        assert found.quantiles == pytest.approx(np.quantile(a, QUANTILES).tolist(), abs=1e-5)
        assert found.zero == pytest.approx((a == 0).mean())
    assert len(distributions(made, x)) == 3
    assert distributions(made, x)["0"].zero > 0.3


def by_hand(kind, values, x):
    """Return the states after each step, and what is near a limit, each rows × steps × units."""
    names = {"rnn": [""], "gru": ["reset_gate.", "update_gate."],
             "lstm": ["input_gate.", "forget_gate.", "output_gate.", "candidate."],
             }[kind]  # fmt: skip
    h = c = np.zeros((len(x), values[f"layers.0.{names[0]}bias"].size))
    states, near = [], []
    for now in x.swapaxes(0, 1).astype(np.float64):
        z = [
            now @ values[f"layers.0.{name}input_weights"]
            + h @ values[f"layers.0.{name}recurrent_weights"]
            + values[f"layers.0.{name}bias"]
            for name in names
        ]
        if kind == "rnn":
            h = np.tanh(z[0])
        elif kind == "gru":
            r, u = expit(z[0]), expit(z[1])
            of_state = h @ values["layers.0.candidate.recurrent_weights"]
            of_state = of_state + values["layers.0.candidate.recurrent_bias"]
            of_inputs = now @ values["layers.0.candidate.input_weights"]
            of_inputs = of_inputs + values["layers.0.candidate.bias"]
            h = u * h + (1 - u) * np.tanh(of_inputs + r * of_state)
        else:
            c = expit(z[1]) * c + expit(z[0]) * np.tanh(z[3])
            h = expit(z[2]) * np.tanh(c)
        states.append(h)
        near.append(np.tanh(c) if kind == "lstm" else h)
    return np.stack(states, 1), np.stack(near, 1)


# What holds a unit's state at 0, and what drives it to a limit.
SHUT = {"rnn": ("", 0.0), "gru": ("update_gate.", 30.0), "lstm": ("output_gate.", -30.0)}
WIDE = {"rnn": ("bias", 9.0), "gru": ("candidate.bias", 30.0), "lstm": ("candidate.bias", 30.0)}


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("entry", [Rnn(4), Gru(4), Lstm(4)], ids=lambda each: each.name)
def test_units_with_a_state_are_dead_at_0_and_saturated_at_a_limit(entry, compiled):
    kind, output = entry.name, Output(Linear(), HalfSquaredError())
    made = Network(chain_of([entry], (30, 3), 1, output), output, "float64")
    made.initialize(np.random.default_rng(0))
    values = made.views(made.stored)
    gate, bias = SHUT[kind]
    for weights in ("input_weights", "recurrent_weights"):
        values[f"layers.0.{gate}{weights}"][:, 1] = 0
    values[f"layers.0.{gate}bias"][1] = bias
    name, bias = WIDE[kind]
    values[f"layers.0.{name}"][2] = bias
    if kind == "gru":
        values["layers.0.candidate.recurrent_weights"][:, 2] = 0
        values["layers.0.update_gate.bias"][2] = -30
    if kind == "lstm":
        for each in ("input_gate.bias", "forget_gate.bias"):
            values[f"layers.0.{each}"][2] = 30
    if compiled:
        pytest.importorskip("numba")
        made.layers[0].compile(np.dtype("float64"))
    x = np.random.default_rng(1).normal(size=(90, 30 * 3))
    states, near = by_hand(kind, values, x.reshape(90, 30, 3))
    (found,) = unit_shares(made, [x]).values()
    dead = (np.abs(states) <= 0.01).all(axis=(0, 1))
    saturated = (np.abs(near[:, 15:]) >= 0.98).mean(axis=(0, 1)) >= 0.95
    assert dead.tolist() == [False, True, False, False]
    assert saturated.tolist() == [False, False, True, False]
    assert found.dead.tolist() == dead.tolist()
    assert found.saturated.tolist() == saturated.tolist()
    spread = distributions(made, x)["0"]
    assert spread.mean == pytest.approx(states.mean())
    assert spread.quantiles == pytest.approx(np.quantile(states, QUANTILES))
