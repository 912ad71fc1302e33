"""A traced row, recomputed by hand in NumPy, and beside what a training on that row does."""

import json

import numpy as np
import pandas as pd
import pytest

from ann_cli.data.csv.table import CsvTable
from ann_cli.data.opening import Opening
from ann_cli.engine import activations
from ann_cli.engine.losses import LOSSES
from ann_cli.engine.optimizers import OPTIMIZERS
from ann_cli.errors import DataError, DivergedError
from ann_cli.insight.trace import document, observe, step_document, trace
from ann_cli.run import begin

LAYERS = [{"units": 4, "activation": "tanh"}, {"units": 3, "activation": "relu"}]
HIDDEN = {
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "relu": (lambda z: np.where(z > 0, z, 0), lambda z: np.where(z > 0, 1.0, 0.0)),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
}


def traced(started, row=1, steps=1):
    """Return the document as the command prints it, JSON and all."""
    model, training = started.model, started.trainer
    seen = observe(model, CsvTable(model.config.data.file), row)
    taken = list(trace(model, training, seen, steps))  # none changes when the next is taken
    made = {"steps": [step_document(each) for each in taken]}
    text = json.dumps({**document(model, training, seen), **made}, allow_nan=False)
    return json.loads(text)


def matrix(layer, which):
    """Return a layer's weights as inputs × units, from the names of their ends."""
    ends = pd.DataFrame(layer["weights"]).set_index(["input", "unit"])[which]
    inputs = list(dict.fromkeys(each["input"] for each in layer["weights"]))
    units = [each["unit"] for each in layer["biases"]]
    return np.array([[ends[one, other] for other in units] for one in inputs])


def bias(layer, which):
    return np.array([each[which] for each in layer["biases"]])


def by_hand(x, y, layers, output):
    """Return z, a and slopes of each layer, the cost, and the gradients: the chain rule, written
    out for half the squared error of a linear output and for cross-entropy of softmax."""
    passed, a = [], np.asarray(x)
    for weights, shift, name in layers:
        z = np.array([a @ column + one for column, one in zip(weights.T, shift, strict=True)])
        if name == "linear":
            out = z
        elif name == "softmax":
            out = np.exp(z) / np.exp(z).sum()
        else:
            out = HIDDEN[name][0](z)
        passed.append((a, z, out))
        a = out
    cost = 0.5 * ((y - a) ** 2).sum() if output == "linear" else -(y * np.log(a)).sum()
    slopes = [a - y]
    for (weights, _, _), (_, z, _), (_, _, name) in zip(
        layers[:0:-1], passed[-2::-1], layers[-2::-1], strict=True
    ):
        slopes.insert(0, HIDDEN[name][1](z) * (weights @ slopes[0]))
    gradients = [np.outer(one[0], slope) for one, slope in zip(passed, slopes, strict=True)]
    return passed, cost, slopes, gradients


