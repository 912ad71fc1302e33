"""A Boltzmann machine of a table: what it learns, draws and tells, and what it refuses."""

import io
import json

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.config.read import load as load_config
from ann_cli.errors import AnnError
from ann_cli.insight.inspection import inspect, inspect_data
from ann_cli.report.page.material import material
from ann_cli.report.page.report import shown
from ann_cli.run import begin, evaluate, load
from ann_cli.run.result import Run
from ann_cli.run.sampling import samples

ROWS = 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """bits.csv: columns that are 0 or 1; mixed.csv: numbers, a category, yes or no, gaps."""
    found, generator = tmp_path_factory.mktemp("machine"), np.random.default_rng(0)
    one = generator.random(ROWS) < 0.5
    flipped = generator.random((ROWS, 6)) < 0.05
    bits = (one[:, None] ^ flipped ^ np.array([0, 0, 0, 1, 1, 1], bool)).astype(int)
    pd.DataFrame(bits, columns=list("abcdef")).to_csv(found / "bits.csv", index=False)
    mixed = pd.DataFrame({"size": np.where(one, 30.0, 10.0) + generator.normal(size=ROWS)})
    mixed["weight"] = mixed["size"] * 2 + generator.normal(size=ROWS)
    mixed["kind"] = np.where(one, "=big", "small")
    mixed["sure"] = np.where(generator.random(ROWS) < 0.8, "yes", "no")
    mixed.loc[generator.random(ROWS) < 0.1, "weight"] = None
    mixed.to_csv(found / "mixed.csv", index=False)
    return found


def keys(folder, file="bits.csv", **others):
    data = {"file": str(folder / file)} | others.pop("data", {})
    usual = {"model": "boltzmann", "layers": [{"units": 8}], "epochs": 60}
    usual["save_to"] = str(folder / others.pop("save_to", f"run_{file}"))
    return {"data": data, **usual, **others}


@pytest.fixture(scope="module")
def run(folder):
    return ann_cli.train(keys(folder, epochs=150, batch_size=8, learning_rate=0.1, chains=20))


@pytest.fixture(scope="module")
def mixed(folder):
    return ann_cli.train(keys(folder, "mixed.csv", epochs=300, learning_rate=0.03))


def test_what_is_drawn_is_like_the_rows(folder, run):
    rows = pd.read_csv(folder / "bits.csv")
    drawn = pd.concat(samples(run.model, 2_000, seed=1, sweeps=100), ignore_index=True)
    assert drawn.columns.tolist() == rows.columns.tolist()
    assert set(np.unique(drawn)) == {0, 1}
    assert np.abs(drawn.mean() - rows.mean()).max() < 0.06
    assert np.abs(drawn.corr() - rows.corr()).to_numpy().max() < 0.12
    again = pd.concat(samples(run.model, 2_000, seed=1, sweeps=100), ignore_index=True)
    assert drawn.equals(again)


def test_numbers_are_drawn_in_their_own_units_with_categories_and_gaps(mixed):
    drawn = pd.concat(samples(mixed.model, 2_000, sweeps=300), ignore_index=True)
    big, small = (drawn[drawn["kind"] == kind] for kind in ("=big", "small"))
    assert mixed.metrics["boltzmann"]["visible"] == "gaussian"
    assert (big["size"].mean(), small["size"].mean()) == pytest.approx((30, 10), abs=1.5)
    assert big["weight"].mean() == pytest.approx(60, abs=8)  # gaps enter as the median, 40
    assert drawn["weight"].isna().mean() == pytest.approx(0.1, abs=0.04)
    assert (drawn["sure"] == "yes").mean() == pytest.approx(0.8, abs=0.06)


def test_hidden_units_and_reconstructions_follow_from_the_stored_arrays(run, folder):
    arrays = np.load(run.path)
    x = pd.read_csv(folder / "bits.csv").to_numpy(float)
    hidden = 1 / (1 + np.exp(-x @ arrays["layers.0.weights"] - arrays["layers.0.bias"]))
    z = hidden @ arrays["layers.0.weights"].T + arrays["layers.0.visible_bias"]
    frame = pd.read_csv(folder / "bits.csv")
    found = load(run.path).predict(frame)
    assert found.columns.tolist() == [f"hidden_1_{unit}" for unit in range(1, 9)]
    np.testing.assert_allclose(found, hidden, atol=1e-5)
    rebuilt = load(run.path).predict(frame, shown="reconstruct")
    assert rebuilt.columns.tolist() == [f"rebuilt_{name}" for name in "abcdef"]
    np.testing.assert_allclose(rebuilt, 1 / (1 + np.exp(-z)), atol=1e-5)


def test_it_is_judged_beside_base_rates_and_a_deep_one_beside_one_layer(run, folder):
    metrics = run.metrics
    assert set(metrics["baselines"]) == {"base_rates"}
    assert metrics["verdict"]["base_rates"]["verdict"] == "beats"
    assert metrics["baselines"]["base_rates"]["r2"] == pytest.approx(0, abs=0.05)
    deep = ann_cli.train(
        keys(folder, layers=[{"units": 5}, {"units": 3}], epochs=2, save_to="deep")
    )
    assert set(deep.metrics["baselines"]) == {"base_rates", "one_layer"}
    assert deep.metrics["epochs"] == 2 + 2 * 60
    assert {record["layer"] for record in deep.history} == {0, 1, 2}


def test_history_tells_of_reconstruction_pseudo_likelihood_and_free_energies(run):
    first, last = run.history[0], run.history[-1]
    assert {"reconstruction", "pseudo_likelihood", "free_energy_gap"} <= last.keys()
    assert last["reconstruction"] < first["reconstruction"]
    assert first["pseudo_likelihood"] < last["pseudo_likelihood"] < 0
    written = pd.read_csv(run.path.parent / "history.csv")
    assert len(written) == len(run.history)


