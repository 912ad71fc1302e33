"""What a key of the config may hold beside what its type says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.annotated_handlers import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema


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


def mapping(model: type[BaseModel], rest: Any) -> Or:
    """Allow a mapping of one model beside the rest."""
    return Or(
        lambda value: isinstance(value, Mapping | BaseModel),
        model.model_json_schema,
        rest,
        model.model_validate,
    )
