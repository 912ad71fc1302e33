"""A CSV read in ranges of bytes is the CSV: every row once, with its number, its line, its side."""

import pickle

import numpy as np
import pandas as pd
import pytest

from ann_cli.config.read import load
from ann_cli.data import partitions
from ann_cli.data.csv.table import CsvTable
from ann_cli.data.partitions import parts_of, pieces_of
from ann_cli.data.rows.preparation import prepare
from ann_cli.engine.randomness import generators
from ann_cli.errors import ConfigError, DataError

ROWS = [f"{at},{'xyz'[at % 3]}" for at in range(57)]
QUOTED = [f'{at},"a ""{at}"",\n\nb"' if at % 5 == 2 else row for at, row in enumerate(ROWS)]
WRITTEN = {
    "plain": "\n".join(["n,t", *ROWS, ""]),
    "without an end": "\n".join(["n,t", *ROWS]),
    "CR LF": "\r\n".join(["n,t", *ROWS, ""]),
    "a mark of UTF-8": "\ufeff" + "\n".join(["n,t", *ROWS, ""]),
    "quoted lines": "\n".join(["n,t", *QUOTED, ""]),
    "blank lines": "\n\n".join(["", "n,t", *ROWS, "", ""]),
    "tabs, and blanks": "\n \n".join([row.replace(",", "\t") for row in ["n,t", *ROWS, ""]]),
    "of several bytes": "\n".join(["n,t", *(row.replace("x", "ä€") for row in ROWS), ""]),
}


@pytest.fixture(params=WRITTEN)
def path(request, tmp_path):
    path = tmp_path / "d.csv"
    path.write_bytes(WRITTEN[request.param].encode())
    return str(path)


@pytest.mark.parametrize("parts", [1, 4, 19])
def test_parts_have_every_row_once_with_its_number_and_line(path, parts):
    table = CsvTable(path)
    kinds = table.recognise()
    whole = table.read(kinds)
    cut = pieces_of(table, parts)
    assert len(cut) >= parts
    divided = parts_of(table, cut, parts)
    frames, lines = [], {}
    for part in map(pickle.loads, map(pickle.dumps, divided)):
        assert part.notations == table.notations
        for frame, block in part._parsed_with_blocks(kinds, False, map, kinds):
            frames.append(frame)
            lines |= dict(zip(frame.index, block.block.lines(), strict=True))
        assert len(part.read(kinds)) == sum(len(each) for each in part.chunks(kinds, 2))
    pd.testing.assert_frame_equal(pd.concat(frames).sort_index(), whole, check_index_type=False)
    expected = [line for block in table.every_block(False, ()) for line in block.lines()]
    assert [lines[row] for row in range(len(whole))] == expected


def test_ranges_are_dealt_so_that_each_part_has_some_of_everything(path):
    table = CsvTable(path)
    kinds = table.recognise()
    for part in parts_of(table, pieces_of(table, 3), 3):
        numbers = part.read(kinds)["n"]
        assert numbers.min() < 12
        assert numbers.max() > 44


