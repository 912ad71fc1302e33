"""A network looked into: the article's claims about synapses of weight 0, by name."""

from pathlib import Path

import numpy as np
import pytest

from ann_cli.errors import DataError
from ann_cli.insight.inspection import inspect, inspect_data, read_rows

INPUTS = ["a", "b", "b was missing", "zone=north", "zone=south", "zone=west"]


def test_a_unit_looks_at_what_has_a_weight(set_up):
    model = set_up("three").model
    first, last = model.network.layers
    first.weights[:] = 0
    first.weights[0, 2], first.weights[5, 2] = 0.5, -2
    first.weights[:, 0] = [1, -2, 3, -4, 5, 0]
    found = inspect(model)
    layer, output = found["layers"]
    assert layer["inputs"] == INPUTS
    assert [unit["name"] for unit in layer["units"]] == ["unit 1", "unit 2", "unit 3", "unit 4"]
    assert layer["units"][2]["looks_at"] == ["zone=west", "a"]
    assert layer["units"][2]["discarded"] == INPUTS[1:5]
    assert layer["units"][0]["looks_at"] == INPUTS[4::-1]
    assert layer["units"][1]["looks_at"] == []
    assert layer["zero_weights"] == 4 + 1 + 6 + 6
    assert layer["weights"] == first.weights.tolist()
    assert [unit["name"] for unit in output["units"]] == ["p", "q", "r"]
    assert output["inputs"] == [f"unit {at} of layer 1" for at in (1, 2, 3, 4)]
    assert output["weights"] == last.weights.tolist()
    assert output["zero_weights"] == 0
    assert found["unused_inputs"] == []
    first.weights[1:3] = 0
    assert inspect(model)["unused_inputs"] == ["b", "b was missing"]


@pytest.mark.parametrize(
    ("target", "keys", "units"),
    [
        ("price", {}, ["price"]),
        ("two", {}, ["no", "yes"]),
        ("two", {"output_activation": "sigmoid"}, ["yes"]),
        ("three", {"output_activation": "sigmoid"}, ["p", "q", "r"]),
    ],
)
def test_outputs_are_called_after_what_they_say(set_up, target, keys, units):
    found = inspect(set_up(target, **keys).model)
    assert [unit["name"] for unit in found["layers"][-1]["units"]] == units


def test_inputs_are_called_after_the_layer_that_gives_them(set_up):
    block = {"residual": [{"units": 6}, {"normalize": "layer"}]}
    layers = [block, {"dropout": 0.5}, {"units": 3}, block | {"residual": [{"units": 3}]}]
    found = {
        each["name"]: each["inputs"] for each in inspect(set_up(layers=layers).model)["layers"]
    }
    assert found["layer 1.1"] == INPUTS
    assert found["layer 1.2"] == [f"unit {at} of layer 1.1" for at in range(1, 7)]
    # A block gives what its layers give and what came to it, added.
    assert found["layer 2"] == found["layer 3"] == [f"number {at} of layer 1" for at in range(1, 7)]
    assert found["layer 4.1"] == [f"unit {at} of layer 3" for at in (1, 2, 3)]
    assert found["output"] == [f"number {at} of layer 4" for at in (1, 2, 3)]


@pytest.mark.parametrize("target", ["price", "three"])
def test_rows_without_a_target_count_for_the_units_only(set_up, configured, target):
    model = set_up(target).model
    source = Path(model.config.data.file)
    x, y, notes = read_rows(model, source)
    assert (len(x), len(y), notes) == (60, 60, [])
    lines = source.read_text().splitlines()
    names = lines[0].split(",")
    for at in (1, 30):
        cells = lines[at].split(",")
        cells[names.index(target)] = ""
        lines[at] = ",".join(cells)
    source.write_text("\n".join([*lines, ""]))
    again, known, _ = read_rows(model, source)
    kept = [at for at in range(60) if at not in (0, 29)]
    assert (again == x[[*kept, 0, 29]]).all()
    assert (known == y[kept]).all()
    document = inspect_data(model, again, known, 3)
    assert (document["rows"], document["rows_with_target"]) == (60, 58)
    assert {each["column"] for each in document["importance"]} == {"a", "b", "zone"}


def test_no_target_at_all(set_up, tmp_path):
    model = set_up().model
    for name, text in (
        ("none", "zone,b,a\nwest,1,2\nelse,,3\n"),
        ("empty", "a,b,zone,price\n1,2,west,\n"),
    ):
        (tmp_path / name).write_text(text)
        x, y, notes = read_rows(model, str(tmp_path / name))
        assert y is None
        assert inspect_data(model, x, y, 3)["importance"] is None
    assert notes == []
    told = ["column zone: values not seen in training in 1 cell"]
    assert read_rows(model, str(tmp_path / "none"))[2] == told
    (tmp_path / "less").write_text("zone,b\nwest,1\n")
    with pytest.raises(DataError, match="no column a"):
        read_rows(model, str(tmp_path / "less"))


def test_dead_and_saturated_units_are_named(set_up):
    started = set_up(layers=[{"units": 4}, {"units": 3, "activation": "tanh"}])
    model = started.model
    model.network.layers[0].bias[[1, 3]] = -1e3
    model.network.layers[1].bias[2] = 30
    x, y, _ = read_rows(model, model.config.data.file)
    first, second, output = inspect_data(model, x, y, 3)["layers"]
    assert (first["dead"], first["saturated"]) == (["unit 2", "unit 4"], [])
    assert (second["dead"], second["saturated"]) == ([], ["unit 3"])
    assert (output["dead"], output["saturated"]) == ([], [])
    assert output["mean"] == pytest.approx(float(np.mean(model.network.predict(x))))
    assert list(output["quantiles"]) == ["0.05", "0.25", "0.5", "0.75", "0.95"]


def test_what_is_not_finite_is_null(set_up):
    model = set_up(layers=[], precision="float32").model
    x, y, _ = read_rows(model, model.config.data.file)
    x[3, 0] = 3e38
    model.network.layers[0].weights[0] = 10
    document = inspect_data(model, x, y, 3)
    assert document["layers"][0]["mean"] is None
    assert all(each["rmse"] is None for each in document["importance"])
