"""Tables of other kinds: the same values are the same table, whatever holds them."""

import datetime
import json
import sqlite3
import sys
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

import ann_cli
from ann_cli.data.cells.writing import Written
from ann_cli.data.formats import arrow, json_lines, sql
from ann_cli.data.formats.table import FileTable
from ann_cli.data.open_table import open_table
from ann_cli.errors import ConfigError, DataError
from ann_cli.run import Predictions, evaluate

ROWS = 240
QUERY = "SELECT * FROM sales -- by the order in which they came"


def frame_of_all_types():
    draw = np.random.default_rng(3)
    days = pd.Timestamp("2021-03-01") + pd.to_timedelta(draw.integers(0, 700, ROWS), "D")
    moments = pd.Timestamp("2021-03-01") + pd.to_timedelta(draw.integers(0, 10**9, ROWS), "ms")
    frame = pd.DataFrame(
        {
            "length": draw.normal(size=ROWS),  # 17 digits
            "count": draw.integers(0, 40, ROWS),
            "code": draw.integers(10**17, 10**18, ROWS),
            "city": draw.choice(["Ames", "Paris, France", 'the "Hague"', "東京"], ROWS),
            "zip": draw.choice(["0123", "0456", "7890"], ROWS),
            "open": draw.random(ROWS) > 0.4,
            "day": days.astype("datetime64[us]"),
            "moment": moments.astype("datetime64[us]"),
            "odd": draw.choice(["1,200", "1,350", "n/a", "900"], ROWS),
        }
    )
    frame["price"] = frame["length"] * 3 + frame["count"] + (frame["city"] == "Ames") * 2
    frame.loc[::17, "length"] = np.nan
    frame.loc[::13, ["city", "day"]] = None
    return frame


def plain_rows(frame):
    """The frame's rows, as JSON and SQLite take them: dates as the text that pandas writes."""
    day, moment = frame["day"].dt.strftime("%Y-%m-%d"), frame["moment"].astype(str)
    texts = frame.assign(day=day, moment=moment).astype(object)
    return texts.where(texts.notna(), None)


def write_lines(frame, path):
    rows = plain_rows(frame).to_dict("records")
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_database(frame, path):
    rows = plain_rows(frame).assign(open=frame["open"].astype(str))  # SQLite has no yes and no
    with sqlite3.connect(path) as connection:
        rows.to_sql("sales", connection, index=False)
    connection.close()


def write_duck(frame, path):
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("duckdb_engine")
    with duckdb.connect(str(path)) as connection:
        connection.register("frame", frame)
        connection.execute("CREATE TABLE sales AS SELECT * FROM frame")


WRITERS = {
    "csv.gz": lambda frame, path: frame.to_csv(path, index=False),
    "parquet": lambda frame, path: frame.to_parquet(path, row_group_size=150),
    "feather": lambda frame, path: feather.write_feather(pa.table(frame), path, chunksize=150),
    "jsonl": write_lines,
    "db": write_database,
    "duckdb": write_duck,
}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kinds")
    frame = frame_of_all_types()
    frame.to_csv(folder / "sales.csv", index=False)
    return folder, frame


def cut(frame, *places):
    """The rows of a frame up to each place, from the one before."""
    ends = [0, *places, len(frame)]
    return [frame[start:end] for start, end in pairwise(ends)]


def trained(folder, name, streamed):
    """The arrays and the metadata of a training, but for where its data are."""
    save_to = folder / f"{name.replace('*', 'all')}-{streamed}"
    config = {
        "data": {"file": str(folder / name), "target": "price", "stream": streamed},
        "layers": [{"units": 4}],
        "epochs": 2,
        "engine": "numpy",
        "save_to": str(save_to),
    }
    if name.endswith(("db", "duckdb")):
        config["data"]["query"] = QUERY
    ann_cli.train(config)
    with np.load(save_to / "weights.npz") as weights:
        arrays = {each: weights[each].tobytes() for each in weights if each != "metadata"}
        told = json.loads(str(weights["metadata"]))
    for key in ("file", "query"):
        told["config"]["data"].pop(key, None)
    assert len(told.pop("data_sha256")["file"]) == 64
    told.pop("data_bytes", None)
    return arrays, told


