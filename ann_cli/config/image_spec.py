"""The config's `data.image` and `augment`: rows that are pictures, and how training moves them."""

from math import prod
from typing import Annotated, Any

from pydantic import BaseModel, Field, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from ann_cli.config.entries import STRICT
from ann_cli.engine.parameters import Shape

MOST_PIXELS = 1 << 20
"""Numbers of a picture at most: its first layer alone would have thousands of times as many."""

ColumnName = Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean"]})]
Side = Annotated[int, Field(ge=1, le=4096)]


class Image(BaseModel):
    """Rows that are pictures: pixels in columns, or PNG files."""

    model_config = STRICT

    column: ColumnName | None = Field(
        None, description="the column that names a PNG file; null: the other columns are pixels"
    )
    height: Side = Field(description="rows of pixels")
    width: Side = Field(description="pixels in a row")
    channels: int = Field(
        1,
        ge=1,
        le=16,
        validate_default=True,
        description="numbers a pixel: 1 is grey, 3 are colours",
    )

    @property
    def shape(self) -> Shape:
        """Height, width and channels."""
        return self.height, self.width, self.channels

    def __str__(self) -> str:
        return " × ".join(map(str, self.shape))

    @field_validator("channels")
    @classmethod
    def _of_files(cls, channels: int, others: Any) -> int:
        if others.data.get("column") is not None and channels not in (1, 3):
            raise refused("a PNG file is read as grey or as colours", "use channels: 1 or 3")
        sides = [others.data.get("height", 1), others.data.get("width", 1)]
        if prod(sides) * channels > MOST_PIXELS:
            raise refused(
                f"{' × '.join(map(str, (*sides, channels)))} are more than {MOST_PIXELS:,} numbers",
                "use smaller pictures",
            )
        return channels


class Augment(BaseModel):
    """What training does to pictures, anew in each step: they stay what they show."""

    model_config = STRICT

    shift: int = Field(
        0,
        ge=0,
        le=512,
        description="pixels that a picture is moved by at most; its edge is drawn out behind it",
    )
    flip: bool = Field(False, description="whether every other picture is seen in a mirror")


def refused(why: str, remedy: str) -> PydanticCustomError:
    """Return the error of a value that makes no sense here."""
    return PydanticCustomError("refused", "{why}", {"why": why, "remedy": remedy})