@pytest.mark.parametrize("target", ["price", "three"])
@pytest.mark.parametrize("first", HIDDEN)
def test_every_number_by_hand(set_up, target, first):
    layers = [{"units": 5, "activation": first}, *LAYERS]
    optimizer = {"name": "sgd", "learning_rate": 0.1}
    started = set_up(target, layers=layers, optimizer=optimizer)
    frame = CsvTable(started.model.config.data.file).read(started.data_set.kinds)
    x = started.model.encoder.transform(frame, "float64")[6]
    output = "linear" if target == "price" else "softmax"
    if target == "price":
        price = frame["price"].to_numpy()
        training = started.model.encoder.target
        y = np.array([(price[6] - training.center) / training.scale])
    else:
        y = (np.array(["p", "q", "r"]) == frame["three"][6]).astype(float)
    found = traced(started, row=7, steps=3)
    for step in found["steps"]:
        parameters = [
            (matrix(each, "before"), bias(each, "before"), each["function"])
            for each in step["layers"]
        ]
        passed, cost, slopes, gradients = by_hand(x, y, parameters, output)
        assert step["cost"] == pytest.approx(cost, rel=1e-12)
        np.testing.assert_allclose(step["prediction"], np.squeeze(passed[-1][2]), rtol=1e-12)
        np.testing.assert_allclose(step["actual"], np.squeeze(y), rtol=1e-12)
        for layer, numbers, slope, gradient in zip(
            step["layers"], passed, slopes, gradients, strict=True
        ):
            for key, expected in zip(
                ("inputs", "weighted_sum", "activation"), numbers, strict=True
            ):
                np.testing.assert_allclose(layer[key], expected, rtol=1e-10, atol=1e-14)
            np.testing.assert_allclose(layer["slope"], slope, rtol=1e-10, atol=1e-14)
            for read, expected in ((matrix, gradient), (bias, slope)):
                given = read(layer, "gradient")
                np.testing.assert_allclose(given, expected, rtol=1e-10, atol=1e-14)
                after = read(layer, "before") - 0.1 * expected
                np.testing.assert_allclose(read(layer, "after"), after, rtol=1e-10, atol=1e-14)
    for before, after in zip(found["steps"], found["steps"][1:], strict=False):
        for one, other in zip(before["layers"], after["layers"], strict=True):
            assert (matrix(one, "after") == matrix(other, "before")).all()
    costs = [step["cost"] for step in found["steps"]]
    assert costs == sorted(costs, reverse=True)
    assert [step["step"] for step in found["steps"]] == [1, 2, 3]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"l2": 0.1, "l1": 0.05, "gradient_clip": 0.01, "schedule": "cosine", "epochs": 3},
        {"layers": [], "precision": "float32"},
    ],
    ids=["plain", "penalties", "perceptron"],
)
def test_three_steps_are_three_steps_of_training(configured, table, optimizer, keys):
    """Training on all rows a step, of which all but one weigh 0, is training on that row."""
    table["weight"] = np.arange(len(table)) == 4
    given = {"layers": LAYERS, "epochs": 3, "optimizer": optimizer, "batch_size": "full", **keys}
    data = {"validation": 0, "sample_weight": "weight", "exclude": ["two", "three"]}
    data["types"] = {"weight": "number"}
    config = configured(frame=table.assign(weight=table["weight"] * 1), data=data, **given)
    found = traced(begin(config, dry=True), row=5, steps=3)
    run = begin(config, dry=True)
    for _ in run.epochs():
        pass
    tolerance = 1e-4 if "precision" in keys else 1e-9
    for layer, trained in zip(found["steps"][-1]["layers"], run.model.network.layers, strict=True):
        for read, expected in ((matrix, trained.weights), (bias, trained.bias)):
            np.testing.assert_allclose(
                read(layer, "after"), expected, rtol=tolerance, atol=tolerance
            )


def test_the_gradient_is_that_of_the_cost_alone(set_up):
    """Penalties and clipping act in the step, not on the gradient that is shown."""
    sgd = {"name": "sgd", "learning_rate": 0.5}
    plain = traced(set_up(optimizer=sgd))
    other = traced(set_up(optimizer=sgd, l2=0.1))
    (one,), (two,) = plain["steps"], other["steps"]
    for first, second in zip(one["layers"], two["layers"], strict=True):
        assert (matrix(first, "gradient") == matrix(second, "gradient")).all()
        expected = matrix(first, "after") - 0.5 * 0.1 * matrix(first, "before")
        np.testing.assert_allclose(matrix(second, "after"), expected, rtol=1e-12)
        assert (bias(first, "after") == bias(second, "after")).all()
    assert (plain["l2"], other["l2"], other["l1"], other["gradient_clip"]) == (0, 0.1, 0, None)


