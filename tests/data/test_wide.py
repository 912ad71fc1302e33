"""Tables of many columns: told in few lines, and the rows of any frame are compared as a whole."""

import numpy as np
import pandas as pd
import pytest

from ann_cli.data.columns.description import MANY, folded
from ann_cli.data.columns.hashes import hashes
from ann_cli.data.csv.parsing import WIDE
from ann_cli.data.csv.table import CsvTable
from ann_cli.run import start_config


def test_columns_of_one_kind_beside_each_other_are_told_as_one():
    few = [(f"x{at}", "number") for at in range(MANY)]
    assert list(folded(few)) == [(name, "number", 1) for name, _ in few]
    many = [*few, ("y", "category"), ("z", "number")]
    names, kinds, counts = zip(*folded(many), strict=True)
    assert names == (f"x0 … x{MANY - 1}", "y", "z")
    assert kinds == ("number", "category", "number")
    assert counts == (MANY, 1, 1)


def test_a_wide_table_begins_with_a_short_config(tmp_path):
    wide = pd.DataFrame(np.arange(60 * 500).reshape(60, 500) % 97 / 8).add_prefix("pixel ")
    wide["y"] = np.arange(60) % 7 + 0.5
    wide.to_csv(tmp_path / "wide.csv", index=False)
    text, _ = start_config(str(tmp_path / "wide.csv"), "y")
    assert "pixel 0 … pixel 499  number  500 columns" in text
    assert len(text.splitlines()) < 120


@pytest.mark.parametrize("name", ["plain", "blank lines", "texts", "odd"])
def test_more_columns_than_rows_are_read_as_fewer_are(tmp_path, name):
    """With a cell in quotes pandas reads the columns one by one."""
    numbers = ["1", "-0", "0.1", "1e-310", "", " ", "3.141592653589793238", "1234567890123456789"]
    cells = {"texts": ["a", "é", "", "  ", "x y ", "NA"], "odd": [*numbers, "n/a", "1,5", "inf"]}
    chosen = cells.get(name, numbers)
    rows = [
        [f"c{at}" for at in range(WIDE + 2)],
        *([chosen[(at * row + row) % len(chosen)] for at in range(WIDE + 2)] for row in range(9)),
    ]
    lines = ["|".join([*row, "last"]) + "\n" for row in rows]
    content = ("\n" if name == "blank lines" else "").join(lines)
    found = []
    for content_of in (content, content.replace("last", '"last"')):
        (tmp_path / "d.csv").write_text(content_of)
        table = CsvTable(tmp_path / "d.csv")
        kinds = table.recognise()
        asked = dict(reversed(kinds.items()))
        found.append((table.sample(table.columns), kinds, table.read(asked), table.notes()))
    (sample, kinds, frame, notes), (its_sample, its_kinds, its_frame, its_notes) = found
    pd.testing.assert_frame_equal(sample, its_sample)
    assert kinds == its_kinds
    pd.testing.assert_frame_equal(frame, its_frame)
    assert notes == its_notes


@pytest.mark.parametrize("columns", [["number"], ["text"], ["number", "text", "other"]])
def test_equal_rows_have_equal_hashes_and_others_do_not(columns):
    frame = pd.DataFrame(
        {
            "number": [1.0, 2.0, 1.0, np.nan, np.nan, 0.0, -0.0, 3.0],
            "text": pd.Series(["a", "b", "a", None, None, "", "", "1"], dtype=object),
            "other": [1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, np.nan],
        }
    )[columns]
    found = hashes(frame)
    assert pd.Series(found).duplicated().tolist() == [0, 0, 1, 0, 1, 0, 1, 0]
    assert (found == pd.util.hash_pandas_object(frame, index=False)).all()


def test_columns_that_change_places_change_the_hash():
    values = pd.DataFrame({"a": [1.0, 2.0], "b": [2.0, 1.0]})
    first, second = hashes(values)
    assert first != second
