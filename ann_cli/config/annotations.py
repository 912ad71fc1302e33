"""What a key of the config may hold beside what its type says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.annotated_handlers import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from ann_cli.errors import nearest


@dataclass(frozen=True, eq=False)
class Or:
    """Allow what `rest` allows, or what passes `test`: as `taken` makes it, described by `json`."""

    test: Callable[[Any], bool]
    json: Callable[[], dict[str, Any]]
    rest: Any
    taken: Callable[[Any], Any] = lambda value: value

    def _check(self, value: Any, rest: Callable[[Any], Any]) -> Any:
        return self.taken(value) if self.test(value) else rest(value)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            self._check, handler.generate_schema(self.rest)
        )

    def __get_pydantic_json_schema__(
        self, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [handler(core), self.json()]}


def text(test: Callable[[str], bool], json: Mapping[str, Any], rest: Any) -> Or:
    """Allow a text that passes a test beside the rest."""
    return Or(lambda value: isinstance(value, str) and test(value), lambda: dict(json), rest)


def word(allowed: str, rest: Any) -> Or:
    """Allow one word beside the rest."""
    return text(lambda value: value == allowed, {"enum": [allowed]}, rest)


def mapping(models: Sequence[type[BaseModel]], rest: Any) -> Or:
    """Allow a mapping beside the rest: of the model that has one of its keys."""
    keys = {key: model for model in models for key in model.model_fields}

    def taken(value: Any) -> Any:
        if isinstance(value, BaseModel):
            return value
        told = [key for key in value if key in keys]
        if len(set(map(keys.get, told))) != 1:
            given = ", ".join(map(str, told or value)) or "none"
            why = "several keys here say" if told else "no key here says"
            near = "" if told else nearest(value, list(keys))
            why, remedy = f"{why} what it is: {given}", f"{near}give one of {', '.join(keys)}"
            raise PydanticCustomError("refused", "{why}", {"why": why, "remedy": remedy})
        return keys[told[0]].model_validate(value)

    def schemas() -> dict[str, Any]:
        return {"anyOf": [model.model_json_schema() for model in models]}

    return Or(lambda value: isinstance(value, Mapping | BaseModel), schemas, rest, taken)
