"""What each column is worth: how much worse the scores are without it, with intervals."""

from collections.abc import Iterator
from typing import Any

from ann_cli.insight.importance import Importance
from ann_cli.report.numbers import score, with_interval
from ann_cli.report.page.blocks import Block, Facts, Figure, Words
from ann_cli.report.page.charts import of_rows
from ann_cli.report.page.material import Material
from ann_cli.report.page.sections.section import Section
from ann_cli.report.page.sections.wording import labels, rounded, short
from ann_cli.tasks.metrics import METRICS

BARS, ROWS = 20, 100
"""Columns in the chart, and in the table, at most."""


def blocks(material: Material) -> Iterator[Block]:
    """Yield the bars of the task's first metric, and a table with all of them."""
    worth = material.worth
    found, rows = worth.columns, worth.rows
    names = material.run.model.task.importance
    # Where a class is never chosen, no shuffle changes the accuracy, and the log loss tells it.
    telling = (name for name in names if any(_mean(each, name) for each in found))
    metric = METRICS[next(telling, names[0])]
    known = [each for each in found if each.worse[metric.name] is not None]
    known.sort(key=lambda each: -_mean(each, metric.name))
    if not known:
        yield Words("No column's worth can be told: the scores are no finite numbers.", "note")
        return
    change = f"{metric.label} {_way(metric.name)} by"
    useless = [each.column for each in known if _low(each, metric.name) <= 0]
    words = (
        f"Without {known[0].column} {change} {_told(known[0], metric.name)}: its cells are put in "
        f"a random order, {worth.repeats} times, on {rows:,} rows."
    )
    if useless and len(useless) < len(known):
        listed = ", ".join(map(short, useless[:5])) + (", …" if len(useless) > 5 else "")
        words += f" These cannot be told from worth nothing: {listed}."
    if len(known) > BARS:
        words += f" The chart has the first {BARS} of {len(known):,} columns."
    shown = known[:BARS]
    bars = [
        {"column": label, **_interval(each, metric.name)}
        for label, each in zip(labels(each.column for each in shown), shown, strict=True)
    ]

    def chart() -> Any:
        import altair as alt

        base = of_rows(bars).encode(y=alt.Y("column:N", title=None, sort=None))
        bar = base.mark_bar().encode(x=alt.X("mean:Q", title=change))
        whisker = base.mark_rule(color="var(--ink)").encode(x="low:Q", x2="high:Q")
        return (bar + whisker).properties(height=max(24 * len(bars), 60))

    table = Facts(
        "Columns and what they are worth",
        ["column", *(f"{METRICS[name].label} {_way(name)} by" for name in names)],
        [[each.column, *(_told(each, name) for name in names)] for each in found[:ROWS]],
        folded=True,
    )
    yield Figure("importance", f"{change} …, without the column", words, chart, table)
    yield Words(
        "± or (low to high) is a 95% interval over the random orders: it says how well these rows "
        "measure, not how far other rows would differ. Columns that say the same share their "
        "worth, as one stands in for the other.",
        "note",
    )


def _way(name: str) -> str:
    return "falls" if METRICS[name].more_is_better else "rises"


def _mean(each: Importance, name: str) -> float:
    interval = each.worse[name]
    return interval.mean if interval is not None else 0.0


def _low(each: Importance, name: str) -> float:
    interval = each.worse[name]
    return interval.low if interval is not None else 0.0


def _interval(each: Importance, name: str) -> dict[str, float]:
    interval = each.worse[name]
    assert interval is not None
    return {part: rounded(getattr(interval, part)) for part in ("mean", "low", "high")}


def _told(each: Importance, name: str) -> str:
    interval = each.worse[name]
    if interval is None:
        return "-"
    return with_interval(interval, lambda value: score(name, value))


SECTION = Section(
    "worth",
    "What each column is worth",
    blocks,
    lambda material: bool(material.worth.columns),
    True,
)
