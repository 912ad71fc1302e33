"""Which rows train, validate and test: by shares, groups, time, files, and rows that repeat."""

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.config.read import load
from ann_cli.data.rows.encoding import joined
from ann_cli.data.rows.preparation import prepare
from ann_cli.errors import ConfigError, DataError
from ann_cli.insight.inspection import read_rows
from ann_cli.run import evaluate

ROWS = 600


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "number": np.arange(ROWS) + 0.5,
            "patient": np.repeat([f"p{n}" for n in range(60)], 10),
            "when": pd.date_range("2020-01-01", periods=ROWS, freq="D").strftime("%d.%m.%Y"),
            "kind": generator.choice(["a", "b", "c"], ROWS),
        }
    )
    frame["y"] = frame["number"] * 2 + generator.normal(size=ROWS)
    frame = frame.sample(frac=1, random_state=1)
    place = tmp_path_factory.mktemp("sides")
    frame.to_csv(place / "data.csv", index=False)
    frame[:90].to_csv(place / "other.csv", index=False)
    return place


@pytest.fixture(params=[False, True], ids=["memory", "streamed"])
def sides(request, folder):
    """sides(**data): the numbers of the rows on each side, and the notes."""

    def read(target="y", **data):
        keys = {"file": str(folder / "data.csv"), "target": target, "features": ["number", "kind"]}
        keys |= {"scaling": "none", "stream": request.param}
        config = load({"data": {**keys, **data}, "recipe": "none"})
        data_set = prepare(config, np.random.default_rng(1))
        found = {}
        for side in ("training", "validation", "test"):
            source = getattr(data_set, side)
            rows = joined(list(source.blocks(64, None))).x[:, 0] if source else np.empty(0)
            found[side] = set((rows - 0.5).round().astype(int).tolist())
        apart = "file" in data or sum(map(len, found.values())) == len(set.union(*found.values()))
        assert apart
        return found, data_set.notes

    return read


def test_test_rows_are_apart(sides):
    before, _ = sides()
    found, _ = sides(test=0.25)
    assert found["validation"] == before["validation"]
    assert len(set.union(*found.values())) == ROWS
    assert len(found["test"]) == pytest.approx(150, abs=40)
    assert sides(test=0.25)[0] == found
    assert not sides(validation=0)[0]["validation"]


def test_test_rows_of_a_file(sides, folder):
    found, _ = sides(test=str(folder / "other.csv"), validation=0.5, file=str(folder / "data.csv"))
    assert len(found["test"]) == 90


def test_a_group_is_on_one_side(sides):
    found, _ = sides(group="patient", test=0.2)
    groups = [{number // 10 for number in rows} for rows in found.values()]
    assert sum(map(len, groups)) == 60
    assert all(groups)


def test_the_latest_rows_validate_and_test(sides):
    found, notes = sides(time="when", test=0.1)
    assert found["test"] == set(range(540, 600))
    assert found["validation"] == set(range(420, 540))
    assert any("when" in note for note in notes)


def test_what_cannot_divide_the_rows(sides, folder):
    with pytest.raises(DataError, match="column kind holds text, and the latest rows"):
        sides(time="kind")
    with pytest.raises(DataError, match=r"no column 'patent'.*\n.*patient"):
        sides(group="patent")
    with pytest.raises(ConfigError, match="use one of the two"):
        sides(time="when", group="patient")
    with pytest.raises(ConfigError, match="no row to train"):
        sides(validation=0.5, test=0.5)


def copied(folder, every):
    frame = pd.read_csv(folder / "data.csv")
    both = pd.concat([frame, frame[::every]]).sample(frac=1, random_state=0)
    path = folder / f"copied{every}.csv"
    both.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("stream", [False, True])
def test_copies_are_on_one_side(folder, stream):
    keys = {"file": str(copied(folder, 5)), "target": "y", "scaling": "none", "stream": stream}
    exclude = ["patient", "when", "kind"]
    config = load({"data": {**keys, "exclude": exclude, "validation": 0.3}})
    data_set = prepare(config, np.random.default_rng(1))
    training, validation = (
        set(joined(list(source.blocks(64, None))).x[:, 0].tolist())
        for source in (data_set.training, data_set.validation)
    )
    assert not training & validation
    (note,) = [note for note in data_set.notes if "more than once" in note]
    assert "240 of 720 rows" in note


@pytest.mark.parametrize("stream", [False, True])
def test_few_different_rows_are_on_all_sides(folder, tmp_path, stream):
    frame = pd.DataFrame({"a": [0, 0, 1, 1] * 60, "b": [0, 1, 0, 1] * 60, "y": [0, 1, 1, 0] * 60})
    frame.to_csv(tmp_path / "xor.csv", index=False)
    data = {"file": str(tmp_path / "xor.csv"), "target": "y", "stream": stream}
    config = load({"data": data, "recipe": "none"})
    data_set = prepare(config, np.random.default_rng(1))
    assert len(data_set.validation) == pytest.approx(48, abs=0 if not stream else 20)
    assert any("4 different rows are all there are" in note for note in data_set.notes)


def test_a_table_without_copies_tells_of_none(sides):
    assert not any("more than once" in note for note in sides()[1])


@pytest.mark.parametrize("stream", [False, True])
def test_a_class_that_no_training_row_has_is_left_out_elsewhere(tmp_path, stream):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"x": generator.normal(size=200), "t": np.arange(200)})
    frame["y"] = np.where(frame["x"] > 0, "up", "down")
    frame.loc[195:197, "y"] = "new"
    frame.to_csv(tmp_path / "late.csv", index=False)
    data = {"file": str(tmp_path / "late.csv"), "target": "y", "time": "t", "stream": stream}
    data_set = prepare(load({"data": data}), np.random.default_rng(0))
    assert (len(data_set.training), len(data_set.validation)) == (160, 37)
    assert any("3 validation rows left out" in note and "new" in note for note in data_set.notes)


@pytest.mark.parametrize("stream", [False, True])
def test_the_last_score_is_that_of_the_test_rows(folder, tmp_path, stream):
    data = {"file": str(folder / "data.csv"), "target": "y", "test": 0.2, "stream": stream}
    keys = {"layers": [{"units": 4}], "epochs": 3, "save_to": str(tmp_path / "run")}
    run = ann_cli.train({"data": {**data, "exclude": ["patient", "when"]}, **keys})
    counts = [run.metrics[side]["rows"] for side in ("training", "validation", "test")]
    assert sum(counts) == run.metrics["rows"] == ROWS
    assert run.metrics["test"]["r2"] is not None
    # What was trained on is known again, and scored apart.
    found = evaluate(run.model, str(folder / "data.csv"))
    for side, (rows, scores) in found.sides.items():
        expected = {name: run.metrics[side][name] for name in scores}
        assert rows == run.metrics[side]["rows"]
        assert scores == pytest.approx(expected, rel=1e-5)
    assert list(found.sides) == ["training", "validation", "test"]
    x, y, notes = read_rows(run.model, folder / "data.csv")
    assert (len(x), len(y)) == (ROWS, ROWS - counts[0])
    assert f"{counts[0]} rows of" in notes[-1]
    (tmp_path / "same.csv").write_bytes((folder / "data.csv").read_bytes() + b"\n")
    assert evaluate(run.model, str(tmp_path / "same.csv")).sides == {}
