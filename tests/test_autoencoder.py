"""An autoencoder of a table: what it learns, what it says of rows, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics import average_precision_score, roc_auc_score

import ann_cli
from ann_cli.cli.init import WITHOUT_TARGET
from ann_cli.config.complete import mirrored
from ann_cli.config.families import OF_RATINGS
from ann_cli.config.models import MODELS
from ann_cli.config.read import load as load_config
from ann_cli.config.starter import starter
from ann_cli.data.columns.decoding import known_inputs, rebuilt
from ann_cli.engine.augmentation import Masking
from ann_cli.engine.layers.dense import Dense
from ann_cli.errors import AnnError
from ann_cli.report.page.material import material
from ann_cli.report.page.report import shown
from ann_cli.run import evaluate
from ann_cli.run.result import Run

ROWS = 240


@pytest.fixture(scope="module")
def frame():
    """Numbers, a date, yes and no, and a category, with cells missing in each kind but the date."""
    generator = np.random.default_rng(3)
    hidden = generator.normal(size=(ROWS, 2))
    found = pd.DataFrame(hidden @ generator.normal(size=(2, 4)), columns=["a", "b", "c", "=d"])
    found["kind"] = np.where(hidden[:, 0] > 0, "warm", "cold")
    found["sure"] = np.where(hidden[:, 1] > 0, "yes", "no")
    found["on"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(ROWS) % 90, unit="D")
    for column in ("a", "kind"):
        found.loc[generator.random(ROWS) < 0.1, column] = None
    return found


@pytest.fixture(scope="module")
def run(frame, tmp_path_factory):
    folder = tmp_path_factory.mktemp("autoencoder")
    frame.to_csv(folder / "rows.csv", index=False)
    return ann_cli.train(_keys(folder, epochs=60, noise=0.1))


def _keys(folder, save_to="run", **keys):
    layers = [{"units": 8, "activation": "tanh"}, {"units": 2, "activation": "tanh"}]
    data = {"file": str(folder / "rows.csv")} | keys.pop("data", {})
    usual = {"model": "autoencoder", "layers": layers, "save_to": str(folder / save_to)}
    return {"data": data, **usual, **keys}


def test_errors_and_their_places_follow_from_the_rebuilt_inputs(frame, run):
    model = run.model
    x = model.encoder.transform(_read(frame), "float32")
    missing = frame["a"].isna().to_numpy()
    squares = np.square(x - model.network.predict(x), dtype=np.float64)
    names = list(model.encoder.inputs)
    # What stands for a cell that is missing counts nothing; that it is missing is known.
    squares[missing, names.index("a")] = 0
    expected = squares.sum(axis=1) / (len(names) - missing)
    found = model.predict(frame)
    np.testing.assert_allclose(found["reconstruction_error"], expected, rtol=1e-5)
    trained = np.sort(model.calibration.scores[0])
    places = [(trained <= error * (1 + 1e-6)).mean() for error in expected]
    np.testing.assert_allclose(found["anomaly"], places, atol=2 / len(trained))
    shares = model.predict(frame, shown="columns")
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
    assert shares.columns.tolist() == [f"error_{name}" for name in frame]


def test_the_code_is_the_narrowest_layer(frame, run):
    model = run.model
    a = model.encoder.transform(_read(frame), "float32")
    for layer in model.network.layers[:2]:
        a = np.tanh(a @ layer.weights + layer.bias)
    code = model.predict(frame, shown="code")
    assert code.columns.tolist() == ["code_1", "code_2"]
    np.testing.assert_allclose(code, a, atol=1e-5)


def test_inputs_become_the_cells_that_they_are_of(frame, run):
    """What no training taught: the encoder's own inputs, decoded."""
    encoder = run.model.encoder
    again = rebuilt(encoder, encoder.transform(_read(frame), "float64"))
    known = frame["a"].notna()
    np.testing.assert_allclose(again["a"][known], frame["a"][known])
    assert (again["kind"].fillna("") == frame["kind"].fillna("")).all()
    assert (again["sure"] == frame["sure"]).all()
    assert (again["on"] == frame["on"].dt.strftime("%Y-%m-%d")).all()


