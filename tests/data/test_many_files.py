"""Several files are one table: its rows in order, and each error with its file and its line."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.config.read import load
from ann_cli.data.cells.writing import Written
from ann_cli.data.open_table import open_table
from ann_cli.data.partitions import parts_of, pieces_of
from ann_cli.data.rows.preparation import prepare
from ann_cli.engine.randomness import generators
from ann_cli.errors import DataError
from ann_cli.model.own_table import trained_on
from ann_cli.run import begin
from ann_cli.run.verify import verify

HEAD = "a,b,y\n"


def lay(folder, **files):
    """Write files, whose names are a part before an underscore and an ending behind it."""
    for name, text in files.items():
        path = folder / name.replace("_", ".")
        path.write_text(text, newline="")
    return str(folder / "*.csv")


def rows(*numbers):
    return "".join(f"{n},{n % 3},{2 * n}\n" for n in numbers)


def test_files_come_in_the_order_of_their_names_and_may_have_columns_in_another(tmp_path):
    (tmp_path / "deeper").mkdir()
    lay(tmp_path, b_csv="y;b;a\n4;2;2\n6;0;3\n", a_csv="\ufeff" + HEAD + "1,1,2", c_csv=HEAD)
    lay(tmp_path / "deeper", d_csv=HEAD + rows(4))
    for pattern, expected in (("?.csv", [1, 2, 3]), ("**/*.csv", [1, 2, 3, 4])):
        table = open_table(tmp_path / pattern)
        assert table.read({"a": "number"})["a"].tolist() == expected
        assert table.columns == ["a", "b", "y"]
        assert table.size == sum(each.stat().st_size for each in tmp_path.glob(pattern))
    text = pd.concat([text for _, text in table.chunks_with_text({"y": "number"})])
    assert text.index.tolist() == [0, 1, 2, 3]
    assert text.values.tolist()[2] == ["3", "0", "6"]
    assert table.rows_about() > 0


REFUSED = {
    "a ragged row": ({"a_csv": HEAD + rows(1, 2), "b_csv": HEAD + rows(3) + "4,5\n"},
                     "b.csv:3: 2 fields, where the header has 3"),
    "an open quote": ({"a_csv": HEAD + '1,"2,3\n', "b_csv": HEAD + '1,2",3\n'}, "a.csv:2: a quote"),
    "no last line feed": ({"a_csv": HEAD + "1,2,3", "b_csv": HEAD + "1,2"}, "b.csv:2: 2 fields"),
    "a column more": ({"a_csv": HEAD + rows(1), "b_csv": "a,b,y,z\n1,2,3,4\n"},
                      "b.csv: a column 'z', which"),
    "a column less": ({"a_csv": HEAD + rows(1), "b_csv": "a,y\n1,2\n"}, "b.csv: no column 'b'"),
    "another name": ({"a_csv": HEAD + rows(1), "b_csv": "a,B,y\n1,2,3\n"}, "did you mean b?"),
    "no header": ({"a_csv": HEAD + rows(1), "b_csv": rows(7)}, "b.csv: a column '7'"),
    "an empty file": ({"a_csv": HEAD + rows(1), "b_csv": ""}, "b.csv: the file is empty"),
    "no rows": ({"a_csv": HEAD, "b_csv": HEAD}, "*.csv: a header and no rows"),
    "a cell": ({"a_csv": HEAD + rows(1, 2), "b_csv": HEAD + rows(3) + "x,1,2\n"},
               'b.csv:3, column a: "x", where a number was expected'),
    "cells": ({"a_csv": HEAD + rows(1), "b_csv": HEAD + "u,1,2\nv,1,2\n"},
              'b.csv:2, column a: "u"'),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_an_error_names_its_file_and_its_line(tmp_path, case):
    files, expected = REFUSED[case]
    pattern = lay(tmp_path, **files)
    with pytest.raises(DataError) as raised:
        open_table(pattern, strict=case == "a cell").read({"a": "number", "y": "number"})
    assert expected in str(raised.value)


def test_an_odd_cell_is_told_with_its_file_and_its_line(tmp_path):
    table = open_table(
        lay(tmp_path, a_csv=HEAD + rows(*range(9)), b_csv=HEAD + "x,1,2\n" + rows(7))
    )
    table.read({"a": "number"})
    assert f'"x" ({tmp_path}/b.csv:2; 1 cell)' in " ".join(table.notes())


@pytest.mark.parametrize("name", ["x[1].csv", "x*.csv", "a[b/x.csv"])
def test_a_name_that_exists_is_itself(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(HEAD + rows(1))
    (tmp_path / "x1.csv").write_text(HEAD + rows(2, 3))
    assert len(open_table(path).read({"a": "number"})) == 1
    both = open_table(path.parent / "x*.cs?")
    assert len(both.read({"a": "number"})) == (1 if "/" in name else 3)


def test_of_json_lines_a_key_may_stand_in_one_file_alone(tmp_path):
    for name, row in (("a", {"a": 1}), ("b", {"a": 2, "b": "x"}), ("c", {"b": "y"})):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row) + "\n")
    frame = open_table(tmp_path / "*.jsonl").read({"a": "number", "b": "category"})
    assert frame["b"].tolist()[1:] == ["x", "y"]
    assert frame.isna().to_numpy().tolist() == [[False, True], [False, False], [True, False]]


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    """A frame, and the same in four files of each kind."""
    folder = tmp_path_factory.mktemp("sales")
    draw = np.random.default_rng(5)
    frame = pd.DataFrame({"k": draw.choice(["p", 'q,"r"', "s\nt"], 300)})
    frame["a"] = draw.normal(size=300).round(6)
    frame["y"] = frame["a"] + (frame["k"] == "p")
    for at in range(4):
        part = frame[at * 75 : (at + 1) * 75]
        part.to_csv(folder / f"{at}.csv", index=False)
        part.to_csv(folder / f"{at}.csv.gz", index=False)
        part.to_parquet(folder / f"{at}.parquet", index=False, row_group_size=20)
        part.reset_index(drop=True).to_feather(folder / f"{at}.feather")
        part.to_json(folder / f"{at}.jsonl", orient="records", lines=True)
    return folder, frame


KINDS = ["csv", "csv.gz", "parquet", "feather", "jsonl"]
FEWEST = {"csv": 16, "csv.gz": 4, "parquet": 16, "feather": 4, "jsonl": 4}
"""The pieces that four files are cut into at least."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("files", ["*", "1"])
def test_parts_have_every_row_once_with_its_number(sales, kind, files):
    folder, frame = sales
    table = open_table(folder / f"{files}.{kind}")
    kinds = table.recognise({"k": "category"})
    whole = table.read(kinds)
    count = 2 if files == "*" or kind in ("csv", "parquet") else 1
    pieces = pieces_of(table, count)
    assert len(pieces) >= FEWEST[kind] // (1 if files == "*" else 4)
    parts = parts_of(table, pieces, count)
    frames = [part.read(kinds) for part in parts]
    pd.testing.assert_frame_equal(pd.concat(frames).sort_index(), whole, check_index_type=False)
    expected = frame if files == "*" else frame[75:150].reset_index(drop=True)
    np.testing.assert_allclose(whole["a"], expected["a"], rtol=1e-9)
    if files == "*":
        assert min(len(each) for each in frames) > 100
    some = open_table(folder / f"{files}.{kind}", written=Written(), rows=whole["a"].to_numpy() > 0)
    np.testing.assert_array_equal(some.read(kinds)["a"], whole["a"][whole["a"] > 0])


