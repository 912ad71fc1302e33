"""What columns are taken for."""

import pandas as pd
import pytest

from ann_cli.data.cells.recognition import recognised
from ann_cli.data.cells.writing import Written
from ann_cli.data.csv.table import CsvTable
from ann_cli.data.rows.task_guess import guess_task
from ann_cli.errors import DataError

KINDS = {
    "number": [
        ["1", "2.5"],
        ["-1e5", ""],
        ["inf", "1", "2"],
        ["", "1"],
        ["0", "1"],
        ["0.5", "00.5"],
    ],
    "boolean": [["true", "False"], ["YES", "no", ""], ["yes", "yes"], ["Y", "n", "Yes", "T"]],
    "category": [
        ["012", "013"],
        ["012", "13", "14", "x"],
        ["a", "b", "1"],
        ["yes", "maybe"],
        ["1_000"],
        ["0x1f"],
        ["1;2", "x"],
        ["NA", "?"],
        ["inf", "may", "Sunday", "nan"],
        ["9007199254740993", "900719925474099400"],
        ['="0012"', '="0340"'],
    ],
}


@pytest.mark.parametrize(
    ("kind", "cells"), [(kind, cells) for kind, columns in KINDS.items() for cells in columns]
)
def test_kind(tmp_path, kind, cells):
    path = tmp_path / "data.csv"
    path.write_text("x,y\n" + "".join(f'"{cell}",1\n' for cell in cells))
    assert CsvTable(path).recognise() == {"x": kind, "y": "number"}


def test_the_first_ten_thousand_rows_decide(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("x\n" + "1\n" * 9_999 + "a\n")
    assert CsvTable(path).recognise() == {"x": "category"}
    path.write_text("x\n" + "1\n" * 10_000 + "a\n")
    assert CsvTable(path).recognise() == {"x": "number"}


def test_a_header_among_the_rows_says_nothing(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("x,y\n1,4\n2,5\nx,y\n1,6\n")
    table = CsvTable(path)
    kinds = table.recognise()
    assert kinds == {"x": "number", "y": "number"}
    assert table.read(kinds)["x"].isna().tolist() == [False, False, True, False]


def test_an_absent_column_is_named(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("area\n1\n")
    with pytest.raises(DataError, match="did you mean area"):
        CsvTable(path).recognise({"aera": "number"})


@pytest.mark.parametrize(
    ("kind", "values", "task"),
    [
        ("category", ["a", "b"], "classification"),
        ("boolean", [0.0, 1.0], "classification"),
        ("number", [0.0, 1.0, None], "classification"),
        ("number", [float(i) for i in range(10)] * 2, "classification"),
        ("number", [float(i) for i in range(11)] * 2, "regression"),
        ("number", [0.0, 1.0, 0.0, 1.0, 2.0], "regression"),
        ("number", [0.0, 0.5], "regression"),
    ],
)
def test_task(kind, values, task):
    guessed, reason = guess_task(kind, "price", [pd.Series(values[:9]), pd.Series(values[9:])])
    assert guessed == task
    assert reason.startswith("price ")


def test_the_order_of_columns_decides_nothing():
    """What other columns say of a doubtful one is looked for in all of them."""
    sample = {name: {"1,5": 1, "2,25": 1} for name in "ab"}
    sample |= {"c": {"1.5": 2}, "doubt": {"1.234": 1, "2.345": 1}}
    found = recognised(sample, {}, Written())
    backwards = recognised(dict(reversed(sample.items())), {}, Written())
    assert found == {name: backwards[name] for name in found}
    del sample["c"]
    assert recognised(sample, {}, Written())["doubt"] != found["doubt"]
