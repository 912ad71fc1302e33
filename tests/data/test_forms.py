"""Columns of categories that have an order, or more values than there can be inputs."""

import json
from hashlib import blake2b

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.config.column_forms import COLUMN_FORMS, HashedForm, OrderForm
from ann_cli.config.read import load
from ann_cli.data.columns import forms
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.features import OF_TEXTS
from ann_cli.data.columns.statistics import MOST_VALUES, ColumnStatistics, Values
from ann_cli.data.rows.preparation import prepare
from ann_cli.errors import ConfigError
from ann_cli.run import Predictions, start_config

QUALITY = ["Fair", "Good", "Poor", "Good", None, "Good", "odd", "Poor"]
ORDER = OrderForm(order=["Poor", "Fair", "Good", "Ideal"])
CITIES = ["Rome", "Bonn", "Rome", None, "Oslo", "Rome", "Bonn", "Rome"]


def hash_by_hand(city):
    first, second, third, fourth = blake2b(city.encode(), digest_size=4).digest()
    return first * 256**3 + second * 256**2 + third * 256 + fourth


def fit(given, missing=True):
    frame = pd.DataFrame({"q": QUALITY, "city": CITIES, "y": np.arange(8.0)})
    if not missing:
        frame = frame.dropna()
    kinds = {"q": "category", "city": "category", "y": "number"}
    return frame, Encoder.fit(frame, kinds, "y", "regression", "standard", kinds, forms=given)


def test_every_form_of_texts_is_an_entry_in_two_tables_and_has_all_that_is_told_of_it():
    of_texts = [form for form in COLUMN_FORMS if form.kind == "category"]
    assert list(OF_TEXTS) == [type(None), *of_texts]
    for form in of_texts:
        assert form.of_values
        assert form.reason
        assert OF_TEXTS[form].plain_cells is not Feature.plain_cells  # which reads numbers
    # A stored record tells its class by its fields.
    assert len({frozenset(each.stored) for each in OF_TEXTS.values()}) == len(OF_TEXTS)


def test_an_order_enters_as_a_rank_beside_its_values():
    frame, encoder = fit({"q": ORDER})
    assert encoder.inputs[:6] == ("q=Fair", "q=Good", "q=Poor", "q=odd", "q=(missing)", "q (rank)")
    x = encoder.transform(frame, "float64")
    ranks = np.array([1, 2, 0, 2, np.nan, 2, np.nan, 0])
    expected = (ranks - np.nanmean(ranks)) / np.nanstd(ranks)
    np.testing.assert_allclose(x[:, 5], np.nan_to_num(expected))
    np.testing.assert_array_equal(x[:, :5].sum(axis=1), 1)
    assert encoder.one_of_each["q"] == (0, 5)
    new = encoder.transform(pd.DataFrame({"q": ["Ideal", "z"], "city": "Rome"}), "float64")[:, :6]
    np.testing.assert_allclose(new[:, 5], [(3 - np.nanmean(ranks)) / np.nanstd(ranks), 0])
    assert not new[:, :5].any()


def test_hashed_values_share_inputs_and_tell_how_frequent_they_are():
    frame, encoder = fit({"city": HashedForm(hashed=16)})
    start, stop = encoder.one_of_each["city"]
    assert stop - start == 17
    x = encoder.transform(frame, "float64")[:, start:]
    for row, city in zip(x, CITIES, strict=True):
        place = 16 if city is None else hash_by_hand(city) % 16
        assert np.flatnonzero(row[:17]).tolist() == [place]
    logs = np.log1p([{"Rome": 4, "Bonn": 2, "Oslo": 1}.get(city, np.nan) for city in CITIES])
    scaled = (logs - np.nanmean(logs)) / np.nanstd(logs)
    np.testing.assert_allclose(x[:, 17], np.nan_to_num(scaled))
    new = pd.DataFrame({"q": "Poor", "city": ["nowhere"]})
    assert encoder.transform(new)[0, -1] < scaled[4]
    assert encoder.unknown(new) == {}
    assert encoder.inputs[-2:] == ("city=(missing)", "city (frequency)")


@pytest.mark.parametrize("missing", [True, False])
def test_forms_are_stored_and_read_again(missing):
    frame, encoder = fit({"q": ORDER, "city": HashedForm(hashed=4)}, missing)
    again = Encoder.from_dict(json.loads(json.dumps(encoder.to_dict())))
    assert again == encoder
    np.testing.assert_array_equal(again.transform(frame), encoder.transform(frame))
    for at, key, value in [(0, "order", "ab"), (1, "counts", [1, -1]), (1, "buckets", 0.5)]:
        stored = encoder.to_dict()
        stored["features"][at][key] = value
        with pytest.raises(ValueError):  # noqa: PT011
            Encoder.from_dict(stored)


def test_more_values_than_are_told_apart_are_counted_by_hash():
    cells = pd.Series([f"v{number}" for number in range(MOST_VALUES + 5000)], dtype=object)
    parts, whole = Values("c"), Values("c")
    whole.add(cells)
    for part in (cells[:40_000], cells[40_000:], cells[:7]):
        parts.add(part)
    whole.add(cells[:7])
    np.testing.assert_array_equal(parts.places, whole.places)
    assert parts.places.sum() == len(cells) + 7
    assert parts.different == pytest.approx(len(cells), rel=0.02)