def test_the_baseline_is_scikit_learns(frame, tmp_path):
    numbers = frame[["b", "c", "=d"]]
    numbers.to_csv(tmp_path / "rows.csv", index=False)
    keys = _keys(tmp_path, epochs=1, data={"validation": 0}, layers=[{"units": 1}])
    metrics = ann_cli.train(keys).metrics
    scaled = (numbers - numbers.mean()) / numbers.std(ddof=0)
    components = PCA(1).fit(scaled)
    left = scaled - components.inverse_transform(components.transform(scaled))
    expected = np.square(left).to_numpy().mean()
    baselines = metrics["baselines"]
    np.testing.assert_allclose(baselines["pca"]["reconstruction_error"], expected, rtol=1e-4)
    np.testing.assert_allclose(baselines["mean"]["reconstruction_error"], 1, rtol=1e-5)
    assert metrics["verdict"]["pca"]["verdict"] != "beats"


def test_what_is_saved_and_streamed_is_the_same(frame, run, tmp_path):
    again = ann_cli.load(run.path)
    pd.testing.assert_frame_equal(again.predict(frame), run.model.predict(frame))
    np.testing.assert_allclose(
        again.predict(frame[:1]), again.predict(frame)[:1], rtol=1e-5, atol=0
    )
    frame.to_csv(tmp_path / "rows.csv", index=False)
    both = [
        ann_cli.train(_keys(tmp_path, epochs=2, shuffle=False, data={"stream": stream}))
        for stream in (False, True)
    ]
    scores = [each.metrics["training"]["reconstruction_error"] for each in both]
    assert scores[0] == pytest.approx(scores[1], rel=0.2)  # others validate


def test_a_label_is_told_by_errors(frame, run, tmp_path):
    strange = frame.assign(label=np.where(np.arange(ROWS) % 5, "usual", "strange"))
    strange.loc[strange["label"] == "strange", "b"] *= 3
    strange.loc[0, "label"] = None
    path = tmp_path / "strange.csv"
    strange.to_csv(path, index=False)
    errors = run.model.predict(strange)["reconstruction_error"][1:]
    told = strange["label"][1:] == "strange"
    for label in ("label", "label=strange"):  # the rarer of two, unless it is named
        found = evaluate(run.model, str(path), label=label)
        assert found.scores["roc_auc"] == pytest.approx(roc_auc_score(told, errors))
        precision = average_precision_score(told, errors)
        assert found.scores["average_precision"] == pytest.approx(precision)
        assert found.details["label"]["rows"] == told.sum()
    for label, message in (
        ("nothing", "no column 'nothing'"),
        ("label=new", "usual"),
        ("kind=hot", "cold"),
        ("on", "one is to be told from others"),
    ):
        with pytest.raises(AnnError, match=message):
            evaluate(run.model, str(path), label=label)


def test_noise_is_told_by_no_label(frame, run, tmp_path):
    """Labels that are drawn at random have an area near one half."""
    drawn = np.random.default_rng(0).permutation(np.arange(ROWS) % 2)
    frame.assign(label=drawn).to_csv(tmp_path / "drawn.csv", index=False)
    found = evaluate(run.model, str(tmp_path / "drawn.csv"), label="label=1")
    assert found.scores["roc_auc"] == pytest.approx(0.5, abs=0.13)  # 3.5 standard deviations


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ((), ()),
        ((2,), (2,)),
        ((8, 2), (8, 2, 8)),
        ((8, 8), (8, 8)),
        ((8, 2, 8), (8, 2, 8)),
        ((8, 4, 2), (8, 4, 2, 4, 8)),
    ],
)
def test_half_of_the_layers_is_mirrored(units, expected):
    once = mirrored([Dense(each) for each in units])
    assert tuple(each.units for each in once) == expected
    assert mirrored(once) == once


def test_cells_are_hidden_whole():
    x = np.ones((4000, 6), np.float32)
    hidden = Masking(0.25, np.array([0, 0, 0, 1, 2, 2]))(x, np.random.default_rng(0)) == 0
    assert (hidden[:, 0] == hidden[:, 2]).all()
    assert (hidden[:, 4] == hidden[:, 5]).all()
    np.testing.assert_allclose(hidden.mean(axis=0), 0.25, atol=0.03)


@pytest.mark.parametrize(
    ("keys", "place", "message"),
    [
        ({"data": {"target": "a"}}, "data.target", "without a target"),
        ({"class_weight": "balanced"}, "class_weight", "no use with model: autoencoder"),
        ({"data": {"target_transform": "log"}}, "data.target_transform", "no use"),
        ({"task": "regression"}, "task", "no task of model: autoencoder"),
        ({"model": "network", "data": {"target": "b"}, "noise": 0.1}, "noise", "is for model"),
        ({"engine": "numba", "noise": 0.1}, "engine", "noise hides cells"),
        ({"layers": []}, "layers", "makes a code"),
        ({"loss": "poisson"}, "loss", "the task is reconstruction"),
    ],
)
def test_keys_of_other_models_are_refused(frame, tmp_path, keys, place, message):
    frame.to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(AnnError, match=message) as error:
        ann_cli.train(_keys(tmp_path, **{"epochs": 1} | keys))
    assert error.value.problems[0].place == place


