"""What a person sees of a traced row, of an inspected network and of a gradient check."""

import io
import re

import numpy as np
import pandas as pd
import pytest

from ann_cli.config.read import load
from ann_cli.data.csv.table import CsvTable
from ann_cli.insight.gradient_check import LayerCheck
from ann_cli.insight.inspection import inspect, inspect_data, read_rows
from ann_cli.insight.trace import observe, trace
from ann_cli.report.gradient_check import show_gradients
from ann_cli.report.inspection import show_inspection
from ann_cli.report.numbers import cut, number, value
from ann_cli.report.terminal import Terminal
from ann_cli.report.trace import show_trace
from ann_cli.run import begin

LONG = "a column whose name goes on and on, as long as names of columns in surveys do go on"


@pytest.fixture
def started(tmp_path):
    """Return the function that sets a training up on a table."""

    def started(frame=None, target="price", **keys):
        path = tmp_path / "data.csv"
        if frame is None:
            generator = np.random.default_rng(0)
            frame = pd.DataFrame(generator.normal(size=(50, 3)), columns=["area", "age", "price"])
        frame.to_csv(path, index=False)
        config = {"data": {"file": str(path), "target": target}, "recipe": "none", **keys}
        return begin(load(config), dry=True)

    return started


def traced(started, steps=1, quiet=False, whole=False):
    terminal, model = Terminal(io.StringIO(), quiet), started.model
    seen = observe(model, CsvTable(model.config.data.file), 1)
    steps = trace(model, started.trainer, seen, steps)
    shown = list(show_trace(terminal, started, started.trainer, seen, steps, whole))
    return terminal.stream.getvalue(), shown, seen


def inspected(model, data=True):
    terminal, document = Terminal(io.StringIO()), inspect(model)
    if data:
        x, y, _ = read_rows(model, model.config.data.file)
        document["data"] = inspect_data(model, x, y, 3)
    show_inspection(terminal, document)
    return terminal.stream.getvalue()


def test_the_seven_steps_with_their_numbers(started):
    text, (step,), seen = traced(
        started(layers=[{"units": 2, "activation": "sigmoid"}]), whole=True
    )
    found = re.findall(r"^\((\d)\)", text, re.M)
    assert found == ["1", "2", "3", "4", "5", "6", "7"]
    for cell in (seen.cells["area"], seen.cells["age"], seen.cells["price"]):
        assert cell in text
    for layer in step.layers:
        for shown in (layer.weighted_sum, layer.activation, layer.slope):
            assert all(number(each) in text for each in shown)
        for change in layer.parameters.values():
            for numbers in change.columns().values():
                assert all(number(each) in text for each in numbers.ravel())
    assert number(step.cost) in text
    # Forward from left to right, backward from right to left.
    assert [each.start() for each in re.finditer("layer 1: sigmoid", text)][1] > text.index("(5)")
    backward = text[text.index("(5)") :]
    assert backward.index("output: linear") < backward.index("layer 1: sigmoid")


def test_a_large_layer_is_cut_and_says_so(started):
    text, (step,), _ = traced(started(layers=[{"units": 30}]))
    assert "layer 1: relu, 2 of 30 units" in text
    assert f"layer 1: relu, 2 of {30 * 2 + 30} weights" in text
    assert step.layers[0].weighted_sum.size == 30


def test_what_else_moves_the_weights_is_said(started):
    layers = [{"units": 9, "activation": "tanh", "dropout": 0.5}]
    keys = {"l1": 0.125, "l2": 0.25, "gradient_clip": 0.75, "layers": layers, "epochs": 0}
    text, steps, _ = traced(started(**keys, initializer="zeros"), steps=3)
    for said in ("0.125", "0.25 ×", "by 0.75", "(rests)", "start at 0", "learning rate 0.001"):
        assert said in text
    assert text.count("(3) Forward") == 3
    assert f"In 3 steps the cost of this row went from {number(steps[0].cost)}" in text
    plain, _, _ = traced(started(optimizer="sgd"))
    assert "at random, from " in plain
    assert not any(word in plain for word in ("l1", "l2", "gradient_clip", "rests"))


def test_the_tables_fit_80_columns_and_cannot_steer_the_terminal(started):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({LONG: generator.normal(size=40), "b\x1b\x07": ["p", "q"] * 20})
    frame["b" * 200] = generator.normal(size=40) * 1e-30
    frame["label"] = ["a label that is far longer than any label ought to be " * 3, "y"] * 20
    set_up = started(frame, "label", layers=[{"units": 120}])
    texts = [inspected(set_up.model), traced(set_up)[0]]
    for text in texts:
        tables = [line for line in text.splitlines() if line.startswith(" ")]
        assert len(tables) > 30
        # A word longer than a line is whole, and the terminal's to break.
        assert all(len(line) <= 80 or max(map(len, line.split())) > 40 for line in tables)
        assert not {"\x1b", "\x07"} & set(text)


