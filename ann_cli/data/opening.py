"""How a table is opened: what is known of its cells, and what is asked of its passes."""

from dataclasses import dataclass

from ann_cli.data.cells.values import Array
from ann_cli.data.cells.writing import Written


@dataclass(frozen=True)
class Opening:
    """What every kind of tables is opened with."""

    spooled: bool = False
    """Whether what passes once is kept, so that it can be read again and again."""
    hashed: bool = False
    """Whether the digest is taken while the rows are read: else it takes a pass of its own."""
    written: Written = Written()  # noqa: RUF009 - frozen
    """What is known of how cells are written."""
    strict: bool = False
    """Whether cells that are not what their column holds are refused: else they are missing."""
    rows: Array | None = None
    """Of each row, in order, whether it is there; None: all are."""
