"""`ann predict --safe-csv`: texts that a spreadsheet would calculate are told from numbers."""

import csv
import gzip
import io
from functools import partial

import pytest

NUMBERS = ["-1", "+2.5", "-.5", "-1e-3", "", " -7 ", "1", "-3."]
TEXTS = ["=1+1", "+x", "-x", "@SUM(A1)", "\tx", "\r\n=1", "=", "-", "＝1", "-1_0", "-1+2", "+"]
PLAIN = ["x", "'=1", " =1", "1=2", "a-b"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("formulas")


@pytest.fixture(scope="module")
def ann(warm_in, folder):
    return partial(warm_in, folder)


@pytest.fixture(scope="module")
def formulas(ann, folder):
    """A model whose classes are formulas."""
    rows = "".join(f'{n},"{["=HYPERLINK(1)", "@b", "c"][n % 3]}"\n' for n in range(30))
    (folder / "t.csv").write_text(f"a,=y\n{rows}")
    (folder / "c.yaml").write_text("data: {file: t.csv, target: =y}\nepochs: 1\nlayers: []\n")
    ann("train", "c.yaml", "-q")
    return folder / "runs" / "c" / "weights.npz"


def test_a_quote_stands_before_formulas_and_not_before_numbers(ann, folder, formulas):
    cells = NUMBERS + TEXTS + PLAIN
    table = io.StringIO(newline="")
    csv.writer(table).writerows([["a", "-cell"], *([1, cell] for cell in cells)])
    (folder / "p.csv").write_text(table.getvalue(), newline="")
    asked = ("predict", formulas, "p.csv", "--append", "--probabilities")
    found, safe = (
        list(csv.reader(io.StringIO(ann(*asked, *option).stdout, newline="")))
        for option in ((), ("--safe-csv",))
    )
    assert safe[0][1] == "'-cell"
    assert safe[0][3:] == found[0][3:]  # probability_=… begins with no sign
    guarded = [row[1] for row in safe[1:]]
    read = [row[1] for row in found[1:]]
    assert guarded == [f"'{cell}" if cell in TEXTS or cell == "\n=1" else cell for cell in read]
    for row, plain in zip(safe[1:], found[1:], strict=True):
        assert row[2] == (plain[2] if plain[2] == "c" else f"'{plain[2]}")
        assert row[3:] == plain[3:]


@pytest.mark.parametrize("option", ["--json", "--format=jsonl"])
def test_json_has_no_formulas(ann, formulas, option):
    told = ann("predict", formulas, "t.csv", "--safe-csv", option, status=2)
    assert "--safe-csv is for a CSV" in told.stderr


def test_a_compressed_table_does_what_the_plain_one_does(ann, folder, formulas):
    (folder / "t.csv.gz").write_bytes(gzip.compress((folder / "t.csv").read_bytes()))
    for command in ("predict", "evaluate"):
        plain, inflated = (ann(command, formulas, name).stdout for name in ("t.csv", "t.csv.gz"))
        assert plain == inflated
    found = {}
    for name in ("t.csv", "t.csv.gz"):
        data = (f"data.file={name}", "data.stream=true", "data.cache=false", "epochs=3")
        data += ("data.target=a",)  # of a number: the baseline of classes takes 300 passes
        ann("train", "c.yaml", "-q", *(word for each in data for word in ("--set", each)))
        found[name] = ann("predict", formulas, "t.csv").stdout
    assert found["t.csv"] == found["t.csv.gz"]
