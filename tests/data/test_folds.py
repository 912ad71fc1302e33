"""Folds: what is in each, and that a table of some rows is as if no others stood in the file."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ann_cli.config.read import load
from ann_cli.data.cells.writing import Written
from ann_cli.data.csv.table import CsvTable
from ann_cli.data.open_table import open_table
from ann_cli.data.rows.column_choice import kinds_of
from ann_cli.data.rows.dealing import deal, deal_groups
from ann_cli.data.rows.folds import ABSENT, FIRST, Folds, by_time, trained_and_tested
from ann_cli.errors import DataError


def generator():
    return np.random.default_rng(0)


@given(st.lists(st.integers(0, 4), min_size=7, max_size=80), st.integers(2, 7))
def test_folds_and_their_classes_differ_by_one_row_at_most(labels, folds):
    labels = np.array(labels)
    found = deal(len(labels), folds, generator(), labels)
    for rows in (found, *(found[labels == each] for each in set(labels.tolist()))):
        assert np.ptp(np.bincount(rows, minlength=folds)) <= 1


def test_a_group_is_in_one_fold_and_folds_are_alike_in_each_class():
    random = generator()
    groups = random.integers(0, 60, 2000)
    labels = (groups % 4 == 0).astype(int)  # a class has groups of its own
    found = deal_groups(groups, 5, generator(), labels)
    assert (pd.Series(found).groupby(groups).nunique() == 1).all()
    for label in (0, 1):
        sizes = np.bincount(found[labels == label], minlength=5)
        assert sizes.min() > 0.75 * sizes.max()


@given(st.lists(st.integers(0, 50), min_size=8, max_size=60), st.integers(2, 5))
def test_no_fold_of_groups_is_empty(groups, folds):
    _, groups = np.unique(groups, return_inverse=True)
    if groups.max() + 1 >= folds:
        assert np.bincount(deal_groups(groups, folds, generator()), minlength=folds).all()


def test_each_fold_by_time_is_later_than_what_trained_it():
    moments = generator().integers(0, 500, 1000).astype(float)
    moments[:7] = np.nan
    folds = by_time(moments, 4)
    assert (folds[:7] == FIRST).all()
    for fold in range(4):
        trained, tested = trained_and_tested(folds, fold, ordered=True)
        assert np.nanmax(moments[trained]) < moments[tested].min()
        assert tested.sum() == pytest.approx(200, abs=10)
        assert trained[:7].all()


def drawn(path, folds, **data):
    config = load({"data": {"file": str(path), "target": "y", **data}})
    table = open_table(path)
    kinds = kinds_of(config, table, None)
    task = "classification" if kinds["y"] == "category" else "regression"
    return Folds(config, table, kinds, task, folds)


def written(tmp_path, frame):
    frame.to_csv(tmp_path / "d.csv", index=False)
    return tmp_path / "d.csv"


def test_equal_rows_are_in_one_fold_and_rows_without_a_target_in_none(tmp_path):
    frame = pd.DataFrame({"a": np.arange(40) // 2 * 1.5, "y": np.arange(40) // 2 * 0.5})
    frame = pd.concat([frame, pd.DataFrame({"a": np.arange(90) + 0.25, "y": np.arange(90) + 0.1})])
    frame.iloc[[60, 70], 1] = np.nan
    folds = drawn(written(tmp_path, frame), 5)
    found = folds.draw(generator())
    assert (found[0:40:2] == found[1:40:2]).all()
    assert set(np.flatnonzero(found == ABSENT)) == {60, 70}
    assert "40 of 128 rows stand more than once; equal ones are in one fold" in folds.notes
    for fold in range(5):
        trained, tested = trained_and_tested(found, fold, ordered=False)
        assert (trained | tested).sum() == 128
        assert not (trained & tested).any()


FRAME = pd.DataFrame(
    {
        "a": np.arange(12.0),
        "g": list("xxxxxyyyyyyy"),
        "t": [1] * 11 + [2],
        "y": list("ppppqqqqqqqr"),
        "nothing": [None] * 12,
    }
)
REFUSED = {
    "rows": (FRAME, 13, {}, "12 rows cannot make 13 folds"),
    "targets": (FRAME, 3, {"target": "nothing"}, "column nothing is the target, and every cell"),
    "groups": (FRAME, 3, {"group": "g"}, "column g has 2 groups, which cannot make 3 folds"),
    "moments": (FRAME, 3, {"time": "t"}, "rows of one moment stay together"),
    "rows and time": (FRAME, 12, {"time": "a"}, "12 rows cannot make 12 folds and rows before"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_divided_is_refused(tmp_path, case):
    frame, folds, keys, message = REFUSED[case]
    with pytest.raises(DataError, match=message):
        drawn(written(tmp_path, frame), folds, **keys).draw(generator())


def test_rare_classes_are_told(tmp_path):
    folds = drawn(written(tmp_path, FRAME), 5)
    assert "classes with fewer rows than there are folds: p (4), r (1)" in folds.notes


TABLES = {
    "plain": "a,b\n1,x\n2,y\n\n3,z\n4,\n5,u\n",
    "quoted": 'a,b\n1,"x\nx"\n2,"y,"\n\n3,"z"\n4,\n5,"u ""v"" w"\n',
    "carriage returns": "a,b\r\n1,x\r\n2,y\r\n3,z\r\n4,w\r\n5,u\r\n",
    "one column": "a\n1\n2\n3\n4\n5\n",
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("rows", [[0, 4], [1, 2, 3], [2], [0, 1, 2, 3, 4]])
def test_a_table_of_some_rows_is_those_of_the_whole(tmp_path, name, rows):
    path = tmp_path / "d.csv"
    path.write_bytes(TABLES[name].encode())
    whole = CsvTable(path)
    kinds = whole.recognise()
    mask = np.isin(np.arange(5), rows)
    some = open_table(path, written=Written(), rows=mask)
    assert some.recognise() == kinds
    expected = whole.read(kinds)[mask]
    pd.testing.assert_frame_equal(some.read(kinds), expected, check_index_type=False)
    parts = list(some.chunks(kinds, 2))
    assert [len(each) for each in parts[:-1]] == [2] * (len(parts) - 1)
    pd.testing.assert_frame_equal(pd.concat(parts), expected, check_index_type=False)


def test_a_column_is_recognised_by_the_rows_that_are_there(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("a,b\n1,x\ntext,y\n3,z\noops,u\n5,v\n6,w\n7,w\n8,w\n")
    mask = np.array([True, False, True, False, True, True, True, True])
    assert open_table(path, written=Written(), rows=mask).recognise()["a"] == "number"
    assert open_table(path, written=Written(), rows=~mask).recognise()["a"] == "category"


def test_an_odd_cell_is_told_with_its_line_of_the_file(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("a\n" + "1\n" * 50 + "oops\n" + "2\n" * 50)
    mask = np.ones(101, dtype=bool)
    mask[::3] = False
    mask[50] = True
    some = open_table(path, written=Written(), rows=mask)
    some.read(some.recognise({"a": "number"}))
    assert any("line 52" in note for note in some.notes())


def test_a_file_that_has_changed_since_is_refused(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(TABLES["plain"])
    with pytest.raises(DataError, match="changed"):
        open_table(path, written=Written(), rows=np.ones(7, dtype=bool)).recognise()