def test_units_at_rest_pass_nothing_on_and_take_no_part(set_up):
    layers = [{"units": 40, "activation": "sigmoid", "dropout": 0.4}, *LAYERS]
    found = traced(set_up(layers=layers, optimizer="sgd"), steps=2)
    resting = [step["layers"][0]["resting"] for step in found["steps"]]
    assert resting[0] != resting[1]
    for step in found["steps"]:
        first, second, *_ = step["layers"]
        rests = np.array(first["resting"])
        assert 5 < rests.sum() < 30
        passed_on = np.where(rests, 0, np.array(first["activation"]) / 0.6)
        np.testing.assert_allclose(second["inputs"], passed_on, rtol=1e-12)
        a = np.array(first["activation"])
        back = matrix(second, "before") @ second["slope"]
        expected = np.where(rests, 0, back / 0.6 * a * (1 - a))
        np.testing.assert_allclose(first["slope"], expected, rtol=1e-10, atol=1e-15)
        assert not any(second["resting"])
        for layer in step["layers"]:  # the step is taken with the same units at rest
            after = matrix(layer, "before") - 0.01 * matrix(layer, "gradient")
            np.testing.assert_allclose(matrix(layer, "after"), after, rtol=1e-12, atol=1e-15)


def test_schedules_change_what_decays_and_what_rests(set_up):
    """By thirds: the first step is as given, the second at 0.3, the third at 0.09 of it."""
    optimizer = {"name": "adamw", "learning_rate": 0.1, "weight_decay": 2.0}
    course = {"name": "step", "every": 1, "by": 0.3}
    keys = {"weight_decay_schedule": course, "dropout_schedule": course, "epochs": 3}
    layers = [{"units": 400, "activation": "tanh", "dropout": 0.9, "weight_decay": 0.5}]
    found = traced(set_up(layers=layers, optimizer=optimizer, **keys), steps=3)
    for step, factor in zip(found["steps"], (1, 0.3, 0.09), strict=True):
        assert step["weight_decay_factor"] == step["dropout_factor"] == pytest.approx(factor)
        assert np.mean(step["layers"][0]["resting"]) == pytest.approx(0.9 * factor, abs=0.06)
        last = step["layers"][-1]  # what its inputs let rest is what its gradient was made of
        gradient = np.outer(last["inputs"], last["slope"])
        np.testing.assert_allclose(matrix(last, "gradient"), gradient, rtol=1e-12, atol=1e-15)
        for layer, decay in zip(step["layers"], (0.5, 2.0), strict=True):
            for read in (matrix, bias):
                expected = -0.1 * decay * factor * read(layer, "before")
                np.testing.assert_allclose(read(layer, "decay"), expected, rtol=1e-12)


PAIRS = [
    (name, output)
    for name, each in LOSSES.items()
    for output in each.outputs
    if "cells" not in each.kinds  # which no target has: test_autoencoder.py, test_recommender.py
]


@pytest.mark.parametrize(
    ("activation", "loss", "output"),
    # Each entry once: which slope goes with which loss is looked at in engine/test_backprop.py.
    [(each, *PAIRS[at % len(PAIRS)]) for at, each in enumerate(activations.hidden())]
    + [("tanh", *pair) for pair in PAIRS],
)
def test_every_entry_is_traced(set_up, activation, loss, output):
    target = "price" if "number" in LOSSES[loss].kinds and output == "linear" else "three"
    if "category" not in LOSSES[loss].kinds:
        target = "price"
    data = {"scaling": "minmax"}
    layers = [{"units": 3, "activation": activation}]
    keys = {"loss": loss, "output_activation": output, "layers": layers, "data": data}
    (step,) = traced(set_up(target, **keys))["steps"]
    assert [each["function"] for each in step["layers"]] == [activation, output]
    for layer in step["layers"]:
        expected = np.outer(layer["inputs"], layer["slope"])
        np.testing.assert_allclose(matrix(layer, "gradient"), expected, rtol=1e-12, atol=1e-15)
        expected = layer["inputs"] @ matrix(layer, "before") + bias(layer, "before")
        np.testing.assert_allclose(layer["weighted_sum"], expected, rtol=1e-12)


def test_names_and_cells_are_those_of_the_file(set_up):
    found = traced(set_up("three"), row=2)
    assert found["inputs"] == ["a", "b", "b was missing", "zone=north", "zone=south", "zone=west"]
    assert found["outputs"] == ["p", "q", "r"]
    assert list(found["cells"]) == ["a", "b", "zone", "three"]
    (step,) = found["steps"]
    assert step["predicted_value"] in "pqr"
    assert len(step["prediction"]) == len(step["actual"]) == 3
    assert found["optimizer"]["name"] == "adam"