def test_rows_in_memory_and_streamed_give_the_same(folder):
    asked = {"epochs": 2, "layers": [{"units": 4}, {"units": 2}]}
    paths = [
        ann_cli.train(
            keys(folder, data={"stream": stream, "validation": 0}, save_to=f"s{stream}", **asked)
        ).path
        for stream in (True, False)
    ]
    first, second = map(np.load, paths)
    for name in first.files[:-1]:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def test_a_training_that_was_interrupted_goes_on_to_the_byte(folder):
    asked = keys(folder, layers=[{"units": 5}, {"units": 3}], save_to="whole")
    asked |= {"pretraining": {"epochs": 2}, "epochs": 3, "checkpoint_every": 0}
    whole = ann_cli.train(asked)
    stopped = {**asked, "save_to": str(folder / "stopped")}
    for epochs in (2, 5):  # within pretraining, and with all layers
        with begin(load_config(stopped), resume=epochs > 2) as started:
            for record in started.epochs():
                if record["epoch"] == epochs:
                    break
    resumed = ann_cli.train(stopped, resume=True)
    for name in ("weights.npz", "history.csv"):
        assert (resumed.path.parent / name).read_bytes() == (whole.path.parent / name).read_bytes()


def test_inspection_tells_what_units_go_with_and_which_never_change(run, folder):
    found = inspect(run.model)
    weights = np.load(run.path)["layers.0.weights"]
    (layer,) = found["layers"]
    for unit, own in zip(layer["units"], weights.T, strict=True):
        assert unit["strongest"][0]["input"] == "abcdef"[np.abs(own).argmax()]
    x = run.model.encoder.transform(pd.read_csv(folder / "bits.csv").astype(float), "float32")
    on = inspect_data(run.model, x, None, 1)["layers"][0]["on"]
    np.testing.assert_allclose(on, run.model.network.hidden(x).mean(axis=0), atol=1e-5)
    machine = run.model.network
    before = machine.biases[1].copy()
    machine.biases[1][:2] = 50, -50
    try:
        (layer,) = inspect(run.model)["layers"]
        assert (layer["always_on"], layer["always_off"]) == ([1], [2])
    finally:
        machine.biases[1][...] = before


def test_a_report_has_a_section_of_the_machine(mixed, folder):
    names = [name for name, _, _ in shown(material(Run.load(mixed.path)))]
    assert "machine" in names
    assert "map" not in names


def test_numbers_that_are_whole_from_0_on_are_pixels(folder, tmp_path):
    frame = pd.DataFrame(np.random.default_rng(0).integers(0, 17, (60, 4)), columns=list("wxyz"))
    frame.to_csv(folder / "pixels.csv", index=False)
    config = ann_cli.train(keys(folder, "pixels.csv", epochs=1)).model.config
    assert (config.visible, config.data.scaling) == ("binary", "minmax")
    # Cells of new rows beyond those of the training rows are black or white.
    far = frame.assign(w=1_000)
    model = load(folder / "run_pixels.csv")
    assert model.predict(far).equals(model.predict(frame.assign(w=16)))


REFUSED = [
    ({"visible": "binary", "data": {"scaling": "none"}}, "mixed.csv", "column size goes from"),
    ({"visible": "rating"}, "bits.csv", "ratings are of users and items"),
    ({"layers": []}, "bits.csv", "has a layer of hidden units"),
    ({"layers": [{"units": 3, "activation": "tanh"}]}, "bits.csv", "a number of units"),
    ({"optimizer": "adam"}, "bits.csv", "optimizer has no use"),
    ({"data": {"target": "a"}}, "bits.csv", "learns without a target"),
    ({"model": "network", "chains": 5, "data": {"target": "a"}}, "bits.csv", "chains is for model"),
]


@pytest.mark.parametrize(("others", "file", "message"), REFUSED, ids=[each[2] for each in REFUSED])
def test_what_makes_no_sense_is_refused(folder, others, file, message):
    with pytest.raises(AnnError, match=message):
        ann_cli.train(
            keys(folder, file, save_to="refused")
            | others
            | {"data": {"file": str(folder / file)} | others.get("data", {})}
        )


def test_the_command_draws_rows_as_csv_and_json(ann, run, mixed):
    out = ann("sample", str(run.path), "--rows", "7", "--steps", "5").stdout
    rows = pd.read_csv(io.StringIO(out))
    assert rows.shape == (7, 6)
    assert out == ann("sample", str(run.path), "--rows", "7", "--steps", "5").stdout
    assert out != ann("sample", str(run.path), "--rows", "7", "--steps", "5", "--seed", "1").stdout
    document = json.loads(ann("sample", str(run.path), "--rows", "3", "--json").stdout)
    assert len(document["rows"]) == 3
    safe = ann("sample", str(mixed.path), "--rows", "60", "--safe-csv").stdout
    assert ",'=big," in safe
    means = pd.read_csv(io.StringIO(ann("sample", str(run.path), "--means").stdout))
    assert ((means > 0) & (means < 1)).all(axis=None)


def test_what_draws_nothing_says_so(ann, folder, tmp_path):
    other = ann_cli.train(keys(folder, save_to="coder", model="autoencoder", epochs=1))
    assert "draws no rows" in ann("sample", str(other.path), status=2).stderr


def test_evaluation_and_standard_input(ann, run, folder):
    found = evaluate(run.model, str(folder / "bits.csv"))
    assert found.scores["r2"] == pytest.approx(run.metrics["training"]["r2"], abs=0.1)
    text = (folder / "bits.csv").read_text()
    out = ann("predict", str(run.path), "-", input=text).stdout
    assert len(out.splitlines()) == ROWS + 1