def test_usual_names_fit_in_a_line(started):
    frame = pd.read_csv(io.StringIO("bill_length_mm,price\n1,2\n,3\n3,5\n7,11\n2,1\n"))
    text, _, _ = traced(started(frame, task="regression", layers=[{"units": 64}] * 2))
    assert max(map(len, text.splitlines())) <= 85
    assert re.search(r"bill_length_mm was missing → unit 1 +\S+ +\S+", text, re.M)


def test_quiet_traces_in_silence(started):
    text, steps, _ = traced(started(), steps=2, quiet=True)
    assert text == ""
    assert len(steps) == 2


def test_a_value_not_seen_is_told(started, tmp_path):
    frame = pd.DataFrame({"zone": ["p", "q"] * 20, "price": np.arange(40) + 0.5})
    set_up = started(frame)
    frame.loc[0, "zone"] = "moon"
    frame.to_csv(tmp_path / "data.csv", index=False)
    assert "column zone: 'moon' was not seen in training" in traced(set_up)[0]


def test_a_unit_that_looks_at_two_inputs_only(started):
    generator = np.random.default_rng(0)
    names = ["area", "bedrooms", "distance", "age", "price"]
    frame = pd.DataFrame(generator.normal(size=(50, 5)), columns=names)
    model = started(frame, layers=[{"units": 3}]).model
    model.network.layers[0].weights[:, 2] = [3, 0, -1, 0]
    text = inspected(model, data=False)
    assert "unit 3 of layer 1 looks at area and distance only." in text
    assert re.search(r"unit 3 +area 75%, distance 25% +2 of 4", text)
    assert re.search(r"layer 1 +relu +3 +12 +2 \(17%\)", text)
    model.network.layers[0].weights[:, 2] = 0
    assert "unit 3 of layer 1 looks at nothing." in inspected(model, data=False)
    model.network.layers[0].weights[1] = 0
    assert "No unit looks at bedrooms." in inspected(model, data=False)
    model.network.layers[0].weights[...] = 1
    assert "No weight is exactly 0" in inspected(model, data=False)


def test_dead_and_saturated_units_and_importance_are_shown(started):
    layers = [{"units": 3}, {"units": 2, "activation": "sigmoid"}]
    model = started(layers=layers).model
    model.network.layers[0].bias[1] = -1e3
    model.network.layers[1].bias[0] = 30
    text = inspected(model)
    assert "on 50 rows" in text
    assert "dead in layer 1 (slope 0 on every row): unit 2." in text
    assert "saturated in layer 2 (near a limit on 95% of rows): unit 1." in text
    assert re.search(r"layer 1 +3 +1 +0 ", text)
    assert re.search(r"layer 2 +2 +0 +1 ", text)
    assert "R² falls by" in text
    assert re.search(r"area +-?\d\S* ± \d\S* +-?\d\S* ± \d", text)


def test_the_verdict_of_a_gradient_check():
    right = LayerCheck(320, 320, 0, 2.5e-9, True)
    wrong = LayerCheck(4160, 500, 7, 1.24e-2, False)
    terminal = Terminal(io.StringIO())
    show_gradients(terminal, {"layer 1": right, "output": right})
    text = terminal.stream.getvalue()
    assert "agrees with central differences in every layer" in text
    assert re.search(r"layer 1 +320 +320 +0 +2.5e-09 +agrees", text)
    assert "kink (" not in text
    show_gradients(terminal, {"layer 1": right, "output": wrong})
    text = terminal.stream.getvalue()[len(text) :]
    assert "in every layer" not in text
    assert re.search(r"output +4,160 +500 +7 +1.2e-02 +WRONG", text)
    assert "At a kink (relu's at 0)" in text


@pytest.mark.parametrize(("count", "shown"), [(3, 3), (4, 4), (5, 5), (6, 5), (100, 5)], ids=str)
def test_a_cut_is_worth_its_line(count, shown):
    rows = cut(((str(at),) for at in range(count)), 4, "units", count)
    assert len(rows) == shown
    assert (rows[-1][0] == f"… {count - 4:,} more units") == (count > 5)


def test_numbers():
    assert [number(each) for each in (0.0, 0.123456, 1e-9, 1234567.0)] == [
        "0",
        "0.1235",
        "1e-09",
        "1.235e+06",
    ]
    assert [value(each) for each in ("x", 0.5, 181234.4, -2000.0)] == [
        "x",
        "0.5",
        "181,234",
        "-2,000",
    ]
