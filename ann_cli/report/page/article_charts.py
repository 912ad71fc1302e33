"""The charts of the article's page."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ann_cli.engine.settings import Array
from ann_cli.experiments.illustrations import Boundary, Descent, Trials
from ann_cli.insight.activation_curves import ActivationCurve
from ann_cli.report.page.charts import SERIES, of_rows, thinned

LEVELS = 14
"""Steps of darkness in a surface."""

DARKEST = 0.6

SEEN = (-1.5, 4)
"""The part of an activation's value that is drawn, the same for all."""


def activation(curve: ActivationCurve) -> Any:
    """Return a chart of an activation's value, and of its slope as a dashed line."""
    import altair as alt

    rows = [
        {"z": round(float(z), 3), "at": round(float(one), 4), "line": line}
        for line, values in (("value", curve.value), ("slope", curve.slope))
        for z, one in zip(curve.z, values, strict=True)
        if one <= SEEN[1] + 1
    ]
    names = ["value", "slope"]
    color = alt.Color("line:N", title=None, scale=alt.Scale(domain=names, range=SERIES[:2]))
    dash = alt.StrokeDash(
        "line:N", title=None, scale=alt.Scale(domain=names, range=[[1, 0], [5, 3]])
    )
    return (
        of_rows(rows)
        .mark_line(clip=True, strokeWidth=2)
        .encode(
            x=alt.X(
                "z:Q",
                title="weighted sum z",
                scale=alt.Scale(domain=[float(curve.z[0]), float(curve.z[-1])]),
                axis=alt.Axis(tickCount=5),
            ),
            y=alt.Y("at:Q", title=None, scale=alt.Scale(domain=SEEN), axis=alt.Axis(tickCount=5)),
            color=color,
            strokeDash=dash,
        )
        .properties(height=170)
    )


def valley(found: Trials) -> Any:
    """Return a chart of the loss over one weight, its lowest point marked."""
    import altair as alt

    rows = [
        {"weight": float(weight), "loss": float(loss)}
        for weight, loss in zip(found.weights[:, 0], found.loss, strict=True)
    ]
    x = alt.X("weight:Q", title=f"weight of {found.inputs[0]}")
    y = alt.Y("loss:Q", title="loss", scale=alt.Scale(zero=False))
    line = (
        of_rows(rows).mark_line(point={"size": 22}).encode(x=x, y=y, tooltip=["weight:Q", "loss:Q"])
    )
    lowest = of_rows([rows[int(found.loss.argmin())]])
    mark = lowest.mark_point(filled=True, size=140, color=SERIES[1], opacity=1)
    return line + mark.encode(x=x, y=y)


def surface(found: Trials, paths: Mapping[str, Descent] | None = None) -> Any:
    """Return the loss over two weights, the darker the higher, and paths on it."""
    import altair as alt

    side = round(len(found.loss) ** 0.5)
    x, y = (np.unique(found.weights[:, at]) for at in (0, 1))
    # Trials run through the second weight first: a row of the map is one value of it.
    height = np.log(found.loss.reshape(side, side).T)
    levels = np.floor((height - height.min()) / np.ptp(height) * (LEVELS - 1e-9))
    titles = [f"weight of {name}" for name in found.inputs]
    tiles = _tiles(x, y, levels / (LEVELS - 1) * DARKEST)
    ground = tiles.mark_rect(color="var(--muted)").encode(**_places(x, y, titles), opacity=_shade())
    lowest = found.loss.argmin()
    best = [{"x": float(found.weights[lowest, 0]), "y": float(found.weights[lowest, 1])}]
    bottom = of_rows(best).mark_point(shape="cross", size=120, strokeWidth=2, color="var(--ink)")
    chart = ground + bottom.encode(x="x:Q", y="y:Q")
    names = list(paths or {})
    for name, path in (paths or {}).items():
        steps = [
            {"x": round(float(one), 4), "y": round(float(other), 4), "at": at, "way": name}
            for at, (one, other) in enumerate(path.weights)
        ]
        color = alt.Color(
            "way:N",
            title=None,
            scale=alt.Scale(domain=names, range=SERIES[: len(names)]),
            legend=alt.Legend(symbolType="stroke", symbolStrokeWidth=3),
        )
        base = of_rows(steps).encode(x="x:Q", y="y:Q", color=color)
        few = len(steps) < 100
        line = base.mark_line(
            strokeWidth=2 if few else 1, clip=True, point={"size": 26} if few else False
        )
        chart += line.encode(order="at:Q")
    return chart.properties(height=440)


