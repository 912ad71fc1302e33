"""A self-organizing map of a table: what it learns, what it says of rows, and what it refuses."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.pairwise import nan_euclidean_distances

import ann_cli
from ann_cli.config.read import load as load_config
from ann_cli.data.rows import streaming
from ann_cli.engine.maps.grid import Grid
from ann_cli.engine.maps.map import Map
from ann_cli.errors import AnnError, WeightsError
from ann_cli.insight.map_regions import regions
from ann_cli.insight.maps import inspect_map, u_heights
from ann_cli.report.page.charts import on_page
from ann_cli.report.page.material import material
from ann_cli.report.page.report import figures, shown
from ann_cli.run import evaluate
from ann_cli.run.result import Run

ROWS = 300


@pytest.fixture(scope="module")
def frame():
    """Three groups of rows, with a label that some lack, and cells missing in two columns."""
    generator = np.random.default_rng(3)
    group = generator.integers(0, 3, ROWS)
    centers = np.array([[0, 0, 50], [4, 1, 60], [0, 5, 40]])
    x = centers[group] + generator.normal(size=(ROWS, 3)) * [0.5, 0.5, 3]
    found = pd.DataFrame(x, columns=["a", "=b", "c"])
    found["kind"] = np.where(group == 1, "warm", "cold")
    found["on"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(group * 30, unit="D")
    found["group"] = np.array(["p", "q", "r"])[group]
    for column in ("a", "kind", "group"):
        found.loc[generator.random(ROWS) < 0.1, column] = None
    return found


@pytest.fixture(scope="module")
def folder(frame, tmp_path_factory):
    path = tmp_path_factory.mktemp("map")
    frame.to_csv(path / "rows.csv", index=False)
    return path


@pytest.fixture(scope="module")
def run(folder):
    return ann_cli.train(_keys(folder))


def _keys(folder, save_to="run", **keys):
    data = {"file": str(folder / "rows.csv"), "label": "group"} | keys.pop("data", {})
    usual = {"model": "som", "grid": [5, 4], "save_to": str(folder / save_to)}
    return {"data": data, **usual, **keys}


def _inputs(frame, model):
    """Return rows × inputs, NaN where a cell is missing, by pandas alone."""
    own = {each.name: each for each in model.encoder.features}
    seconds = (frame["on"] - pd.Timestamp("1970-01-01")).dt.total_seconds()
    columns = []
    for name in model.encoder.input_columns:
        if name == "kind":
            known = frame["kind"].notna()
            each_one = (frame["kind"] == each for each in own[name].categories)
            columns += [is_it.astype(float).where(known) for is_it in each_one]
        else:
            values = seconds if name == "on" else frame[name]
            columns.append((values - own[name].center) / own[name].scale)
    return np.stack(columns, axis=1)


def test_a_row_is_of_the_unit_nearest_over_its_known_cells(frame, run):
    model = run.model
    x = _inputs(frame, model)
    assert x.shape[1] == model.network.inputs  # no input says that a cell is missing
    apart = nan_euclidean_distances(x, model.network.weights)
    found = model.predict(frame)
    assert found.columns.tolist() == ["unit", "row", "column", "distance"]
    np.testing.assert_allclose(found["distance"], apart.min(axis=1), rtol=1e-4)
    assert (found["unit"] == apart.argmin(axis=1)).all()
    assert (found["unit"] == 4 * found["row"] + found["column"]).all()


def test_scores_are_those_of_what_is_predicted(frame, run, folder):
    network, found = run.model.network, run.model.predict(frame)
    scores = evaluate(run.model, str(folder / "rows.csv")).scores
    assert scores["quantization_error"] == pytest.approx(found["distance"].mean(), rel=1e-5)
    assert scores["loss"] == pytest.approx(scores["quantization_error"])
    second = network.predict(_inputs(frame, run.model).astype("float32"))[:, 2]
    near = np.hypot(found["row"] - second // 4, found["column"] - second % 4) < 1.5
    assert scores["topographic_error"] == pytest.approx(1 - near.mean())
    majority = np.array(run.model.encoder.label.classes)[network.labels.argmax(axis=1)]
    known = frame["group"].notna()
    some = network.labels.sum(axis=1)[found["unit"]] > 0
    pure = (majority[found["unit"]] == frame["group"]) & some
    assert scores["purity"] == pytest.approx(pure[known].mean())
    assert scores["purity"] > 0.95  # three groups that lie far apart
    assert network.hits.sum() == run.metrics["training"]["rows"]


def test_the_baselines_are_kmeans_and_the_plane(run, frame):
    metrics = run.metrics
    assert metrics["baselines"]["kmeans"]["topographic_error"] is None
    assert metrics["baselines"]["plane"]["quantization_error"] > 1.5 * _error(metrics)
    assert metrics["baselines"]["kmeans"]["quantization_error"] < _error(metrics)
    x = _inputs(frame, run.model)
    filled = np.where(np.isnan(x), np.nanmean(x, axis=0), x)
    peer = KMeans(20, n_init=3, random_state=0).fit(filled).transform(filled).min(axis=1)
    assert metrics["baselines"]["kmeans"]["quantization_error"] == pytest.approx(
        peer.mean(), rel=0.15
    )


def _error(metrics):
    return metrics["validation"]["quantization_error"]


@pytest.mark.parametrize("rule", ["batch", "online"])
def test_what_is_saved_streamed_and_piped_is_the_same(
    frame, folder, ann, rule, monkeypatch, tmp_path
):
    for name in ("ROWS", "LEAST"):  # parts of the file are none of the blocks
        monkeypatch.setattr(streaming, name, 64)
    keys = {"rule": rule, "epochs": 2, "data": {"validation": 0}}
    memory, streamed = (
        ann_cli.train(_keys(folder, f"{rule} {stream}", **_streamed(keys, stream)))
        for stream in (False, True)
    )
    assert memory.model.network.stored.tobytes() == streamed.model.network.stored.tobytes()
    again = ann_cli.load(memory.path)
    pd.testing.assert_frame_equal(again.predict(frame), memory.model.predict(frame))
    config = tmp_path / "c.yaml"
    config.write_text(
        f"data: {{file: '-', label: group, validation: 0}}\nmodel: som\ngrid: [5, 4]\n"
        f"rule: {rule}\nepochs: 2\nsave_to: run\n"
    )
    text = (folder / "rows.csv").read_text()
    ann("train", config, input=text)
    piped = ann_cli.load(tmp_path / "run")
    assert piped.network.stored.tobytes() == memory.model.network.stored.tobytes()


def _streamed(keys, stream):
    return {**keys, "data": {**keys["data"], "stream": stream}}


def test_a_config_has_a_grid_and_a_radius_for_its_rows(frame, folder):
    keys = _keys(folder, "auto", epochs=1)
    del keys["grid"]
    model = ann_cli.train(keys).model
    lines, places = model.config.grid
    assert lines * places == pytest.approx(5 * np.sqrt(0.8 * ROWS), rel=0.1)
    filled = np.nan_to_num(_inputs(frame, model))
    sizes = np.linalg.svd(filled - filled.mean(axis=0), compute_uv=False)
    assert lines / places == pytest.approx(sizes[0] / sizes[1], rel=0.25)
    assert model.config.radius == [lines / 2, 0.5]
    written = (folder / "auto" / "config.yaml").read_text()
    again = load_config(folder / "auto" / "config.yaml")
    assert (again.grid, again.radius) == ([lines, places], [lines / 2, 0.5])
    assert "√240 = 77 units" in written
    for key in ("layers", "optimizer", "target", "batch_size", "noise"):
        assert f"\n{key}:" not in written
        assert f" {key}:" not in written


@pytest.mark.parametrize(
    ("keys", "place", "message"),
    [
        ({"data": {"target": "a"}}, "data.target", "without a target"),
        ({"layers": [{"units": 3}]}, "layers", "no use with model: som"),
        ({"optimizer": "sgd"}, "optimizer", "no use with model: som"),
        ({"early_stopping": {"patience": 3}}, "early_stopping", "no use with model: som"),
        ({"model": "autoencoder", "grid": [2, 2]}, "data.label", "is for model: som"),
        ({"engine": "numba"}, "engine", "does not compile the batch rule"),
        ({"grid": [0, 3]}, "grid.0", "of at least 1"),
        ({"radius": [3, 0]}, "radius.1", "of at least 0.1"),
        ({"data": {"label": "gruop"}}, "data.label", "no column 'gruop'"),
    ],
)
def test_keys_that_make_no_sense_are_refused(folder, keys, place, message):
    with pytest.raises(AnnError, match=message) as error:
        ann_cli.train(_keys(folder, "refused", **{"epochs": 1} | keys))
    assert error.value.problems[0].place.endswith(place)


def test_a_label_has_some_values(folder, frame, tmp_path):
    for values, message in (
        (["one"] * ROWS, "no two different values"),
        ([f"v{at}" for at in range(1500)], "more than 1,000"),
    ):
        pd.DataFrame({"a": np.arange(len(values)), "group": values}).to_csv(
            tmp_path / "rows.csv", index=False
        )
        with pytest.raises(AnnError, match=message):
            ann_cli.train(_keys(tmp_path))


def test_rows_that_say_little(frame, run, ann, folder, tmp_path):
    """None of the cells known; a new value; the label is not asked for; a formula's name."""
    strange = frame.head(3).drop(columns="group").astype({"on": object})
    strange.iloc[0] = None
    strange.loc[1, "kind"] = "lukewarm"
    text = strange.to_csv(index=False)
    found = ann("predict", run.path, "-", input=text)
    first, second, *_ = found.stdout.splitlines()[1:]
    assert first == ",,,"
    assert second.count(",") == 3
    assert "1 row without any known cell: left empty" in found.stderr
    assert "kind: values not seen in training in 1 cell" in found.stderr
    line = ann("predict", run.path, "-", "--format", "jsonl", input=text).stdout.splitlines()[0]
    assert json.loads(line) == dict.fromkeys(("unit", "row", "column", "distance"))
    both = ann("predict", run.path, "-", "--append", "--safe-csv", input=text).stdout
    assert both.splitlines()[0] == "a,'=b,c,kind,on,unit,row,column,distance"
    path = tmp_path / "strange.csv"
    path.write_text(text)
    scores = evaluate(run.model, str(path)).scores
    assert scores["purity"] is None
    assert scores["quantization_error"] > 0


