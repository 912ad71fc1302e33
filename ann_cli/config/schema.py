"""The config's JSON Schema, made from the models; editors complete and check with it."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import cache
from typing import Any, TypeAlias

from ann_cli.config.entry_schema import LAYER_SCHEMA, layer_schema
from ann_cli.config.spec import Config
from ann_cli.engine.settings import TABLES, Entry

Node: TypeAlias = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
ALTERNATIVES = ("anyOf", "oneOf", "allOf")


def schema() -> Node:
    """Return the schema of a config, in the keywords of draft-07."""
    return deepcopy(_schema())


def _schema() -> Node:
    return _made(tuple(entry for table in TABLES for entry in table.values()))


@cache
def _made(entries: tuple[type[Entry], ...]) -> Node:
    """Make the schema from the tables, which hold these entries."""
    made: Node = _draft_07(Config.model_json_schema(ref_template="#/definitions/{model}"))
    definitions = made.pop("$defs")
    definitions["Layer"] = layer_schema()
    made["properties"]["layers"]["items"] = LAYER_SCHEMA
    of_variation = definitions["Variation"]["properties"]
    for each in of_variation["layers"]["anyOf"]:
        if each["type"] == "array":
            each["items"] = LAYER_SCHEMA
    return {"$schema": DRAFT, "title": "The config of ann", **made, "definitions": definitions}


def _draft_07(node: Any) -> Any:
    """Return a part of pydantic's schema without what draft-07 does not know."""
    if isinstance(node, list):
        return [_draft_07(each) for each in node]
    if not isinstance(node, dict):
        return node
    # A title that repeats the key in capitals says nothing; a key *named* title is a mapping.
    clean = {
        key: _draft_07(each)
        for key, each in node.items()
        if key != "discriminator" and not (key == "title" and isinstance(each, str))
    }
    if "$ref" in clean and len(clean) > 1:
        # Draft-07 ignores whatever stands beside a $ref.
        clean = {"allOf": [{"$ref": clean.pop("$ref")}], **clean}
    return clean


def alternatives(node: Node) -> Iterator[Node]:
    """Yield the parts of a schema of which a value may be one."""
    if "$ref" in node:
        yield from alternatives(_schema()["definitions"][node["$ref"].rsplit("/", 1)[1]])
        return
    inner = [each for keyword in ALTERNATIVES for each in node.get(keyword, ())]
    if not inner:
        yield node
    for each in inner:
        yield from alternatives(each)


def name_of(node: Node) -> str | None:
    """Return the name of the entry that a part of the schema describes, or its tag, of a layer."""
    name: str | None = node.get("properties", {}).get("name", {}).get("const")
    return name or node.get("title")


def is_layer(node: Node) -> bool:
    """Whether a part of the schema describes a kind of layer."""
    return "title" in node and name_of(node) == node["title"]


def find(location: Sequence[str | int]) -> tuple[list[str], list[Node]]:
    """Follow pydantic's location of an error; return the key's steps and what may stand there.

    Within an entry the location holds the entry's name, which is no key.
    """
    steps: list[str] = []
    nodes = list(alternatives(_schema()))
    for step in location:
        named = [node for node in nodes if name_of(node) == step]
        if named and len(nodes) > 1:
            nodes = named
            continue
        steps.append(str(step))
        nodes = [
            each
            for node in nodes
            for child in _children(node, step)
            for each in alternatives(child)
        ]
    return steps, nodes


def _children(node: Node, step: str | int) -> Iterator[Node]:
    if isinstance(step, int):
        if "items" in node:
            yield node["items"]
    elif step in node.get("properties", {}):
        yield node["properties"][step]
    elif isinstance(node.get("additionalProperties"), dict):
        yield node["additionalProperties"]


def keys_of(nodes: Sequence[Node]) -> list[str]:
    """Return the keys that mappings may have."""
    return list(dict.fromkeys(key for node in nodes for key in node.get("properties", {})))


def paths() -> dict[str, list[str]]:
    """Return each dotted key and the values it can take, where they can be listed."""
    found: dict[str, list[str]] = {}
    _collect(_schema(), "", found)
    return found


def _collect(
    node: Node, path: str, found: dict[str, list[str]], within: tuple[str, ...] = ()
) -> None:
    """Collect what `paths` returns; of a layer that holds layers, `within` ends what repeats."""
    for each in alternatives(node):
        if path:
            values = found.setdefault(path, [])
            values.extend(value for value in named_values(each) if value not in values)
        head = f"{path}." if path else ""
        for key, inner in each.get("properties", {}).items():
            _collect(inner, head + key, found, within)
        items = each.get("items", {})
        if "$ref" in items and items["$ref"] in within:
            continue
        if any("properties" in item for item in alternatives(items)):
            _collect(items, f"{head}0", found, (*within, items.get("$ref", "")))


def named_values(node: Node) -> list[str]:
    """Return the values that one part of the schema lists."""
    if "const" in node:
        return [str(node["const"])]
    if node.get("type") == "boolean":
        return ["true", "false"]
    return [str(value) for value in node.get("enum", ())]