@pytest.mark.parametrize("streamed", [False, True])
def test_the_same_values_give_the_same_weights(written, streamed, monkeypatch):
    for module, name, size in ((arrow, "ROWS", 96), (json_lines, "SIZE", 9000), (sql, "ROWS", 64)):
        monkeypatch.setattr(module, name, size)  # the parts in which they come change nothing
    folder, frame = written
    expected = trained(folder, "sales.csv", streamed)
    for ending, write in WRITERS.items():
        if not (folder / f"sales.{ending}").exists():
            write(frame, folder / f"sales.{ending}")
        assert trained(folder, f"sales.{ending}", streamed) == expected, ending


@pytest.mark.parametrize("streamed", [False, True])
def test_five_files_give_the_weights_of_one(written, streamed, monkeypatch):
    monkeypatch.setattr(arrow, "ROWS", 96)
    folder, frame = written
    expected = trained(folder, "sales.csv", streamed)
    for ending in ("csv", "csv.gz", "parquet", "feather", "jsonl")[:: 1 if streamed else 2]:
        parts = folder / f"of {ending}"
        if not parts.exists():
            parts.mkdir()
            write = WRITERS.get(ending, WRITERS["csv.gz"])
            for name, rows in zip("abcde", cut(frame, 3, 60, 61, 200), strict=True):
                write(rows.reset_index(drop=True), parts / f"{name}.{ending}")
        assert trained(folder, f"of {ending}/*.{ending}", streamed) == expected, ending


def test_predictions_scores_and_texts_are_the_same(written):
    folder, frame = written
    trained(folder, "sales.csv", False)
    model = ann_cli.load(folder / "sales.csv-False")
    expected = pd.concat(Predictions(model, str(folder / "sales.csv"), append=True))
    scores = evaluate(model, str(folder / "sales.csv")).scores
    for ending, write in WRITERS.items():
        path = folder / f"sales.{ending}"
        if not path.exists():
            write(frame, path)
        found = pd.concat(Predictions(model, str(path), append=True, query=QUERY))
        pd.testing.assert_frame_equal(found, expected, check_names=False)
        again = evaluate(model, str(path), query=QUERY).scores
        assert again == pytest.approx(scores, rel=1e-12)
        some = open_table(path, written=Written(query=QUERY), rows=np.arange(ROWS) % 3 > 0)
        assert len(some.read({"count": "number"})) == 160


def test_folds_of_a_table_are_those_of_its_csv(written):
    folder, frame = written
    frame.to_parquet(folder / "folds.parquet")
    found = [
        ann_cli.evaluate(
            {
                "data": {"file": str(folder / name), "target": "price"},
                "layers": [{"units": 2}],
                "epochs": 1,
                "engine": "numpy",
            },
            folds=2,
        ).scores
        for name in ("sales.csv", "folds.parquet")
    ]
    assert found[0] == found[1]


def utc(*parts):
    return datetime.datetime(*parts, tzinfo=datetime.UTC)


