"""What the compiled engine says no to, and entries of one's own that it compiles."""

from dataclasses import dataclass

import numpy as np
import pytest

from ann_cli.engine.activations import ACTIVATIONS, Sigmoid, Softmax, Tanh
from ann_cli.engine.compiled.refusal import refusal
from ann_cli.engine.compiled.steps import _key
from ann_cli.engine.layers import LAYERS
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.layers.dropout import Dropout
from ann_cli.engine.layers.normalize import Normalize, OverLayer
from ann_cli.engine.layers.residual import Residual
from ann_cli.engine.losses import LOSSES, CrossEntropy, HalfSquaredError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.optimizers import OPTIMIZERS, Adam, Momentum, Optimizer, Sgd
from ann_cli.engine.output import Output
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.schedules import Constant, FlatCos
from ann_cli.engine.settings import setting
from ann_cli.engine.trainers.back_propagation import BackPropagation

OUTSIDE = 2.0


class SlowTanh(Tanh):
    """A slope of its own on arrays."""

    name = "slow_tanh"

    def backward(self, delta, z, a, settings):
        return super().backward(delta, z, a, settings) * 0.5


class Clipped(Tanh):
    """A formula with a number from outside."""

    name = "clipped"

    @staticmethod
    def value(z):
        return np.minimum(z, OUTSIDE)


class Coupled(HalfSquaredError):  # noqa: N818
    """A loss whose outputs belong together."""

    name = "coupled"

    def rows(self, z, a, y):
        return super().rows(z, a, y) + 0.5 * (a - y).sum(axis=-1) ** 2

    def delta(self, activation, z, a, y, out):
        return super().delta(activation, z, a, y, out) + (a - y).sum(axis=-1, keepdims=True)


class Projected(Sgd):
    """A step that looks at the whole vector."""

    name = "projected"

    def step(self, theta, grad, state, step, rate):
        theta -= rate * grad / max(np.linalg.norm(grad), 1)


class Doubled(Adam):
    """adam whose steps in NumPy go twice as far."""

    name = "doubled"

    def move(self, theta, grad, state, numbers):
        for _ in range(2):
            super().move(theta, grad, state, numbers)


class Halved(Adam):
    """adam with another formula: half of each step."""

    name = "halved"

    @staticmethod
    def update(theta, grad, *others):
        moved, *state = Adam.update(theta, grad, *others)
        return (theta + moved) / 2, *state


@dataclass(frozen=True)
class Amsgrad(Optimizer):
    """adam with the greatest square so far: three arrays. Reddi et al. 2018."""

    name = "amsgrad"
    state = ("mean", "square", "greatest")
    beta1: float = setting(0.9, "how long past gradients count", ge=0, lt=1)
    beta2: float = setting(0.99, "how long past squared gradients count", ge=0, lt=1)

    @staticmethod
    def update(theta, grad, mean, square, greatest, learning_rate, beta1, beta2):
        mean = beta1 * mean + (1.0 - beta1) * grad
        square = beta2 * square + (1.0 - beta2) * grad * grad
        greatest = np.maximum(greatest, square)
        step = learning_rate * mean / (np.sqrt(greatest) + 1e-8)
        return theta - step, mean, square, greatest


def network(layers=None, output=None, loss=None, seed=0):
    pair = Output(output or Sigmoid(), loss or HalfSquaredError())
    made = Network(chain_of([Dense(4, Tanh())] if layers is None else layers, (3,), 2, pair), pair)
    made.initialize(np.random.default_rng(seed))
    return made


