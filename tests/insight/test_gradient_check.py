"""The gradient check finds what is wrong, and nothing wrong where all is right."""

import numpy as np
import pytest

from ann_cli.engine import activations
from ann_cli.engine.activations import ACTIVATIONS, Linear, Relu, Tanh
from ann_cli.engine.initializers import Zeros
from ann_cli.engine.layers.dense import Dense, SumsLayer
from ann_cli.engine.losses import LOSSES, HalfSquaredError, MeanAbsoluteError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.output import Output
from ann_cli.engine.rows import Rows
from ann_cli.errors import DivergedError
from ann_cli.insight.gradient_check import MOVES, check_gradients

HIDDEN = [entry() for entry in activations.hidden().values()]
PAIRS = [(entry(), output) for entry in LOSSES.values() for output in entry.outputs]


def example(hidden, loss, output, *, rows=50, dropout=0.0, sizes=(3, 6, 5, 2), initializer=None):
    """Return an initialized network in float32, as training has it, and rows for it."""
    generator = np.random.default_rng(0)
    layers = [Dense(units, hidden, dropout) for units in sizes[1:-1]]
    pair = Output(output, loss)
    network = Network(chain_of(layers, sizes[:1], sizes[-1], pair), pair)
    network.initialize(generator, initializer)
    y = generator.normal(size=(rows, sizes[-1]))
    if "category" in loss.kinds:
        y = np.eye(sizes[-1])[generator.integers(0, sizes[-1], rows)]
    x = generator.normal(size=(rows, sizes[0]))
    weight = generator.uniform(0, 2, rows)
    return network, Rows(*(each.astype("float32") for each in (x, y, weight)))


@pytest.mark.parametrize(
    ("hidden", "loss", "output", "dropout"),
    # All combinations stand in engine/test_backprop.py; here each entry is checked once.
    [(each, HalfSquaredError(), "linear", 0.0) for each in HIDDEN]
    + [(Tanh(), *pair, 0.0) for pair in PAIRS]
    + [(each, HalfSquaredError(), "linear", 0.4) for each in HIDDEN[:3]],
    ids=str,
)
def test_every_entry_is_right(hidden, loss, output, dropout):
    network, rows = example(hidden, loss, ACTIVATIONS[output](), dropout=dropout)
    theta = network.theta.copy()
    checks = check_gradients(network, rows).values()
    assert all(each.agrees for each in checks), checks
    assert all(each.relative_error < 1e-5 for each in checks), checks
    assert [each.parameters for each in checks] == [4 * 6, 7 * 5, 6 * 2]
    assert [each.checked for each in checks] == [4 * 6, 7 * 5, 6 * 2]
    assert (network.theta == theta).all()


@pytest.mark.parametrize("hidden", [each for each in HIDDEN if each.name != "linear"], ids=str)
def test_a_slope_that_is_off_by_a_thousandth_is_found(hidden, monkeypatch):
    network, rows = example(hidden, HalfSquaredError(), Linear())
    right = type(hidden).derivative
    monkeypatch.setattr(
        type(hidden), "derivative", staticmethod(lambda *given: 1.001 * right(*given))
    )
    first, second, output = check_gradients(network, rows).values()
    assert not first.agrees
    assert not second.agrees
    assert output.agrees  # its own slope is not broken
    assert first.relative_error == pytest.approx(1e-3, rel=0.01)  # two layers' error, over twice
    assert second.relative_error == pytest.approx(5e-4, rel=0.01)
    assert first.at_kinks == second.at_kinks == 0


@pytest.mark.parametrize("loss", [each for each, output in PAIRS if output == "sigmoid"], ids=str)
def test_a_losss_slope_that_is_wrong_is_found(loss, monkeypatch):
    network, rows = example(Tanh(), loss, ACTIVATIONS["sigmoid"]())
    right = network.loss.delta

    def wrong(*given):
        delta = right(*given)
        delta[:] *= 1.001
        return delta

    monkeypatch.setattr(type(network.loss), "delta", lambda self, *given: wrong(*given))
    assert not any(each.agrees for each in check_gradients(network, rows).values())


