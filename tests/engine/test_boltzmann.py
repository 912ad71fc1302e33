"""Boltzmann machines beside their partition function, summed by hand over all states."""

from itertools import product

import numpy as np
import pytest

from ann_cli.engine.boltzmann import VISIBLES, BoltzmannMachine, VisibleUnits
from ann_cli.engine.boltzmann.chains import Chains
from ann_cli.engine.boltzmann.greedy import Greedy
from ann_cli.engine.boltzmann.learning import Learning
from ann_cli.engine.boltzmann.measures import pseudo_likelihood
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.contrastive_divergence import ContrastiveDivergence

BINARY = VISIBLES["binary"]


def states_of(*sizes):
    """Return every state of layers of so many units that are 0 or 1, a list of layers."""
    found = np.array(list(product([0.0, 1.0], repeat=sum(sizes))))
    return np.split(found, np.cumsum(sizes)[:-1], axis=1)


def energy(machine, states):
    """Return the energy of each state, term by term as the paper has it."""
    found = -sum(state @ bias for state, bias in zip(states, machine.biases, strict=True))
    for number, weights in enumerate(machine.weights):
        for i, j in np.ndindex(weights.shape):
            found = found - states[number][:, i] * weights[i, j] * states[number + 1][:, j]
    return found


def machine_of(visible, *units, seed=0, steps=500):
    machine = BoltzmannMachine(VisibleUnits(BINARY, visible), units, "float64", steps)
    machine.stored[:] = np.random.default_rng(seed).normal(0, 0.8, machine.stored.size)
    return machine


def log_partition(machine):
    return np.log(np.exp(-energy(machine, states_of(machine.inputs, *machine.units))).sum())


def log_likelihood(machine, x):
    """Return ln p of each row, all hidden states summed by hand."""
    hidden = states_of(*machine.units)
    found = [
        np.log(np.exp(-energy(machine, [np.tile(row, (len(hidden[0]), 1)), *hidden])).sum())
        for row in x
    ]
    return np.array(found) - log_partition(machine)


def slopes(machine, positive, x):
    """Return the step that learning takes from exact means of a machine's own states."""
    states = states_of(machine.inputs, *machine.units)
    own = np.exp(-energy(machine, states) - log_partition(machine))
    joined = [np.vstack(pair) for pair in zip(states, positive, strict=True)]
    before = machine.stored.copy()
    learning = Learning(machine.stack, 0, len(joined[0]))
    learning.move(joined, np.concatenate([-own, np.full(len(x), 1 / len(x))]))
    found = machine.stored - before
    machine.stored[:] = before
    return found


def differences(machine, value, step=1e-6):
    found = np.empty(machine.stored.size)
    for number in range(len(found)):
        before = machine.stored[number]
        machine.stored[number] = before + step
        above = value()
        machine.stored[number] = before - step
        found[number] = (above - value()) / (2 * step)
        machine.stored[number] = before
    return found


X = np.array([[1, 0, 0, 1], [1, 1, 0, 1], [0, 0, 1, 0]], float)


def test_the_gradient_is_that_of_the_likelihood():
    machine = machine_of(4, 3)
    exact = differences(machine, lambda: log_likelihood(machine, X).mean())
    assert slopes(machine, machine.inferred(X), X) == pytest.approx(exact, abs=1e-8)


def test_a_deep_machine_follows_its_bound():
    """The likelihood less what the mean field falls short of it (2009, section 3)."""
    machine = machine_of(4, 3, 2)

    def bound():
        return -machine.free_energy(X).mean() - log_partition(machine)

    assert bound() <= log_likelihood(machine, X).mean()
    exact = differences(machine, bound)
    assert slopes(machine, machine.inferred(X), X) == pytest.approx(exact, abs=1e-4)


def test_the_free_energy_of_one_layer_is_exact():
    machine = machine_of(4, 3)
    expected = -log_likelihood(machine, X) - log_partition(machine)
    assert machine.free_energy(X) == pytest.approx(expected)


def test_pseudo_likelihood_is_that_of_each_value_given_the_others():
    machine = machine_of(4, 3)
    rows = np.tile(X, (4, 1))
    flipped = rows.copy()
    for number, row in enumerate(flipped):
        row[number % 4] = 1 - row[number % 4]
    as_it_is, other = log_likelihood(machine, rows), log_likelihood(machine, flipped)
    expected = (as_it_is - np.logaddexp(as_it_is, other)).mean()
    assert pseudo_likelihood(machine.stack, rows) == pytest.approx(expected)


@pytest.mark.parametrize("units", [(3,), (3, 2), (3, 2, 2)])
def test_chains_draw_each_state_as_often_as_it_is_likely(units):
    machine = machine_of(3, *units, seed=1)
    states = states_of(machine.inputs, *machine.units)
    expected = np.exp(-energy(machine, states) - log_partition(machine))
    generator, chains = np.random.default_rng(0), Chains(machine.stack, 4_000)
    chains.begin([np.full((1, size), 0.5) for size in (3, *units)], generator)
    found = np.zeros(len(expected))
    for sweep in range(60):
        chains.sweep(machine.stack, generator)
        if sweep >= 20:
            bits = np.hstack(chains.states) @ 2.0 ** np.arange(3 + sum(units))[::-1]
            found += np.bincount(bits.astype(int), minlength=len(expected))
    # Draws that were independent would be about 0.8 √(states / draws) apart.
    apart = np.abs(found / found.sum() - expected).sum()
    assert apart < 1.2 * np.sqrt(len(expected) / found.sum())


