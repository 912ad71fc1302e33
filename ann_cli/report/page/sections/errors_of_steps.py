"""Where a forecast is wrong: all steps together, and the windows that it does best and worst."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError
from ann_cli.insight.outcomes import NumberOutcomes, number_outcomes
from ann_cli.insight.scoring import score_rows
from ann_cli.report.numbers import score
from ann_cli.report.page.blocks import Block, Facts, Figure, Words
from ann_cli.report.page.charts import of_rows, thinned
from ann_cli.report.page.material import Material
from ann_cli.report.page.sections.errors_of_numbers import rows_of
from ann_cli.report.page.sections.number_figures import beside_actual, distribution
from ann_cli.report.page.sections.section import Section
from ann_cli.report.page.sections.wording import FACTS, as_text, rounded, short

WINDOWS = ("best", "middle", "worst", "last")
"""Windows that are drawn: three by their errors' sizes, and the one that comes last."""

LEVEL = 0.9
"""The share of actual values that the drawn interval is to hold."""


def blocks(material: Material) -> Iterator[Block]:
    """Yield all steps together and some windows; of another CSV the error by step, too."""
    seen, run = material.seen, material.run
    assert seen is not None
    if seen.judge == "other":
        yield _by_step(score_rows(run.model, seen.judged.rows).details()["steps"])
    outcomes = number_outcomes(run.model, seen.judged.rows.y, seen.outputs)
    name = outcomes.targets[0].rpartition(" ")[0]
    change = {"none": "", "season": " less a season before", "step": " less the last known"}
    what = name + change[run.model.config.difference]
    yield Words(f"On {rows_of(seen.judged)}, each a window; all their steps together.")
    actual, predicted = outcomes.actual.ravel(), outcomes.predicted.ravel()
    if not np.isfinite(actual - predicted).any():
        yield Words("No error is a finite number.", "warning")
        return
    yield beside_actual(what, "", actual, predicted)
    yield distribution(what, "", actual - predicted, apart=False)
    if len(outcomes.targets) > 1:
        yield from _windows(what, outcomes, material)


def _by_step(steps: list[Mapping[str, Any]]) -> Block:
    known = [each for each in steps if np.isfinite(each["mase"])]
    table = Facts(
        "Errors by step ahead",
        ["step", "MASE", "RMSE", "MAE"],
        [
            [f"{each['step']}", *(score(name, each[name]) for name in ("mase", "rmse", "mae"))]
            for each in thinned(steps, 24)
        ],
        folded=len(known) > 1,
    )
    if len(known) < 2:
        return table
    points = [{"step": each["step"], "mase": rounded(each["mase"])} for each in known]
    worst = max(known, key=lambda each: each["mase"])

    def chart() -> Any:
        import altair as alt

        x = alt.X("step:Q", title="step ahead", scale=alt.Scale(zero=False, nice=False))
        line = of_rows(points).mark_line(point=len(points) <= 50)
        naive = of_rows([{"mase": 1}]).mark_rule(strokeDash=[4, 4]).encode(y="mase:Q")
        return line.encode(x=x, y=alt.Y("mase:Q", title="MASE")) + naive

    words = (
        f"The mean absolute error divided by that of the seasonal naive forecast on the training "
        f"part, which the dashed line stands for: {score('mase', known[0]['mase'])} a step ahead, "
        f"{score('mase', known[-1]['mase'])} at step {known[-1]['step']}; the greatest is "
        f"{score('mase', worst['mase'])} at step {worst['step']}."
    )
    return Figure("steps-of-csv", "How far off each step ahead is", words, chart, table)


