"""The page's own engine: what it makes of networks and of cells is what the model makes."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from browser import Watched

from ann_cli.config.read import load as load_config
from ann_cli.data.columns.features import FEATURES
from ann_cli.data.columns.picture_feature import PictureFeature
from ann_cli.data.columns.statistics import hash_of
from ann_cli.engine.activations import ACTIVATIONS, Elu, LeakyRelu, RandomizedRelu, Swish
from ann_cli.engine.encodings import CURVES
from ann_cli.engine.layers import LAYERS
from ann_cli.report.page.javascript import NoJavaScriptError, of_numbers, of_rows
from ann_cli.report.page.model_document import SCRIPTS, model_document, network_document
from ann_cli.report.page.page import web
from ann_cli.run.training import begin
from ann_cli.tasks.transforms import TRANSFORMS, Log, Power

_place = Path(__file__).parents[2] / "engine" / "test_layers.py"
_spec = importlib.util.spec_from_file_location("layer_cases", _place)
layer_cases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(layer_cases)


@pytest.fixture
def engine(page: Watched):
    """A page that has nothing but the engine: call it with JavaScript and what this is given."""
    page.page.goto("about:blank")
    for script in SCRIPTS:
        page.page.add_script_tag(content=web(f"{script}.js"))
    yield page.page.evaluate
    assert page.errors == []


def test_each_activation_is_that_of_the_table(engine):
    others = [LeakyRelu(0.3), RandomizedRelu(0.1, 0.2), Elu(0.4), Swish(2.5)]
    entries = [*(each() for each in ACTIVATIONS.values()), *others]
    z = np.concatenate([np.linspace(-40, 40, 401), [-1e3, -1e-8, 0, 1e-8, 1e3]])
    given = [[of_rows(type(each).value), list(each.values())] for each in entries]
    found = engine(
        """([z, every]) => every.map(([text, values]) =>
            [...engine.layers.formula(text)(z, ...values)])""",
        [z.tolist(), given],
    )
    for entry, own in zip(entries, found, strict=True):
        expected = entry.forward(z.copy(), entry.values())
        np.testing.assert_allclose(own, expected, rtol=1e-12, atol=1e-14, err_msg=entry.name)


def test_each_transform_goes_back_as_in_python(engine):
    entries = [each() for each in TRANSFORMS.values()]
    entries += [Log(250.0), Power(3.0, 0.0), Power(0.5, 2.0), Power(2.0, -1.5), Power(1.0, 3.7)]
    t = np.linspace(-30, 30, 121)
    given = [[of_numbers(type(each).backward), vars(each)] for each in entries]
    found = engine(
        """([t, every]) => every.map(([text, own]) => t.map((each) =>
            String(engine.layers.formula(text)(each, own))))""",
        [t.tolist(), given],
    )
    for entry, own in zip(entries, found, strict=True):
        expected = entry.backward(t)
        numbers = np.array([float(each.replace("Infinity", "inf")) for each in own])
        np.testing.assert_allclose(numbers, expected, rtol=1e-12, err_msg=repr(entry))


def test_a_formula_that_is_no_arithmetic_is_refused():
    def strange(z):
        return np.sort(z)

    with pytest.raises(NoJavaScriptError, match=r"strange: np.sort has no JavaScript"):
        of_numbers(strange)


def test_each_kind_of_layer_gives_what_it_gives_in_python(engine):
    generator, given, expected = np.random.default_rng(5), {}, {}
    for name, layers in layer_cases.CASES.items():
        network = layer_cases.network(layers)
        statistics = network.stored[network.layout.trained :]
        statistics[...] = generator.uniform(0.5, 1.5, statistics.size)
        x, _ = layer_cases.rows(5, of=layers)
        given[name] = [network_document(network), x.tolist()]
        expected[name] = network.predict(x)
    assert {each.name for each in LAYERS.values()} <= _kinds(given)
    found = engine(
        """(cases) => Object.fromEntries(Object.entries(cases).map(([name, [document, x]]) => {
            const network = new engine.Network(document);
            return [name, x.map((row) => [...network.run(Float64Array.from(row)).outputs])];
        }))""",
        given,
    )
    for name, outputs in expected.items():
        np.testing.assert_allclose(found[name], outputs, rtol=1e-10, atol=1e-12, err_msg=name)


def _kinds(value):
    """Return the kinds of layers in a tree of documents."""
    if isinstance(value, dict):
        own = {value["kind"]} if "kind" in value else set()
        return own.union(*map(_kinds, value.values()))
    return set().union(*map(_kinds, value)) if isinstance(value, list) else set()


def test_hashes_of_texts_are_those_of_the_encoder(engine):
    texts = ["", "a", "Ü", "x" * 128, "y" * 129, "long " * 99]
    assert engine("(texts) => texts.map(engine.columns.hashOf)", texts) == hash_of(texts).tolist()


def table(rows, seed):
    """Return numbers with holes, texts with holes, booleans, dates, and targets."""
    generator = np.random.default_rng(seed)
    area = generator.lognormal(4, 0.5, rows)
    days = pd.Timestamp("2019-03-01 05:30") + pd.to_timedelta(
        generator.integers(0, 20000, rows), "h"
    )
    frame = pd.DataFrame(
        {
            "area": area,
            "age": np.where(generator.random(rows) < 0.2, np.nan, generator.integers(0, 90, rows)),
            "level": np.where(generator.random(rows) < 0.2, -999, generator.integers(10, 20, rows)),
            "zone": generator.choice(["012", "no", "ü,\n", "<b>"], rows),
            "size": generator.choice(["S", "M", "L"], rows),
            "name": [f"name {each}" for each in generator.integers(0, 12, rows)],
            "street": generator.choice(
                ["Élm-Road 12", "OAK_road x", "İdil ΣΑΣ, ß", "x; 12/7"], rows
            ),
            "new": generator.choice(["yes", "no"], rows),
            "sold": days.strftime("%Y-%m-%d %H:%M"),
        }
    )
    frame["price"] = area**2 + 5 * frame["age"].fillna(40) + generator.normal(0, 5, rows)
    frame["count"] = generator.poisson(area / 20)
    frame["two"] = np.where(area > 55, "+", "−")
    frame["three"] = np.array(["a", "b", "012"])[np.digitize(area, [45, 70])]
    for name in ("zone", "size", "name", "street", "new", "sold"):
        frame[name] = frame[name].where(generator.random(rows) > 0.15)
    return frame


TARGETS = ["price", "count", "two", "three"]
TYPES = {
    "size": {"order": ["XS", "S", "M", "L"]},
    "name": {"hashed": 4},
    "street": {"words": 9},
    "count": "number",
}
ENSEMBLE = {"members": 4, "folds": 2}
MODELS = {
    "standard": {},
    "float64": {"precision": "float64"},
    "robust": {"data.scaling": "robust", "data.encoding": "piecewise"},
    "quartiles": {"data.scaling": "quartiles", "data.encoding": {"name": "periodic"}},
    "minmax": {"data.scaling": "minmax", "output_activation": "sigmoid"},
    "as they are": {"data.scaling": "none", "data.encoding": {"name": "piecewise", "bins": 3}},
    "dates": {
        "data.scaling": "quartiles",
        "data.encoding": {"name": "piecewise", "date_bins": 5, "dates": 9},
    },
    "log": {"data.target_transform": "log"},
    "power": {"data.target_transform": "power", "loss": "huber"},
    "counts": {"data.target": "count", "loss": "poisson"},
    "range": {"data.target_range": [1000, 3000]},
    "quantiles": {"loss": "quantile", "data.target_transform": "log"},
    "several": {"data.target": ["price", "count"]},
    "quantiles of several": {
        "data.target": ["price", "count"],
        "loss": {"name": "quantile", "quantiles": [0.1, 0.3, 0.9]},
    },
    "ensemble": {"ensemble": ENSEMBLE},
    "variations": {
        "ensemble": ENSEMBLE | {"variations": [{}, {"layers": []}]},
        "data.encoding": "piecewise",
        "layers": [{"take": "values"}, {"skip": [{"units": 5, "activation": "mish"}]}],
    },
    "three": {"data.target": "three"},
    "three of an ensemble": {"data.target": "three", "ensemble": ENSEMBLE},
    "two": {"data.target": "two", "output_activation": "sigmoid"},
    "two by softmax": {"data.target": "two"},
    "hinge": {"data.target": "two", "loss": "hinge"},
    "hinge of three": {"data.target": "three", "output_activation": "linear"},
    "perceptron": {"data.target": "three", "loss": "perceptron", "layers": []},
    "embedding": {"layers": [{"embedding": 3}, {"normalize": "batch"}, {"units": 4}]},
}


def trained(name, keys, folder):
    """Return a model after two epochs."""
    settings = {"layers": [{"units": 5, "activation": "tanh"}], "epochs": 2, "batch_size": 20}
    own = {key.removeprefix("data."): each for key, each in keys.items() if "." in key}
    target = own.get("target", "price")
    out = [
        each for each in TARGETS if each not in ([target] if isinstance(target, str) else target)
    ]
    types = {key: each for key, each in TYPES.items() if key not in out}
    data = {"file": str(folder / "data.csv"), "target": target, "exclude": out, "types": types}
    others = {key: each for key, each in keys.items() if "." not in key}
    config = load_config({**settings, **others, "data": data | own, "save_to": str(folder / name)})
    with begin(config, dry=True) as run:
        for _ in run.epochs():
            pass
    return run.model


def test_predictions_are_those_of_the_model(engine, tmp_path):
    """Also those of cells that are missing, that were never seen, and that lie far beyond."""
    table(160, 0).to_csv(tmp_path / "data.csv", index=False)
    new = table(12, 1).astype({"count": float})
    odd = ["never", "XS", "nobody", "ROAD élm-idil", None]
    new.loc[3, ["zone", "size", "name", "street", "new"]] = odd
    new.loc[4, ["area", "age"]] = [1e30, -1e12]
    new.loc[5, ["area", "age", "zone", "size", "name", "street", "new", "sold"]] = None
    new.loc[6, "level"] = -999  # which stands for no value
    new.to_csv(tmp_path / "new.csv", index=False)
    given, expected = {}, {}
    for name, keys in MODELS.items():
        model = trained(name, keys, tmp_path)
        frame = model.table(tmp_path / "new.csv").read(model.encoder.input_columns)
        document = json.loads(json.dumps(model_document(model)))
        level = 0.5 if "0.5" in document["levels"] else None
        features = model.encoder.features
        columns = {each.name: each.plain_cells(frame[each.name]) for each in features}
        assert columns["level"][6] is None
        columns["level"][6] = -999
        given[name] = [document, columns, level]
        shares = model.network.loss.probabilities and bool(model.classes)
        expected[name] = model, model.predicted(frame, shares, level), level
    found = engine(
        """(cases) => {
            const found = {};
            for (const [name, [document, columns, level]] of Object.entries(cases)) {
                const model = new engine.Model(document);
                found[name] = Object.values(columns)[0].map((_, at) => {
                    const row = Object.fromEntries(
                        Object.entries(columns).map(([column, cells]) => [column, cells[at]]));
                    const found = model.run(model.encode(row));
                    return [model.decode(found.outputs), level && model.interval(found, level)];
                });
            }
            return found;
        }""",
        given,
    )
    features = [each for model, *_ in expected.values() for each in model.encoder.features]
    assert {*map(type, features), PictureFeature} == {
        each for own in FEATURES.values() for each in own
    }
    assert {type(getattr(each, "encoding", None)) for each in features} >= {*CURVES.values()}
    levels = 0
    for name, (model, frame, level) in expected.items():
        levels += level is not None
        for at, (decoded, interval) in enumerate(found[name]):
            _same(model, frame.iloc[at], decoded, interval, f"{name}, row {at}")
    assert levels > 12


def _same(model, row, decoded, interval, place):
    """Hold what the page predicts to a row of `Model.predict`."""
    columns = {name: each for name, each in row.items() if not str(name).startswith(ENDS)}
    ends = {name: each for name, each in row.items() if str(name).startswith(ENDS)}
    if model.classes:
        (own,) = decoded
        assert own["prediction"] == columns.pop("prediction"), place
        np.testing.assert_allclose(own["probabilities"] or [], list(columns.values()), 1e-5, 1e-7)
        assert interval is None or interval == list(ends.values()), place
        return
    values = [number for each in decoded for number in (each["prediction"], *each["quantiles"])]
    sizes = [each.scale for each in model.encoder.targets if each.transform is None] or [0]
    near = {"rtol": 1e-5, "atol": 1e-6 * max(sizes), "err_msg": place}
    np.testing.assert_allclose(values, list(columns.values()), **near)
    if interval is not None:
        np.testing.assert_allclose(np.ravel(interval), list(ends.values()), **near)


ENDS = ("prediction_low", "prediction_high", "prediction_set")
