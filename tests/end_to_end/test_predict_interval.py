"""`ann predict --interval`: its columns in each format, and what it says where it cannot be."""

import csv
import io
import json
from functools import partial

import pytest

KINDS = ("=x", "a|b", "c")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("intervals")


@pytest.fixture(scope="module")
def ann(warm_in, folder):
    return partial(warm_in, folder)


@pytest.fixture(scope="module")
def trained(ann, folder):
    """Rows of a number and of a kind that cannot be told, and the runs of both."""
    cells = [f"{n % 7},{n % 7 + n % 5},{KINDS[n * n % 11 % 3]}" for n in range(120)]
    (folder / "t.csv").write_text("\n".join(["a,y,kind", *cells, ""]))
    for name in ("y", "kind"):
        data = f"{{file: t.csv, target: {name}, features: [a], test: 0.25}}"
        (folder / f"{name}.yaml").write_text(f"data: {data}\nepochs: 3\nlayers: []\n")
    return {name: ann("train", f"{name}.yaml").stderr for name in ("y", "kind")}


def test_numbers_have_two_ends(ann, trained):
    assert "90% intervals cover " in trained["y"]
    table = list(csv.DictReader(io.StringIO(ann_output(ann, "y", "--append"))))
    assert list(table[0])[-3:] == ["prediction", "prediction_low", "prediction_high"]
    for row in table:
        middle, low, high = (float(row[name]) for name in list(row)[-3:])
        assert low < middle < high
    lines = ann_output(ann, "y", "--format", "jsonl").splitlines()
    found = [json.loads(line)["prediction_low"] for line in lines]
    assert found == [float(row["prediction_low"]) for row in table]


def test_classes_have_a_set(ann, trained):
    assert "90% prediction sets hold the class of " in trained["kind"]
    sets = [
        each["prediction_set"]
        for each in json.loads(ann_output(ann, "kind", "--json"))["predictions"]
    ]
    assert any(len(each) > 1 and each[0] == "=x" for each in sets)
    table = list(csv.DictReader(io.StringIO(ann_output(ann, "kind"))))
    assert [row["prediction_set"] for row in table] == ["|".join(each) for each in sets]
    safe = list(csv.DictReader(io.StringIO(ann_output(ann, "kind", "--safe-csv"))))
    quoted = ["'" * each[0].startswith("=") + "|".join(each) for each in sets]
    assert [row["prediction_set"] for row in safe] == quoted


def ann_output(ann, name, *options):
    return ann("predict", f"runs/{name}", "t.csv", "--interval", "0.9", *options).stdout


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("0.99", "widest level is 0.96"),
        ("90", "is not a number between 0 and 1; 90% is 0.9"),
    ],
)
def test_a_level_that_cannot_be(ann, trained, level, told):
    finished = ann("predict", "runs/y", "t.csv", "--interval", level, status=2)
    assert finished.stdout == ""
    assert told in finished.stderr


def test_the_table_that_is_read_is_not_replaced(ann, trained, folder):
    before = (folder / "t.csv").read_bytes()
    told = ann("predict", "runs/y", "t.csv", "-o", "./t.csv", status=2)
    assert "./t.csv: this file is read here, and would be replaced" in told.stderr
    assert (folder / "t.csv").read_bytes() == before


def test_a_column_of_that_name_is_in_the_way(ann, trained, folder):
    text = (folder / "t.csv").read_text().replace("a,y,kind", "a,prediction_low,kind")
    (folder / "t2.csv").write_text(text)
    asked = ("predict", "runs/y", "t2.csv", "--append")
    ann(*asked)
    finished = ann(*asked, "--interval", "0.9", status=3)
    assert "there is a column 'prediction_low' already" in finished.stderr