def trained(folder, files, **keys):
    config = {"data": {"file": str(folder / files), "target": "y", **keys.pop("data", {})},
              "layers": [], "epochs": 2, "engine": "numpy", **keys}  # fmt: skip
    return ann_cli.train(config)


def test_the_files_that_trained_are_known_again(sales, tmp_path):
    folder, _ = sales
    files = tmp_path / "files"
    files.mkdir()
    for at in range(4):
        (files / f"{at}.csv").write_bytes((folder / f"{at}.csv").read_bytes())
    for stream in (False, True):
        run = trained(files, "*.csv", data={"stream": stream}, save_to=str(tmp_path / "run"))
        assert trained_on(run.model, open_table(files / "*.csv"))
        assert not trained_on(run.model, open_table(files / "[012].csv"))
        assert verify(run.path).answer == "identical"
    (files / "3.csv").write_bytes((folder / "0.csv").read_bytes().replace(b"p", b"s"))
    with pytest.raises(DataError, match=r"is not the file that these weights were trained on"):
        verify(run.path)
    with gzip.open(files / "4.csv.gz", "wb") as packed:
        packed.write((folder / "3.csv").read_bytes())
    (files / "3.csv").unlink()
    assert open_table(files / "*").digest() == run.model.digests["file"]


def test_a_file_that_changes_meanwhile_is_told(sales, tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(HEAD + rows(*range(40)))
    table = open_table(tmp_path / "*.csv")
    table.read({"a": "number"})
    (tmp_path / "b.csv").write_text(HEAD + rows(*range(41)))
    with pytest.raises(DataError, match=r"b\.csv: changed while it was read"):
        table.read({"a": "number"})


@pytest.mark.parametrize("kind", KINDS)
def test_replicas_learn_from_files_what_a_stream_does(sales, kind):
    folder, _ = sales
    found = []
    for keys in ({}, {"cluster": {"replicas": 2}}):
        data = {"file": str(folder / f"*.{kind}"), "target": "y", "stream": True}
        config = load({"data": data, "layers": [], **keys})
        found.append(prepare(config, generators(3)["split"]))
    whole, divided = found
    assert divided.rows == whole.rows
    assert sum(map(len, divided.training.of_replicas)) == len(whole.training)
    y, its = (
        np.sort(
            np.concatenate([block.y[:, 0] for part in parts for block in part.blocks(50, None)])
        )
        for parts in (divided.training.of_replicas, [whole.training])
    )
    np.testing.assert_allclose(y, its, rtol=1e-5)


def test_a_training_with_replicas_gives_the_bytes_of_one_that_is_resumed(sales, tmp_path):
    folder, _ = sales
    keys = {"data": {"stream": True}, "cluster": {"replicas": 2}, "checkpoint_every": 0}
    found = []
    for name, stop in (("whole", None), ("halted", 1)):
        config = {"layers": [], "epochs": 3, "save_to": str(tmp_path / name), **keys}
        config["data"] = {"file": str(folder / "*.parquet"), "target": "y", "stream": True}
        if stop:
            with begin(load(config)) as run:
                next(iter(run.epochs()))
        with begin(load(config), resume=bool(stop)) as run:
            for _ in run.epochs():
                pass
            found.append(run.finish().path.read_bytes())
    assert found[0] == found[1]
