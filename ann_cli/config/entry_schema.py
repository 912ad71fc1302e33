"""What a config may say of an entry of the engine's tables, as JSON Schema."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from ann_cli.engine.layers import LAYERS, LayerEntry
from ann_cli.engine.settings import Entry, Refusal, Setting, Sizes

KEYWORDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    float: "number",
    int: "integer",
    bool: "boolean",
}
"""JSON Schema's words for bounds and kinds."""

PAIR_SCHEMA = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}


def json_schema(entry: type[Entry]) -> dict[str, Any]:
    """Return the JSON Schema of one entry, without making its model."""
    layer = issubclass(entry, LayerEntry)
    properties: dict[str, Any] = {} if layer else {"name": {"const": entry.name}}
    for each in entry.settings():
        default = {} if each.required else {"default": plain(each.default, brief=True)}
        properties[each.name] = {**_kind_schema(each), **default, "description": each.help}
    made = {
        "type": "object",
        "description": entry.description(),
        "properties": properties,
        "required": [entry.key() if issubclass(entry, LayerEntry) else "name"],
        "additionalProperties": False,
    }
    return {"title": tag(entry), **made} if issubclass(entry, LayerEntry) else made


def _kind_schema(setting: Setting) -> dict[str, Any]:
    """Return what may stand at a setting, in JSON Schema's words."""
    if setting.entries is not None:
        return choices_schema(setting.entries, setting.refused)
    if setting.kind is LayerEntry:
        return {"type": "array", "items": LAYER_SCHEMA, "minItems": 1}
    if setting.kind is tuple:
        return PAIR_SCHEMA
    bounds = {KEYWORDS[bound]: value for bound, value in setting.bounds.items()}
    if setting.kind is Sizes:
        one = {"type": "integer", **bounds}
        two = {"type": "array", "items": one, "minItems": 2, "maxItems": 2}
        words = [{"enum": list(setting.words)}] if setting.words else []
        return {"anyOf": [one, two, *words]}
    if setting.kind is list:
        return {"type": "array", "items": {"type": "number", **bounds}, "minItems": 1}
    number = {"type": KEYWORDS[setting.kind], **bounds}
    return {"anyOf": [number, {"type": "null"}]} if setting.default is None else number


def choices_schema(
    table: Mapping[str, type[Entry]], refused: Refusal, auto: bool = False
) -> dict[str, Any]:
    """Return the schema of an entry by name, or as a mapping."""
    allowed = {name: entry for name, entry in table.items() if refused(entry) is None}
    names = (["auto"] if auto else []) + list(allowed)
    return {"anyOf": [{"enum": names}, *map(json_schema, allowed.values())]}


LAYER_SCHEMA = {"$ref": "#/definitions/Layer"}
"""A layer may hold layers, so that its schema stands once, as a definition."""


def layer_schema() -> dict[str, Any]:
    """Return the schema of a layer, which is one of all kinds."""
    return {"anyOf": [json_schema(entry) for entry in LAYERS.values()]}


def tag(entry: type[Entry]) -> str:
    """Return what stands for an entry in the places of errors; no key is called so."""
    return f"{entry.name} layer" if issubclass(entry, LayerEntry) else entry.name


def kind_of(given: Mapping[str, Any]) -> type[LayerEntry] | None:
    """Return the kind of layer that a mapping's keys tell; None where they tell none, or several.

    A setting may have the name of another kind's key: {units: 8, dropout: 0.2} is dense.
    """
    keys = {key for key in LAYERS if key in given}
    kinds = (LAYERS[key] for key in LAYERS if key in keys)
    told = [kind for kind in kinds if keys <= {each.name for each in kind.settings()}]
    return told[0] if len(told) == 1 else None


def plain(value: Any, *, brief: bool = False) -> Any:
    """Return a model, an entry or what holds them as plain values.

    Brief: an entry without settings is its name alone. A setting that is None is as if there were
    none: what was written before it came is written as it was.
    """
    if isinstance(value, Entry):
        given = ((each.name, getattr(value, each.name)) for each in value.settings())
        settings = {name: each for name, each in given if each is not None}
        if brief and not settings:
            return value.name
        value = settings if isinstance(value, LayerEntry) else {"name": value.name, **settings}
    if isinstance(value, (BaseModel, dict)):
        pairs = value.items() if isinstance(value, dict) else value
        return {key: plain(each, brief=brief) for key, each in pairs}
    several = isinstance(value, (list, tuple))
    return [plain(each, brief=brief) for each in value] if several else value
