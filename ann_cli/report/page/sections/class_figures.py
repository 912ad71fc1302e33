"""Charts of predicted classes: ROC, precision against recall, reliability."""

from collections.abc import Sequence
from typing import Any

from ann_cli.insight.curves_of_classes import (
    ClassCurves,
    ReliabilityBin,
)
from ann_cli.report.numbers import score
from ann_cli.report.page.blocks import Facts, Figure
from ann_cli.report.page.charts import of_rows, thinned
from ann_cli.report.page.sections.wording import (
    as_text,
    labels,
    rounded,
    share,
    short,
)


def _lines(curves: Sequence[ClassCurves], across: str, up: str) -> list[dict[str, Any]]:
    return [
        {"x": rounded(x, 4), "y": rounded(y, 4), "of": name}
        for name, each in zip(labels(one.label for one in curves), curves, strict=True)
        for x, y in zip(getattr(each, across).tolist(), getattr(each, up).tolist(), strict=True)
    ]


def _table(
    title: str, headings: tuple[str, str], curves: Sequence[ClassCurves], across: str, up: str
) -> Facts:
    rows = [
        [short(each.label), share(x), share(y)]
        for each in curves
        for x, y in thinned(list(zip(getattr(each, across), getattr(each, up), strict=True)), 8)
    ]
    return Facts(title, ["class", *headings], rows, folded=True)


def _curve(
    lines: list[dict[str, Any]], across: str, up: str, beside: list[dict[str, float]]
) -> Any:
    many = len({each["of"] for each in lines}) > 1

    def chart() -> Any:
        import altair as alt

        scale = alt.Scale(domain=[0, 1])
        axis = alt.Axis(format="%", tickCount=5)
        x = alt.X("x:Q", title=across, scale=scale, axis=axis)
        y = alt.Y("y:Q", title=up, scale=scale, axis=axis)
        color = alt.Color("of:N", title=None, sort=None) if many else alt.value("var(--series-1)")
        line = of_rows(lines).mark_line(interpolate="linear").encode(x=x, y=y, color=color)
        if not beside:
            return line.properties(height=280)
        chance = of_rows(beside).mark_line(strokeDash=[4, 4], color="var(--muted)")
        return (chance.encode(x=x, y=y) + line).properties(height=280)

    return chart


def roc(curves: Sequence[ClassCurves], more: str) -> Figure:
    """Return the ROC curves of some classes; `more` says of how many these are."""
    areas = ", ".join(f"{each.label} {each.auc:.3f}" for each in curves)
    across, up = "false_positives", "true_positives"
    headings = ("false alarms", "found")
    table = _table("Rows found, and false alarms", headings, curves, across, up)
    return Figure(
        "roc",
        "ROC: rows found against false alarms",
        f"Area under the curve: {areas} (0.5 is chance, 1 all right): how often a row of the class "
        f"ranks above another.{more}",
        _curve(
            _lines(curves, across, up),
            "other rows taken for the class",
            "its rows found",
            [{"x": 0, "y": 0}, {"x": 1, "y": 1}],
        ),
        table,
        small=True,
    )


def precision_recall(curves: Sequence[ClassCurves], more: str) -> Figure:
    """Return the same for precision against recall."""
    means = ", ".join(
        f"{each.label} {each.average_precision:.3f} (chance: {each.share:.3f})" for each in curves
    )
    headings = ("recall", "precision")
    table = _table("Precision by recall", headings, curves, *headings)
    return Figure(
        "precision-recall",
        "Precision against recall",
        f"Average precision: {means}.{more}",
        _curve(
            _lines(curves, "recall", "precision"),
            "recall: its rows found",
            "precision: of those found",
            [],
        ),
        table,
        small=True,
    )


def reliability_figure(
    bins: list[ReliabilityBin], brier: float | None, classes: tuple[str, ...]
) -> Figure:
    """Return what probabilities foretell against what happened, and the Brier score."""
    of = f"of {short(classes[1])}" if len(classes) == 2 else "of the likeliest class"
    off = [each for each in bins if each.is_off]
    points = [
        {name: rounded(getattr(each, name), 4) for name in ("predicted", "observed", "low", "high")}
        | {"rows": each.rows}
        for each in bins
    ]

    def chart() -> Any:
        import altair as alt

        scale, axis = alt.Scale(domain=[0, 1]), alt.Axis(format="%", tickCount=5)
        base = of_rows(points).encode(
            x=alt.X("predicted:Q", title=f"probability {of}", scale=scale, axis=axis)
        )
        y = alt.Y("observed:Q", title="how often it happened", scale=scale, axis=axis)
        line = of_rows([{"x": 0, "y": 0}, {"x": 1, "y": 1}])
        diagonal = line.mark_line(strokeDash=[4, 4], color="var(--muted)").encode(x="x:Q", y="y:Q")
        rule = base.mark_rule(color="var(--series-1)").encode(y="low:Q", y2="high")
        return (diagonal + rule + base.mark_point(filled=True, size=60).encode(y=y)).properties(
            height=280
        )

    said = (
        f"{len(off)} of {len(bins)} lie off it by more than chance" if off else "None lies off it"
    )
    score_of = "" if brier is None else f"Brier score {score('brier_score', brier)} (0 is best). "
    table = Facts(
        f"Probabilities {of}, and what happened",
        ["probability", "rows", "happened", "interval"],
        [
            [
                share(each.predicted),
                as_text(each.rows),
                share(each.observed),
                f"{share(each.low)} to {share(each.high)}",
            ]
            for each in bins
        ],
        folded=True,
    )
    return Figure(
        "reliability",
        "Reliability: are probabilities as they say",
        f"{score_of}On the dashed line a probability is what happens. {said} (95% intervals of all "
        "groups together).",
        chart,
        table,
        small=True,
    )
