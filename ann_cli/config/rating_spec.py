"""The keys of ratings, each with its allowed values and its line of help."""

from typing import Annotated, Literal

from pydantic import Field

from ann_cli.config.image_spec import ColumnName as Name

User = Annotated[
    Name | None,
    Field(description="the column that says who rated or chose, such as a customer"),
]
Item = Annotated[Name | None, Field(description="the column that says what, such as a product")]
Rating = Annotated[
    Name | None,
    Field(description="the column of ratings; null: each row says that a user chose an item"),
]
RowsOf = Annotated[
    Literal["auto", "item", "user"],
    Field(description="whose ratings are a row; auto: an item's with data.rating, else a user's"),
]
