"""Kernels and patches: of a network that is made by hand, and looks at one corner alone."""

import copy
import io
import json

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.config.read import load
from ann_cli.insight.inspection import inspect, inspect_data
from ann_cli.insight.trace import Observation, trace
from ann_cli.report.inspection import show_inspection
from ann_cli.report.terminal import Terminal
from ann_cli.run import begin

SIDE = 6


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A network whose one kernel hands on its middle pixel, of which the output sees the first."""
    folder = tmp_path_factory.mktemp("pictures")
    pixels = np.random.default_rng(0).integers(0, 256, (80, SIDE * SIDE)).astype(float)
    frame = pd.DataFrame(pixels, columns=[f"p{at}" for at in range(SIDE * SIDE)])
    frame["y"] = frame["p0"]
    frame.to_csv(folder / "d.csv", index=False)
    layers = [{"conv": 2, "kernel": 3, "activation": "linear"}]
    data = {"file": str(folder / "d.csv"), "target": "y", "image": {"height": 6, "width": 6}}
    data["validation"] = 0
    given = {"data": data, "layers": layers, "epochs": 0, "save_to": str(folder / "run")}
    found = ann_cli.train(given).model
    found.network.stored[:] = 0
    views = found.network.views(found.network.stored)
    views["layers.0.weights"][1, 1, 0] = [1, -0.5]
    views["layers.1.weights"][0, 0] = 1  # the first place's first unit
    return found


def rows(model):
    frame = pd.read_csv(model.config.data.file)
    return model.encoder.transform(frame), model.encoder.y(frame, 1)


def test_kernels_are_those_of_the_first_convolution(model):
    told = inspect(model)["kernels"]
    assert told["layer"] == "layer 1"
    expected = np.zeros((2, 3, 3, 1))
    expected[:, 1, 1, 0] = [1, -0.5]
    np.testing.assert_array_equal(told["kernels"], expected)


def test_a_patch_is_worth_what_the_score_loses_without_it(model):
    x, y = rows(model)
    told = inspect_data(model, x, y, repeats=2)
    assert told["importance"] is None
    occlusion = told["occlusion"]
    assert occlusion["patch"] == 2
    for grid in occlusion["worse"].values():
        assert np.shape(grid) == (3, 3)
        assert grid[0][0] > 0
        assert np.abs(np.ravel(grid)[1:]).max() == 0  # which the network does not look at
    table = pd.read_csv(model.config.data.file)
    pixels, actual = table.iloc[:, :-1].to_numpy(), table["y"].to_numpy()
    scaled = (pixels[:, 0] - pixels.mean()) / pixels.std()
    left = actual - actual.mean() - actual.std() * scaled
    r2 = 1 - (left**2).sum() / ((actual - actual.mean()) ** 2).sum()
    np.testing.assert_allclose(occlusion["worse"]["r2"][0][0], r2, atol=1e-5)
    json.dumps(told)


@pytest.mark.parametrize(("encoding", "sign"), [("utf-8", "██"), ("ascii", "1.00")])
def test_they_are_drawn_in_80_columns_with_shades_or_numbers(model, encoding, sign):
    stream = io.TextIOWrapper(io.BytesIO(), encoding, errors="backslashreplace")
    x, y = rows(model)
    show_inspection(
        Terminal(stream, width=80), inspect(model) | {"data": inspect_data(model, x, y, 2)}
    )
    stream.flush()
    text = stream.buffer.getvalue().decode(encoding)
    assert "kernels of layer 1" in text
    assert sign in text
    assert "a patch of 2" in text
    drawn = [line for line in text.splitlines() if "█" in line or "1.00" in line]
    assert drawn
    assert max(map(len, drawn)) <= 80


def test_of_kernels_it_is_not_said_that_they_look_at_every_input(model):
    other, stream = copy.deepcopy(model), io.StringIO()
    other.network.stored[:] = 0.5
    show_inspection(Terminal(stream, width=80), inspect(other))
    assert "No weight of a dense layer is exactly 0." in stream.getvalue()
    assert "every input" not in stream.getvalue()


@pytest.mark.parametrize(
    "layer",
    [
        {"conv": 2, "kernel": 3},
        {"conv": 2, "kernel": [4, 2], "stride": [2, 3], "padding": "valid"},
        {"conv": 3, "kernel": 5, "stride": 2, "activation": "tanh"},
    ],
)
def test_a_traced_patch_makes_what_the_layer_gives(model, tmp_path, layer):
    data = model.config.data
    given = {"file": data.file, "target": "y", "image": {"height": 6, "width": 6}}
    config = load({"data": given, "layers": [layer], "save_to": str(tmp_path)})
    started = begin(config, dry=True)
    x, y = rows(started.model)
    started.model.network.stored[:] += 0.01  # no bias is 0
    (step,) = trace(started.model, started.trainer, Observation(1, {}, x[:1], y[:1], ()), 1)
    patch = step.layers[0].patch
    function = np.tanh if "activation" in layer else lambda z: max(z, 0)
    assert function(patch.total) == pytest.approx(patch.activation, abs=1e-5)
    assert patch.activation in step.layers[0].activation
