"""Models made from the engine's tables: a name, or a mapping with `name` and settings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.annotated_handlers import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from ann_cli.engine.settings import AnyEntry, Entry

STRICT = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


PAIR = Annotated[tuple[float, ...], Field(min_length=2, max_length=2)]
"""Two numbers, in the words that draft-07 has for them."""

CHECKS: dict[type[Entry], type[BaseModel]] = {}
"""The models made so far: one is made when its entry is first chosen, for a quick start."""


def check(entry: type[Entry]) -> type[BaseModel]:
    """Return the model that checks an entry's name and settings: types, bounds, unknown keys."""
    if entry not in CHECKS:
        fields: dict[str, Any] = {"name": (Literal[entry.name], entry.name)}
        for each in entry.settings():
            bounds: Any = each.bounds
            kind = PAIR if each.kind is tuple else each.kind
            fields[each.name] = (kind, Field(each.default, description=each.help, **bounds))
        CHECKS[entry] = create_model(
            entry.__name__, __config__=STRICT, __doc__=entry.description(), **fields
        )
    return CHECKS[entry]


def made(entry: type[AnyEntry], given: Any) -> AnyEntry:
    """Return an entry with the settings that a config gives it.

    Raises ValidationError, or the ValueError of an entry whose settings do not go together.
    """
    settings = dict(check(entry).model_validate(given))
    return entry(**{key: value for key, value in settings.items() if key != "name"})


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
    properties: dict[str, Any] = {"name": {"const": entry.name}}
    for each in entry.settings():
        bounds = {KEYWORDS[bound]: value for bound, value in each.bounds.items()}
        pair = each.kind is tuple
        kind = PAIR_SCHEMA if pair else {"type": KEYWORDS[each.kind], **bounds}
        default = list(each.default) if pair else each.default
        properties[each.name] = {**kind, "default": default, "description": each.help}
    return {
        "type": "object",
        "description": entry.description(),
        "properties": properties,
        "required": ["name"],
        "additionalProperties": False,
    }


@dataclass(frozen=True, eq=False)
class OneOf:
    """Allow these names only."""

    names: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.literal_schema(list(self.names))


@dataclass(frozen=True, eq=False)
class Or:
    """Allow what `rest` allows, or a text that passes `test` (described by `json`) as it stands."""

    test: Callable[[str], bool]
    json: Mapping[str, Any]
    rest: Any

    def _check(self, value: Any, rest: Callable[[Any], Any]) -> Any:
        return value if isinstance(value, str) and self.test(value) else rest(value)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            self._check, handler.generate_schema(self.rest)
        )

    def __get_pydantic_json_schema__(
        self, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [handler(core), dict(self.json)]}


def word(text: str, rest: Any) -> Or:
    """Allow one word beside the rest."""
    return Or(lambda value: value == text, {"enum": [text]}, rest)


@dataclass(frozen=True, eq=False)
class OrMapping:
    """Allow a mapping of one model beside the rest."""

    model: type[BaseModel]
    rest: Any

    def _check(self, value: Any, rest: Callable[[Any], Any]) -> Any:
        mapping = isinstance(value, Mapping | BaseModel)
        return self.model.model_validate(value) if mapping else rest(value)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            self._check, handler.generate_schema(self.rest)
        )

    def __get_pydantic_json_schema__(
        self, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [handler(core), self.model.model_json_schema()]}


@dataclass(frozen=True, eq=False)
class Choice:
    """Allow an entry, by name or as a mapping; `refused` says why some are not for here."""

    table: Mapping[str, type[Entry]]
    auto: bool = False
    refused: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def allowed(self) -> dict[str, type[Entry]]:
        return {name: entry for name, entry in self.table.items() if name not in self.refused}

    def _check(self, value: Any, rest: Callable[[Any], Any]) -> Any:
        if isinstance(value, Entry) or (self.auto and value == "auto"):
            return value
        given = {"name": value} if isinstance(value, str) else value
        name = given.get("name") if isinstance(given, Mapping) else None
        if isinstance(name, str) and name in self.refused:
            why, remedy = self.refused[name]
            raise PydanticCustomError("refused", "{why}", {"why": why, "remedy": remedy})
        return rest(given)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        choices = {
            name: core_schema.no_info_plain_validator_function(partial(made, entry))
            for name, entry in self.allowed.items()
        }
        union = core_schema.tagged_union_schema(choices, discriminator="name")  # type: ignore[arg-type]
        return core_schema.no_info_wrap_validator_function(self._check, union)

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        names = (["auto"] if self.auto else []) + list(self.allowed)
        return {"anyOf": [{"enum": names}, *map(json_schema, self.allowed.values())]}


def names(entries: Iterable[type[Entry]]) -> tuple[str, ...]:
    """Return the names of entries, in their order."""
    return tuple(entry.name for entry in entries)
