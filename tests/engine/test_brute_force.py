"""Brute force against the loops it stands for, and against least squares."""

from decimal import Decimal
from itertools import product
from math import log10

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ann_cli.engine.activations import Linear, Relu, Sigmoid, Softmax, Tanh
from ann_cli.engine.losses import CrossEntropy, HalfSquaredError, Huber
from ann_cli.engine.network import PREDICTED_ROWS
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.brute_force import RECORDED, BruteForce, Search, _duration, _power
from ann_cli.errors import ConfigError, DivergedError


def rows_for(network, rows=30, weighted=False):
    generator = np.random.default_rng(1)
    x = generator.normal(size=(rows, network.inputs))
    y = generator.normal(size=(rows, 1))
    if network.outputs > 1:
        y = np.eye(network.outputs)[generator.integers(network.outputs, size=rows)]
    elif network.output.activation.name == "sigmoid":
        y = (y > 0).astype(float)
    return Rows(x, y, generator.uniform(0, 2, rows) if weighted else None)


NETWORKS = [
    # units of each layer; hidden activation, output activation, loss
    ([2, 1], Tanh(), Linear(), HalfSquaredError()),
    ([1, 2, 1], Tanh(), Linear(), Huber()),
    ([1, 1, 1, 1], Relu(), Sigmoid(), CrossEntropy()),
    ([1, 3], Tanh(), Softmax(), CrossEntropy()),
]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("rows", [30, PREDICTED_ROWS + 7])
@pytest.mark.parametrize("case", NETWORKS, ids=lambda case: "-".join(map(str, case[0])))
def test_every_combination_is_tried_and_costs_what_the_network_says(build, case, rows, weighted):
    sizes, hidden, output, loss = case
    network = build(sizes, hidden, output, loss)
    data = rows_for(network, rows, weighted)
    search = Search(network, BruteForce(values=(-1, 1.5), points=2))
    trials = [record for epoch in search.run(data) for record in epoch.records]
    assert [each["epoch"] for each in trials] == list(range(1, search.trials + 1))
    values = np.array([[each[name] for name in search.names] for each in trials])
    losses = np.array([each["loss"] for each in trials])
    assert values.tolist() == [list(each) for each in product([-1, 1.5], repeat=search.parameters)]
    assert search.trials == len(values) == 2 ** len(search.names)
    kept = network.theta.copy()
    for theta, found in zip(values, losses, strict=True):
        network.theta[...] = theta
        expected = np.average(network.evaluate(data.x, data.y)[1], weights=data.weight)
        weight = 1 if data.weight is None else data.weight.mean()
        assert found == pytest.approx(expected * weight, rel=1e-12)
    assert kept.tolist() == values[losses.argmin()].tolist()


@pytest.mark.parametrize("seed", range(4))
def test_the_minimum_on_a_convex_problem_is_that_of_least_squares(build, seed):
    generator = np.random.default_rng(seed)
    grid = np.linspace(-1, 1, 41)
    weights, bias = generator.choice(grid, 2), generator.choice(grid)
    x = generator.normal(size=(20, 2))
    network = build([2, 1])
    search = Search(network, BruteForce())
    # 41³ trials: the true line lies on the grid, so that it is found exactly.
    for _ in search.run(Rows(x, (x @ weights + bias)[:, np.newaxis])):
        pass
    np.testing.assert_allclose(network.theta, [*weights, bias], atol=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_one_weight_is_the_grids_nearest_to_least_squares(build, seed):
    generator = np.random.default_rng(seed)
    x, y = generator.normal(size=(20, 1)), generator.normal(size=(20, 1))
    network = build([1, 1])
    for _ in Search(network, BruteForce(values=(-2, 2), points=31, biases=False)).run(Rows(x, y)):
        pass
    (solution,) = np.linalg.lstsq(x, y)[0].ravel()
    grid = np.linspace(-2, 2, 31)
    # The loss is a parabola around the solution: the nearest point of the grid is the lowest.
    assert network.theta[0] == pytest.approx(grid[np.abs(grid - solution).argmin()], abs=1e-9)
    assert network.theta[1] == 0


def test_the_best_so_far_only_falls(build):
    network = build([2, 1])
    data = rows_for(network)
    lowest = np.inf
    search = Search(network, BruteForce(points=31))
    assert search.trials > RECORDED  # so that only those are told that were the best so far
    for epoch in search.run(data):
        for record in epoch.records:
            assert record["loss"] < lowest
            lowest = record["loss"]
        assert epoch.loss == epoch.best["loss"] == lowest


def test_what_cannot_end_is_refused_with_the_trials_counted(build):
    network = build([4, 2, 1, 1], dtype="float32")
    assert network.theta.size == 15
    search = Search(network, BruteForce())
    with pytest.raises(ConfigError) as caught:
        search.check(rows_for(network), "file:3: optimizer")
    (problem,) = caught.value.problems
    assert problem.place == "file:3: optimizer"
    assert problem.message.startswith("15 weights and biases at 41 points: 1.6e24 trials, ")
    assert problem.message.endswith(" years at the measured speed: the curse of dimensionality")
    assert f"{Decimal(41) ** 15:.1e}" == "1.6e+24"
    assert "use optimizer: sgd" in problem.remedy


def test_a_network_of_any_size_is_refused_at_once(build):
    network = build([200, 300, 1], dtype="float32")
    with pytest.raises(ConfigError, match=r"60,300 weights at 1,000,000 points: 1\.0e361800"):
        Search(network, BruteForce(points=10**6, biases=False)).check(rows_for(network, 3))


def test_what_ends_soon_is_not_refused(build):
    network = build([1, 1])
    Search(network, BruteForce()).check(rows_for(network))


def test_no_finite_loss_is_told(build):
    network = build([1, 1], dtype="float32")
    data = Rows(np.full((3, 1), 1e20, "float32"), np.zeros((3, 1), "float32"))
    with pytest.raises(DivergedError, match="no trial has a finite loss"):
        list(Search(network, BruteForce(values=(1e5, 1e6), points=3)).run(data))


def test_names_are_the_arrays_of_the_weights_file(build):
    names = Search(build([2, 1, 2]), BruteForce()).names
    assert names[:4] == [
        "layers.0.weights.0.0",
        "layers.0.weights.1.0",
        "layers.1.weights.0.0",
        "layers.1.weights.0.1",
    ]
    assert names[4:] == ["layers.0.bias.0", "layers.1.bias.0", "layers.1.bias.1"]


@given(st.integers(1, 10**30))
def test_a_power_is_the_number(number):
    shown = Decimal(_power(log10(number)).replace(",", ""))
    assert float(shown) == pytest.approx(number, rel=0.06, abs=0.5)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (720, "12 minutes"),
        (3 * 3600, "3 hours"),
        (5 * 86400, "5 days"),
        (3e9, "95 years"),
        (31_557_600 * 8e13, "8e13 years"),
        (31_557_600 * 9.7e13, "1e14 years"),
    ],
)
def test_a_duration_is_in_the_largest_unit_that_fits(seconds, shown):
    assert _duration(log10(seconds)) == shown