ROWS = 600


@pytest.fixture
def table(tmp_path):
    generator = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "quality": generator.choice(["Poor", "Fair", "Good"], ROWS),
            "city": [f"c{number}" for number in generator.integers(0, 50, ROWS)],
            "x": generator.normal(size=ROWS),
        }
    )
    frame["y"] = frame["quality"].map({"Poor": 0, "Fair": 1, "Good": 2}) + frame["x"]
    path = tmp_path / "data.csv"
    frame.to_csv(path, index=False)
    return path


def config(table, types=None, **keys):
    data = {"file": str(table), "target": "y", "types": types or {}, "validation": 0}
    run = {"recipe": "none", "epochs": 2, "save_to": str(table.parent / "run")}
    return {"data": data, **run, **keys}


def prepared(table, types=None, **keys):
    return prepare(load(config(table, types, **keys)), np.random.default_rng(0))


def test_only_a_config_without_layers_has_forms_that_it_does_not_name(table, monkeypatch):
    monkeypatch.setattr(forms, "MANY", 40)
    plain = prepared(table, layers=[{"units": 4}])
    assert plain.config.data.types == {}
    assert plain.notes == prepared(table, layers=[]).notes
    chosen = prepared(table)
    assert chosen.config.data.types == {
        "quality": OrderForm(order=["Poor", "Fair", "Good"]),
        "city": HashedForm(hashed=256),
    }
    told = [note for note in chosen.notes if note not in plain.notes]
    assert len(told) == 2
    assert "column quality: the values have an order, Poor < Fair < Good" in told[0]
    assert "column city: 50 different values share 256 inputs" in told[1]
    said = {"quality": "category", "city": "category"}
    assert prepared(table, said).encoder == plain.encoder


def test_many_rows_let_fewer_values_have_an_input_each(table, monkeypatch):
    rows = len(pd.read_csv(table))
    monkeypatch.setattr(forms, "BUCKETS", 8)
    assert "city" not in prepared(table).config.data.types
    for most, hashed in ((50, False), (49, True)):
        monkeypatch.setattr(forms, "MOST_CELLS", most * rows)
        assert (prepared(table).config.data.types.get("city") == HashedForm(hashed=8)) is hashed


def test_init_and_the_run_write_the_forms(table, monkeypatch):
    monkeypatch.setattr(forms, "MANY", 40)
    text, notes = start_config(str(table), "y")
    assert "    quality: {order: [Poor, Fair, Good]}\n    city: {hashed: 256}\n" in text
    assert sum("Poor < Fair < Good" in note for note in notes) == 1
    run = ann_cli.train(config(table))
    again = ann_cli.load(run.path)
    assert again.config.data.types == run.model.config.data.types
    resolved = load(table.parent / "run" / "config.yaml")
    assert resolved.data.types == run.model.config.data.types
    of_resolved = prepare(resolved, np.random.default_rng(0))
    assert of_resolved.encoder == prepared(table).encoder
    frame = pd.read_csv(table)
    of_file = pd.concat(list(Predictions(again, str(table))))["prediction"]
    np.testing.assert_allclose(run.model.predict(frame)["prediction"], of_file, rtol=1e-6)


def test_streamed_rows_give_the_same_forms(table):
    types = {"city": {"hashed": 8}}
    memory = prepared(table, types)
    stream = load(config(table, types))
    data = stream.data.model_copy(update={"stream": True})
    stream = prepare(stream.model_copy(update={"data": data}), np.random.default_rng(0))
    assert stream.encoder == memory.encoder
    assert stream.config.data.types == memory.config.data.types


def test_words_that_do_not_fit_an_order_are_told(table):
    types = {"quality": {"order": ["Poor", "Fiar", "Good"]}}
    notes = prepared(table, types, layers=[]).notes
    assert 'column quality: no training cell is "Fiar"' in notes
    assert any('in its order there is no place for "Fair"' in note for note in notes)


WRONG = {
    "no key here says what it is: ordr": {"ordr": [1, 2]},
    "several keys here say what it is: date, hashed": {"date": "%d", "hashed": 3},
    "named twice: S": {"order": ["S", "S"]},
    "a list with at least one element, found 'S'": {"order": "S"},
    "a whole number of at least 2": {"hashed": 1},
}


@pytest.mark.parametrize("message", WRONG)
def test_what_a_form_may_not_be(table, message):
    with pytest.raises(ConfigError, match=message):
        load(config(table, {"quality": WRONG[message]}))


def test_too_many_values_are_refused_with_the_form_that_takes_them():
    found = ColumnStatistics({"c": "category", "y": "number"})
    cells = [f"v{number}" for number in range(MOST_VALUES + 1)]
    found.add(pd.DataFrame({"c": cells, "y": np.arange(len(cells)) * 1.0}))
    with pytest.raises(Exception, match=r"data.types: \{c: \{hashed: 256\}\}"):
        Encoder.learned(found, ["y"], "standard", ["c"])
    taken = Encoder.learned(found, ["y"], "standard", ["c"], forms={"c": HashedForm(hashed=8)})
    assert taken.inputs_of("c") == 9
