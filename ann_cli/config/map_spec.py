"""The keys of a self-organizing map, each with its allowed values and its line of help."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo
from pydantic_core import PydanticCustomError

from ann_cli.config.annotations import word
from ann_cli.config.entries import OneOf
from ann_cli.config.models import MODELS
from ann_cli.engine.maps.grid import TOPOLOGIES


def _topologies() -> list[str]:
    return list(TOPOLOGIES)


Sides = Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=2, max_length=2)]
Reach = Annotated[list[Annotated[float, Field(ge=0.1)]], Field(min_length=2, max_length=2)]

Grid = Annotated[
    list[int] | Literal["auto"],
    word("auto", Sides),
    Field(
        description="rows and columns of a map's units: [12, 8]; auto: 5 √rows units, sides as "
        "the first two principal components"
    ),
]
TopologyName = Annotated[
    str,
    OneOf(_topologies),
    Field(description="how a map's units stand: with eight neighbours each, or six"),
]
Rule = Annotated[
    Literal["batch", "online"],
    Field(description="how a map learns: from all rows at once, or row by row"),
]
Radius = Annotated[
    list[float] | Literal["auto"],
    word("auto", Reach),
    Field(
        description="how far a row reaches on a map, at first and at last: [6, 0.5]; auto: half "
        "the longer side, 0.5"
    ),
]
LearningRate = Annotated[
    Annotated[float, Field(gt=0, le=1)] | None,
    Field(
        description="the size of a step of what has no optimizer: a map's online rule, a Boltzmann "
        "machine; null: as suits it"
    ),
]


def of_its_model(value: Any, info: ValidationInfo) -> Any:
    """Refuse a key of another kind of model as if there were none such.

    It lies elsewhere in this kind, which an error then says: a network's learning_rate is its
    optimizer's.
    """
    family = MODELS.get(info.data.get("model", ""))
    if value is not None and family is not None and info.field_name not in family.own:
        raise PydanticCustomError("extra_forbidden", "Extra inputs are not permitted")
    return value
