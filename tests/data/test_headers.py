"""What is said of a column that is not there."""

import pytest

from ann_cli.data.cells.headers import instead

ROW = "the first line looks like a row: write a line with the columns' names above it"
CASES = [
    ("prize", ["area", "price"], "did you mean price?"),
    ("x", ["area", "price"], "the columns are: area, price"),
    ("x", ["area", "5"], ROW),
    ("x", ["1", "2.5", "red"], ROW),
    ("x", ["area", "price", "5"], "the columns are: area, price, 5"),
    ("7", ["0", "1", "2"], "the columns are: 0, 1, 2"),  # pixels are called so
    ("x", [f"c{at}" for at in range(22)], "the columns are: c0, c1, c2"),
]


@pytest.mark.parametrize(("absent", "columns", "told"), CASES)
def test_what_to_do_about_an_absent_column(absent, columns, told):
    found = instead(absent, columns)
    assert found.startswith(told)
    assert found.endswith("and 2 more") == (len(columns) > 20)