NAN = np.nan
TYPES = {
    "whole, some missing": (pa.array([1, None, 3]), "number", [1, NAN, 3], ["1", "", "3"]),
    "large whole": (pa.array([2**62, 5, 2**62 + 1]), "number", [2.0**62, 5, 2.0**62], None),
    "unsigned": (pa.array([250, 1, 2], "uint8"), "number", [250, 1, 2], ["250", "1", "2"]),
    "single": (pa.array([0.5, 0.1, None], "float32"), "number", [0.5, float(np.float32(0.1)), NAN],
               None),
    "half": (pa.array(np.array([0.5, 2, 3], "f2")), "number", [0.5, 2, 3], ["0.5", "2.0", "3.0"]),
    "not a number": (pa.array([1.5, NAN, None]), "number", [1.5, NAN, NAN], ["1.5", "", ""]),
    "decimal": (pa.array([Decimal("1.10"), None, Decimal("2.25")]), "number", [1.1, NAN, 2.25],
                ["1.10", "", "2.25"]),
    "yes and no": (pa.array([True, None, False]), "boolean", [1, NAN, 0], ["True", "", "False"]),
    "day": (pa.array([datetime.date(1970, 1, 2), None, datetime.date(1969, 12, 31)]), "date",
            [86400, NAN, -86400], ["1970-01-02", "", "1969-12-31"]),
    "nanoseconds": (pa.array([1_500_000_999, None, -1], pa.timestamp("ns")), "date",
                    [1.5, NAN, -1e-6],
                    ["1970-01-01 00:00:01.500", "", "1969-12-31 23:59:59.999999"]),
    "zone": (pa.array([utc(2020, 1, 1, 12), None, utc(2020, 1, 2)], pa.timestamp("s", "CET")),
             "date", [1577880000, NAN, 1577923200],
             ["2020-01-01 12:00:00+00:00", "", "2020-01-02 00:00:00+00:00"]),
    "midnights": (pa.array([0, 86400, None], pa.timestamp("s")), "date", [0, 86400, NAN],
                  ["1970-01-01", "1970-01-02", ""]),
    "time of day": (pa.array([3600, None, 60], pa.time32("s")), "date", [3600, NAN, 60],
                    ["01:00:00", "", "00:01:00"]),
    "span": (pa.array([1500, None, 1], pa.duration("ms")), "number", [1.5, NAN, 0.001],
             ["1.5", "", "0.001"]),
    "dictionary": (pa.array(["a", None, "b"]).dictionary_encode(), "category", ["a", NAN, "b"],
                   ["a", "", "b"]),
    "blank": (pa.array(["a", " ", ""], pa.large_string()), "category", ["a", NAN, NAN],
              ["a", " ", ""]),
    "text of numbers": (pa.array(["1,200.5", "NA", "7"]), "number", [1200.5, NAN, 7],
                        ["1,200.5", "NA", "7"]),
    "nothing": (pa.nulls(3), "number", [NAN, NAN, NAN], ["", "", ""]),
}  # fmt: skip


@pytest.mark.parametrize("case", TYPES)
def test_what_a_type_means(case, tmp_path):
    cells, kind, expected, texts = TYPES[case]
    write = parquet.write_table
    write(pa.table({"x": cells, "row": [1, 2, 3]}), tmp_path / "x.arrow")
    table = open_table(tmp_path / "x.arrow")  # told by its first bytes
    assert table.recognise()["x"] == kind
    frame, kept = next(table.chunks_with_text({"x": kind}, ["x"]))
    pd.testing.assert_series_equal(
        frame["x"], pd.Series(expected, dtype=frame["x"].dtype, name="x"), rtol=0, atol=0
    )
    assert texts is None or kept["x"].tolist() == texts


def test_what_is_no_cell_is_refused_where_it_is_asked_for(tmp_path):
    path = tmp_path / "x.parquet"
    columns = {"a": [1, 2], "tags": [["x"], []], "raw": [b"1", b"2"], "at": [{"x": 1}, None]}
    parquet.write_table(pa.table(columns), path)
    table = open_table(path)
    assert table.read(table.recognise(columns=["a"]))["a"].tolist() == [1, 2]
    with pytest.raises(DataError) as raised:
        table.recognise()
    messages = [each.message for each in raised.value.problems]
    assert ["tags" in messages[0], "raw" in messages[1], "at" in messages[2]] == [True] * 3
    assert "bytes (binary)" in messages[1]
    assert "data.exclude: [tags]" in raised.value.problems[0].remedy


def test_the_row_labels_that_pandas_saves_are_no_column(tmp_path):
    frame = pd.DataFrame({"a": [1, 2, 3]}, index=[7, 8, 9])
    frame.to_parquet(tmp_path / "x.parquet")
    assert open_table(tmp_path / "x.parquet").columns == ["a"]