REFUSED = {
    "residual": ({"layers": [Dense(3), Residual((Dense(3),))]}, None, "layer 2 is a residual"),
    "dropout": ({"layers": [Dropout(0.1)]}, None, "layer 1 is a dropout layer"),
    "decay": ({"layers": [Dense(3, weight_decay=0.0)]}, None, "layer 1 has a weight_decay of its"),
    "normalize": ({"layers": [Normalize(OverLayer())]}, None, "layer 1 is a normalize layer"),
    "activation": ({"layers": [Dense(3, SlowTanh())]}, None, "slow_tanh has a way of its own"),
    "formula": ({"layers": [Dense(3, Clipped())]}, None, "the formula of clipped uses OUTSIDE"),
    "loss": ({"loss": Coupled()}, None, "coupled has a way of its own to compute on arrays (rows)"),
    "moves": ({}, Doubled(), "doubled has a way of its own to compute on arrays (move)"),
    "optimizer": ({}, Projected(), "projected has a way of its own to compute on arrays (step)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_be_compiled_as_something_else_is_refused(case):
    parts, optimizer, reason = REFUSED[case]
    assert refusal(network(**parts), optimizer or Sgd()).startswith(reason)


def test_dropout_that_changes_is_refused_where_there_is_any():
    resting = network([Dense(3), Dense(4, Tanh(), 0.2)])
    reason = "the dropout of layer 2 follows a schedule"
    assert refusal(resting, Sgd(), FlatCos()) == reason
    assert refusal(resting, Sgd(), Constant()) == refusal(network(), Sgd(), FlatCos()) == ""


def test_the_tables_are_compiled():
    for activation in ACTIVATIONS.values():
        if not activation.not_hidden:
            assert refusal(network([Dense(3, activation())]), Sgd()) == ""
    for loss in LOSSES.values():
        for output in loss.outputs:
            why = refusal(network(output=ACTIVATIONS[output](), loss=loss()), Sgd())
            # Of several choices the slopes by softmax are (sum · prediction − actual).
            assert ("(delta)" in why) if loss.name == "multinomial" else why == ""
    for optimizer in OPTIMIZERS.values():
        assert refusal(network(), optimizer()) == ""
    compiled = [kind for kind in LAYERS.values() if kind is Dense]
    assert len(compiled) == 1


def test_an_optimizer_of_three_arrays_is_compiled():
    generator = np.random.default_rng(1)
    rows = Rows(generator.normal(size=(90, 3)), generator.random((90, 2)))
    rows = Rows(rows.x.astype("float32"), rows.y.astype("float32"))
    found = []
    for engine in ("numpy", "numba"):
        made = network()
        assert refusal(made, Amsgrad()) == ""
        training = BackPropagation(made, Amsgrad(0.01), generators(0), 3, 8, engine=engine)
        list(training.run(rows))
        found.append(np.concatenate([made.theta, training.state.ravel()]))
    np.testing.assert_allclose(*found, rtol=2e-3, atol=1e-6)


def key(made, optimizer):
    return _key(BackPropagation(made, optimizer, generators(0), 1, engine="numpy"), 1)


def test_kept_code_is_known_by_the_formulas():
    """A formula of another file, or one that was changed, is another code; a setting is not."""

    class Bent(Tanh):
        @staticmethod
        def value(z):
            return 1.5 * np.tanh(z)

    class Shifted(Momentum):
        @staticmethod
        def update(theta, grad, velocity, learning_rate, momentum):
            velocity = momentum * velocity - learning_rate * grad
            return theta + 2.0 * velocity, velocity

    known = key(network(), Momentum())
    assert key(network(seed=1), Momentum(0.5, 0.2)) == known
    others = [
        key(network([Dense(4, Bent())]), Momentum()),
        key(network([Dense(5, Tanh())]), Momentum()),
        key(network(), Shifted()),
        key(network(), Sgd()),
        key(network(output=Softmax()), Momentum()),
        key(network(loss=CrossEntropy()), Momentum()),
    ]
    assert len({known, *others}) == 1 + len(others)


def test_a_formula_of_its_own_is_used_on_arrays():
    steps = []
    for optimizer in (Adam(0.1), Halved(0.1)):
        theta, grad = np.zeros(5), np.arange(5.0)
        optimizer.step(theta, grad, optimizer.new_state(theta), 1, 0.1)
        steps.append(theta)
    np.testing.assert_allclose(steps[1], steps[0] / 2)
