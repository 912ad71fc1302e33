"""What each epoch tells of units and gradients: against direct counts and central differences."""

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.config.read import load
from ann_cli.engine.activations import Linear, Relu, Tanh, hidden
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.losses import HalfSquaredError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.output import Output
from ann_cli.engine.rows import Rows
from ann_cli.insight import diagnosis
from ann_cli.insight.diagnosis import MANY, SAMPLE, Diagnosis, warnings
from ann_cli.run import begin


def network(*hidden, dropout=0.0):
    layers = [Dense(8, activation, dropout) for activation in hidden]
    output = Output(Linear(), HalfSquaredError())
    made = Network(chain_of(layers, (3,), 1, output), output, "float64")
    made.initialize(np.random.default_rng(0))
    return made


def rows(count=500):
    generator = np.random.default_rng(1)
    return Rows(generator.normal(size=(count, 3)), generator.normal(size=(count, 1)))


@pytest.fixture
def config(tmp_path):
    """A config of few rows, with what draws at random in training."""
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(300, 3)), columns=["a", "b", "c"])
    frame["price"] = 100 + 10 * frame["a"] * frame["b"] + generator.normal(0, 1, 300)
    frame.to_csv(tmp_path / "data.csv", index=False)
    return {
        "data": {"file": str(tmp_path / "data.csv"), "target": "price"},
        "layers": [{"units": 16, "activation": "relu"}],
        "epochs": 12,
        "save_to": str(tmp_path / "run"),
    }


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_the_gradient_is_that_of_the_mean_loss_without_dropout(dropout):
    made, given = network(Tanh(), Tanh(), dropout=dropout), rows()
    found = Diagnosis(made, given).measures()
    slopes, theta = np.zeros_like(made.theta), made.theta
    for at in range(theta.size):
        before, losses = theta[at], []
        for shift in (1e-5, -1e-5):
            theta[at] = before + shift
            losses.append(made.evaluate(given.x[:SAMPLE], given.y[:SAMPLE])[1].mean())
        theta[at] = before
        slopes[at] = (losses[0] - losses[1]) / 2e-5
    names = ["layer_1_gradient", "layer_2_gradient", "output_gradient"]
    for place, name in enumerate(names):
        parts = made.views(slopes, str(place)).values()
        expected = np.sqrt(sum(np.square(each).sum() for each in parts))
        assert found[name] == pytest.approx(expected, rel=1e-6)


def test_dead_and_saturated_units_are_counted():
    made = network(Relu(), Tanh())
    made.layers[0].bias[[0, 3, 4]] = -500
    made.layers[1].bias[[1, 2]] = 40
    found = Diagnosis(made, rows()).measures()
    assert (found["layer_1_dead"], found["layer_2_dead"]) == (3 / 8, 0)
    assert (found["layer_1_saturated"], found["layer_2_saturated"]) == (0, 2 / 8)


@pytest.mark.parametrize("activation", ["relu", "randomized_relu"])
def test_looking_does_not_change_the_training(config, activation):
    layer = {"units": 16, "activation": activation, "dropout": 0.3}
    config = config | {"layers": [layer, layer], "gradient_clip": 1.0}
    looked_at = ann_cli.train(config)
    assert "layer_2_dead" in looked_at.history[0]
    alone = begin(load(config), dry=True)
    assert not any("layer_2_dead" in record for record in alone.epochs())
    assert looked_at.model.network.theta.tobytes() == alone.model.network.theta.tobytes()


def layers(*activations):
    return [{"units": 16, "activation": each} for each in activations]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ()),
        (
            {"optimizer": {"name": "sgd", "learning_rate": 4}, "gradient_clip": 3.0},
            ("layer 1: ", "fire on no training row", "learning rate below 4"),
        ),
        (
            {"layers": layers("tanh"), "optimizer": {"name": "sgd", "learning_rate": 30},
             "gradient_clip": 3.0},
            ("layer 1: ", "saturated", "learning rate below 30"),
        ),
        (
            {"layers": layers(*["sigmoid"] * 6), "optimizer": "sgd"},
            ("layer 1 hardly learns",),
        ),
    ],
    ids=["healthy", "dead", "saturated", "vanishing"],
)  # fmt: skip
def test_what_is_said_when_training_ends(config, changes, said):
    found = ann_cli.train(config | changes).metrics["warnings"]
    assert len(found) == bool(said)
    for part in said:
        assert part in found[0]


def test_since_when_is_told_from_the_last_stretch_and_counted_on_all_rows(config):
    run = ann_cli.train(config | {"epochs": 1})
    run.model.network.layers[0].bias[:12] = -500
    given = begin(load(config), dry=True).data_set.training
    history = [
        run.history[0] | {"epoch": number, "layer_1_dead": share}
        for number, share in enumerate([0.5, MANY - 0.01, MANY, 1, 0.9], start=1)
    ]
    history.insert(3, {"epoch": 3.5})  # not looked at: of it nothing is known
    history.insert(2, {"epoch": 2.5})
    (said,) = warnings(run.model, history, given)
    assert said.startswith("layer 1: 75% of units fire on no training row (many since epoch 3)")
    # Nor does it matter that the few rows say less than all do.
    few = [history[-1] | {"layer_1_dead": MANY - 0.01, "layer_1_saturated": MANY}]
    (said,) = warnings(run.model, few, given)
    assert said.startswith("layer 1: 75% of units fire on no training row (many since epoch 5)")
    # Not where the few rows were wrong: on all of them the units fire.
    run.model.network.layers[0].bias[:] = 500
    assert warnings(run.model, history, given) == ()


def test_of_many_rows_blocks_are_counted_and_said_to_be(config, monkeypatch):
    monkeypatch.setattr(diagnosis, "PREDICTED_ROWS", 16)
    monkeypatch.setattr(diagnosis, "COUNTED", 100)  # of 240 rows, every third of 15 blocks
    run = ann_cli.train(config | {"epochs": 1})
    run.model.network.layers[0].bias[:12] = -500
    given = begin(load(config), dry=True).data_set.training
    (said,) = warnings(run.model, [run.history[0] | {"layer_1_dead": 0.75}], given)
    assert said.startswith("layer 1: 75% of units fire on none of 80 training rows")
    # What lies in other blocks is not looked at.
    seen = [*range(0, 240, 48)]
    for start in set(range(0, 240, 16)) - set(seen):
        given.x[start : start + 16] = 1e9
    assert warnings(run.model, [run.history[0] | {"layer_1_dead": 0.75}], given) == (said,)


@pytest.mark.parametrize("name", hidden())
def test_no_activation_is_warned_of_where_it_learns(config, name):
    assert ann_cli.train(config | {"layers": layers(name, name)}).metrics["warnings"] == []


def test_the_first_epochs_and_each_twentieth_are_looked_at(config):
    history = ann_cli.train(config | {"epochs": 45}).history
    seen = [record["epoch"] for record in history if "output_gradient" in record]
    assert seen == [*range(1, 11), 20, 40]


def test_of_many_rows_each_epoch_is_looked_at():
    assert Diagnosis(network(Relu()), rows(50 * SAMPLE)).looks_at(11)
    assert not Diagnosis(network(Relu()), rows(50 * SAMPLE - 1)).looks_at(11)
