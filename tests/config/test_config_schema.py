"""The JSON Schema and the starter, both made from the models."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from ann_cli.config import entries, entry_schema
from ann_cli.config.data_spec import Data
from ann_cli.config.models import MODELS, keys_of_others
from ann_cli.config.read import load
from ann_cli.config.schema import paths, schema
from ann_cli.config.spec import Config
from ann_cli.config.starter import starter
from ann_cli.config.stepless import STEPLESS
from ann_cli.engine.activations import ACTIVATIONS
from ann_cli.engine.initializers import INITIALIZERS
from ann_cli.engine.layers import LAYERS
from ann_cli.engine.losses import LOSSES
from ann_cli.engine.optimizers import OPTIMIZERS
from ann_cli.engine.schedules import SCHEDULES
from ann_cli.engine.settings import TABLES, Entry

CONFIGS = Path(__file__).parents[2] / "configs"
ENTRIES: list[type[Entry]] = [
    *ACTIVATIONS.values(),
    *LOSSES.values(),
    *INITIALIZERS.values(),
    *OPTIMIZERS.values(),
    *SCHEDULES.values(),
    *STEPLESS.values(),
]
DRAFT_07 = {
    "$schema", "$ref", "title", "description", "default", "definitions", "type", "properties",
    "required", "additionalProperties", "items", "minItems", "maxItems", "minLength", "enum",
    "const", "anyOf", "allOf", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum",
}  # fmt: skip


def keywords(node: Any) -> set[str]:
    if not isinstance(node, dict):
        return set().union(*map(keywords, node)) if isinstance(node, list) else set()
    found = set(node)
    for key, inner in node.items():
        if key in ("properties", "definitions"):
            found |= set().union(*map(keywords, inner.values()))
        elif key not in ("default", "enum"):
            found |= keywords(inner)
    return found


def test_schema_is_draft_07() -> None:
    made = schema()
    Draft7Validator.check_schema(made)
    assert keywords(made) <= DRAFT_07
    assert made["$schema"] == "http://json-schema.org/draft-07/schema#"


def references(node: Any) -> list[dict[str, Any]]:
    """Return each part of a schema that refers to another."""
    if not isinstance(node, (dict, list)):
        return []
    inner = list(node.values()) if isinstance(node, dict) else node
    own = [node] if isinstance(node, dict) and "$ref" in node else []
    return own + [found for each in inner for found in references(each)]


def test_nothing_stands_beside_a_reference() -> None:
    # Draft-07 ignores it: a description would not be shown.
    found = references(schema())
    assert found
    assert all(each.keys() == {"$ref"} for each in found)


def test_schema_is_the_callers_own() -> None:
    schema().clear()
    assert schema()


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_schema_accepts_the_shipped_configs(path: Path) -> None:
    Draft7Validator(schema()).validate(yaml.safe_load(path.read_text()))


def test_schema_refuses_what_load_refuses() -> None:
    least: dict[str, Any] = {"data": {"file": "x", "target": "y"}}
    check = Draft7Validator(schema())
    assert check.is_valid(least)
    for wrong in (
        {"epoch": 3},
        {"epochs": -1},
        {"optimizer": "adm"},
        {"optimizer": {"name": "sgd", "beta1": 0.5}},
        {"optimizer": {"learning_rate": 0.5}},
        {"layers": [{"units": 8, "activation": "softmax"}]},
        {"layers": [{"activation": "relu"}]},
        {"data": {"file": "x", "target": "y", "validation": 1}},
        {"batch_size": "ful"},
        {"early_stopping": {"patience": 0}},
    ):
        assert not check.is_valid({**least, **wrong}), wrong


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.__name__)
def test_an_entrys_schema_is_that_of_its_model(entry: type[Entry]) -> None:
    made = entry_schema.json_schema(entry)
    of_model = entries.check(entry).model_json_schema()
    for key, setting in made["properties"].items():
        theirs = {k: v for k, v in of_model["properties"][key].items() if k != "title"}
        if key == "name":
            assert (setting["const"], theirs["const"]) == (entry.name, entry.name)
        else:
            assert setting == theirs
    assert made["properties"].keys() == of_model["properties"].keys()
    assert entries.made(entry, {"name": entry.name}) == entry()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: next(iter(table.values())).name)
def test_what_a_table_holds_later_is_in_the_schema(
    table: dict[str, type[Entry]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "later" not in json.dumps(schema())
    entry = next(iter(table.values()))
    later = type("Later", (entry,), {"name": "later", "__doc__": "One more."})
    monkeypatch.setitem(table, "later", later)
    assert "later" in json.dumps(schema())


def test_every_key_has_a_description_and_a_place_in_the_schema() -> None:
    made = schema()
    for fields, node in ((Config, made), (Data, made["definitions"]["Data"])):
        for key, field in fields.model_fields.items():
            assert field.description, key
            assert node["properties"][key]["description"] == field.description


def test_paths_complete_a_set() -> None:
    found = paths()
    assert found["optimizer"] == [*OPTIMIZERS, *STEPLESS]
    assert found["loss"] == ["auto", *LOSSES]
    assert "threshold" not in found["layers.0.activation"]
    assert found["data.scaling"] == ["standard", "robust", "quartiles", "minmax", "none"]
    assert found["batch_size"] == ["full"]
    assert found["shuffle"] == ["true", "false"]
    assert found["optimizer.learning_rate"] == []
    assert {"epochs", "layers.0.units", "early_stopping.patience", "data.types"} <= found.keys()


COLUMNS = [("area", "number", "30 to 200"), ("no", "category", "a,\nb"), ("price", "number", "")]


def written(folder: Path, text: str) -> Path:
    path = folder / "new.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("task", ["auto", "regression", "classification"])
def test_starter_says_the_defaults(task: str, tmp_path: Path) -> None:
    text = starter("houses.csv", "price", COLUMNS, task)
    given = load(written(tmp_path, text))
    assert given == load({"data": {"file": "houses.csv", "target": "price"}, "task": task})
    assert text.startswith("# yaml-language-server: $schema=ann.schema.json\n")
    assert max(map(len, text.splitlines())) <= 101


OTHERS = {key.rpartition(".")[2] for key in keys_of_others(MODELS["network"])}
"""Keys of other kinds of model, which a network's config does not show."""


def test_starter_shows_every_key_and_column() -> None:
    text = starter("houses.csv", "price", COLUMNS, "auto")
    for fields, indent in ((Config, ""), (Data, "  ")):
        for key, field in fields.model_fields.items():
            if key in OTHERS:
                continue
            assert re.search(rf"^{indent}(# )?{key}:", text, re.MULTILINE), key
            assert key == "data" or field.description in text
    assert "  #   area   number    30 to 200\n" in text
    assert "  #   'no'   category  a, b\n" in text
    assert "glorot_uniform |" in text
    assert f"  {' | '.join([*LAYERS][:5])} |" in text


COMMENTED = re.compile(r"^( *)# ([a-z_0-9]+: )", re.MULTILINE)


def test_starter_loads_with_any_one_key_uncommented(tmp_path: Path) -> None:
    text = starter("houses.csv", "price", COLUMNS, "auto")
    given = load(written(tmp_path, text))
    keys = list(COMMENTED.finditer(text))
    expected = (set(Config.model_fields) | set(Data.model_fields)) - OTHERS
    assert {each[2].removesuffix(": ") for each in keys} == expected - {"data", "file", "target"}
    for each in keys:
        shown = text[: each.start()] + each[1] + each[2] + text[each.end() :]
        assert load(written(tmp_path, shown)) == given, each[2]
