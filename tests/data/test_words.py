"""Columns of texts that differ in most rows: their words enter, where they tell of the target."""

import json
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import yaml

import ann_cli
from ann_cli.config.column_forms import WordsForm
from ann_cli.config.read import load
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.rows.preparation import prepare
from ann_cli.errors import DataError
from ann_cli.run import evaluate, start_config

ROWS = 400
KINDS = ["College", "academy", "INSTITUTE"]
PLACES = ["north", "south", "east", "west", "lake", "hill"]


@pytest.fixture(scope="module")
def frame():
    """Schools whose kind is a word of their name, and says what is paid; a note says nothing."""
    generator = np.random.default_rng(5)
    kind, place = generator.integers(0, 3, ROWS), generator.choice(PLACES, ROWS)
    found = pd.DataFrame(
        {
            "school": [f"{place[row]}-{KINDS[kind[row]]} of St. {row}" for row in range(ROWS)],
            "note": [f"{generator.choice(PLACES)} no. {row} said" for row in range(ROWS)],
            "key": [f"{row:06x}" for row in generator.permutation(ROWS)],
            "size": generator.normal(size=ROWS),
        }
    )
    found.loc[7, "school"] = None
    found["paid"] = 5.0 * kind + found["size"] + generator.normal(0, 0.3, ROWS)
    return found


@pytest.fixture
def table(frame, tmp_path):
    frame.to_csv(tmp_path / "data.csv", index=False)
    return tmp_path / "data.csv"


def prepared(table, types=None, **keys):
    data = {"file": str(table), "target": "paid", "types": types or {}, "validation": 0}
    return prepare(load({"data": data, "recipe": "none", **keys}), np.random.default_rng(0))


def by_hand(text):
    """The words of a text, cut wherever something else than a letter or a digit stands."""
    cut = "".join(each.lower() if each.isalnum() else " " for each in text)
    return {word for word in cut.split() if len(word) > 1}


def test_each_of_the_commonest_words_is_an_input(frame):
    kinds = {"school": "category", "paid": "number"}
    encoder = Encoder.fit(
        frame, kinds, "paid", "regression", "standard", forms={"school": WordsForm(words=5)}
    )
    known = frame["school"].dropna()
    counts = Counter(word for text in known for word in by_hand(text))
    kept = sorted(counts, key=lambda word: (-counts[word], word))
    kept = sorted([word for word in kept if 5 <= counts[word] < len(known)][:5])
    assert {"college", "academy", "institute"} < set(kept)
    assert encoder.inputs == (*(f"school has {word}" for word in kept), "school=(missing)")
    expected = [
        [*(word in by_hand(text) for word in kept), 0] if isinstance(text, str) else [0] * 5 + [1]
        for text in frame["school"]
    ]
    np.testing.assert_array_equal(encoder.transform(frame), expected)
    new = pd.DataFrame({"school": ["COLLEGE_of_lake", "colleges", "", None]})
    np.testing.assert_array_equal(encoder.transform(new)[:, kept.index("college")], [1, 0, 0, 0])
    assert encoder.unknown(new) == {}
    again = Encoder.from_dict(json.loads(json.dumps(encoder.to_dict())))
    assert again == encoder
    for wrong in ("ab", [1], ["a", "a"]):
        stored = encoder.to_dict()
        stored["features"][0]["words"] = wrong
        with pytest.raises(ValueError):  # noqa: PT011
            Encoder.from_dict(stored)


def test_words_enter_where_they_tell_of_the_target(table, frame):
    chosen = prepared(table)
    assert chosen.config.data.types == {"school": WordsForm(words=64)}
    assert [each.name for each in chosen.encoder.features] == ["school", "size"]
    (told,) = [note for note in chosen.notes if "words" in note]
    after, before = map(int, re.findall(r"(\d+)%", told))
    assert told.startswith("column school: 399 different texts, of which the 64 commonest words")
    assert after > 90
    # By the size alone: its share of what varies.
    assert before == pytest.approx(100 * frame["size"].var() / frame["paid"].var(), abs=5)
    assert told.endswith("to leave it out: data.exclude: [school]")
    for name in ("note", "key"):
        assert any(each.startswith(f"column {name} is left out") for each in chosen.notes)


