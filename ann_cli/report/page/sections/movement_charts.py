"""The charts of how a prediction moves: lines over numbers, points of labels, a surface."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from ann_cli.insight.interaction import Surface
from ann_cli.insight.partial_dependence import Dependence, Grid
from ann_cli.report.page.charts import of_rows
from ann_cli.report.page.sections.wording import cell_text, labels, rounded, short

LINES = 25
"""Single rows that have a line in a chart."""

Span: TypeAlias = tuple[float, float]
"""The least and the greatest answer that charts show which stand side by side."""


def point_name(grid: Grid, point: int) -> str:
    """Return a point of a grid as a person reads it."""
    if grid.labels:
        return grid.labels[point]
    if grid.has_missing and point == len(grid) - 1:
        return "a missing cell"
    return cell_text(float(grid.values[point]), grid.kind)


def dependence_chart(
    each: Dependence, wanted: list[int], names: list[str], what: str, span: Span
) -> Any:
    """Return what draws a column's chart: of some answers, by their names, `what` in all."""
    return (_of_labels if each.grid.labels else _of_numbers)(each, wanted, names, what, span)


def _of_numbers(
    each: Dependence, wanted: list[int], names: list[str], what: str, span: Span
) -> Any:
    grid, known = each.grid, len(each.grid.values)
    kind, factor = ("T", 1000) if grid.kind == "date" else ("Q", 1)
    xs = [rounded(value * factor, 8) for value in grid.values.tolist()]
    many = len(wanted) > 1
    lines = [
        {"x": x, "y": rounded(y), "row": row}
        for row, line in enumerate(_single(each, wanted))
        for x, y in zip(xs, line, strict=False)
        if np.isfinite(y)
    ]
    means = [
        {"x": x, "y": rounded(y), "of": short(name)}
        for at, name in zip(wanted, names, strict=True)
        for x, y in zip(xs, each.mean[:known, at].tolist(), strict=True)
        if np.isfinite(y)
    ]
    local = [] if each.accumulated is None else _local(each, wanted, names, factor)
    missing = [
        {"y": rounded(float(each.mean[-1, at])), "text": "missing", "of": short(name)}
        for at, name in zip(wanted, names, strict=True)
        if grid.has_missing and np.isfinite(each.mean[-1, at])
    ]

    def chart() -> Any:
        import altair as alt

        scale = alt.Scale(zero=False, nice=False)
        if kind == "T":
            scale = alt.Scale(type="utc", nice=False)
        x = alt.X(f"x:{kind}", title=short(grid.column), scale=scale, axis=_few())
        y = alt.Y("y:Q", title=what, scale=_span(span), axis=_few())
        color = alt.Color("of:N", title=None, sort=None) if many else alt.value("var(--series-1)")
        layers = []
        if lines:
            thin = of_rows(lines).mark_line(strokeWidth=1, opacity=0.25, color="var(--muted)")
            layers.append(thin.encode(x=x, y=y, detail="row:N"))
        layers.append(of_rows(means).mark_line(strokeWidth=2.5).encode(x=x, y=y, color=color))
        if local:
            dashed = of_rows(local).mark_line(strokeWidth=2.5, strokeDash=[5, 4])
            own = color if many else alt.value("var(--series-2)")
            layers.append(dashed.encode(x=x, y=y, color=own))
        if missing:
            base = of_rows(missing).encode(y=y, color=color)
            layers.append(base.mark_rule(strokeDash=[2, 3]))
            words = base.mark_text(align="right", baseline="bottom", dx=-2, fontSize=11)
            layers.append(words.encode(x=alt.value("width"), text="text:N"))
        rug = of_rows([{"x": each} for each in xs]).mark_rule(color="var(--muted)", opacity=0.6)
        layers.append(rug.encode(x=x, y=alt.value(194), y2=alt.value(200)))
        return alt.layer(*layers).properties(height=200)

    return chart


def span_of(found: Sequence[Dependence], wanted: list[int]) -> Span:
    """Return between which numbers all charts of some answers lie: they can be compared then."""
    parts = [each.mean[:, wanted] for each in found]
    parts += [each.accumulated.effects[:, wanted] for each in found if each.accumulated]
    parts += [np.array(_single(each, wanted)) for each in found]
    every = np.concatenate([each.ravel() for each in parts])
    every = every[np.isfinite(every)]
    return (rounded(float(every.min())), rounded(float(every.max()))) if len(every) else (0, 1)


