"""What the config says that a column is: dates in a form, ranks in an order, shared inputs."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, Field, field_validator

from ann_cli.config.annotations import mapping
from ann_cli.config.entries import STRICT
from ann_cli.config.image_spec import ColumnName as Name


def twice_in(names: list[str]) -> list[str]:
    """Return the names that stand there more than once."""
    return sorted({name for name in names if names.count(name) > 1})


class DateForm(BaseModel):
    """A column of dates, and how they are written."""

    model_config = STRICT

    date: str = Field(min_length=1, description='the form of the dates, such as "%d/%m/%Y"')


class OrderForm(BaseModel):
    """A column of categories that have an order."""

    model_config = STRICT

    order: list[Name] = Field(
        min_length=2, description="the values from low to high, such as [Poor, Fair, Good]"
    )

    @field_validator("order")
    @classmethod
    def _once(cls, order: list[str]) -> list[str]:
        if twice := twice_in(order):
            raise ValueError(f"named twice: {', '.join(twice)}")
        return order


class HashedForm(BaseModel):
    """A column of many categories that share inputs."""

    model_config = STRICT

    hashed: int = Field(ge=2, le=65536, description="inputs that the values share, such as 256")


class WordsForm(BaseModel):
    """A column of texts, of which the words enter."""

    model_config = STRICT

    words: int = Field(ge=1, le=65536, description="inputs, one a word, at most, such as 64")


OF_CATEGORIES: dict[type, str] = {
    OrderForm: "an order of them",
    HashedForm: "them share inputs",
    WordsForm: "their words enter",
}
"""The forms of a column of texts, and what such a form has of its values."""

FEW_INPUTS = HashedForm | WordsForm
"""The forms that may have any number of values."""

ColumnForm: TypeAlias = DateForm | OrderForm | HashedForm | WordsForm
ColumnType = Annotated[
    Any,
    mapping(
        (DateForm, *OF_CATEGORIES),
        Literal["number", "category", "boolean", "date"],
    ),
]
