"""What a table is cut into so that rows can be read without those before them."""

from dataclasses import dataclass
from typing import TypeAlias, TypeVar

B = TypeVar("B")


@dataclass(frozen=True)
class Piece:
    """Rows of a file that can be read without those before them."""

    file: int
    """The number of the file among those of its table, from 0."""
    row: int
    """The number of its first row in the table, from 0."""
    start: int
    """The byte of a CSV at which they begin, or the number of their group; of whole files 0."""
    end: int
    line: int = 1
    """The line of the file on which they begin; of what is no text, the row."""


Located: TypeAlias = tuple[Piece | None, B]
"""A block of rows, and the piece that begins with it, if one does."""
