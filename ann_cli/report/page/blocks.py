"""What a section of a report is made of: words, tables, charts, drawings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    text: str
    kind: str = ""
    """"" or: verdict, note (smaller and paler), warning, code (as it is typed)."""


@dataclass(frozen=True)
class Facts:
    """A table: its first column names the rows."""

    title: str
    columns: Sequence[str]
    """The headings, that of the rows' names first."""
    rows: Sequence[Sequence[str]]
    folded: bool = False
    """Whether it is shown only once it is asked for: it says what stands in a chart."""
    texts: bool = False
    """Whether its cells are texts, which begin at the left, and not numbers."""


@dataclass(frozen=True)
class Figure:
    """A chart, with words that say the same to who does not see it, and a table where it helps."""

    name: str
    """Short, as in a file's name: what `ann plot --what` and `--charts` call it."""
    title: str
    words: str
    """What the chart shows, in a sentence or two with its main numbers."""
    chart: Callable[[], Any]
    """Makes the chart, of Altair's, as `charts.py` has it drawn."""
    facts: Facts | None = None
    small: bool = False
    """Whether it stands beside the small ones that follow it."""


@dataclass(frozen=True)
class Drawing:
    """What a script of the page draws from data, with words for who does not see it.

    `web/<script>.js` registers `draw.<script> = (element, data) => …`, which fills an element.
    """

    name: str
    title: str
    words: str
    script: str
    data: Any
    """What JSON can hold."""
    facts: Facts | None = None
    needs: tuple[str, ...] = ()
    """Other scripts of `web/` that come before."""
    small: bool = False


Block: TypeAlias = Words | Facts | Figure | Drawing