def test_how_a_csv_writes_numbers_says_nothing_of_typed_ones(tmp_path):
    frame = pd.DataFrame({"a": [1.125, 2.5, 3.75], "t": ["1,5", "2,5", "3,5"]})
    frame.to_parquet(tmp_path / "x.parquet")
    table = open_table(tmp_path / "x.parquet", written=Written(decimal=","))
    found = table.read(table.recognise())
    assert found["a"].tolist() == [1.125, 2.5, 3.75]
    assert found["t"].tolist() == [1.5, 2.5, 3.5]


LINES = {
    "no JSON": (b'{"a": 1}\n\n{"a": \n', ":3", "no JSON"),
    "a list": (b'{"a": 1}\n[1]\n', ":2", "JSON that is no object"),
    "a list in it": (b'{"a": 1}\n{"a": [1]}\n', ":2, column a", "a list, and ann reads"),
    "a late key": (b'{"a": 1}\n' * 10_001 + b'{"a": 1, "b": 2}\n', ":10002", "the key 'b'"),
    "nothing": (b"\n \n", "", "no line holds anything"),
    "no name": (b'{"": 1}\n', "", "position 1 has no name"),
    "deep": (b'{"a": ' + b"[" * 100_000 + b"\n", ":1", "without an end"),
    "long": (b'{"a": "' + b"x" * 5_000_000, ":1", "without an end in sight"),
}


@pytest.mark.parametrize("case", LINES)
def test_what_is_wrong_with_a_line_is_said_with_it(case, tmp_path):
    content, place, message = LINES[case]
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError) as raised:
        open_table(path).read({"a": "number"})
    (problem,) = raised.value.problems
    assert problem.place == f"{path}{place}"
    assert message in problem.message


def test_keys_may_be_absent_and_in_any_order(tmp_path):
    (tmp_path / "x.jsonl").write_text('\ufeff{"a": 1, "b": "x"}\n\r\n{"b": null, "a": 2}\n{}')
    table = open_table(tmp_path / "x.jsonl")
    assert table.recognise() == {"a": "number", "b": "category"}
    assert table.read({"a": "number"})["a"].fillna(-1).tolist() == [1, 2, -1]
    assert table.rows_about() == pytest.approx(3, abs=1)


def test_odd_cells_have_their_row(tmp_path):
    frame = pd.DataFrame({"a": [*map(str, range(50)), "odd"], "b": 1.5})
    frame.loc[3, "b"] = np.inf
    frame.to_parquet(tmp_path / "x.parquet")
    table = open_table(tmp_path / "x.parquet")
    table.read(table.recognise())
    assert '"odd" (row 51; 1 cell)' in " ".join(table.notes())
    strict = open_table(tmp_path / "x.parquet", strict=True)
    with pytest.raises(DataError, match=r"x\.parquet, row 4, column b: inf is beyond"):
        strict.read(strict.recognise())


@pytest.mark.parametrize("name", ["x.parquet", "x.feather", "x.xlsx", "x.jsonl"])
def test_a_damaged_or_changed_file_is_a_data_error(name, tmp_path):
    (tmp_path / name).write_bytes(b"PK\x03\x04{" * 100)
    with pytest.raises(DataError):
        open_table(tmp_path / name).read({"a": "number"})
    pd.DataFrame({"a": [1, 2]}).to_parquet(tmp_path / "y.parquet")
    table = open_table(tmp_path / "y.parquet")
    pd.DataFrame({"a": [1, 2, 3]}).to_parquet(tmp_path / "y.parquet")
    with pytest.raises(DataError, match="changed while it was read"):
        table.read({"a": "number"})


