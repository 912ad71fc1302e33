"""Charts of predicted numbers: beside the actual ones, how large errors are, along a column."""

from typing import Any

import numpy as np

from ann_cli.data.columns.category_feature import MISSING
from ann_cli.engine.settings import Array
from ann_cli.insight.residuals import (
    ErrorsAlong,
    Group,
    density,
    error_summary,
    histogram,
)
from ann_cli.report.page.blocks import Facts, Figure
from ann_cli.report.page.charts import of_rows, thinned
from ann_cli.report.page.sections.wording import (
    FACTS,
    as_text,
    cell_text,
    labels,
    rounded,
    short,
)

POINTS = 2_000
"""Rows that are drawn as points; more are counted in cells."""

LEAST = 5
"""Rows of a group, at least: the median of fewer says little."""


def beside_actual(name: str, suffix: str, actual: Array, predicted: Array) -> Figure:
    """Return a target's actual numbers against the predicted ones; of many rows their counts."""
    known = np.isfinite(actual) & np.isfinite(predicted)
    both = np.r_[actual[known], predicted[known]]
    ends = [rounded(float(both.min())), rounded(float(both.max()))]
    points = [
        {"x": rounded(x), "y": rounded(y)}
        for x, y in zip(predicted[known].tolist(), actual[known].tolist(), strict=True)
    ]
    drawn = "A point is a row"
    cells: list[dict[str, float]] = []
    if len(points) > POINTS:
        found = density(actual, predicted)
        edges, most = found.edges.tolist(), int(found.counts.max())
        cells = [
            {
                "x": rounded(edges[column]),
                "x2": rounded(edges[column + 1]),
                "y": rounded(edges[row]),
                "y2": rounded(edges[row + 1]),
                "rows": int(found.counts[row, column]),
                "part": rounded(float(np.sqrt(found.counts[row, column] / most)), 3),
            }
            for row, column in zip(*np.nonzero(found.counts), strict=True)
        ]
        drawn = f"A cell is darker the more of the {len(points):,} rows lie in it, at most {most:,}"
    near = np.corrcoef(actual[known], predicted[known])[0, 1] if known.sum() > 2 else np.nan
    title = f"{short(name)}: predicted against actual"

    def chart() -> Any:
        import altair as alt

        scale = alt.Scale(zero=False, nice=False, domain=ends)
        x = alt.X("x:Q", title=f"predicted {short(name)}", scale=scale)
        y = alt.Y("y:Q", title=f"actual {short(name)}", scale=scale)
        line = of_rows([{"x": each, "y": each} for each in ends])
        diagonal = line.mark_line(strokeDash=[4, 4], color="var(--muted)").encode(x=x, y=y)
        if cells:
            marks = (
                of_rows(cells)
                .mark_rect(color="var(--series-1)")
                .encode(
                    x=x,
                    y=y,
                    x2="x2",
                    y2="y2",
                    opacity=alt.Opacity("part:Q", scale=None, legend=None),
                )
            )
        else:
            marks = of_rows(points).mark_circle(size=18, opacity=0.45).encode(x=x, y=y)
        return (marks + diagonal).properties(height=380)

    groups = np.array_split(np.argsort(predicted[known]), min(8, int(known.sum())))
    table = Facts(
        "Actual numbers by predicted ones",
        ["predicted", "rows", "mean actual", "mean predicted"],
        [
            [
                f"{as_text(predicted[known][own].min())} to {as_text(predicted[known][own].max())}",
                f"{len(own):,}",
                as_text(actual[known][own].mean()),
                as_text(predicted[known][own].mean()),
            ]
            for own in groups
        ],
        folded=True,
    )
    words = f"{drawn}; on the dashed line predicted and actual agree. Correlation: {near:.3f}."
    return Figure(f"predicted{suffix}", title, words, chart, table)