def _windows(what: str, outcomes: NumberOutcomes, material: Material) -> Iterator[Block]:
    sizes = np.abs(outcomes.errors).mean(axis=1)
    order = [at for at in np.argsort(sizes, kind="stable").tolist() if np.isfinite(sizes[at])]
    chosen = [order[0], order[len(order) // 2], order[-1], max(order)]
    ends, (called, naive) = _ends(material, chosen), _naive(material, chosen)
    held = f" The band is the interval that is to hold {LEVEL:.0%} of actual values." * bool(ends)
    for place, (which, at) in enumerate(zip(WINDOWS, chosen, strict=True)):
        lines = {"actual": outcomes.actual[at], "predicted": outcomes.predicted[at]}
        lines[called] = naive[place]
        band = ends and (ends[0][place], ends[1][place])
        words = (
            f"Window {at + 1:,} of {len(sizes):,}: off by {as_text(sizes[at])} in the mean over "
            f"its {len(outcomes.targets)} steps.{held}"
        )
        columns = lines | ({"low": band[0], "high": band[1]} if band else {})
        table = Facts(
            f"The {which} window",
            ["step", *columns],
            [
                [f"{step + 1}", *(as_text(each[step]) for each in columns.values())]
                for step in thinned(range(len(outcomes.targets)), FACTS)
            ],
            folded=True,
        )
        chart = _window_chart(lines, band, what)
        yield Figure(f"window-{which}", f"The {which} window", words, chart, table, small=True)


def _ends(material: Material, windows: list[int]) -> tuple[Array, Array] | None:
    """Return the ends of the interval, windows × steps each; None where nothing makes one."""
    model, seen = material.run.model, material.seen
    assert seen is not None
    try:
        found = model.intervals(seen.judged.rows.x[windows], seen.outputs[windows], LEVEL)
    except ConfigError:
        return None
    every = np.stack([found[name] for name in model.task.interval_columns(model.encoder.targets)])
    return every[::2].T, every[1::2].T


def _naive(material: Material, windows: list[int]) -> tuple[str, Array]:
    """Return what a forecast without a network is called, and says: windows × steps.

    Of changes from the season before, or from the last value, it is no change.
    """
    config, seen = material.run.model.config, material.seen
    assert seen is not None
    steps, season = len(material.run.model.encoder.targets), config.data.season or 1
    if config.difference != "none":
        called = "the last season" if config.difference == "season" else "the last value"
        return called, np.zeros((len(windows), steps))
    target, frame = config.data.target, seen.judged.frame
    phases = [f"{target} {step % season - season + 1}" for step in range(steps)]
    called, columns = "the last season", phases
    if season == 1 or not set(phases) <= set(frame.columns):  # the windows are shorter
        called, columns = "the last value", [f"{target} 0"] * steps
    return called, frame[columns].to_numpy(np.float64)[windows]


def _window_chart(
    lines: Mapping[str, Array], band: tuple[Array, Array] | None, what: str
) -> Callable[[], Any]:
    rows = [
        {"step": step, "y": rounded(value), "of": of}
        for of, values in lines.items()
        for step, value in enumerate(values.tolist(), 1)
    ]
    ends = (
        [
            {"step": step, "low": rounded(low), "high": rounded(high)}
            for step, (low, high) in enumerate(zip(*band, strict=True), 1)
        ]
        if band
        else []
    )

    def chart() -> Any:
        import altair as alt

        drawn = (
            of_rows(rows)
            .mark_line()
            .encode(
                x=alt.X("step:Q", title="step ahead", axis=alt.Axis(tickCount=4)),
                y=alt.Y("y:Q", title=short(what), scale=alt.Scale(zero=False)),
                color=alt.Color("of:N", title=None, sort=None),
                strokeDash=alt.StrokeDash("of:N", title=None, sort=None),
            )
        )
        if ends:
            area = of_rows(ends).mark_area(opacity=0.15).encode(x="step:Q", y="low:Q", y2="high:Q")
            drawn = area + drawn
        return drawn.properties(height=200)

    return chart


def _suits(material: Material) -> bool:
    return material.seen is not None and material.run.model.task.of_windows


SECTION = Section("steps", "Where it is wrong", blocks, _suits, predicts=True)