def test_a_new_feature_can_be_learned_from(folder, ann, run):
    """`--append` makes the unit a column, which another training takes."""
    table = ann("predict", run.path, folder / "rows.csv", "--append").stdout
    (folder / "more.csv").write_text(table)
    keys = {"file": str(folder / "more.csv"), "target": "group", "types": {"unit": "category"}}
    keys["features"] = ["unit"]
    config = {"data": keys, "layers": [], "epochs": 30, "save_to": str(folder / "more")}
    assert ann_cli.train(config).metrics["validation"]["accuracy"] > 0.9


def test_what_is_inspected_is_in_the_columns_own_units(frame, run, ann):
    document = json.loads(ann("inspect", run.path, "--json").stdout)
    assert sum(unit["rows"] for unit in document["units"]) == 0.8 * ROWS
    planes = {(each["column"], each["value"]): each["values"] for each in document["planes"]}
    assert len(planes) == 6  # three numbers, a date, two categories
    assert 35 < min(planes["c", None]) < 42 < 58 < max(planes["c", None]) < 65
    warm = np.array(planes["kind", "warm"])
    assert ((warm >= 0) & (warm <= 1)).all()
    first, second = (pd.to_datetime(f(planes["on", None]), unit="s") for f in (min, max))
    assert frame["on"].min() <= first < second <= frame["on"].max()
    labels = {each["label"]: each["rows"] for each in document["labels"]}
    assert sum(labels.values()) == run.model.network.labels.sum()
    assert len(document["regions"]) == 3
    for region in document["regions"]:
        assert max(region["labels"].values()) > 0.95 * sum(region["labels"].values())
        assert abs(region["apart"][0]["deviations"]) > 0.8
    told = ann("inspect", run.path, "--data", "-", input=frame.to_csv(index=False)).stderr
    assert "U-matrix" in told
    assert f"{ROWS} rows of --data" in told
    assert max(map(len, told.splitlines())) <= 80