def test_a_file_that_changed_meanwhile_is_refused(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(WRITTEN["plain"])
    table = CsvTable(str(path))
    table.recognise()
    (part,) = parts_of(table, pieces_of(table, 1), 1)
    path.write_text(WRITTEN["without an end"])
    with pytest.raises(DataError, match="another file"):
        pickle.loads(pickle.dumps(part)).read({"n": "number"})


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Numbers, dates, classes and missing cells, more of them than one block holds."""
    generator = np.random.default_rng(2)
    count = 3_000
    frame = pd.DataFrame({"a": generator.normal(1e6, 1, count), "b": generator.normal(size=count)})
    frame["on"] = np.array(["2024-01-05", "2025-03-07"])[generator.integers(0, 2, count)]
    frame["kind"] = generator.choice(["p", "q", "r", None], count)
    frame["y"] = frame.a - frame.b
    frame.loc[::50, "y"] = np.nan
    frame.loc[::31, "b"] = np.nan
    path = tmp_path_factory.mktemp("parts") / "d.csv"
    frame.to_csv(path, index=False)
    return path


def prepared(table, monkeypatch=None, **keys):
    data = {"file": str(table), "target": "y", "stream": True, "test": 0.1} | keys.pop("data", {})
    config = load({"data": data, "layers": [], **keys})
    return prepare(config, generators(3)["split"])


@pytest.mark.parametrize("data", [{}, {"group": "kind", "test": 0}, {"time": "on", "test": 0}])
def test_rows_in_parts_are_those_of_a_stream(table, data):
    """The same rows on the same sides, from which the same is learned."""
    whole = prepared(table, data=data)
    divided = prepared(table, data=data, cluster={"replicas": 3})
    assert divided.rows == whole.rows
    assert divided.dropped == whole.dropped > 0
    parts = divided.training.of_replicas
    assert sum(map(len, parts)) == len(whole.training)
    for side in ("validation", "test"):
        ours, its = getattr(divided, side), getattr(whole, side)
        if its is not None:
            y, other = (np.concatenate([b.y for b in each.blocks(512, None)])
                        for each in (ours, its))  # fmt: skip
            np.testing.assert_allclose(y, other, rtol=1e-5)
    found = [
        np.concatenate([each.y for part in parts for each in part.blocks(500, None)]),
        np.concatenate([each.y for each in whole.training.blocks(500, None)]),
    ]
    np.testing.assert_allclose(*(np.sort(each[:, 0]) for each in found), rtol=1e-5)
    ours, its = (each.encoder.to_dict() for each in (divided, whole))
    assert str(ours).translate(DIGITS) == str(its).translate(DIGITS)
    np.testing.assert_allclose(numbers_in(ours), numbers_in(its), rtol=1e-12)


DIGITS = str.maketrans("", "", "0123456789.e+-")


def numbers_in(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [number for each in value for number in numbers_in(each)]
    return [value] if isinstance(value, float) else []


@pytest.mark.parametrize("name", ["d.csv", "d.parquet"])
def test_an_odd_cell_of_any_part_is_told_with_its_line(tmp_path, name):
    frame = pd.DataFrame({"a": range(200), "y": [f"{at / 7:.3f}" for at in range(200)]})
    frame.loc[150, "y"] = "many"
    frame.to_csv(tmp_path / "d.csv", index=False)
    frame.to_parquet(tmp_path / "d.parquet", row_group_size=20)
    data = {"types": {"y": "number"}}
    notes = [
        prepared(tmp_path / name, data=data, **keys).notes
        for keys in ({}, {"cluster": {"replicas": 4}})
    ]
    told = [[note for note in each if "many" in note] for each in notes]
    assert told[0] == told[1]
    assert f"({'line 152' if name == 'd.csv' else 'row 151'}; 1 cell)" in told[0][0]


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"cluster": {"replicas": 300}}, "do not suffice"),
        ({"data": {"file": "d.csv.gz"}, "cluster": {}}, "1 piece of files do not suffice"),
    ],
)
def test_what_cannot_be_cut_is_refused(tmp_path, monkeypatch, keys, why):
    frame = pd.DataFrame({"a": range(200), "y": range(200)})
    for name in ("d.csv", "d.csv.gz"):
        frame.to_csv(tmp_path / name, index=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=why):
        prepared("d.csv", **keys)


def test_a_large_file_is_cut_into_pieces_of_a_size(tmp_path, monkeypatch):
    monkeypatch.setattr(partitions, "LARGEST", 1000)
    path = tmp_path / "d.csv"
    path.write_text("\n".join(["n,t", *ROWS * 100, ""]))
    cut = pieces_of(CsvTable(str(path)), 2)
    sizes = [each.end - each.start for each in cut]
    assert min(sizes[:-1]) >= 1000
    assert max(sizes) < 1010
    assert [each.start for each in cut[1:]] == [each.end for each in cut[:-1]]
