"""Columns that nothing should be learned from are named, and clean tables are left alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn.datasets
from threadpoolctl import threadpool_info, threadpool_limits

import ann_cli
from ann_cli.config.read import load
from ann_cli.data.columns import gains
from ann_cli.data.columns.codes import helpful_codes
from ann_cli.data.columns.leakage import look_at
from ann_cli.data.rows.preparation import prepare

DATASETS = Path(__file__).parents[2] / "datasets"
ROWS = 300


def table(seed=0, rows=ROWS):
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "a": generator.normal(size=rows),
            "b": generator.integers(0, 20, rows).astype(float),
            "c": generator.choice(["x", "y", "z"], rows),
        }
    )
    frame["y"] = frame["a"] + 0.1 * frame["b"] + generator.normal(size=rows)
    frame["kind"] = np.where(frame["y"] + generator.normal(size=rows) > 1, "high", "low")
    return frame


def looked(frame, target="y", mode="warn", named=()):
    other = {"y", "kind"} - {target}
    kinds = {
        name: "number" if column.dtype.kind in "biuf" else "category"
        for name, column in frame.items()
        if name not in other
    }
    return look_at(frame, kinds, [target], kinds[target] == "category", mode, named)


@pytest.mark.parametrize("start", [0.0, 1.0])
@pytest.mark.parametrize("target", ["y", "kind"])
def test_numbers_of_rows_are_left_out(start, target):
    frame = table().assign(row=np.arange(ROWS) + start)[lambda each: each.index % 5 > 0]
    found = looked(frame, target)
    assert list(found.left_out) == ["row"]
    assert "only numbers the rows" in found.left_out["row"]
    assert not looked(frame.rename(columns={"row": "year"}), target).left_out
    named = looked(frame, target, named=["row"])
    assert not named.left_out
    assert "data.exclude: [row]" in named.notes[0]
    assert not looked(frame, target, "ignore").left_out


def test_ids_by_their_name_are_told():
    numbers = np.random.default_rng(1).permutation(10_000)[:ROWS] + 5000.0
    found = looked(table().assign(customer_id=numbers))
    assert not found.left_out
    assert "customer_id" in found.notes[0]
    excluded = looked(table().assign(customer_id=numbers), mode="exclude")
    assert list(excluded.left_out) == ["customer_id"]
    assert not looked(table().assign(salary=numbers)).notes


GIVEN_AWAY = {
    "the class by number": ("kind", lambda frame: (frame["kind"] == "high") + 0.0),
    "a curve of it": ("y", lambda frame: np.exp(frame["y"] / 3)),
    "the class in words": ("kind", lambda frame: frame["kind"].map({"high": "h", "low": "l"})),
    "a threshold": ("kind", lambda frame: (frame["kind"] == "high") * 9 + frame["a"]),
    "cells of one class": (
        "kind",
        lambda frame: np.where(frame["kind"] == "high", frame["a"] ** 3 + frame["b"], np.nan),
    ),
}


@pytest.mark.parametrize("case", GIVEN_AWAY)
def test_what_gives_the_target_away_is_told(case):
    target, make = GIVEN_AWAY[case]
    frame = table()
    frame = frame.assign(leak=make(frame))
    found = looked(frame, target)
    (note,) = found.notes
    assert note.startswith(f"column leak gives {target} away")
    assert "data.exclude: [leak]" in note
    assert not found.left_out
    assert list(looked(frame, target, "exclude").left_out) == ["leak"]


@pytest.mark.parametrize("rows", [30, 100, 300])
@pytest.mark.parametrize("tail", [lambda y: y, np.exp, lambda y: y**3], ids=["none", "one", "two"])
def test_the_target_in_another_unit_is_told_of_few_rows_and_heavy_tails(rows, tail):
    """Of the largest number a row knows nothing, and it may be most of what varies."""
    frame = table(rows=rows)
    frame["y"] = tail(frame["y"])
    (note,) = looked(frame.assign(euros=2.5 * frame["y"] + 1)).notes
    assert note.startswith("column euros gives y away: it alone has an R² of 1.0000")
    noise = np.random.default_rng(2).normal(0, frame["y"].std(), rows)
    assert not looked(frame.assign(near=frame["y"] + noise)).notes


def test_copies_of_columns_are_left_out():
    frame = table()
    words = frame["c"].map({"x": "p", "y": "q", "z": "r"})
    found = looked(frame.assign(a2=frame["a"] * -3 + 7, c2=words, d=1.0))
    assert list(found.left_out) == ["a2", "c2"]
    assert "the same as column a" in found.left_out["a2"]


@pytest.mark.parametrize("missing", [0, 20])
@pytest.mark.parametrize("target", ["y", "kind"])
def test_codes_that_repeat_become_categories_where_it_helps(target, missing):
    generator = np.random.default_rng(0)
    frame = table(rows=600).drop(columns=["y", "kind"])
    frame["tree"] = generator.integers(1, 60, 600) + 0.0
    effect = generator.normal(0, 3, 60)[frame["tree"].astype(int)]
    frame["y"] = frame["a"] + effect + generator.normal(size=600)
    frame["kind"] = np.where(frame["y"] > 0, "high", "low")
    frame.loc[:missing, "tree"] = np.nan if missing else frame["tree"]
    found = looked(frame, target)
    assert found.categories == ["tree"]
    assert "data.types: {tree: number}" in found.notes[0]
    assert looked(pd.concat([frame] * 3, ignore_index=True), target).categories == ["tree"]
    twice = pd.concat([frame.assign(tree=frame["tree"].sample(frac=1, random_state=0).values)] * 3)
    assert not looked(twice.reset_index(drop=True), target).categories


CURVES = {
    "a parabola": lambda amount: (amount - 30) ** 2 / 100,
    "a bend, flat on both sides": lambda amount: 6 * np.clip((amount - 20) / 8, 0, 1),
    "a hill": lambda amount: 8 * np.exp(-(((amount - 25) / 6) ** 2)),
}


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
@pytest.mark.parametrize("target", ["y", "kind"])
def test_an_amount_whose_effect_is_a_curve_is_no_code(target, curve):
    generator = np.random.default_rng(0)
    frame = table(rows=2000).drop(columns=["y", "kind"])
    amount = generator.integers(1, 60, 2000) + 0.0
    effect = curve(amount)
    frame["amount"] = amount
    frame["y"] = frame["a"] + effect + generator.normal(size=2000)
    frame["kind"] = np.where(frame["y"] > effect.mean(), "high", "low")
    assert not looked(frame, target).categories


def test_an_input_for_each_place_is_that_of_a_ridge_regression():
    from sklearn.linear_model import Ridge

    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(300, 3)), generator.normal(size=(300, 2))
    places, parts = generator.integers(0, 40, 300), np.arange(300) % 5
    found = gains._held_back(x, y, parts, places)
    whole = np.column_stack([x, np.eye(40)[places]])
    for part in range(5):
        held = parts == part
        middle = y[~held].mean(axis=0)
        ridge = Ridge(alpha=1, fit_intercept=False).fit(whole[~held], y[~held] - middle)
        errors = np.square(y[held] - middle - ridge.predict(whole[held])).sum(axis=1)
        np.testing.assert_allclose(found[held], errors, rtol=1e-9)


def test_codes_are_looked_for_with_one_thread(monkeypatch):
    """Two threads took ten times as long for products of this size on a busy machine."""
    threads = set()

    def held_back(x, y, parts, places=None):
        threads.update(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas")
        return np.square(y).sum(axis=1)

    monkeypatch.setattr("ann_cli.data.columns.gains._held_back", held_back)
    frame = pd.DataFrame({"tree": np.arange(60) % 6.0, "y": np.arange(60.0)})
    with threadpool_limits(2):
        kinds = dict.fromkeys(frame, "number")
        assert not list(helpful_codes(frame, kinds, ["tree"], frame["y"].to_numpy(), False))
    assert threads == {1}


def test_noise_raises_no_alarm():
    """In at most 5 of 100 tables; these are 200."""
    alarms = 0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        frame = pd.DataFrame(generator.normal(size=(150, 3)), columns=list("pqr"))
        frame["n"] = generator.integers(0, 25, 150) + 0.0
        frame["c"] = generator.choice(list("uvw"), 150)
        frame.loc[generator.random(150) < 0.2, "p"] = np.nan
        target = ["y", "kind"][seed % 2]
        noise = generator.normal(size=150) if target == "y" else generator.choice(list("gh"), 150)
        found = looked(frame.assign(**{target: noise}), target)
        alarms += bool(found.notes or found.left_out or found.categories)
    assert alarms <= 10


def bundled(name):
    return getattr(sklearn.datasets, f"load_{name}")(as_frame=True).frame


@pytest.mark.parametrize(
    "name", ["house_prices", "penguins", "iris", "wine", "breast_cancer", "diabetes", "digits"]
)
def test_real_tables_are_left_alone(name, tmp_path):
    target = {"house_prices": "price", "penguins": "species"}.get(name, "target")
    frame = bundled(name) if target == "target" else pd.read_csv(DATASETS / f"{name}.csv")
    frame.to_csv(tmp_path / "data.csv", index=False)
    config = load({"data": {"file": str(tmp_path / "data.csv"), "target": target}})
    notes = prepare(config, np.random.default_rng(0)).notes
    words = ("away", "is an id", "only numbers", "says the same", "names of categories")
    assert not [note for note in notes if any(word in note for word in words)]


@pytest.mark.parametrize("stream", [False, True])
def test_the_network_does_without_what_is_left_out(tmp_path, stream):
    generator = np.random.default_rng(0)
    frame = table(rows=600)
    frame.insert(0, "row", np.arange(1, 601))
    frame["tree"] = generator.integers(1, 60, 600)
    frame["y"] += generator.normal(0, 3, 60)[frame["tree"]]
    frame.drop(columns="kind").to_csv(tmp_path / "data.csv", index=False)
    data = {"file": str(tmp_path / "data.csv"), "target": "y", "stream": stream}
    keys = {"layers": [], "epochs": 1, "save_to": str(tmp_path / "run")}
    run = ann_cli.train({"data": data, **keys})
    columns = run.model.encoder.input_columns
    assert "row" not in columns
    assert columns["tree"] == "category"
    one = run.model.predict(frame)
    again = ann_cli.load(run.path).predict(pd.read_csv(tmp_path / "data.csv", dtype=str))
    assert one["prediction"].tolist() == again["prediction"].tolist()
    kept = ann_cli.train({"data": {**data, "leakage": "ignore"}, **keys}).model.encoder
    assert {"row": "number", "tree": "number"}.items() <= kept.input_columns.items()
