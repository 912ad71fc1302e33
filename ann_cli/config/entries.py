"""Entries of the engine's tables in a config: a name, or a mapping with `name` and settings.

The tables are looked up when a config is read, so that an entry which is added to one is known.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import PydanticCustomError, SchemaValidator, core_schema

from ann_cli.config.entry_schema import choices_schema, kind_of, tag
from ann_cli.engine.layers import LAYERS, LayerEntry
from ann_cli.engine.settings import AnyEntry, Entry, Refusal, Setting, Sizes, not_refused
from ann_cli.errors import nearest

STRICT = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)

PAIR = Annotated[tuple[float, ...], Field(min_length=2, max_length=2)]
"""Two numbers, in the words that draft-07 has for them."""

CHECKS: dict[type[Entry], type[BaseModel]] = {}
"""The models made so far: one is made when its entry is first chosen, for a quick start."""

PLACED: dict[type[Entry], SchemaValidator] = {}
"""What makes an entry and places what is wrong in it within the entry, likewise."""


def check(entry: type[Entry]) -> type[BaseModel]:
    """Return the model that checks an entry's name and settings: types, bounds, unknown keys."""
    if entry not in CHECKS:
        fields: dict[str, Any] = {}
        if not issubclass(entry, LayerEntry):  # a layer is told by the key of its kind
            fields["name"] = (Literal[entry.name], entry.name)
        for each in entry.settings():
            bounds: Any = {} if each.kind is list else each.bounds  # those are its elements'
            default = ... if each.required else each.default
            fields[each.name] = (_kind(each), Field(default, description=each.help, **bounds))
        CHECKS[entry] = create_model(
            entry.__name__, __config__=STRICT, __doc__=entry.description(), **fields
        )
    return CHECKS[entry]


def _kind(setting: Setting) -> Any:
    """Return the type of a setting, as the model that checks it has it."""
    if setting.entries is not None:
        return Annotated[Any, Choice(setting.entries, refused=setting.refused)]
    if setting.kind is LayerEntry:
        return Annotated[list[Annotated[Any, KindOfLayer()]], Field(min_length=1)]
    if setting.kind is Sizes:
        return Annotated[Any, OneOrTwo(setting)]
    if setting.kind is list:
        bounds: Any = setting.bounds
        return Annotated[list[Annotated[float, Field(**bounds)]], Field(min_length=1)]
    kind = PAIR if setting.kind is tuple else setting.kind
    return kind | None if setting.default is None else kind


def made(entry: type[AnyEntry], given: Any) -> AnyEntry:
    """Return an entry with the settings that a config gives it.

    Raises ValidationError, or the ValueError of an entry whose settings do not go together.
    """
    if isinstance(given, entry):
        return given
    settings = dict(check(entry).model_validate(given))
    settings.pop("name", None)
    plain = {key: tuple(each) if isinstance(each, list) else each for key, each in settings.items()}
    return entry(**plain)


def _placed(entry: type[Entry], given: Any) -> Any:
    """Return the same; of an error the place holds the entry's tag, as `schema.find` needs it."""
    if entry not in PLACED:
        name = tag(entry)
        choices = {name: core_schema.no_info_plain_validator_function(partial(made, entry))}
        PLACED[entry] = SchemaValidator(
            core_schema.tagged_union_schema(choices, discriminator=lambda _: name)  # type: ignore[arg-type]
        )
    return PLACED[entry].validate_python(given)


@dataclass(frozen=True, eq=False)
class Choice:
    """Allow an entry, by name or as a mapping; `refused` says why some are not for here."""

    table: Mapping[str, type[Entry]]
    auto: bool = False
    refused: Refusal = not_refused

    def _made(self, value: Any) -> Any:
        if isinstance(value, Entry) or (self.auto and value == "auto"):
            return value
        given = {"name": value} if isinstance(value, str) else value
        if not isinstance(given, Mapping):
            raise PydanticCustomError("no_mapping", "no mapping")
        if "name" not in given:
            raise PydanticCustomError("union_tag_not_found", "no name")
        name = given["name"]
        if not isinstance(name, str) or name not in self.table:
            told = {"tag": str(name), "noun": next(iter(self.table.values())).noun()}
            raise PydanticCustomError("union_tag_invalid", "{tag}", told)
        refusal = self.refused(self.table[name])
        if refusal is not None:
            why, remedy = refusal
            raise PydanticCustomError("refused", "{why}", {"why": why, "remedy": remedy})
        return _placed(self.table[name], given)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._made)

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        return choices_schema(self.table, self.refused, self.auto)


@dataclass(frozen=True, eq=False)
class OneOrTwo:
    """Allow one whole number, two of them, or a word."""

    setting: Setting

    def _made(self, value: Any) -> Any:
        if value in self.setting.words:
            return value
        bounds: Any = self.setting.bounds
        one = SchemaValidator(core_schema.int_schema(**bounds)).validate_python
        several = isinstance(value, (list, tuple))
        if several and len(value) != 2:
            raise PydanticCustomError("sizes", "not two")
        try:
            return tuple(map(one, value)) if several else one(value)
        except ValidationError:
            raise PydanticCustomError("sizes", "no size") from None

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._made)


@dataclass(frozen=True, eq=False)
class OneOf:
    """Allow one of some names only."""

    names: Callable[[], list[str]]

    def _made(self, value: Any) -> Any:
        if value not in self.names():
            raise PydanticCustomError("literal_error", "none of the names")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._made)

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        return {"enum": self.names()}


@dataclass(frozen=True, eq=False)
class KindOfLayer:
    """Allow a mapping with the key of one kind of layer, and that kind's settings."""

    def _made(self, value: Any) -> Any:
        if isinstance(value, LayerEntry):
            return value
        if not isinstance(value, Mapping):
            raise PydanticCustomError("no_mapping", "no mapping")
        kind = kind_of(value)
        if kind is not None:
            return _placed(kind, value)
        keys = [key for key in LAYERS if key in value]
        given = ", ".join(map(str, value)) or "nothing"
        why = f"no key here tells the kind of the layer: {given}"
        if keys:
            why = f"a layer is of one kind, and these keys tell several: {', '.join(keys)}"
        near = "" if keys else nearest(value, list(LAYERS))
        remedy = f"{near}give one of {', '.join(LAYERS)}"
        raise PydanticCustomError("refused", "{why}", {"why": why, "remedy": remedy})

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._made)

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        return {}  # the definition that LAYER_SCHEMA names is not one of pydantic's
