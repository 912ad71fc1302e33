"""Pictures as rows: pixels in columns or PNG files, in memory and streamed, wherever they are."""

import json
from itertools import product
from shutil import copy, copytree

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import ann_cli
from ann_cli.config.image_recipe import keys_for
from ann_cli.config.read import load
from ann_cli.data.columns.encoder import Encoder
from ann_cli.errors import AnnError, ConfigError, DataError
from ann_cli.run import begin, start_config
from ann_cli.run.predicting import Predictions, evaluate
from ann_cli.run.verify import verify

HEIGHT, WIDTH, ROWS = 3, 4, 60
PIXELS = [f"p{row}_{column}_{c}" for row in range(HEIGHT) for column in range(WIDTH) for c in "rgb"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the same pictures as columns of pixels, and as files that a column names."""
    made = tmp_path_factory.mktemp("pictures")
    generator = np.random.default_rng(0)
    kind = generator.choice(["bright", "dark"], ROWS)
    low = np.where(kind == "bright", 100, 0)[:, None, None, None]
    pixels = low + generator.integers(0, 150, (ROWS, HEIGHT, WIDTH, 3))
    (made / "files").mkdir()
    for row, each in enumerate(pixels):
        Image.fromarray(each.astype(np.uint8)).save(made / "files" / f"{row}.png")
    flat = pd.DataFrame(pixels.reshape(ROWS, -1), columns=PIXELS)
    flat.assign(kind=kind).to_csv(made / "pixels.csv", index=False)
    names = [f"files/{row}.png" for row in range(ROWS)]
    pd.DataFrame({"file": names, "kind": kind, "seen": 1}).to_csv(made / "files.csv", index=False)
    return made


def config(folder, which, **keys):
    image = {"height": HEIGHT, "width": WIDTH, "channels": 3}
    image |= {"column": "file"} if which == "files" else {}
    data = {"file": str(folder / f"{which}.csv"), "target": "kind", "image": image}
    data |= keys.pop("data", {})
    made = {"data": data, "layers": [{"units": 4}], "epochs": 3, "save_to": str(folder / "run")}
    return made | keys


def rows_of(config):
    return begin(load(config), dry=True).data_set


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("which", ["pixels", "files"])
def test_a_channel_has_one_mean_and_one_scale(folder, which, stream):
    keys = {"validation": 0, "stream": stream}
    data_set = rows_of(config(folder, which, data=keys))
    x = np.concatenate([block.x for block in data_set.training.blocks(16, None)])
    table = pd.read_csv(folder / "pixels.csv")[PIXELS].to_numpy(float).reshape(-1, 3)
    expected = (table - table.mean(axis=0)) / table.std(axis=0)  # NumPy alone
    np.testing.assert_allclose(x, expected.reshape(ROWS, -1), atol=1e-6)
    assert data_set.encoder.shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("scaling", ["minmax", "robust", "quartiles", "none"])
def test_files_are_scaled_as_columns_are(folder, scaling):
    keys = {"scaling": scaling, "validation": 0.2}
    first, other = (rows_of(config(folder, which, data=keys)) for which in ("pixels", "files"))
    np.testing.assert_array_equal(first.training.x, other.training.x)
    np.testing.assert_array_equal(first.validation.x, other.validation.x)


@pytest.mark.parametrize("which", ["pixels", "files"])
def test_saved_loaded_and_from_a_frame_predictions_are_the_same(folder, which, monkeypatch):
    run = ann_cli.train(config(folder, which), resume=False)
    model, source = ann_cli.load(run.path), folder / f"{which}.csv"
    monkeypatch.chdir(folder)
    frame = pd.read_csv(source)
    of_frame = model.predict(frame, probabilities=True)
    of_file = pd.concat(Predictions(model, str(source), probabilities=True))
    pd.testing.assert_frame_equal(of_frame, of_file)
    monkeypatch.chdir("/")  # a cell's path starts from its table
    pd.testing.assert_frame_equal(of_file, pd.concat(Predictions(model, str(source), True)))
    assert evaluate(model, str(source)).rows == ROWS
    assert model.encoder == run.model.encoder


def test_one_at_a_time_is_as_all_at_once(folder, monkeypatch):
    monkeypatch.chdir(folder)
    run = ann_cli.train(config(folder, "files"), resume=False)
    frame = pd.read_csv("files.csv")
    whole = run.model.predict(frame, probabilities=True)
    parts = [run.model.predict(frame[at : at + 1], probabilities=True) for at in range(ROWS)]
    pd.testing.assert_frame_equal(pd.concat(parts), whole, atol=1e-6)


def test_a_missing_pixel_is_the_mean_and_none_is_left_out(folder, tmp_path):
    table = pd.read_csv(folder / "pixels.csv").astype(dict.fromkeys(PIXELS, float))
    table[PIXELS[5]] = 7  # constant
    table.loc[3, PIXELS[0]] = np.nan
    table.to_csv(tmp_path / "pixels.csv", index=False)
    data_set = rows_of(config(tmp_path, "pixels", data={"validation": 0}))
    assert data_set.training.x.shape == (ROWS, len(PIXELS))
    assert data_set.training.x[3, 0] == 0
    assert data_set.notes == ("classification, as kind is text (task: to choose)",)


def test_odd_files_are_told_all_at_once_with_their_rows(folder, tmp_path, monkeypatch):
    table = pd.read_csv(folder / "files.csv")
    table["file"] = [str(folder / name) for name in table["file"]]
    Image.new("RGB", (9, 9)).save(tmp_path / "large.png")
    table.loc[[0, 7, 21, 50], "file"] = ["gone.png", "large.png", None, __file__]
    table.to_csv(tmp_path / "files.csv", index=False)
    with pytest.raises(DataError) as caught:
        rows_of(config(tmp_path, "files"))
    where = tmp_path / "files.csv"
    assert [(each.place, each.message) for each in caught.value.problems] == [
        (f"{where}, row 1", f"{tmp_path}/gone.png: no such file or directory"),
        (
            f"{where}, row 8",
            f"{tmp_path}/large.png: is 9 × 9 pixels (height × width), and 3 × 4 were expected",
        ),
        (f"{where}, row 22", "no file is named"),
        (f"{where}, row 51", f"{__file__}: is no PNG, and a PNG was expected"),
    ]


REFUSED = {
    "too many columns": (
        {"data": {"image": {"height": 3, "width": 3, "channels": 3}}}, DataError, "data.image",
        "a picture of 3 × 3 × 3 (height × width × channels) has 27 pixels, and", "36 columns",
    ),
    "encoding": ({"data": {"encoding": "piecewise"}}, ConfigError, "data.encoding", "no use", ""),
    "leakage": ({"data": {"leakage": "exclude"}}, ConfigError, "data.leakage", "no use", ""),
    "types": (
        {"data": {"types": {PIXELS[0]: "category"}}}, ConfigError, f"data.types.{PIXELS[0]}",
        "a pixel, a number", "",
    ),
    "augment without pictures": (
        {"data": {"image": None}, "augment": {"shift": 1}}, ConfigError, "augment", "no row is one",
        "",
    ),
    "a picture of nothing": (
        {"data": {"image": {"height": 1024, "width": 1025}}}, ConfigError, "data.image.channels",
        "more than 1,048,576 numbers", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_use_beside_pixels_is_refused_where_it_stands(folder, case):
    keys, kind, key, *words = REFUSED[case]
    given = config(folder, "pixels", **{k: v for k, v in keys.items() if k != "data"})
    given["data"] |= keys["data"]
    path = folder / "refused.yaml"
    path.write_text(json.dumps(given))
    with pytest.raises(kind) as caught:
        rows_of(path)
    (problem,) = caught.value.problems
    assert problem.place == f"{path}:1: {key}"
    for each in words:
        assert each in problem.message
    assert problem.remedy


def test_a_column_that_is_no_pixel_is_named(folder, tmp_path):
    table = pd.read_csv(folder / "pixels.csv")
    table.insert(0, "number", range(ROWS))
    table.to_csv(tmp_path / "pixels.csv", index=False)
    with pytest.raises(DataError) as caught:
        rows_of(config(tmp_path, "pixels"))
    assert "data.exclude: [number]" in caught.value.problems[0].remedy
    rows_of(config(tmp_path, "pixels", data={"exclude": ["number"]}))


def test_an_encoder_of_other_rows_is_refused(folder):
    run = ann_cli.train(config(folder, "pixels"), resume=False)
    begin(load(config(folder, "pixels")), dry=True, encoder=run.path)
    for image in (None, {"height": WIDTH, "width": HEIGHT, "channels": 3}):
        other = config(folder, "pixels", data={"image": image})
        with pytest.raises(AnnError, match="the encoder's rows are 3 × 4 × 3"):
            begin(load(other), dry=True, encoder=run.path)


def test_pictures_move_in_training_steps_alone(folder):
    still = ann_cli.train(config(folder, "pixels", epochs=1), resume=False)
    moved = ann_cli.train(config(folder, "pixels", epochs=1, augment={"shift": 2}), resume=False)
    assert (still.model.network.stored != moved.model.network.stored).any()
    frame = pd.read_csv(folder / "pixels.csv")
    pd.testing.assert_frame_equal(
        moved.model.predict(frame, probabilities=True),
        moved.model.predict(frame, probabilities=True),
    )
    none = config(folder, "pixels", epochs=1, augment={"shift": 0})
    stored = ann_cli.train(none, resume=False).model.network.stored
    np.testing.assert_array_equal(stored, still.model.network.stored)


@pytest.mark.parametrize("which", ["pixels", "files"])
def test_init_writes_a_config_that_trains(folder, which, monkeypatch):
    monkeypatch.chdir(folder)
    if which == "pixels":
        places = product(range(HEIGHT), range(WIDTH), range(3))
        table = pd.read_csv("pixels.csv")
        table.columns = [*("p{}_{}_{}".format(*place) for place in places), "kind"]
        table.to_csv("named.csv", index=False)
    text, _ = start_config("named.csv" if which == "pixels" else "files.csv", "kind")
    (folder / f"{which}.yaml").write_text(text)
    image = load(folder / f"{which}.yaml").data.image
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image.column == (None if which == "pixels" else "file")
    data_set = rows_of(folder / f"{which}.yaml")
    kinds = [layer.key() for layer in data_set.config.layers]
    assert kinds == ["conv", "pool", "units"]
    assert data_set.config.reasons["layers"]


def test_pictures_without_layers_get_a_network_by_their_size(folder):
    made = config(folder, "files", data={"stream": True})
    del made["layers"], made["epochs"]
    streamed = rows_of(made)
    assert [layer.key() for layer in streamed.config.layers] == ["conv", "pool", "units"]
    assert streamed.config.ensemble.members == 4
    sizes = {8: 2, 28: 2, 64: 3, 224: 4}
    for side, stages in sizes.items():
        layers = keys_for((side, side, 1), 1000)["layers"]
        assert len(layers) == 2 * stages + 1
    assert keys_for((28, 28, 1), 60_000)["epochs"] == 5
    assert begin(load(made), dry=True).model.network.inputs == HEIGHT * WIDTH * 3


@pytest.mark.parametrize("ensemble", [None, {"members": 4, "folds": 2}])
def test_the_same_config_without_its_convolutions_stands_beside_it(folder, ensemble):
    layers = [{"conv": 2, "kernel": 2}, {"pool": 2}, {"units": 3}]
    made = config(folder, "pixels", layers=layers, ensemble=ensemble, epochs=1)
    told = ann_cli.train(made, resume=False).metrics
    assert list(told["baselines"]) == ["majority", "linear", "without_convolutions"]
    flat = config(folder, "pixels", layers=[{"units": 3}], ensemble=ensemble, epochs=1)
    alone = ann_cli.train(flat | {"save_to": str(folder / "flat")}, resume=False).metrics
    assert "without_convolutions" not in alone["baselines"]
    if ensemble is None:
        streamed = made | {"data": made["data"] | {"stream": True}}
        again = ann_cli.train(streamed, resume=False).metrics["baselines"]
        assert list(again) == list(told["baselines"])
        # Of one epoch the last is the best.
        same = alone["validation"]["log_loss"]
        assert told["baselines"]["without_convolutions"]["log_loss"] == pytest.approx(same)


@pytest.mark.parametrize(
    "changes",
    [
        {"picture": [1 << 20, 1 << 20, 3]},
        {"picture": [HEIGHT, 0, 3]},
        {"picture": [HEIGHT, WIDTH]},
        {"picture": [HEIGHT, WIDTH, 1]},
        {"picture": "large"},
        {"centers": [0.0]},
        {"scales": [0.0, 1.0, 1.0]},
        {"kind": "number"},
    ],
)
def test_a_damaged_record_of_pictures_is_refused_before_it_takes_memory(folder, changes):
    stored = rows_of(config(folder, "files")).encoder.to_dict()
    assert Encoder.from_dict(stored).to_dict() == stored
    damaged = {**stored, "features": [{**stored["features"][0], **changes}]}
    with pytest.raises(ValueError, match=r"."):
        Encoder.from_dict(damaged)


@pytest.mark.parametrize("stream", [False, True])
def test_a_picture_that_changed_is_seen(folder, tmp_path, stream):
    """By --resume, by verify and by evaluate, though the CSV that names it is the same."""
    copytree(folder / "files", tmp_path / "files")
    copy(folder / "files.csv", tmp_path)
    keys = {"stream": stream, "test": 0.2}
    asked = config(tmp_path, "files", data=keys, epochs=1, save_to=str(tmp_path / "run"))
    path = ann_cli.train(asked).path
    model, csv = ann_cli.load(path), str(tmp_path / "files.csv")
    more = load(asked | {"epochs": 2})
    first, other = tmp_path / "files" / "0.png", tmp_path / "files" / "1.png"
    assert set(evaluate(model, csv).sides) == {"training", "validation", "test"}
    before = first.read_bytes()
    first.write_bytes(other.read_bytes())
    assert not evaluate(model, csv).sides
    assert stream or "data file_pictures" in verify(path).differs
    with pytest.raises(DataError, match="a picture that this file names changed since the") as told:
        begin(more, resume=True)
    assert told.value.problems[0].place == csv
    # Two that were swapped are others, too.
    first.write_bytes(other.read_bytes())
    other.write_bytes(before)
    assert not evaluate(model, csv).sides