def test_one_wrong_weight_among_many_is_found(monkeypatch):
    network, rows = example(Tanh(), HalfSquaredError(), Linear())
    right = SumsLayer.backward

    def backward(layer, slope, wanted=True):
        found = right(layer, slope, wanted)
        if layer.units == 6:
            layer.weights_slope[1, 2] *= 1.01
        return found

    monkeypatch.setattr(SumsLayer, "backward", backward)
    found = check_gradients(network, rows)
    assert {place: each.agrees for place, each in found.items()} == {
        "0": False,
        "1": True,
        "2": True,
    }


def test_kinks_within_reach_do_no_harm():
    """Each unit has a row whose weighted sum is a small part of a move away from 0."""
    network, rows = example(Relu(), HalfSquaredError(), Linear(), rows=20, sizes=(3, 6, 1))
    for unit in range(6):
        z = rows.x[unit].astype(np.float64) @ network.layers[0].weights[:, unit].astype(float)
        network.layers[0].bias[unit] = -z
    exact = rows.x.astype(np.float64) @ network.layers[0].weights + network.layers[0].bias
    assert (np.abs(exact).min(axis=0) < MOVES[1]).all()
    hidden, output = check_gradients(network, rows).values()
    assert hidden.agrees
    assert output.agrees


def test_what_lies_on_a_kink_counts_apart():
    network, rows = example(Relu(), MeanAbsoluteError(), Linear(), sizes=(3, 6, 1))
    network.layers[0].weights[:, :2] = 0  # these units' weighted sums are 0 on every row
    network.layers[1].weights[:] = 0.3
    hidden, output = check_gradients(network, rows).values()
    assert hidden.at_kinks == 2 * 4
    assert hidden.agrees
    assert output.agrees
    assert output.at_kinks == 0


def test_all_zeros_have_no_slope_and_no_error():
    network, rows = example(Tanh(), HalfSquaredError(), Linear(), initializer=Zeros())
    checks = list(check_gradients(network, rows).values())
    assert [each.relative_error for each in checks[:2]] == [0, 0]
    assert all(each.agrees for each in checks)


def test_large_layers_are_sampled_by_the_seed(monkeypatch):
    monkeypatch.setattr("ann_cli.insight.gradient_check.SAMPLE", 10)
    network, rows = example(Tanh(), HalfSquaredError(), Linear())
    checks = check_gradients(network, rows)
    assert [each.checked for each in checks.values()] == [10, 10, 10]
    assert check_gradients(network, rows) == checks
    assert check_gradients(network, rows, seed=1) != checks


def test_much_work_leaves_few_moves_of_each_layer(monkeypatch):
    monkeypatch.setattr("ann_cli.insight.gradient_check.WORK", 0)
    network, rows = example(Tanh(), HalfSquaredError(), Linear())
    checks = check_gradients(network, rows).values()
    assert [each.checked for each in checks] == [20, 20, 6 * 2]
    assert all(each.agrees for each in checks)


@pytest.mark.parametrize("factor", [1e-3, 1e3])
@pytest.mark.parametrize("hidden", [Tanh(), Relu()], ids=str)
def test_data_in_other_units(hidden, factor):
    network, rows = example(hidden, HalfSquaredError(), Linear())
    scaled = Rows(rows.x * np.float32(factor), rows.y * np.float32(factor))
    assert all(each.agrees for each in check_gradients(network, scaled).values())


def test_a_loss_that_is_no_number_is_told():
    network, rows = example(Relu(), HalfSquaredError(), Linear())
    rows.x[:] = np.inf
    with pytest.raises(DivergedError, match="not a finite number"):
        check_gradients(network, rows)