def test_borders_lie_between_units_that_differ():
    """Two plateaus of units: high where they meet, and two regions."""
    network = Map(Grid(4, 6), 1, 0, "float64")
    network.weights[...] = np.where(np.arange(24) % 6 < 3, 0.0, 9.0)[:, None]
    network.hits[...] = 1
    heights = u_heights(network).reshape(4, 6)
    assert (heights[:, [0, 1, 4, 5]] == 0).all()
    assert (heights[:, 2:4] > 3).all()
    np.testing.assert_allclose(heights[0, 2], 9 * 2 / 5)  # two of its five neighbours are far
    found = regions(network).reshape(4, 6)
    assert (found == found[0]).all()
    assert found[0].tolist() in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0])


def test_regions_are_those_of_ward_among_neighbours():
    """Where each unit has one row; of more rows in some the joins are others."""
    grid = Grid(5, 6)
    network = Map(grid, 3, 0, "float64")
    generator = np.random.default_rng(1)
    network.weights[...] = generator.normal(size=(30, 3)) + grid.positions[:, :1] // 2 * 3
    network.hits[...] = 1
    found = regions(network)
    beside = np.zeros((30, 30))
    beside[tuple(grid.pairs.T)] = 1
    peer = AgglomerativeClustering(found.max() + 1, connectivity=beside + beside.T)
    assert adjusted_rand_score(peer.fit_predict(network.weights), found) == 1
    assert (np.diff(np.bincount(found)) <= 0).all()
    network.hits[:12] = 500
    assert adjusted_rand_score(regions(network), found) < 1


