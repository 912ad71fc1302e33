"""What a search tried: the loss over one parameter, over two, or trial by trial."""

from collections.abc import Iterator, Sequence
from math import inf
from typing import TYPE_CHECKING, Any

from ann_cli.engine.trainers.trainer import Record
from ann_cli.errors import counted
from ann_cli.report.numbers import number
from ann_cli.report.page.blocks import Block, Facts, Figure, Words
from ann_cli.report.page.charts import POINTS, of_rows
from ann_cli.report.trials import labels

if TYPE_CHECKING:
    from ann_cli.run import Run

MOST_CELLS = 60
"""Cells of a map to either side."""


def search(run: "Run") -> Iterator[Block]:
    """Yield what was found, and a picture of the trials."""
    found, called = run.metrics["brute_force"], labels(run)
    best = {called[name]: value for name, value in found["parameters"].items()}
    told = ", ".join(f"{name} = {number(value)}" for name, value in best.items())
    yield Words(
        f"{counted(found['trials'], 'trial')}: the lowest loss was {number(found['loss'])}, "
        f"at {told}."
    )
    names = list(found["parameters"])
    whole = found["trials"] == len(run.history)
    if whole and len(names) == 1:
        yield _curve(run.history, names[0], called[names[0]])
    elif whole and len(names) == 2:
        yield _map(run.history, names, [called[name] for name in names])
    else:
        yield _by_trial(run.history)
    yield Facts(
        "The parameters of the lowest loss",
        ["parameter", "value"],
        [[name, number(value)] for name, value in best.items()],
        folded=len(best) > MOST_CELLS,
    )


def _curve(history: Sequence[Record], name: str, label: str) -> Figure:
    losses = sorted((record[name], record["loss"]) for record in history)
    rows = [{"value": value, "loss": loss} for value, loss in _lowest(losses, POINTS)]
    words = (
        f"Each of the {counted(len(losses), 'value')} of {label} was tried, from "
        f"{number(losses[0][0])} to {number(losses[-1][0])}; the diamond has the lowest loss."
    )

    def chart() -> Any:
        import altair as alt

        best = min(rows, key=lambda row: row["loss"])
        base = of_rows(rows).encode(
            x=alt.X("value:Q", title=label),
            y=alt.Y("loss:Q", title="loss"),
            tooltip=["value:Q", "loss:Q"],
        )
        lowest = of_rows([best]).mark_point(shape="diamond", filled=True, size=160, opacity=1)
        return base.mark_line() + lowest.encode(
            x="value:Q", y="loss:Q", color=alt.value("var(--series-2)")
        )

    table = _table("Loss by value", [label], [([value], loss) for value, loss in losses])
    return Figure("curve", f"Loss by {label}", words, chart, table)


def _map(history: Sequence[Record], names: Sequence[str], labels: Sequence[str]) -> Figure:
    first, second = names
    steps = [sorted({record[name] for record in history}) for name in names]
    places = [
        {value: at * min(len(own), MOST_CELLS) // len(own) for at, value in enumerate(own)}
        for own in steps
    ]
    values = [
        {place: value for value, place in reversed(own.items())} for own in places
    ]  # the first of a place
    cells: dict[tuple[int, int], float] = {}
    for record in history:
        at = places[0][record[first]], places[1][record[second]]
        cells[at] = min(record["loss"], cells.get(at, inf))
    rows = [
        {"up": values[0][up], "right": values[1][right], "loss": loss}
        for (up, right), loss in cells.items()
    ]
    best = min(rows, key=lambda row: row["loss"])
    pooled = f" Each cell is the lowest of several of the {len(history):,} trials." * (
        len(cells) < len(history)
    )
    words = (
        f"Upward {labels[0]}, to the right {labels[1]}: the darker, the lower the loss. The ring "
        f"is around the lowest, {number(best['loss'])}.{pooled}"
    )

    def chart() -> Any:
        import altair as alt

        up = alt.Y("up:O", title=labels[0], sort="descending", axis=_axis())
        right = alt.X("right:O", title=labels[1], axis=_axis())
        squares = (
            of_rows(rows)
            .mark_rect()
            .encode(
                x=right,
                y=up,
                color=alt.Color(
                    "loss:Q",
                    title="loss",
                    scale=alt.Scale(scheme="viridis", type="symlog"),
                ),
                tooltip=["up:Q", "right:Q", "loss:Q"],
            )
        )
        ring = of_rows([best]).mark_point(size=200, strokeWidth=3, color="var(--series-2)")
        return (squares + ring.encode(x=right, y=up)).properties(height=400)

    ordered = sorted((record["loss"], record[first], record[second]) for record in history)
    table = _table(
        "The trials of the lowest loss", labels, [([a, b], loss) for loss, a, b in ordered[:20]]
    )
    return Figure("curve", f"Loss by {labels[0]} and {labels[1]}", words, chart, table)


def _by_trial(history: Sequence[Record]) -> Figure:
    """Return the lowest loss so far: of many trials history.csv has those that were the lowest."""
    lowest, rows = inf, list[dict[str, float]]()
    for record in history:
        if record["loss"] < lowest:
            lowest = record["loss"]
            rows.append({"trial": record["epoch"], "loss": lowest})
    words = f"The lowest loss so far, trial by trial: {number(lowest)} in the end."

    def chart() -> Any:
        import altair as alt

        return (
            of_rows(rows)
            .mark_line(interpolate="step-after", point=True)
            .encode(
                x=alt.X("trial:Q", title="trial"),
                y=alt.Y("loss:Q", title="lowest loss so far", scale=alt.Scale(zero=False)),
                tooltip=["trial:Q", "loss:Q"],
            )
        )

    table = _table("Lowest loss by trial", ["trial"], [([r["trial"]], r["loss"]) for r in rows])
    return Figure("curve", "Lowest loss so far", words, chart, table)


def _lowest(losses: Sequence[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """Return so many points at most, of those that fall together the lowest."""
    count, size = min(len(losses), most), len(losses)
    parts = (losses[size * at // count : size * (at + 1) // count] for at in range(count))
    return [min(part, key=lambda pair: pair[1]) for part in parts]


def _axis() -> Any:
    import altair as alt

    return alt.Axis(labelOverlap=True, format=".3~g", labelAngle=0)


def _table(
    title: str, labels: Sequence[str], rows: Sequence[tuple[Sequence[float], float]]
) -> Facts:
    shown = sorted(rows, key=lambda row: row[1])[:20] if len(rows) > 20 else rows
    named = f"{title}: the 20 lowest" if len(rows) > 20 else title
    cells = [[*(number(each) for each in values), number(loss)] for values, loss in shown]
    return Facts(named, [*labels, "loss"], cells, folded=True)
