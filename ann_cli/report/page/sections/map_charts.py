"""Charts of a map: its units where they stand, coloured by a number or by a label."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from math import sqrt
from typing import Any

from ann_cli.engine.maps.grid import Grid, Hexagonal
from ann_cli.engine.settings import Array
from ann_cli.report.page.charts import SERIES, of_rows
from ann_cli.report.page.sections.wording import rounded

WIDE, SMALL = 460, 250
"""Pixels of a map's longer side, and of one that others stand beside."""

NONE = "(none)"
"""What a unit has that no labelled row is nearest to."""

HEXAGON = "M0,-1L0.866,-0.5L0.866,0.5L0,1L-0.866,0.5L-0.866,-0.5Z"
SQUARE = "M-1,-1L1,-1L1,1L-1,1Z"
FILLED = 0.97
"""How much of its place a unit's shape fills."""


@dataclass(frozen=True)
class Cells:
    """What is shown of each unit: a number or a text, what it is called, how rows lie in it."""

    title: str
    values: Sequence[Any]
    texts: Sequence[str]
    """The same in words, which are shown where one points at a unit."""
    hits: Array


def map_chart(grid: Grid, cells: Cells, small: bool) -> Callable[[], Any]:
    """Return what draws the units of a grid, each as its topology has it, the first row on top."""
    side = SMALL if small else WIDE
    longer = max(grid.rows * grid.topology.down, grid.columns + grid.topology.shift)
    unit = side / (longer + 0.5)
    across = unit * (grid.columns + grid.topology.shift + 0.1)
    down = unit * ((grid.rows - 1) * grid.topology.down + 1.2)
    six = grid.topology is Hexagonal
    # Vega takes a shape's area as that of the square around a path from −1 to 1.
    edge = unit / sqrt(3) if six else unit / 2
    size = (2 * edge * FILLED) ** 2
    names = [each for each in dict.fromkeys(map(str, cells.values)) if each != NONE]
    colours = dict(zip(sorted(names), cycle(SERIES), strict=False))
    colours |= {NONE: "var(--line)"} if NONE in cells.values else {}
    labelled = bool(cells.values) and isinstance(cells.values[0], str)
    rows = [
        {
            "x": rounded(float(place[1])),
            "y": rounded(float(place[0])),
            "unit": number,
            "row": number // grid.columns,
            "column": number % grid.columns,
            "value": value if isinstance(value, str) else rounded(float(value)),
            "text": text,
            "rows": int(hits),
        }
        for number, (place, value, text, hits) in enumerate(
            zip(grid.positions, cells.values, cells.texts, cells.hits, strict=True)
        )
    ]

    def chart() -> Any:
        import altair as alt

        def axis(channel: Any, name: str, most: float, reverse: bool) -> Any:
            scale = alt.Scale(domain=[-0.6, most + 0.6], nice=False, zero=False, reverse=reverse)
            return channel(f"{name}:Q", axis=None, scale=scale)

        ends = grid.positions.max(axis=0)
        color = (
            alt.Color(
                "value:N",
                title=cells.title,
                scale=alt.Scale(domain=list(colours), range=list(colours.values())),
            )
            if labelled
            else alt.Color(
                "value:Q",
                title=cells.title,
                scale=alt.Scale(scheme="viridis", zero=False),
                legend=alt.Legend(gradientLength=int(side * 0.6), tickCount=3),
            )
        )
        return (
            of_rows(rows)
            .mark_point(filled=True, shape=HEXAGON if six else SQUARE, size=size, opacity=1)
            .encode(
                x=axis(alt.X, "x", float(ends[1]), False),
                y=axis(alt.Y, "y", float(ends[0]), True),
                color=color,
                tooltip=["unit:Q", "row:Q", "column:Q", "text:N", "rows:Q"],
            )
            .properties(width=round(across), height=round(down))
        )

    return chart
