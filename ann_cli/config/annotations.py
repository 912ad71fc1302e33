"""What a key of the config may hold beside what its type says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.annotated_handlers import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema


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