def test_a_first_sheet_is_a_table(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    for column, cells in {
        "B": ["id", 20200101, 20200102, None, 20200104, 20200105, "odd"],
        "C": ["yes", True, False, None, True, True, False],
        "D": ["day", *[datetime.datetime(2020, 1, day) for day in (1, 2)], None,
              *[datetime.datetime(2020, 1, day) for day in (3, 4, 5)]],
        "E": ["share", 0.25, 3, None, 2.5, "NA", 1],
    }.items():  # fmt: skip
        for row, cell in enumerate(cells, start=3):
            sheet[f"{column}{row}"] = cell
    book.create_sheet("others")
    book.save(tmp_path / "x.xlsx")
    table = open_table(tmp_path / "x.xlsx")
    assert table.recognise({"id": "number"}) == {
        "id": "number",
        "yes": "boolean",
        "day": "date",
        "share": "number",
    }
    ((frame, kept),) = table.chunks_with_text(table.recognise({"id": "number"}))
    assert frame["share"].fillna(-1).tolist() == [0.25, 3, 2.5, -1, 1]
    assert frame["yes"].tolist() == [1, 0, 1, 1, 0]
    assert kept["day"].tolist()[:2] == ["2020-01-01", "2020-01-02"]
    assert kept["id"].tolist() == ["20200101", "20200102", "20200104", "20200105", "odd"]
    notes = " ".join(table.notes())
    assert '"odd" (row 9; 1 cell)' in notes
    assert "sheet Sheet is read, and 1 more are not" in notes


ADDRESSES = {
    "foo://127/a.csv": "foo:// is no kind of database or of files elsewhere",
    "sqlite://[": r"no address of a database: Invalid SQLite URL: sqlite://\[",
    "postgresql://me:secret@host:xx/sales": "^postgresql://me@host:xx/sales: no address of a data",
    "postgresql+none://host/sales": "no driver of postgresql is installed",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_none_opens_is_said(address):
    with pytest.raises(ConfigError, match=ADDRESSES[address]):
        open_table(address, written=Written(query="SELECT 1"))


ASKED = {
    "no query": (None, ConfigError, r"there is no query \(its tables: t\)"),
    "no select": ("DROP TABLE t", DataError, "readonly database"),
    "an error": ("SELEC", DataError, "syntax error"),
    "no rows": ("SELECT * FROM t WHERE a > 9", DataError, "columns and no rows"),
    "twice": ("SELECT a, a FROM t", DataError, "a names the columns at positions 1 and 2"),
    "bytes": ("SELECT x'00' AS a", DataError, "row 1, column a: a bytes, and ann reads"),
    "not there": ("SELECT a AS b FROM t", DataError, "no column a"),
}


@pytest.mark.parametrize("case", ASKED)
def test_what_a_database_cannot_answer_is_said(case, tmp_path):
    query, kind, message = ASKED[case]
    path = tmp_path / "x.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.executemany("INSERT INTO t VALUES (?)", [(1,), (2.5,), (None,)])
    connection.close()
    for name in (f"sqlite:///{path}", path):
        with pytest.raises(kind, match=message):
            open_table(name, written=Written(query=query)).read({"a": "number"})
    with pytest.raises(DataError, match="no such file"):
        open_table(f"sqlite:///{path}x", written=Written(query="SELECT 1"))
    assert not (tmp_path / "x.dbx").exists()
    asked = Written(query="SELECT a, '10:30%' AS t FROM t ORDER BY a;")
    table = open_table(path, written=asked)
    assert table.read({"a": "number"})["a"].fillna(-1).tolist() == [-1, 1, 2.5]
    assert table.rows_about() == 3


@pytest.mark.parametrize(
    ("package", "source", "extra"),
    [
        ("pyarrow", "x.parquet", "parquet"),
        ("pyarrow", "x.feather", "parquet"),
        ("python_calamine", "x.xlsx", "excel"),
        ("sqlalchemy", "sqlite:///x.db", "sql"),
    ],
)
def test_a_missing_package_is_named_with_its_extra(package, source, extra, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / source.removeprefix("sqlite:///")).write_bytes(b"x")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError, match=rf'pip install "ann-cli\[{extra}\]"'):
        open_table(source, written=Written(query="SELECT 1"))


def test_a_file_is_told_by_its_bytes_and_a_csv_by_none(tmp_path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "table")
    assert isinstance(open_table(tmp_path / "table"), FileTable)
    (tmp_path / "x.csv").write_text("{a,b\n1,2\n")
    assert not isinstance(open_table(tmp_path / "x.csv"), FileTable)
    (tmp_path / "x.csv").write_text('{"a": 1}\n')
    assert open_table(tmp_path / "x.csv").columns == ["a"]