def test_a_config_that_names_layers_or_the_column_has_no_words_that_it_does_not_name(table):
    assert prepared(table, layers=[{"units": 4}]).config.data.types == {}
    plain = prepared(table, {"school": "category"})
    assert plain.config.data.types == {"school": "category"}
    named = prepared(table, {"note": {"words": 3}}, layers=[{"units": 4}])
    assert [each for each in named.encoder.inputs if each.startswith("note")] == [
        f"note has {word}" for word in named.encoder.features[0].words
    ]
    assert len(named.encoder.features[0].words) == 3


WORDLESS = {
    "letters alone": (["a", "B", "c d"], "no training cell has a word in it"),
    "signs": (["+", "a_b", "—"], "no training cell has a word in it"),
    "each in one row": ([f"w{n}" for n in range(90)], "no word is in 5 training rows or more"),
    "in all rows": (["red 1", "red 2"], "no word is in 5 training rows or more, and not in all"),
}


@pytest.mark.parametrize("name", WORDLESS)
def test_a_column_without_words_is_told_what_a_word_is(tmp_path, name):
    texts, problem = WORDLESS[name]
    rows = pd.DataFrame({"text": [texts[n % len(texts)] for n in range(90)], "y": range(90)})
    rows.to_csv(tmp_path / "t.csv", index=False)
    config = {"data": {"file": str(tmp_path / "t.csv"), "target": "y", "validation": 0}}
    config["data"]["types"] = {"text": {"words": 3}}
    with pytest.raises(DataError) as error:
        prepare(load(config), np.random.default_rng(0))
    told = str(error.value)
    assert told.startswith(f"{tmp_path / 't.csv'}, column text: {problem}")
    assert "a word is two letters or digits, or more" in told
    assert told.endswith("data.exclude: [text]")


def test_words_in_streamed_rows_are_the_same(table):
    config = load({"data": {"file": str(table), "target": "paid", "validation": 0}})
    data = config.data.model_copy(update={"stream": True})
    stream = prepare(config.model_copy(update={"data": data}), np.random.default_rng(0))
    assert stream.encoder == prepared(table).encoder


def test_init_and_the_run_write_the_words_and_why(table):
    text, notes = start_config(str(table), "paid")
    assert "    school: {words: 64}\n" in text
    assert sum("commonest words" in note for note in notes) == 1
    keys = {"epochs": 2, "save_to": str(table.parent / "run")}
    run = ann_cli.train({"data": {"file": str(table), "target": "paid"}, **keys})
    written = (table.parent / "run" / "config.yaml").read_text(encoding="utf-8")
    assert "  types:  # texts differ in most rows, and their words tell of the target\n" in written
    assert yaml.safe_load(written)["data"]["types"] == {"school": {"words": 64}}
    again = prepare(load(table.parent / "run" / "config.yaml"), np.random.default_rng(0))
    assert again.encoder == run.model.encoder
    # Two epochs of what is told by the words are better than all of the rest could be.
    assert evaluate(ann_cli.load(run.path), str(table)).scores["r2"] > 0.3


def test_numbers_that_are_all_left_out_leave_the_recipe_its_categories(frame, tmp_path):
    """It has a variation that sees values alone, beside others that see the numbers' encodings."""
    kept = frame[["school", "paid"]].assign(same=2018, city=[f"c{row % 3}" for row in range(ROWS)])
    kept.to_csv(tmp_path / "data.csv", index=False)
    data = {"file": str(tmp_path / "data.csv"), "target": "paid"}
    run = ann_cli.train({"data": data, "epochs": 2, "save_to": str(tmp_path / "run")})
    assert [each.name for each in run.model.encoder.features] == ["school", "city"]