def test_a_number_is_told_in_its_own_units_too(set_up):
    started = set_up()
    target = started.model.encoder.target
    (step,) = traced(started)["steps"]
    expected = step["prediction"] * target.scale + target.center
    assert step["predicted_value"] == pytest.approx(expected)


def test_rows_are_those_of_the_file_whole_as_it_is(set_up, table):
    """Row 1 is the first one below the header, whether it trains or validates."""
    started = set_up()
    opening = CsvTable(started.model.config.data.file)
    for row in (1, 2, 59, 60):
        seen = observe(started.model, opening, row)
        assert float(seen.cells["a"]) == pytest.approx(table["a"][row - 1])
        scale = started.model.encoder.features[0]
        assert seen.x[0, 0] == pytest.approx((table["a"][row - 1] - scale.center) / scale.scale)
    with pytest.raises(DataError, match=r"no row 61[\s\S]*60 rows"):
        observe(started.model, opening, 61)


def test_a_row_beyond_the_first_chunk(set_up, monkeypatch):
    started = set_up()
    table = CsvTable(started.model.config.data.file)
    whole = [observe(started.model, table, row).cells for row in (20, 21, 60)]
    chunks = table.chunks_with_text
    monkeypatch.setattr(table, "chunks_with_text", lambda *each: chunks(*each, rows=20))
    assert [observe(started.model, table, row).cells for row in (20, 21, 60)] == whole


def test_a_row_without_a_target_is_told(set_up, table):
    started = set_up(frame=table.assign(price=table["price"].where(table.index != 3)))
    with pytest.raises(DataError, match="row 4 has no price"):
        observe(started.model, CsvTable(started.model.config.data.file), 4)


def test_a_value_not_seen_in_training_is_named(set_up, table, tmp_path):
    started = set_up()
    table.loc[0, "zone"] = "moon"
    table.to_csv(tmp_path / "data.csv", index=False)
    seen = observe(started.model, CsvTable(tmp_path / "data.csv"), 1)
    assert seen.unknown == ("zone",)
    assert (seen.x[0, 3:] == 0).all()


def test_a_step_too_large_is_told(set_up):
    optimizer = {"name": "sgd", "learning_rate": 1e6}
    with pytest.raises(DivergedError):
        traced(set_up(optimizer=optimizer, precision="float32"), steps=50)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("keys", [{}, {"l1": 0.01, "l2": 0.1, "gradient_clip": 0.05}])
def test_the_terms_of_an_optimizer_add_up(set_up, name, keys):
    """The update rule, applied to what is shown, gives the weights that are shown."""
    started = set_up(optimizer=name, schedule="cosine", layers=[{"units": 3}], **keys)
    training, model = started.trainer, started.model
    table = CsvTable(started.data_set.config.data.file, Opening(spooled=True))
    optimizer = training.optimizer
    for step in trace(model, training, observe(model, table, 1), 3):
        for layer in step.layers:
            for name, change in layer.parameters.items():
                shown = change.columns()
                together = shown["before"] + shown["change"]
                np.testing.assert_allclose(together, shown["after"], rtol=1e-6, atol=1e-12)
                gradient = change.gradient + change.terms.get("l2", 0)
                if keys:
                    gradient = change.terms["clipped"]
                    assert (name == "weights") == (change.terms["l2"] != 0).any()
                if step.number > 1 or not optimizer.state:
                    continue
                state = [np.zeros_like(change.before) for _ in optimizer.state]
                numbers = (step.learning_rate, *optimizer.corrections(1), *optimizer.values())
                theta, *kept = optimizer.update(change.before, gradient, *state, *numbers)
                for part, values in zip(optimizer.state, kept, strict=True):
                    np.testing.assert_allclose(change.terms[part], values, rtol=1e-5, atol=1e-12)
                if not keys:
                    np.testing.assert_allclose(change.after, theta, rtol=1e-5, atol=1e-7)
    assert set(optimizer.state) <= set(step.layers[0].parameters["weights"].terms)
