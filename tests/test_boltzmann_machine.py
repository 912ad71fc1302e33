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
from ann_cli.insight.machines import inspect_machine
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


@pytest.fixture(scope="module")
def users(folder):
    """Users of two kinds, each of whom has most of the ten items of the kind, and rates them."""
    generator, rows = np.random.default_rng(0), []
    for user in range(120):
        for item in range(20):
            own = item % 2 == user % 2
            if generator.random() < (0.6 if own else 0.1):
                rating = generator.integers(4, 6) if own else generator.integers(1, 3)
                rows.append((f"u{user}", f"=i{item}" if item == 3 else f"i{item}", rating))
    frame = pd.DataFrame(rows, columns=["user", "item", "rating"])
    frame.to_csv(folder / "ratings.csv", index=False)
    return frame


def of_users(folder, rated, **others):
    columns = {"user": "user", "item": "item"} | ({"rating": "rating"} if rated else {})
    usual = {"layers": [{"units": 10}], "epochs": 60, "learning_rate": 0.5 if rated else 0.1}
    data = {**columns, "validation": 0.2} | others.pop("data", {})
    return keys(folder, "ratings.csv", data=data, **{**usual, **others})


@pytest.fixture(scope="module")
def chosen(folder, users):
    return ann_cli.train(of_users(folder, rated=False, save_to="chosen"))


@pytest.fixture(scope="module")
def rated(folder, users):
    return ann_cli.train(of_users(folder, rated=True, save_to="rated"))


def test_users_get_items_of_their_kind_that_they_have_not(ann, chosen, folder, users):
    assert chosen.model.config.visible == "binary"
    assert chosen.metrics["verdict"]["popularity"]["verdict"] == "beats"
    found = pd.read_csv(io.StringIO(ann("recommend", str(chosen.path), "--top", "2").stdout))
    number = found["item"].str.strip("=i").astype(int)
    assert (number % 2 == found["user"].str[1:].astype(int) % 2).mean() > 0.9
    trained = chosen.model.ratings
    assert len(found.merge(users)) <= len(users) - trained.known  # but for those that validate
    (folder / "new.csv").write_text("user,item\nnew,i2\nnew,i4\nnew,i8\n")
    told = ann("recommend", str(chosen.path), "--ratings", str(folder / "new.csv"), "--top", "4")
    items = pd.read_csv(io.StringIO(told.stdout))["item"].str.strip("=i").astype(int)
    assert (items % 2 == 0).all()
    assert not {2, 4, 8} & set(items)


def test_ratings_are_the_mean_of_their_levels(rated, users):
    model = rated.model
    assert model.encoder.catalogue.levels == (1, 2, 4, 5)
    assert rated.metrics["verdict"]["item_mean"]["verdict"] == "beats"
    pairs = pd.DataFrame({"user": ["u0", "u0", "nobody"], "item": ["i2", "i1", "i2"]})
    own, other, unknown = model.predict(pairs)["prediction"]
    assert own > 3.5 > 2.5 > other
    catalogue = model.encoder.catalogue
    by_bias = catalogue.expected(np.array([-1]), catalogue.places("item", pairs["item"][:1]))
    assert unknown == pytest.approx(by_bias[0], abs=1e-4)
    arrays = np.load(rated.path)
    at = catalogue.items.index("i2")
    x = np.zeros((1, 20, 4))
    (user,) = catalogue.places("user", pairs["user"][:1])
    columns, values = model.ratings.cells(np.array([user]))[1], model.ratings
    for cell in columns:
        x[0, values.columns[cell], catalogue.levels.index(values.values[cell])] = 1
    h = 1 / (1 + np.exp(-x.reshape(1, -1) @ arrays["layers.0.weights"] - arrays["layers.0.bias"]))
    z = (h @ arrays["layers.0.weights"].T + arrays["layers.0.visible_bias"]).reshape(20, 4)[at]
    p = np.exp(z) / np.exp(z).sum()
    assert own == pytest.approx(p @ np.array(catalogue.levels), abs=1e-4)


def test_users_can_be_drawn_and_inspected(ann, chosen, rated):
    out = ann("sample", str(chosen.path), "--rows", "50").stdout
    drawn = pd.read_csv(io.StringIO(out))
    assert drawn.columns.tolist() == ["user", "item"]
    own = drawn["item"].str.strip("=i").astype(int) % 2
    shares = own.groupby(drawn["user"]).mean()
    assert ((shares < 0.35) | (shares > 0.65)).mean() > 0.7
    assert "is given" in ann("sample", str(rated.path), status=2).stderr
    unit = inspect(rated.model)["units"][0]  # that tells items most apart
    ends = [{int(item.strip("=i")) % 2 for item in unit[end]} for end in ("high", "low")]
    assert [len(each) for each in ends] == [1, 1]
    assert ends[0] != ends[1]
    (layer,) = inspect_machine(rated.model)["layers"]
    assert " = " in layer["units"][0]["strongest"][0]["input"]
    for run in (chosen, rated):
        names = [name for name, _, _ in shown(material(Run.load(run.path)))]
        assert "machine" in names


OF_USERS = [
    ({"layers": [{"units": 3}, {"units": 2}]}, "restricted machine"),
    ({"rows": "item"}, "rows are those of users"),
    ({"visible": "gaussian"}, "no ratings"),
    ({"data": {"exclude": ["rating"]}}, "exclude"),
]


@pytest.mark.parametrize(("others", "message"), OF_USERS, ids=[each[1] for each in OF_USERS])
def test_what_makes_no_sense_of_ratings_is_refused(folder, users, others, message):
    with pytest.raises(AnnError, match=message):
        ann_cli.train(of_users(folder, rated=True, save_to="refused", **others))


def test_ratings_of_many_kinds_are_refused(folder):
    frame = pd.DataFrame({"user": list("abc") * 20, "item": np.arange(60) % 30})
    frame["rating"] = np.linspace(0, 1, 60)
    frame.to_csv(folder / "ratings.csv.gz", index=False)
    asked = of_users(folder, rated=True, save_to="refused")
    asked["data"]["file"] = str(folder / "ratings.csv.gz")
    assert frame["rating"].nunique() > 20
    with pytest.raises(AnnError, match="different ratings"):
        ann_cli.train(asked)


def test_a_training_on_users_goes_on_to_the_byte(folder, users):
    for rated, layers in ((True, [4]), (False, [4, 3])):
        asked = of_users(folder, rated, layers=[{"units": each} for each in layers], epochs=4)
        asked |= {"pretraining": {"epochs": 2}, "checkpoint_every": 0}
        whole = ann_cli.train(asked | {"save_to": str(folder / f"users_{rated}")})
        stopped = asked | {"save_to": str(folder / f"stopped_{rated}")}
        with begin(load_config(stopped)) as started:
            for record in started.epochs():
                if record["epoch"] == 3:
                    break
        resumed = ann_cli.train(stopped, resume=True)
        assert resumed.path.read_bytes() == whole.path.read_bytes()