def loss_by_rows(paths: Mapping[str, Descent]) -> Any:
    """Return a chart of the loss by the rows that were computed."""
    import altair as alt

    rows = [
        row
        for name, path in paths.items()
        for row in thinned(
            [
                {"rows": int(count), "loss": float(loss), "way": name}
                for count, loss in zip(path.computed[1:], path.loss[1:], strict=True)
            ]
        )
    ]
    names = list(paths)
    return (
        of_rows(rows)
        .mark_line(strokeWidth=1.5)
        .encode(
            x=alt.X(
                "rows:Q",
                title="rows computed",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(grid=False),
            ),
            y=alt.Y("loss:Q", title="loss", scale=alt.Scale(type="log", nice=False)),
            color=alt.Color(
                "way:N", title=None, scale=alt.Scale(domain=names, range=SERIES[: len(names)])
            ),
        )
    )


def learning_rates(found: Mapping[str, Sequence[float]]) -> Any:
    """Return a chart of the loss by epoch, a line a learning rate."""
    import altair as alt

    rows = [
        {"epoch": epoch, "loss": loss, "rate": rate}
        for rate, losses in found.items()
        for epoch, loss in enumerate(losses, start=1)
    ]
    ends = [min(map(min, found.values())), 4 * next(iter(found.values()))[0]]
    return (
        of_rows(rows)
        .mark_line(strokeWidth=2, clip=True)
        .encode(
            x=alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickCount=10)),
            y=alt.Y("loss:Q", title="loss", scale=alt.Scale(type="log", domain=ends)),
            color=alt.Color("rate:N", title="learning rate", sort=list(found)),
        )
    )


def boundary(found: Boundary) -> Any:
    """Return what a network predicts over its two inputs, with the rows on it."""
    import altair as alt

    classes, colors = ["0", "1"], SERIES[:2]
    rows = [
        {"x": float(x), "y": float(y), "class": classes[int(actual)]}
        for (x, y), actual in zip(found.rows, found.actual, strict=True)
    ]
    scale = alt.Scale(domain=classes, range=colors)
    chart = None
    for side, color in enumerate(colors):
        sure = (2 * found.predicted - 1) * (1 if side else -1)
        strength = np.where(sure >= 0, 0.1 + 0.5 * np.round(sure * 8) / 8, np.nan)
        tiles = _tiles(found.x, found.y, strength).mark_rect(color=color)
        tiles = tiles.encode(**_places(found.x, found.y, found.columns), opacity=_shade())
        chart = tiles if chart is None else chart + tiles
    points = of_rows(rows).mark_point(
        filled=True, size=170, opacity=1, stroke="var(--paper)", strokeWidth=2
    )
    shape = alt.Shape(
        "class:N", title="class", scale=alt.Scale(domain=classes, range=["circle", "square"])
    )
    kind = alt.Color("class:N", title="class", scale=scale)
    return (chart + points.encode(x="x:Q", y="y:Q", color=kind, shape=shape)).properties(height=280)


def dead_units(found: Mapping[str, Sequence[float]]) -> Any:
    """Return a chart of the share of dead units by epoch, a line an activation."""
    import altair as alt

    rows = [
        {"epoch": epoch, "share": share, "activation": name}
        for name, shares in found.items()
        for epoch, share in enumerate(shares, start=1)
    ]
    return (
        of_rows(rows)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickCount=10)),
            y=alt.Y(
                "share:Q",
                title="dead units",
                axis=alt.Axis(format="%"),
                scale=alt.Scale(domain=[0, 1]),
            ),
            color=alt.Color("activation:N", title=None, sort=list(found)),
            tooltip=["activation:N", "epoch:Q", "share:Q"],
        )
    )


def _tiles(x: Array, y: Array, strength: Array) -> Any:
    """Return points of y × points of x as tiles, those alike side by side as one; NaN is none."""
    across, up = ((each[1] - each[0]) / 2 for each in (x, y))
    rows = []
    for level, line in zip(y, strength, strict=True):
        ends = np.flatnonzero(np.append(line[1:] != line[:-1], True))
        start = 0
        for end in ends.tolist():
            if not np.isnan(line[end]):
                left, right = x[start] - across, x[end] + across
                low, high = level - up, level + up
                places = zip(("x", "x2", "y", "y2"), (left, right, low, high), strict=True)
                tile = {name: round(float(place), 4) for name, place in places}
                rows.append({**tile, "strength": round(float(line[end]), 3)})
            start = end + 1
    return of_rows(rows)


def _places(x: Array, y: Array, titles: Sequence[str]) -> dict[str, Any]:
    import altair as alt

    def scale(points: Array) -> Any:
        half = (points[1] - points[0]) / 2
        ends = [float(points[0] - half), float(points[-1] + half)]
        return alt.Scale(domain=ends, nice=False, zero=False)

    few = alt.Axis(grid=False, tickCount=4)
    return {
        "x": alt.X("x:Q", title=titles[0], scale=scale(x), axis=few),
        "x2": "x2:Q",
        "y": alt.Y("y:Q", title=titles[1], scale=scale(y), axis=few),
        "y2": "y2:Q",
    }


def _shade() -> Any:
    import altair as alt

    return alt.Opacity("strength:Q", scale=alt.Scale(domain=[0, 1], range=[0, 1]), legend=None)