@pytest.mark.parametrize("grid", [[1, 1], [1, 7], [2, 1]])
def test_small_maps(folder, grid):
    run = ann_cli.train(_keys(folder, "small", grid=grid, epochs=3))
    document = inspect_map(run.model)
    assert len(document["units"]) == grid[0] * grid[1]
    assert run.metrics["validation"]["quantization_error"] > 0


@pytest.mark.parametrize("topology", ["rectangular", "hexagonal"])
def test_a_report_shows_the_map(folder, topology):
    run = ann_cli.train(_keys(folder, topology, topology=topology, epochs=3))
    sections = shown(material(Run.load(run.path)))
    assert [name for name, _, _ in sections] == ["result", "careful", "map", "learning", "again"]
    found = figures(sections)
    for name in ("u-matrix", "hits", "labels", "regions", "plane-c", "plane-kind-warm"):
        assert len(on_page(found[name].chart())["data"]["values"]) == 20, name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"map.hits": np.full(20, -1, "float32")}, "below 0"),
        ({"map.labels": np.zeros((20, 2), "float32")}, "damaged"),
        ({"grid": [50_000, 50_000]}, "damaged"),
        ({"grid": "auto"}, "damaged"),
        ({"topology": "round"}, "damaged"),
    ],
)
def test_a_file_that_was_changed_is_refused(run, tmp_path, change, message):
    with np.load(run.path) as stored:
        arrays = dict(stored)
    metadata = json.loads(str(arrays.pop("metadata")))
    metadata["config"] |= {key: value for key, value in change.items() if "." not in key}
    arrays |= {key: value for key, value in change.items() if "." in key}
    np.savez(tmp_path / "w.npz", **arrays, metadata=np.array(json.dumps(metadata)))
    with pytest.raises(WeightsError, match=message):
        ann_cli.load(tmp_path / "w.npz")


def test_a_starter_can_be_trained(ann, folder, tmp_path):
    text = ann("init", folder / "rows.csv", "--model", "som").stdout
    (tmp_path / "c.yaml").write_text(text)
    assert "\nmodel: som" in text
    assert ann("check", tmp_path / "c.yaml").returncode == 0
    ann("train", tmp_path / "c.yaml", "--set", "epochs=1", "--set", "data.label=group")