def _single(each: Dependence, wanted: list[int]) -> list[list[float]]:
    """Return the lines of single rows, of one answer alone: of several they would be too many."""
    return each.lines[:LINES, :, wanted[0]].tolist() if len(wanted) == 1 else []


def _span(span: Span) -> Any:
    import altair as alt

    return alt.Scale(domain=list(span), nice=True, zero=False)


def _few() -> Any:
    """Return an axis of few ticks, as a small chart has room for."""
    import altair as alt

    return alt.Axis(tickCount=4, labelOverlap=True)


def _local(
    each: Dependence, wanted: list[int], names: list[str], factor: int
) -> list[dict[str, Any]]:
    assert each.accumulated is not None
    return [
        {"x": rounded(x * factor, 8), "y": rounded(y), "of": short(name)}
        for at, name in zip(wanted, names, strict=True)
        for x, y in zip(
            each.accumulated.edges.tolist(), each.accumulated.effects[:, at].tolist(), strict=True
        )
        if np.isfinite(y)
    ]


def _of_labels(each: Dependence, wanted: list[int], names: list[str], what: str, span: Span) -> Any:
    places = labels(each.grid.labels)
    many = len(wanted) > 1
    single = [
        {"x": place, "y": rounded(y)}
        for line in _single(each, wanted)
        for place, y in zip(places, line, strict=True)
        if np.isfinite(y)
    ]
    means = [
        {"x": place, "y": rounded(y), "of": short(name)}
        for at, name in zip(wanted, names, strict=True)
        for place, y in zip(places, each.mean[:, at].tolist(), strict=True)
        if np.isfinite(y)
    ]

    def chart() -> Any:
        import altair as alt

        y = alt.Y("x:N", title=short(each.grid.column), sort=None, axis=alt.Axis(labelLimit=110))
        x = alt.X("y:Q", title=what, scale=_span(span), axis=_few())
        color = alt.Color("of:N", title=None, sort=None) if many else alt.value("var(--series-1)")
        layers = []
        if single:
            ticks = of_rows(single).mark_tick(color="var(--muted)", opacity=0.35)
            layers.append(ticks.encode(x=x, y=y))
        layers.append(of_rows(means).mark_point(filled=True, size=90).encode(x=x, y=y, color=color))
        return alt.layer(*layers).properties(height=max(200, 22 * len(places)))

    return chart


def surface_chart(surface: Surface, what: str) -> Any:
    """Return what draws the surface of a pair."""
    first, second = (_ends(each) for each in (surface.first, surface.second))
    cells = [
        {
            **{f"x{end}": value for end, value in zip("12", across, strict=False)},
            **{f"y{end}": value for end, value in zip("12", up, strict=False)},
            "z": rounded(float(surface.mean[row, column])),
            "rows": int(surface.counts[row, column]),
        }
        for row, across in enumerate(first)
        for column, up in enumerate(second)
        if np.isfinite(surface.mean[row, column])
    ]

    def chart() -> Any:
        import altair as alt

        def axis(letter: str, grid: Grid, ends: Sequence[Sequence[Any]]) -> dict[str, Any]:
            channel = alt.X if letter == "x" else alt.Y
            if len(ends[0]) == 1:
                own = channel(f"{letter}1:N", title=short(grid.column), sort=None)
                return {letter: own}
            kind = "T" if grid.kind == "date" else "Q"
            scale = alt.Scale(zero=False, nice=False)
            bare = alt.Axis(grid=False, labelOverlap=True)
            own = channel(f"{letter}1:{kind}", title=short(grid.column), scale=scale, axis=bare)
            return {letter: own, f"{letter}2": f"{letter}2"}

        return (
            of_rows(cells)
            .mark_rect()
            .encode(
                color=alt.Color(
                    "z:Q",
                    title=what,
                    scale=alt.Scale(scheme="viridis", zero=False),
                    legend=alt.Legend(gradientLength=220, tickCount=3),
                ),
                opacity=alt.condition("datum.rows > 0", alt.value(1), alt.value(0.3)),
                **axis("x", surface.first, first),
                **axis("y", surface.second, second),
            )
            .properties(height=360)
        )

    return chart


def _ends(grid: Grid) -> list[tuple[Any, ...]]:
    """Return where each point's cell begins and ends; of labels the label. No missing cell."""
    if grid.labels:
        return [(label,) for label in labels(grid.labels)]
    factor = 1000 if grid.kind == "date" else 1
    values = grid.values * factor
    middles = (values[1:] + values[:-1]) / 2
    edges = np.r_[values[0], middles, values[-1]]
    return [
        (rounded(low, 8), rounded(high, 8))
        for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]
