"""A CSV's rows as frames, against the csv module and pandas by hand."""

import csv
import gzip
import hashlib
import io
import math
import os
import sys
import threading
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ann_cli.data.csv import blocks as blocks_module
from ann_cli.data.csv.table import CsvTable
from ann_cli.data.open_table import open_table
from ann_cli.data.opening import Opening
from ann_cli.errors import AnnError, DataError, FileError

MIXED = b'area,zip,garden\n1.5,"a,b",yes\n,012,NO\n-2e3,NA,\n'
KINDS = {"garden": "boolean", "area": "number", "zip": "category"}

anywhere = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def table(tmp_path):
    def write(content, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        return CsvTable(path)

    return write


@pytest.fixture
def stdin(monkeypatch):
    def feed(content):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
        return CsvTable("-")

    return feed


def test_read_gives_each_kind_its_values_in_the_order_asked_for(table):
    frame = table(MIXED).read(KINDS)
    expected = pd.DataFrame(
        {
            "garden": [1.0, 0.0, np.nan],
            "area": [1.5, np.nan, -2000.0],
            "zip": pd.Series(["a,b", "012", "NA"], dtype=object),
        }
    )
    expected.columns = expected.columns.astype(object)
    pd.testing.assert_frame_equal(frame, expected)


def test_a_byte_order_mark_and_windows_lines_are_nothing_special(table):
    frame = table(b"\xef\xbb\xbfarea,rooms\r\n1,2\r\n\r\n3,4").read(
        {"area": "number", "rooms": "number"}
    )
    assert frame.to_dict("list") == {"area": [1, 3], "rooms": [2, 4]}


def test_names_are_those_of_the_file(table):
    found = table(b'no,012, with space ,"a,b",nan\n1,2,3,4,5\n')
    assert found.columns == ["no", "012", "with space", "a,b", "nan"]
    assert found.read(found.recognise()).iloc[0].tolist() == [1, 2, 3, 4, 5]


def test_columns_without_a_name_are_called_as_pandas_calls_them(table):
    """The row numbers that pandas saves, and a separator at the end of each line."""
    found = table(b',"a",b,\n0,1,2,\n1,3,4,\n')
    assert found.columns == ["Unnamed: 0", "a", "b", "Unnamed: 3"]
    assert found.read({"a": "number", "Unnamed: 3": "number"})["a"].tolist() == [1, 3]


@pytest.mark.parametrize("start", [b"sep=;\n", b'"sep=;"\r\n', b"\xef\xbb\xbfSEP=;\n"])
def test_a_line_that_names_the_separator_is_no_header(table, start):
    found = table(start + b"a,1;b\n1;2\n3;?!\n")
    assert (found.columns, found.separator) == (["a,1", "b"], ";")
    found.read({"b": "number"})
    assert found.odd["b"].places == {"?!": 4}


MISPLACED = {
    "lines above": (b"Sales 2024\n\na,y\n1,2\n", "line 3 has it"),
    "lines above, filled up": (b"Sales,,\n,,\na,b,y\n1,2,3\n", "tail -n +3 IN"),
    "another separator": (b"a:b:y\n1:2:3\n", "the header is one cell, 'a:b:y'"),
    "in quotes as a whole": (b'"a,b,y"\n"1,2,3"\n', "in quotes as a whole"),
    "a space before quotes": (b'"a", "b", "y"\n"1", "2", "3"\n', "a space stands before each"),
    "no header": (b"1,2,x\n3,4,z\n", "the first line looks like a row"),
    "nothing known": (b"a,b\n1,2\n", ""),
}


@pytest.mark.parametrize("case", MISPLACED)
def test_where_the_header_is_when_it_is_elsewhere(table, case):
    content, told = MISPLACED[case]
    found = table(content).elsewhere("y")
    assert told in found
    assert bool(told) == bool(found)


@pytest.mark.parametrize("rows", [1, 7, 1000])
def test_chunks_are_the_rows_of_read_in_parts(table, monkeypatch, rows):
    monkeypatch.setattr(blocks_module, "SIZE", 64)
    monkeypatch.setattr(blocks_module, "ROWS_IN_SIGHT", 1)
    lines = "".join(f'{i},"x\n{i}",{i % 2}\n' for i in range(300))
    found = table(f"n,t,b\n{lines}".encode())
    kinds = {"b": "boolean", "t": "category", "n": "number"}
    parts = list(found.chunks(kinds, rows))
    assert [len(each) for each in parts[:-1]] == [rows] * (len(parts) - 1)
    assert 1 <= len(parts[-1]) <= rows
    pd.testing.assert_frame_equal(pd.concat(parts), found.read(kinds))
    assert pd.concat(parts)["n"].tolist() == list(range(300))


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_separator_is_recognised(table, sign):
    rows = [["a", "b b", "c"], ["1", "", "x"], ["", "2", f'"y{sign}z"'], ["", "", ""]]
    content = "\n".join(sign.join(row) for row in rows) + "\n\n"
    found = table(content.encode())
    assert (found.separator, found.columns) == (sign, rows[0])
    frame = found.read(found.recognise())
    assert frame["c"].tolist()[:2] == ["x", f"y{sign}z"]
    assert len(frame) == 3
    ((_, kept),) = found.chunks_with_text({"a": "number"})
    assert kept["c"].tolist() == ["x", f"y{sign}z", ""]
    with pytest.raises(DataError, match=r"data.csv:3: 2 fields, where the header has 3"):
        table(f"a{sign}b{sign}c\n1{sign}2{sign}3\n1{sign}2\n".encode()).read({"a": "number"})


def test_text_is_kept_exactly(table):
    content = b'n,t\n 1.50 ,NA\n1e2,"a ""b""\r\nc"\n007, \n'
    ((frame, text),) = table(content).chunks_with_text({"n": "number"})
    assert frame["n"].tolist() == [1.5, 100, 7]
    assert text.to_numpy().tolist() == [[" 1.50 ", "NA"], ["1e2", 'a "b"\r\nc'], ["007", " "]]
    ((_, only),) = table(content).chunks_with_text({"n": "number"}, ["t"])
    assert list(only.columns) == ["t"]


def test_a_stream_is_recognised_then_read_then_read_again(stdin):
    found = stdin(MIXED)
    assert found.name == "standard input"
    kinds = found.recognise()
    assert kinds == {"area": "number", "zip": "category", "garden": "boolean"}
    first = found.read(kinds)
    pd.testing.assert_frame_equal(first, found.read(kinds))


def test_a_stream_in_chunks_goes_by_once(stdin):
    found = stdin(MIXED)
    assert sum(map(len, found.chunks(KINDS))) == 3
    with pytest.raises(DataError, match="once only"):
        found.read(KINDS)


def test_a_named_pipe_is_opened_once(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(MIXED,))
    writer.start()
    found = CsvTable(path)
    frame = found.read(found.recognise())
    writer.join()
    assert len(frame) == 3


@pytest.mark.parametrize("hashed", [True, False])
@pytest.mark.parametrize("read", ["whole", "in part", "not at all"])
@pytest.mark.parametrize("name", ["data.csv", "data.csv.gz"])
def test_the_digest_is_that_of_the_bytes_however_they_were_read(
    tmp_path, monkeypatch, name, read, hashed
):
    monkeypatch.setattr(blocks_module, "SIZE", 64)
    content = b"\xef\xbb\xbf" + MIXED + b"\n" + MIXED.split(b"\n", 1)[1] * 50
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    table = CsvTable(path, Opening(hashed=hashed))
    if read == "whole":
        table.read(KINDS)
        if hashed:
            path.unlink()  # no other pass is needed
    elif read == "in part":
        next(table.chunks(KINDS, 2))
    assert table.digest() == hashlib.sha256(content).hexdigest()


def test_a_failing_stream_is_a_file_error(monkeypatch):
    class Failing(io.RawIOBase):
        def read(self, size=-1):
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Failing()))
    with pytest.raises(FileError, match="input/output error"):
        CsvTable("-")