def distribution(name: str, suffix: str, errors: Array, apart: bool = True) -> Figure:
    """Return how many rows of a target have which error; `apart` where each tells its own."""
    found, told_of = histogram(errors), error_summary(errors)
    edges = found.edges.tolist()
    bars = [
        {"x": rounded(low), "x2": rounded(high), "rows": int(count)}
        for low, high, count in zip(edges[:-1], edges[1:], found.counts.tolist(), strict=True)
    ]

    def chart() -> Any:
        import altair as alt

        bar = (
            of_rows(bars)
            .mark_bar(orient="vertical", binSpacing=1)
            .encode(
                x=alt.X("x:Q", title=f"error of {short(name)}", scale=alt.Scale(nice=False)),
                x2="x2",
                y=alt.Y("rows:Q", title="rows"),
            )
        )
        zero = of_rows([{"x": 0}]).mark_rule(strokeDash=[4, 4]).encode(x="x:Q")
        return bar + zero

    mean = told_of.mean
    within = f" (95% interval {as_text(mean.low)} to {as_text(mean.high)})" if apart else ""
    words = (
        f"Half of the errors are at most {as_text(told_of.median_size)} in size, nine of ten at "
        f"most {as_text(told_of.most_sizes)}. Their mean is {as_text(mean.mean)}{within}."
    )
    if found.below or found.above:
        words += (
            f" The outer bars also count {found.below:,} errors below and {found.above:,} above "
            "what is drawn."
        )
    table = Facts(
        f"How many rows have which error of {short(name)}",
        ["error", "rows"],
        [
            [f"{as_text(each['x'])} to {as_text(each['x2'])}", f"{each['rows']:,}"]
            for each in thinned(bars, FACTS)
        ],
        folded=True,
    )
    return Figure(f"residuals{suffix}", f"{short(name)}: how large errors are", words, chart, table)


def along_column(figure: str, along: ErrorsAlong, target: str) -> Figure:
    """Return the errors of a target in groups of a column's cells."""
    groups = [each for each in along.groups if each.rows >= LEAST] or list(along.groups)
    worst = max(groups, key=lambda each: abs(each.median))
    numbers = [each for each in groups if not each.label]
    as_numbers = len(numbers) > 1 and along.kind in ("number", "date")
    factor = 1000 if along.kind == "date" else 1
    names = [_group_name(each, along.kind) for each in groups]
    bars = [
        {
            "x": rounded((each.low + each.high) / 2 * factor, 8) if not each.label else 0,
            "label": label,
            "low": rounded(each.quarter),
            "middle": rounded(each.median),
            "high": rounded(each.three_quarters),
        }
        for each, label in zip(groups, labels(names), strict=True)
        if not as_numbers or not each.label
    ]

    def chart() -> Any:
        import altair as alt

        title = f"error of {short(target)}"
        if as_numbers:
            scale = alt.Scale(type="utc") if along.kind == "date" else alt.Scale(zero=False)
            kind = "T" if along.kind == "date" else "Q"
            axis = alt.Axis(tickCount=4, labelOverlap=True)
            x = alt.X(f"x:{kind}", title=short(along.column), scale=scale, axis=axis)
            base = of_rows(bars).encode(x=x)
            own, ends = alt.Y, ("low:Q", "high")
            rule = base.mark_rule(color="var(--series-1)", opacity=0.6, strokeWidth=3).encode(
                y=own(ends[0], title=title), y2=ends[1]
            )
            middle = base.mark_line(point=True).encode(y=own("middle:Q", title=title))
            zero = of_rows([{"y": 0}]).mark_rule(strokeDash=[4, 4]).encode(y="y:Q")
            return (zero + rule + middle).properties(height=200)
        y = alt.Y("label:N", title=short(along.column), sort=None, axis=alt.Axis(labelLimit=110))
        base = of_rows(bars).encode(y=y)
        axis = alt.Axis(tickCount=4, labelOverlap=True)
        rule = base.mark_rule(color="var(--series-1)", opacity=0.6, strokeWidth=3).encode(
            x=alt.X("low:Q", title=title, axis=axis), x2="high"
        )
        middle = base.mark_point(filled=True, size=60).encode(x="middle:Q")
        zero = of_rows([{"x": 0}]).mark_rule(strokeDash=[4, 4]).encode(x="x:Q")
        return (zero + rule + middle).properties(height=max(200, 22 * len(bars)))

    words = (
        f"The median error in groups of rows, with the middle half of each. It is farthest from 0, "
        f"{as_text(worst.median)}, where {along.column} is {_group_name(worst, along.kind)} "
        f"({worst.rows:,} rows)."
    )
    table = Facts(
        f"Errors of {target} by {along.column}",
        [along.column, "rows", "a quarter below", "median", "a quarter above"],
        [
            [
                label,
                f"{each.rows:,}",
                *map(as_text, (each.quarter, each.median, each.three_quarters)),
            ]
            for label, each in zip(names, groups, strict=True)
        ],
        folded=True,
    )
    return Figure(figure, f"Errors along {short(along.column)}", words, chart, table, small=True)


def _group_name(group: Group, kind: str) -> str:
    if group.label:
        return "missing" if group.label == MISSING else group.label
    low, high = (cell_text(each, kind) for each in (group.low, group.high))
    return low if low == high else f"{low} to {high}"