def test_a_gaussian_machine_has_the_density_of_its_mixture():
    """All hidden states summed by hand: a mixture of normal distributions."""
    machine = BoltzmannMachine(VisibleUnits(VISIBLES["gaussian"], 2), (3,), "float64")
    machine.stored[:] = np.random.default_rng(0).normal(0, 0.7, machine.stored.size)
    b, c, w = *machine.biases, machine.weights[0]
    machine.variance[:] = variance = np.array([0.3, 0.7])
    x = np.random.default_rng(1).normal(size=(5, 2))
    (hidden,) = states_of(3)
    terms = [
        np.exp(
            -(((row - b) ** 2) / (2 * variance)).sum()
            + hidden @ c
            + hidden @ w.T @ (row / variance)
        )
        for row in x
    ]
    assert machine.free_energy(x) == pytest.approx([-np.log(each.sum()) for each in terms])
    # Rows less other rows, which stand for those that the machine draws.
    shares = np.array([0.5, 0.5, -0.5, -0.25, -0.25])
    change = differences(machine, lambda: -shares @ machine.free_energy(x))
    before = machine.stored.copy()
    Learning(machine.stack, len(x), 0).move(machine.inferred(x), shares)
    found, expected = machine.views(machine.stored - before), machine.views(change)
    scale = {"layers.0.weights": variance[:, None], "layers.0.visible_bias": variance}
    for name, own in expected.items():
        if name != "layers.0.visible_variance":
            assert found[name] == pytest.approx(own * scale.get(name, 1), abs=1e-6), name


def training(machine, epochs=3, **settings):
    settings = {"batch_size": 10, "chains": 10, "pretraining_epochs": 2, **settings}
    return ContrastiveDivergence(machine, generators(0), epochs, **settings)


@pytest.mark.parametrize("units", [(6,), (6, 4), (6, 4, 3)])
def test_a_training_goes_on_to_the_byte(units):
    x = (np.random.default_rng(0).random((64, 8)) < 0.3).astype("float32")
    rows = Rows(x, x)

    def new():
        machine = BoltzmannMachine(VisibleUnits(BINARY, 8), units)
        machine.initialize(np.random.default_rng(1))
        return machine

    whole = new()
    list(training(whole).run(rows))
    for stop in range(1, training(new()).planned[0]):
        first = new()
        begun = training(first)
        for epoch in begun.run(rows):
            if epoch.number == stop:
                break
        second = new()
        rest = training(second)
        rest.state[...], second.stored[...] = begun.state, first.stored
        rest.go_on_from(begun.position())
        assert [epoch.number for epoch in rest.run(rows)][0] == stop + 1  # noqa: RUF015, runs them all
        assert (second.stored == whole.stored).all(), stop


def test_a_pair_of_a_deep_machine_counts_what_it_is_told_twice():
    machine = machine_of(4, 3, 2)
    machine.biases[1][...] = 0
    lowest, top = (Greedy(machine, 1).stack(stage) for stage in (1, 2))
    x, h = X, np.array([[1.0, 0, 1]])
    w1, w2 = machine.weights
    assert lowest.upward(x)[1] == pytest.approx(1 / (1 + np.exp(-2 * x @ w1)))
    assert lowest.lowest([x, h]) == pytest.approx(1 / (1 + np.exp(-h @ w1.T - machine.biases[0])))
    assert top.lowest([h, np.ones((1, 2))]) == pytest.approx(
        1 / (1 + np.exp(-2 * w2.sum(axis=1)))[None]
    )
    assert top.upward(h)[1] == pytest.approx(1 / (1 + np.exp(-h @ w2 - machine.biases[2])))


class StoppedError(Exception):
    """A training was asked to end between two blocks."""


class Interrupted:
    """Rows whose passes in a drawn order end after so many blocks."""

    def __init__(self, rows, blocks):
        self.rows, self.left = rows, blocks

    def __len__(self):
        return len(self.rows)

    def blocks(self, size, generator):
        for block in self.rows.blocks(size, generator):
            if generator is not None and not self.left:
                raise StoppedError
            yield block
            self.left -= generator is not None


@pytest.mark.parametrize("units", [(6,), (6, 4)])
def test_a_training_goes_on_within_an_epoch(units, monkeypatch):
    monkeypatch.setattr("ann_cli.engine.trainers.contrastive_divergence.MOST_ROWS", 20)
    x = (np.random.default_rng(0).random((64, 8)) < 0.3).astype("float32")
    rows = Rows(x, x)

    def new():
        return training(BoltzmannMachine(VisibleUnits(BINARY, 8), units))

    whole = new()
    list(whole.run(rows))
    for blocks in (2, 6, 9):  # of four an epoch
        begun, rest = new(), new()
        with pytest.raises(StoppedError):
            list(begun.run(Interrupted(rows, blocks)))
        assert begun.position()["blocks"] == blocks % 4
        rest.state[...], rest.network.stored[...] = begun.state, begun.network.stored
        rest.go_on_from(begun.position())
        list(rest.run(rows))
        assert (rest.network.stored == whole.network.stored).all(), blocks
