"""What the config says that a column is: dates in a form, ranks in an order, shared inputs."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Field, field_validator

from ann_cli.config.annotations import mapping
from ann_cli.config.entries import STRICT
from ann_cli.config.image_spec import ColumnName as Name


def twice_in(names: list[str]) -> list[str]:
    """Return the names that stand there more than once."""
    return sorted({name for name in names if names.count(name) > 1})


class ColumnForm(BaseModel):
    """What a column is beyond its kind. A subclass a form, which COLUMN_FORMS lists."""

    model_config = STRICT

    kind: ClassVar[Literal["category", "date"]] = "category"
    """What its cells are read as."""
    of_values: ClassVar[str] = ""
    """What data.types has of the values of such a column."""
    any_number: ClassVar[bool] = False
    """Whether there may be any number of values."""
    reason: ClassVar[str] = ""
    """Why a column has it where the config leaves that open."""


class DateForm(ColumnForm):
    """A column of dates, and how they are written."""

    kind = "date"

    date: str = Field(min_length=1, description='the form of the dates, such as "%d/%m/%Y"')


class OrderForm(ColumnForm):
    """A column of categories that have an order."""

    of_values = "an order of them"
    reason = "these words have an order"

    order: list[Name] = Field(
        min_length=2, description="the values from low to high, such as [Poor, Fair, Good]"
    )

    @field_validator("order")
    @classmethod
    def _once(cls, order: list[str]) -> list[str]:
        if twice := twice_in(order):
            raise ValueError(f"named twice: {', '.join(twice)}")
        return order


class HashedForm(ColumnForm):
    """A column of many categories that share inputs."""

    of_values = "them share inputs"
    any_number = True
    reason = "too many values for an input each"

    hashed: int = Field(ge=2, le=65536, description="inputs that the values share, such as 256")


class WordsForm(ColumnForm):
    """A column of texts, of which the words enter."""

    of_values = "their words enter"
    any_number = True
    reason = "texts differ in most rows, and their words tell of the target"

    words: int = Field(ge=1, le=65536, description="inputs, one a word, at most, such as 64")


COLUMN_FORMS: tuple[type[ColumnForm], ...] = (DateForm, OrderForm, HashedForm, WordsForm)
"""In the order in which they are told. What features those of categories become:
`data/columns/features.py`."""

ColumnType = Annotated[Any, mapping(COLUMN_FORMS, Literal["number", "category", "boolean", "date"])]
