"""What is told beside the scores of all rows: by class, target, step ahead and quantile."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ann_cli.report.numbers import quantile_row, score
from ann_cli.report.page.blocks import Block, Facts, Figure
from ann_cli.report.page.charts import of_rows
from ann_cli.tasks.metrics import METRICS

MANY = 12
"""Rows of a table from which it is shown only once it is asked for."""


def details(metrics: Mapping[str, Any]) -> Iterator[Block]:
    """Yield the tables of what metrics.json has of these."""
    if classes := metrics.get("classes"):
        yield Facts(
            "Scores by class",
            ["class", "rows", "predicted", "precision", "recall", "F1"],
            [
                [
                    each["class"],
                    f"{each['rows']:,.6g}",
                    f"{each['predicted']:,.6g}",
                    *(_share(each[name]) for name in ("precision", "recall", "f1")),
                ]
                for each in classes
            ],
            folded=len(classes) > MANY,
        )
    if targets := metrics.get("targets"):
        yield _table("Scores by target", "target", list(targets.items()))
    if steps := metrics.get("steps"):
        yield from _steps(steps)
    if quantiles := metrics.get("quantiles"):
        yield Facts(
            "Quantiles: how many rows lie below each",
            ["quantile", "rows below", "pinball loss"],
            [list(quantile_row(each)) for each in quantiles],
            folded=len(quantiles) > MANY,
        )


def _steps(steps: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    table = _table(
        "Scores by step ahead", "step", [(str(each["step"]), each) for each in steps], folded=True
    )
    name = next((name for name in METRICS if name in steps[0]), None)
    if name is None or len(steps) == 1:
        yield table
        return
    label = METRICS[name].label
    rows = [{"step": each["step"], "score": each[name]} for each in steps]
    first, last = (f"{score(name, each[name])} {step}" for each, step in _ends(steps))

    def chart() -> Any:
        import altair as alt

        return (
            of_rows(rows)
            .mark_line(point=True)
            .encode(
                x=alt.X("step:Q", title="steps ahead", axis=alt.Axis(tickMinStep=1)),
                y=alt.Y("score:Q", title=label),
                tooltip=["step:Q", "score:Q"],
            )
        )

    words = f"The {label} is {first}, and {last}."
    yield Figure("steps", f"{label} by step ahead", words, chart, table)


def _ends(steps: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], str]]:
    first, last = steps[0], steps[-1]
    return [(first, f"at step {first['step']}"), (last, f"at step {last['step']}")]


def _table(
    title: str, what: str, rows: Sequence[tuple[str, Mapping[str, Any]]], folded: bool = False
) -> Facts:
    shown = [name for name in METRICS if name in rows[0][1]]
    return Facts(
        title,
        [what, *(METRICS[name].label for name in shown)],
        [[name, *(score(key, each.get(key)) for key in shown)] for name, each in rows],
        folded or len(rows) > MANY,
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
