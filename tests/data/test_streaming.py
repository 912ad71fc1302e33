"""Rows read anew in each pass: those of memory, whatever the size of blocks, parts and windows."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from ann_cli.config.read import load
from ann_cli.data.csv import blocks
from ann_cli.data.rows import streaming as streamed
from ann_cli.data.rows.encoding import joined
from ann_cli.data.rows.preparation import prepare
from ann_cli.data.rows.split import split_by_hash
from ann_cli.data.rows.streamed_rows import StreamedRows
from ann_cli.engine.rows import Rows
from ann_cli.errors import ConfigError, DataError, FileError

ROWS = 3000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    generator = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "a": generator.normal(5, 2, ROWS),
            "b": np.where(generator.random(ROWS) < 0.1, np.nan, generator.normal(size=ROWS)),
            "color": generator.choice(["red", "blue", None], ROWS),
            "price": np.where(generator.random(ROWS) < 0.05, np.nan, generator.normal(9, 3, ROWS)),
            "label": generator.choice(["x", "y", "z"], ROWS, p=[0.5, 0.4, 0.1]),
            "weight": generator.integers(0, 4, ROWS),
        }
    )
    place = tmp_path_factory.mktemp("streamed")
    table.to_csv(place / "data.csv", index=False)
    table[:600].to_csv(place / "other.csv", index=False)
    return place


@pytest.fixture
def run(folder, tmp_path):
    """run(target, data={}, cache=True, **keys): the prepared rows of the table."""

    def run(target="price", data=None, cache=True, **keys):
        asked = {"file": str(folder / "data.csv"), "target": target, "exclude": ["weight"]}
        config = load({"data": {**asked, **(data or {})}, "recipe": "none", **keys})
        return prepare(config, np.random.default_rng(1), folder=tmp_path if cache else None)

    return run


def all_of(source, batch=32, generator=None):
    return joined(list(source.blocks(batch, generator)))


def same(one, other):
    pairs = ((one.x, other.x), (one.y, other.y), (one.weight, other.weight))
    for first, second in pairs:
        if first is None or second is None:
            assert first is second
        else:
            assert first.dtype == second.dtype
            np.testing.assert_array_equal(first, second)


CASES = {
    "number": {"target": "price"},
    "classes": {"target": "label"},
    "sigmoid": {"target": "label", "output_activation": "sigmoid"},
    "weights": {"target": "price", "data": {"exclude": [], "sample_weight": "weight"}},
    "balanced": {"target": "label", "class_weight": "balanced"},
    "both": {
        "target": "label",
        "class_weight": {"x": 3},
        "data": {"exclude": [], "sample_weight": "weight"},
    },
    "robust": {"target": "price", "data": {"scaling": "robust"}},
    "float64": {"target": "price", "precision": "float64"},
}


def told_of_both(notes):
    """Which rows are in two tables is known where all are in memory."""
    return [note for note in notes if "stand among the training rows" not in note]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("validation", [0, "other.csv"])
def test_streamed_rows_are_those_of_memory(run, folder, case, validation):
    keys = {**CASES[case]}
    validation = str(folder / validation) if validation else 0
    data = {**keys.pop("data", {}), "validation": validation}
    memory = run(data={**data, "stream": False}, **keys)
    stream = run(data={**data, "stream": True}, **keys)
    assert isinstance(memory.training, Rows)
    assert isinstance(stream.training, StreamedRows)
    assert stream.encoder == memory.encoder
    assert list(stream.notes) == told_of_both(memory.notes)
    assert stream.dropped == memory.dropped
    assert stream.config.l2 == memory.config.l2
    for _ in range(2):  # from the data, then from the cache
        same(all_of(stream.training), memory.training)
        if validation:
            same(all_of(stream.validation), memory.validation)


@pytest.mark.parametrize("shuffled", [True, False])
def test_memory_is_that_of_one_window_however_many_inputs_and_rows_there_are(shuffled):
    """Parts that wait to be joined, and the window before, would each take as much again."""
    part, window, inputs = 1000, 20_000, 300

    def parts():
        for _ in range(100):
            yield Rows(np.zeros((part, inputs), np.float32), np.zeros((part, 1), np.float32))

    source = StreamedRows(parts, window, 100 * part)
    generator = np.random.default_rng(0) if shuffled else None
    tracemalloc.start()
    try:
        assert sum(len(each) for each in source.blocks(100, generator)) == 100 * part
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    allowed = (window if shuffled else 12 * part) + 3 * part
    assert peak < 4 * inputs * allowed


def test_parts_of_many_inputs_have_few_rows(tmp_path):
    texts = [f"k{n % 300}" for n in range(20_000)]
    pd.DataFrame({"c": texts, "y": np.arange(20_000.0)}).to_csv(tmp_path / "x.csv", index=False)
    data = {"file": str(tmp_path / "x.csv"), "target": "y", "stream": True}
    config = load({"data": data, "recipe": "none"})
    found = prepare(config, np.random.default_rng(0), folder=tmp_path)
    largest = max(each.x.size for each in found.training.parts())
    assert largest <= streamed.LEAST * 300


@pytest.mark.parametrize("batch", [1, 7, 32, 1000, 1500, 9000])
@pytest.mark.parametrize("window", [1, 1000, 65536])
def test_blocks_are_those_of_memory(run, batch, window):
    data = {"validation": 0, "shuffle_rows": window}
    memory = list(run(data={**data, "stream": False}).training.blocks(batch, None))
    stream = list(run(data={**data, "stream": True}).training.blocks(batch, None))
    assert len(stream) == len(memory)
    for one, other in zip(stream, memory, strict=True):
        same(one, other)


@pytest.mark.parametrize("cache", [True, False])
def test_each_row_is_on_one_side_in_every_pass(run, cache):
    data_set = run(data={"stream": True}, cache=cache)
    passes = [
        [all_of(side).x.tobytes() for side in (data_set.training, data_set.validation)]
        for _ in range(3)
    ]
    assert passes[0] == passes[1] == passes[2]
    memory = run(data={"validation": 0, "stream": False})
    assert len(data_set.training) + len(data_set.validation) == len(memory.training)
    assert len(data_set.validation) / len(memory.training) == pytest.approx(0.2, abs=0.03)
    # Undone, the scales of either encoder give the numbers of the file back.
    found = []
    for each in (data_set, memory):
        feature = each.encoder.features[0]
        sides = [all_of(side).x[:, 0] for side in (each.training, each.validation) if side]
        found.append(np.sort(np.concatenate(sides).astype(float) * feature.scale + feature.center))
    np.testing.assert_allclose(*found, rtol=1e-4, atol=1e-5)


def test_the_encoder_sees_the_training_rows_only(run):
    data_set = run(data={"stream": True}, precision="float64")
    assert all_of(data_set.training).x[:, 0].mean() == pytest.approx(0, abs=1e-12)
    assert all_of(data_set.training).x[:, 0].std() == pytest.approx(1)
    assert abs(all_of(data_set.validation).x[:, 0].mean()) > 1e-6


@pytest.mark.parametrize("size", [3000, 1 << 21])
@pytest.mark.parametrize("cache", [True, False])
def test_the_size_of_a_block_changes_nothing(run, monkeypatch, size, cache):
    data = {"stream": True, "shuffle_rows": 1500}
    expected = run(data=data)
    first = all_of(expected.training, generator=np.random.default_rng(3))
    monkeypatch.setattr(blocks, "SIZE", size)
    monkeypatch.setattr(blocks, "ROWS_IN_SIGHT", 1)
    monkeypatch.setattr(streamed, "ROWS", 1024 + size % 1000)
    found = run(data=data, cache=cache)
    assert found.encoder == expected.encoder
    for _ in range(2):
        same(all_of(found.training, generator=np.random.default_rng(3)), first)


def test_rows_are_shuffled_within_their_window(run):
    window = 2048
    data_set = run(data={"stream": True, "validation": 0, "shuffle_rows": window})
    plain = all_of(data_set.training).x[:, 0]
    shuffled = all_of(data_set.training, generator=np.random.default_rng(0)).x[:, 0]
    again = all_of(data_set.training, generator=np.random.default_rng(1)).x[:, 0]
    assert (shuffled != again).mean() > 0.9
    for start in range(0, len(plain), window):
        part = slice(start, start + window)
        assert (plain[part] != shuffled[part]).mean() > 0.9
        np.testing.assert_array_equal(np.sort(plain[part]), np.sort(shuffled[part]))


def test_a_pass_that_is_left_early_does_no_harm(run):
    data_set = run(data={"stream": True, "shuffle_rows": 1})
    blocks = data_set.training.blocks(32, None)
    first = next(blocks)
    blocks.close()
    whole = all_of(data_set.training)
    same(whole[: len(first)], first)
    assert len(whole) == len(data_set.training)


def test_nothing_is_left_in_the_folder(run, tmp_path):
    data_set = run(data={"stream": True})
    all_of(data_set.training)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_changes_while_it_is_read_is_told(run, folder, tmp_path):
    path = tmp_path / "grows.csv"
    path.write_text((folder / "data.csv").read_text())
    data_set = run(data={"stream": True, "file": str(path), "validation": 0}, cache=False)
    with path.open("a") as file:
        file.write("1,2,red,3,x,1\n")
    with pytest.raises(DataError, match="changed while it was read"):
        all_of(data_set.training)


@pytest.mark.parametrize("stream", [True, False])
def test_a_late_cell_changes_how_its_column_is_read(run, folder, tmp_path, stream):
    path = tmp_path / "late.csv"
    lines = (folder / "data.csv").read_text().splitlines()
    body = [lines[0], *lines[1:] * 5, '"1,234",2,red,3,x,1', "oops,2,red,3,x,1", ""]
    path.write_text("\n".join(body))
    data_set = run(data={"stream": stream, "file": str(path)})
    notes = "\n".join(data_set.notes)
    assert f'"oops" (line {len(body) - 1}; 1 cell)' in notes
    assert 'column a: "1,234" is read as 1234' in notes


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a,price"], "a header and no rows"),
        (["a,price", "1,", "2,"], "every cell of it is missing"),
        (["a,price", "1,2.5", "2,1.5"], "leave .* to validate"),
        (["a,price", *["1,2.5"] * 9], "the target is 2.5 in all 9 training rows"),
    ],
)
def test_too_little_is_told_as_in_memory(run, tmp_path, lines, message):
    path = tmp_path / "few.csv"
    path.write_text("\n".join([*lines, ""]))
    for stream in (False, True):
        data = {"file": str(path), "stream": stream, "exclude": [], "validation": 0.01}
        if "target is" in message:
            data["validation"] = 0
        with pytest.raises(DataError, match=message):
            run(data=data, task="regression")


def test_all_rows_in_one_step_are_refused(run):
    with pytest.raises(ConfigError, match="batch_size: full takes all rows") as raised:
        run(data={"stream": True}, batch_size="full")
    assert "data.stream: false" in str(raised.value)


def test_a_full_disk_is_told(run, monkeypatch):
    data_set = run(data={"stream": True})

    def full(*arguments, **keys):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(FileError, match=r"no space left on device\n.*data.cache: false"):
        all_of(data_set.training)


def test_an_unseen_class_in_another_csv_is_told(run, folder, tmp_path):
    lines = (folder / "other.csv").read_text().splitlines()
    (tmp_path / "strange.csv").write_text("\n".join([*lines, "1,2,red,3,w,1", ""]))
    data = {"stream": True, "validation": str(tmp_path / "strange.csv")}
    for stream in (True, False):  # before anything is trained
        with pytest.raises(DataError, match=r"strange\.csv, column label: 'w' did not occur"):
            run("label", data={**data, "stream": stream})


def test_a_class_that_is_in_validation_rows_only_is_left_out(run, folder, tmp_path):
    lines = (folder / "data.csv").read_text().splitlines()
    held = next(
        row
        for row in range(50)
        if split_by_hash(
            np.array([row]), (0.2, 0.0), int(np.random.default_rng(1).integers(1 << 63))
        )[0]
    )
    lines[1 + held] = "1,2,red,3,w,1"
    (tmp_path / "rare.csv").write_text("\n".join([*lines, ""]))
    data_set = run("label", data={"stream": True, "file": str(tmp_path / "rare.csv")})
    assert "1 validation row left out, as no training row is of class w" in data_set.notes
    assert len(all_of(data_set.validation)) == len(data_set.validation)


def test_unseen_values_are_told_before_training(run, folder, tmp_path):
    lines = (folder / "other.csv").read_text().replace("red", "green").splitlines()
    (tmp_path / "green.csv").write_text("\n".join([*lines, ""]))
    notes = [
        run(data={"stream": stream, "validation": str(tmp_path / "green.csv")}).notes
        for stream in (True, False)
    ]
    assert list(notes[0]) == told_of_both(notes[1])
    assert "column color" in notes[0][-1]