def test_init_offers_every_model_without_a_target():
    assert [name for name, each in MODELS.items() if not each.has_target] == WITHOUT_TARGET


def test_a_starter_has_the_keys_of_its_model_alone():
    for name, family in MODELS.items():
        if family.has_target:
            continue
        lines = starter("a.csv", None, [], "auto", model=name).splitlines()
        keys = {each.strip(" #").partition(":")[0] for each in lines}
        assert "target" not in keys
        own = {*family.own} - {*OF_RATINGS}  # which a table without users does not have
        assert {key.removeprefix("data.") for key in own} <= keys
        assert not {key.removeprefix("data.") for key in family.unused} & keys


def test_a_config_has_layers_for_its_inputs(frame, tmp_path):
    frame.to_csv(tmp_path / "rows.csv", index=False)
    keys = _keys(tmp_path, epochs=1)
    del keys["layers"]
    keys["data"]["test"] = 0.2  # no interval is measured on them: none is predicted
    run = ann_cli.train(keys)
    assert run.metrics["interval"] is None
    inputs = len(run.model.encoder.inputs)
    sizes = [layer.size for layer in run.model.network.layers]
    assert sizes == [inputs, inputs // 4, inputs, inputs]
    written = load_config(tmp_path / "run" / "config.yaml")
    assert [each.units for each in written.layers] == sizes[:-1]
    assert "class_weight" not in (tmp_path / "run" / "config.yaml").read_text()


def test_a_report_tells_what_is_unusual(run):
    sections = {name: blocks for name, _, blocks in shown(material(Run.load(run.path)))}
    assert "unusual" in sections
    assert {"errors", "worth", "movement", "what-if"}.isdisjoint(sections)
    rows = next(
        each for each in sections["unusual"] if getattr(each, "title", "")[:8] == "The most"
    )
    errors = [float(row[1]) for row in rows.rows]
    assert errors == sorted(errors, reverse=True)


def test_pictures_are_rebuilt_too(checkout, tmp_path):
    data = {"file": str(checkout / "datasets" / "digits.csv"), "exclude": ["digit"]}
    layers = [{"conv": 2, "kernel": 3}, {"pool": 4}, {"units": 3}]
    keys = {"data": data | {"image": {"height": 8, "width": 8}}, "layers": layers, "epochs": 1}
    model = ann_cli.train(keys | {"model": "autoencoder", "save_to": str(tmp_path)}).model
    assert model.shown_columns("code") == ["code_1", "code_2", "code_3"]
    assert len(model.shown_columns("reconstruct")) == 64
    digits = pd.read_csv(checkout / "datasets" / "digits.csv")[:3]
    assert model.predict(digits, shown="reconstruct").columns.tolist() == model.shown_columns(
        "reconstruct"
    )


def test_what_is_shown_goes_into_pipes(ann, frame, run, tmp_path):
    text = frame.to_csv(index=False)
    found = ann("predict", run.path, "-", "--code", "--append", input=text).stdout.splitlines()
    assert found[0] == "a,b,c,=d,kind,sure,on,code_1,code_2"
    assert len(found) == ROWS + 1
    safe = ann("predict", run.path, "-", "--columns", "--safe-csv", input=text).stdout
    assert safe.splitlines()[0].startswith("error_a,")
    told = ann("predict", run.path, "-", "--interval", "0.9", input=text, status=2).stderr
    assert "predicts no column" in told


def test_known_inputs_are_the_rows_themselves_where_none_is_missing(frame, run):
    whole = frame.dropna()
    x = run.model.encoder.transform(_read(whole), "float32")
    assert known_inputs(run.model.encoder, _read(whole), x) is x


def _read(frame):
    """Return the frame as a table reads it: dates as seconds, yes and no as numbers."""
    found = frame.copy()
    found["on"] = (frame["on"] - pd.Timestamp("1970-01-01")).dt.total_seconds()
    found["sure"] = (frame["sure"] == "yes").astype(float)
    return found
