"""The page of a config's keys, from the schema: defaults, what may stand there, meaning."""

from collections.abc import Mapping
from typing import Any

from ann_cli.cli.reference.markdown import anchor, table
from ann_cli.cli.reference.parts import LAYERS_HEADING, heading_of
from ann_cli.config.schema import Node, alternatives, named_values, schema
from ann_cli.config.write import line

HEAD = """\
# Keys of a config

A config is a YAML file. Only `data.file` and `data.target` have to be given. `ann init` writes a
config with all keys, and `ann schema` prints a schema that editors complete and check by.

A key within a mapping has a dot in its name on a command line: `--set data.test=0.2`. What has a
table in [Parts by name](parts.md) is written as its name, or as a mapping with its name and its
settings: `optimizer: adam`, or `optimizer: {name: adam, learning_rate: 0.01}`."""

MAPPINGS = (
    "",
    "data",
    "data.image",
    "early_stopping",
    "ensemble",
    "ensemble.variations.0",
    "augment",
)
"""The dotted keys of mappings, each with a table of its own; the first is the whole config."""

MOST = 1e15
"""A bound that no person meets is not told."""

BOUNDS = {
    "exclusiveMinimum": "above",
    "minimum": "from",
    "exclusiveMaximum": "below",
    "maximum": "to",
}
KINDS = {"null": "`null`", "string": "text", "integer": "a whole number", "number": "a number"}


def keys() -> list[str]:
    """Return the page of the config's keys."""
    lines = HEAD.splitlines()
    for path in MAPPINGS:
        node = _mapping(path)
        rows = [
            (f"`{key}`", _default(each), _may_be(each, f"{path}.{key}".lstrip(".")), _told(each))
            for key, each in node["properties"].items()
        ]
        lines += ["", f"## {_heading(path)}", "", node["description"], ""]
        lines += table(("key", "default", "may be", "meaning"), rows)
    return lines


def _heading(path: str) -> str:
    return path.removesuffix(".0") or "At the top"


def _mapping(path: str) -> Node:
    """Return the schema of the mapping at a dotted key."""
    node = schema()
    for step in filter(None, path.split(".")):
        node = node["items"] if step == "0" else node["properties"][step]
        node = next(each for each in alternatives(node) if each.get("type") != "null")
    return node


def _told(node: Node) -> str:
    text: str = node["description"]
    return text[0].upper() + text[1:] + "."


def _default(node: Node) -> str:
    return f"`{line(node['default'])}`" if "default" in node else "must be given"


def _may_be(node: Node, path: str, between: str = "; ") -> str:
    """Return in words what may stand at a key."""
    told = [words for each in alternatives(node) if (words := _values(each, path))]
    return between.join(dict.fromkeys(told)) or "anything"


def _values(node: Node, path: str) -> str:
    """Return in words what one part of the schema allows; an entry has its own table."""
    if names := named_values(node):
        return ", ".join(f"`{name}`" if name.strip() else "a space" for name in names)
    kind = node.get("type", "")
    if "name" in node.get("properties", {}):
        return f"one [with settings](parts.md#{anchor(heading_of(node['properties']))})"
    if kind == "array":
        if "$ref" in node["items"] and f"{path}.0" not in MAPPINGS:
            return f"a list of [layers](parts.md#{anchor(LAYERS_HEADING)})"
        return f"a list of {_may_be(node['items'], f'{path}.0', ' or ')}"
    if kind == "object":
        if path in MAPPINGS:
            return f"[a mapping](#{anchor(_heading(path))})"
        inner = node.get("additionalProperties")
        listed = "{" + ", ".join(f"{key}: …" for key in node.get("properties", {})) + "}"
        return f"a mapping of names to {_may_be(inner, path, ' or ')}" if inner else f"`{listed}`"
    return "text" if isinstance(kind, list) else _bounded(KINDS[kind], node)


def _bounded(kind: str, node: Mapping[str, Any]) -> str:
    ends = [(word, node[name]) for name, word in BOUNDS.items() if name in node]
    return " ".join([kind, *(f"{word} {end:g}" for word, end in ends if end < MOST)])