def test_the_line_of_a_row_counts_blank_lines_and_lines_in_quotes(table):
    found = table(b'\nn,t\n1,"x\ny"\n\nodd,z\n2,z\n')
    found.read({"n": "number"})
    assert any('"odd" (line 6; 1 cell)' in note for note in found.notes())


BROKEN = {
    "empty": (b"", "the file is empty", ""),
    "blank": (b"\n \n", "nothing but blank lines", ""),
    "only a mark": (b"\xef\xbb\xbf", "nothing but blank lines", ""),
    "no rows": (b"a,b\n\n", "a header and no rows", ""),
    "same name": (b"a,b,a\n1,2,3\n", "positions 1 and 3", ":1"),
    "no name": (b",\n0,1\n", "position 1 has no name", ":1"),
    "long": (b"a,b\n1,2\n1,2,3\n", "3 fields, where the header has 2", ":3"),
    "first row long": (b"a,b\n1,2,3\n1,2,3\n", "3 fields", ":2"),
    "short": (b"a,b\n1,2\n\n1\n", "1 field, where", ":4"),
    "short then long": (b"a,b\n1\n1,2,3\n", "1 field, where", ":2"),
    "long in quotes": (b'a,b\n"1,\n2",3\n4,5,6\n', "3 fields", ":4"),
    "spaces in quotes": (b'a,b\n1,2\n"  "\n', "1 field, where", ":3"),
    "latin": ("a,b\n1,2\n3,é\n".encode("latin1"), "0xe9", ":3"),
    "latin header": ("é,b\n1,2\n".encode("latin1"), "not UTF-8", ":1"),
    "utf-16": ("a,b\n1,2\n".encode("utf-16"), "looks like UTF-16", ""),
    "utf-16 without a mark": ("a,b\n1,2\n".encode("utf-16-be"), "looks like UTF-16", ""),
    "gzip": (b"\x1f\x8b\x08\x00", "looks like gzip", ""),
    "nul": (b"a,b\n1,2\n3,\x00\n", "a NUL byte", ":3"),
    "old mac": (b"a,b\r1,2\r", "a carriage return that ends no line", ":1"),
    "a lone return": (b"a,b\n1,2\n3,\r4\n", "a carriage return that ends no line", ":3"),
    "open quote": (b'a,b\n1,2\n3,"4\n5,6\n', "a quote opens", ":3"),
    "open after lines": (b'a,b\n"1\n2","4\n5,6\n', "a quote opens", ":3"),
    "open in header": (b'a,"b\n1,2\n', "a quote opens", ":1"),
    "endless cell": (b'a,b\n1,2\n3,"' + b"x\n" * 100_000, "a quote opens", ":3"),
    "a long row": (b"a,b\n1," + b"9" * 9_000_000 + b"\n", "a row of more than 2,097,152", ":2"),
    "a long cell": (b'a,b\n"x",2\n1,"' + b"9" * 9_000_000 + b'"\n', "a row of more than", ":3"),
    "a long quote": (b'a,b\n1,"' + b"9\n" * 3_000_000, "a row of more than", ":2"),
    "a long header": (b"a," * 9_000_000 + b"\n", "a row of more than", ":1"),
    "wide": (b"a," * 50_000 + b"b\n", "50,001 columns, where ann reads at most 50,000", ":1"),
    "wide row": (b"a,b\n1,2\n" + b"1," * 900_000 + b"1\n", "900,001 fields, where", ":3"),
    "a long name": (b"a,b" + b"c" * 1000 + b"\n1,2\n", "position 2 has a name of 1,001", ":1"),
    "only blanks": (b"\n" * 9_000_000, "nothing but blank lines", ""),
    "short among blanks": (b"a,b\n1,2\n" + b" \n\t\n\r\n\n" * 99 + b"1\n", "1 field", ":399"),
    "zeros": (b"a,b\n" + b"\0" * 9000, "a NUL byte", ":2"),
    "nothing but zeros": (b"\0" * 9000, "a NUL byte", ":1"),
    "zstd": (b"\x28\xb5\x2f\xfd\x00", "looks like zstd", ""),
    "infinite": (b"a,b\n1,2\n3,-inf\n4,inf\n", "-inf is beyond", ":3, column b"),
    "too large": (b"a,b\n1,-9e99\n3,1e39\n", "-9e+99 is beyond", ":2, column b"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_is_said_with_its_line(case, tmp_path):
    content, message, place = BROKEN[case]
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with pytest.raises(DataError) as raised:
        CsvTable(path).read({"a": "category", "b": "number"})
    problem = raised.value.problems[0]
    assert message in problem.message
    assert problem.place == f"{path}{place}"


def test_many_wrong_columns_are_counted(table):
    with pytest.raises(DataError) as raised:
        table(b"a," * 1000 + b"b\n")
    *shown, last = raised.value.problems
    assert len(shown) == 10
    assert last.message == "and 989 more such columns"


def test_long_cells_and_line_feeds_in_names_are_told_in_short_lines(table):
    with pytest.raises(DataError) as raised:
        table(b"a\n1\n" + b"x" * 99_999 + b"\ny\n").read({"a": "number"})
    assert "(99,999 characters)" in str(raised.value)
    assert len(str(raised.value)) < 500
    with pytest.raises(DataError) as raised:
        table(b'"a\nerror: b"\n1\n').recognise(columns=["c"])
    assert r"the columns are: a\nerror: b" in str(raised.value)
    with pytest.raises(DataError) as raised:
        table(b'"a\nerror: b"\n1\nx\ny\n').read({"a\nerror: b": "number"})
    assert r"column a\nerror: b: " in str(raised.value)


LATE = {
    "ragged": b"1\n",
    "latin": b"1,\xe9\n",
    "quote": b'1,"2\n',
}


@pytest.mark.parametrize("before", [b"1,2\n", b'"1",2\n', b"1,2\r\n", b"1,2\n\n"])
@pytest.mark.parametrize("case", LATE)
def test_lines_are_counted_from_block_to_block(table, monkeypatch, case, before):
    monkeypatch.setattr(blocks_module, "SIZE", 16)
    monkeypatch.setattr(blocks_module, "ROWS_IN_SIGHT", 1)
    content = LATE[case]
    found = table(b"a,b\n" + before * 100 + content)
    with pytest.raises(DataError) as raised:
        found.read({"a": "number", "b": "number"})
    line = 2 + 100 * before.count(b"\n")
    (problem,) = raised.value.problems
    assert problem.place.endswith(f"data.csv:{line}")


@pytest.mark.parametrize("before", [b"1,2\n", b'"1",2\n', b"1,2\r\n", b"1,2\n\n"])
def test_odd_cells_count_as_missing_and_have_their_first_line(table, monkeypatch, before):
    monkeypatch.setattr(blocks_module, "SIZE", 16)
    monkeypatch.setattr(blocks_module, "ROWS_IN_SIGHT", 1)
    found = table(b"a,b\n" + before * 100 + b'x,2\n1,"y"\nx,NA\n')
    frame = found.read({"a": "number", "b": "number"})
    assert frame.isna().sum().tolist() == [2, 2]
    line = 2 + 100 * before.count(b"\n")
    assert found.odd["a"].places == {"x": line}
    assert found.odd["b"].places == {"y": line + 1}
    assert (found.odd["a"].others, found.odd["b"].markers) == ({"x": 2}, {"NA": 1})
    notes = found.notes()
    assert notes[0] == "column b: NA (1 cell) counted as missing"
    assert f'"x" (line {line}; 2 cells)' in notes[1]
    strict = CsvTable(found.name, Opening(strict=True))
    with pytest.raises(DataError, match=f':{line}, column a: "x", where a number was expected'):
        strict.read({"a": "number", "b": "number"})


def test_a_column_that_is_mostly_something_else_is_an_error(table):
    found = table(b"a,b\n" + b"1,2\n" * 5 + b"".join(b"x%d,y\n" % i for i in range(30)))
    with pytest.raises(DataError) as raised:
        found.read({"a": "number", "b": "number"})
    problems = raised.value.problems
    assert len(problems) == 11
    assert problems[0].place.endswith(":7, column a")
    assert problems[1].place.endswith(":7, column b")
    assert "50 more" in problems[-1].message
    with pytest.raises(DataError, match=r'data\.csv:3, column a: "maybe", where true or false'):
        table(b"a\nyes\nmaybe\nperhaps\n").read({"a": "boolean"})


def test_all_absent_columns_are_named_at_once(table):
    with pytest.raises(DataError, match=r"did you mean area\?") as raised:
        table(MIXED).read({"aera": "number", "qqq": "number"})
    assert len(raised.value.problems) == 2


def test_a_missing_file_is_a_data_error_with_a_neighbour(tmp_path):
    (tmp_path / "houses.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match=r"did you mean houses\.csv"):
        CsvTable(tmp_path / "house.csv")
    with pytest.raises(DataError, match="is a folder"):
        CsvTable(tmp_path)
    with pytest.raises(DataError, match="no such files: none has a name like this"):
        open_table(tmp_path / "x*.csv")


def test_a_file_that_may_not_be_read_is_a_file_error(tmp_path, monkeypatch):
    path = tmp_path / "data.csv"
    path.write_bytes(MIXED)

    def denied(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("ann_cli.data.csv.source.open_named", denied)
    with pytest.raises(FileError, match="permission denied"):
        CsvTable(path)


@anywhere
@given(st.binary(max_size=200), st.booleans())
@example(b"\r", True)
@example(b'"', True)
def test_any_bytes_give_a_frame_or_an_ann_error(tmp_path, content, headed):
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n" + content if headed else content)
    with suppress(AnnError):
        found = CsvTable(path)
        assert len(found.read(found.recognise())) > 0


csv_like = st.text(alphabet='ab1,." \n\r\t;é-', max_size=60)


@anywhere
@given(csv_like, st.sampled_from([4, 16, 1 << 21]))
@example(' "a,b",c\n', 4)
@example('a"b,"c"d\n', 4)
@example('""\n,', 4)
def test_cells_are_those_of_the_csv_module(tmp_path, content, size):
    path = tmp_path / "data.csv"
    text = "a,b\n" + content
    path.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks_module, "SIZE", size)
        patch.setattr(blocks_module, "ROWS_IN_SIGHT", 1)
        try:
            kept = [part for _, part in CsvTable(path).chunks_with_text({"a": "category"})]
        except DataError as error:
            kept = None
            reason = str(error)
    lines = io.StringIO(text, newline="\n").readlines()
    reader = csv.reader(lines)
    try:
        cells = [row for row in reader if len(row) > 1 or (row and row[0].strip(" \t"))][1:]
    except csv.Error:
        assert kept is None
        return
    if kept is None:
        regular = cells and all(len(row) == 2 for row in cells)
        # A blank in quotes alone on its line is a field, and was taken for a blank line above.
        blank = '"' in text and "1 field" in reason
        assert not regular or blank or "a quote opens" in reason or "return" in reason
    else:
        assert [list(row) for part in kept for row in part.to_numpy()] == cells


@anywhere
@given(
    st.lists(
        st.floats(-3e38, 3e38) | st.just(math.inf) | st.integers(-(10**30), 10**30), min_size=1
    )
)
def test_numbers_are_those_of_python(tmp_path, values):
    path = tmp_path / "data.csv"
    path.write_text("n\n" + "".join(f"{value!r}\n" for value in values))
    expected = np.array([float(repr(value)) for value in values])
    infinite = np.isinf(expected)
    if 2 * infinite.sum() > len(values):
        with pytest.raises(DataError, match="beyond"):
            CsvTable(path).read({"n": "number"})
    else:
        read = CsvTable(path).read({"n": "number"})["n"].to_numpy()
        assert np.isnan(read).tolist() == infinite.tolist()
        # pandas 2's parser comes no closer
        np.testing.assert_allclose(read[~infinite], expected[~infinite], rtol=1e-12)
