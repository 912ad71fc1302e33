"""The charts of a comparison's page: differences, scores, learning curves, idle units."""

from collections.abc import Iterator, Sequence
from typing import Any

from ann_cli.experiments.compare import SMALLEST, Comparison, Result
from ann_cli.report.comparison import one_loss
from ann_cli.report.numbers import number
from ann_cli.report.page.blocks import Block, Facts, Figure, Words
from ann_cli.report.page.charts import SERIES, epochs, of_rows, thinned
from ann_cli.tasks.metrics import METRICS

MOST_NAMES = 40
"""Variations in one chart, the best first."""

TOGETHER = 6
"""Curves in one chart: as many as there are colours that can be told apart."""

BANDS = 3
"""Bands in one chart: more of them, one over the other, hide the lines."""

MOST_ALONE = 24
"""Curves that have a chart each."""

POINTS = 120
"""Points of a curve in a small chart."""

WIDE = 5
"""From this many times the lowest loss on, the axis of the loss is logarithmic."""

STANDINGS = {
    "best": ("var(--good)", "circle"),
    "not distinguishable": ("var(--series-1)", "diamond"),
    "clearly worse": ("var(--series-2)", "square"),
}

Shown = tuple[str, Result]


def differences(comparison: Comparison, shown: Sequence[Shown]) -> Any:
    """Return a chart of each difference from the best, with its interval and a line at 0."""
    import altair as alt

    rows = []
    for at, (name, result) in enumerate(shown):
        apart = result.difference
        assert apart is not None
        told = {"difference": apart.mean, "low": apart.low, "high": apart.high}
        rows.append({"at": at, "name": name, "standing": result.standing, **told})
    domain, styles = list(STANDINGS), list(STANDINGS.values())
    colors, shapes = ([style[part] for style in styles] for part in (0, 1))
    legend = alt.Legend(title=None, columns=2)
    color = alt.Color("standing:N", scale=alt.Scale(domain=domain, range=colors), legend=legend)
    shape = alt.Shape("standing:N", scale=alt.Scale(domain=domain, range=shapes), legend=legend)
    title = f"difference of {METRICS[comparison.metric.name].label} from the best"
    base = of_rows(rows).encode(y=_names(), tooltip=["name:N", "difference:Q", "low:Q", "high:Q"])
    bars = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title=title, axis=alt.Axis(tickCount=6)), x2="high:Q", color=color
    )
    points = base.mark_point(filled=True, size=90, opacity=1).encode(
        x="difference:Q", color=color, shape=shape
    )
    zero = of_rows([{"zero": 0}]).mark_rule(strokeDash=[4, 4]).encode(x="zero:Q")
    return (zero + bars + points).properties(height=_height(shown))


def scores(comparison: Comparison, shown: Sequence[Shown]) -> Any:
    """Return a chart of each training's score, and their means."""
    import altair as alt

    metric = comparison.metric.name
    rows = [
        {"at": at, "name": name, "seed": seed, "score": (outcome.scores or {}).get(metric)}
        for at, (name, result) in enumerate(shown)
        for seed, outcome in zip(comparison.seeds, result.outcomes, strict=True)
    ]
    title = f"{METRICS[metric].label} on the validation rows"
    base = of_rows(rows).encode(y=_names())
    points = base.mark_circle(size=50, opacity=0.55).encode(
        x=alt.X("score:Q", title=title, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=6)),
        tooltip=["name:N", "seed:O", "score:Q"],
    )
    means = base.mark_tick(thickness=3, size=18, color="var(--ink)").encode(x="mean(score):Q")
    return (points + means).properties(height=_height(shown))


def unit_shares(shown: Sequence[Shown]) -> Any:
    """Return a chart of the shares of dead and of saturated units."""
    import altair as alt

    rows = [
        {"at": at, "name": name, "units": label, "share": result.mean(key)}
        for at, (name, result) in enumerate(shown)
        for key, label in (("dead_units", "dead"), ("saturated_units", "saturated"))
    ]
    return (
        of_rows(rows)
        .mark_bar()
        .encode(
            x=alt.X("share:Q", title="share of the hidden units", axis=alt.Axis(format="%")),
            y=_names(),
            yOffset="units:N",
            color=alt.Color("units:N", title=None),
            tooltip=["name:N", "units:N", "share:Q"],
        )
        .properties(height=_height(shown))
    )


def curve_figures(shown: Sequence[Shown]) -> Iterator[Block]:
    """Yield the learning curves: the best together, and each alone where there are more."""
    learned = [each for each in shown if each[1].curve]
    finished = [each for each in learned if not each[1].diverged] or learned
    alike = one_loss([result for _, result in shown])
    words = "The line is the geometric mean of the validation loss over the seeds still training"
    if alike:
        first = finished[:TOGETHER]
        banded = f"; {_band(first)}" if len(first) <= BANDS else ""
        some = f" The best {len(first)} of {len(shown)}." if len(first) < len(shown) else ""
        log = _wide(first)
        scale = " The axis of the loss is logarithmic." if log else ""
        yield Figure(
            "curves",
            "Validation loss by epoch",
            f"{words}{banded}.{scale}{some} {_lowest(first)}",
            lambda: _curves(first, log),
            _table(first),
        )
        if len(first) == len(shown) <= BANDS:
            return
        yield Words(
            f"Each by itself: {_band(learned)}. The grey line is the best one's. All that "
            "finished have the same axes."
        )
    else:
        yield Words(f"The losses differ in kind: each has its own axis. {words}; {_band(learned)}.")
    for at, (name, result) in enumerate(learned[:MOST_ALONE]):
        beside = finished if alike and not result.diverged else []
        yield _alone(f"curve-{at + 1}", name, result, beside)
    if len(learned) > MOST_ALONE:
        yield Words(f"{len(learned) - MOST_ALONE:,} more are in the tables.", "note")


def _table(shown: Sequence[Shown]) -> Facts:
    some = thinned(range(max(len(result.curve) for _, result in shown)), 20)
    rows = [
        [
            f"{at + 1}",
            *(number(each.curve[at]) if at < len(each.curve) else "-" for _, each in shown),
        ]
        for at in some
    ]
    return Facts("Loss by epoch", ["epoch", *(name for name, _ in shown)], rows, folded=True)


def _lowest(shown: Sequence[Shown]) -> str:
    name, result = min(shown, key=lambda each: min(each[1].curve))
    lowest = min(result.curve)
    at = result.curve.index(lowest) + 1
    return f"The lowest line is that of {name}: {number(lowest)} after epoch {at}."


def _band(shown: Sequence[Shown]) -> str:
    if max((len(result.outcomes) for _, result in shown), default=0) > 10:
        return "the band leaves out the tenth of the seeds above it, and the tenth below"
    return "the band goes from the lowest to the highest seed"


def _wide(shown: Sequence[Shown]) -> bool:
    low, high = _domain(shown)
    return high >= WIDE * low


def _domain(shown: Sequence[Shown]) -> tuple[float, float]:
    ends = [max(end, SMALLEST) for _, result in shown for pair in result.band for end in pair]
    return min(ends), max(ends)


def _rows(name: str, result: Result, most: int) -> list[dict[str, Any]]:
    told = zip(result.curve, result.band, strict=True)
    rows = [
        {"epoch": epoch, "name": name, "loss": loss, "low": max(low, SMALLEST), "high": high}
        for epoch, (loss, (low, high)) in enumerate(told, start=1)
    ]
    return thinned(rows, most)


def _curves(shown: Sequence[Shown], log: bool) -> Any:
    import altair as alt

    rows = [row for name, result in shown for row in _rows(name, result, 2 * POINTS)]
    names = [name for name, _ in shown]
    color = alt.Color(
        "name:N",
        title=None,
        scale=alt.Scale(domain=names, range=SERIES[: len(names)]),
        legend=alt.Legend(symbolType="stroke", symbolOpacity=1, symbolStrokeWidth=3, columns=3),
    )
    last = max(row["epoch"] for row in rows)
    base = of_rows(rows).encode(x=epochs(last), color=color)
    band = base.mark_area(opacity=0.16).encode(y=_loss("low", log), y2="high:Q")
    line = base.mark_line(strokeWidth=2, point=last == 1).encode(
        y=_loss("loss", log), tooltip=["name:N", "epoch:Q", "loss:Q"]
    )
    both = band + line if len(shown) <= BANDS else line
    return both.properties(height=320)


def _alone(key: str, name: str, result: Result, finished: Sequence[Shown]) -> Figure:
    """Return a small chart of one curve: on the axis of those finished, the best one behind it."""
    curve = result.curve
    lowest = min(curve)
    words = (
        f"From {number(curve[0])} to {number(lowest)}, the lowest, after epoch "
        f"{curve.index(lowest) + 1} of {len(curve)}."
    )
    if result.diverged:
        words = (
            f"Diverged with {result.diverged} of {len(result.outcomes)} seeds, after the loss was "
            f"{number(max(curve))}. The axis is its own."
        )

    def chart() -> Any:
        log = _wide(finished or [(name, result)])
        ends = list(_domain(finished)) if finished else None
        x = epochs(max(len(each.curve) for _, each in finished or [(name, result)]))
        base = of_rows(_rows(name, result, POINTS)).encode(x=x)
        band = base.mark_area(opacity=0.25).encode(y=_loss("low", log, ends), y2="high:Q")
        line = base.mark_line(strokeWidth=2, point=len(curve) == 1).encode(
            y=_loss("loss", log, ends), tooltip=["epoch:Q", "loss:Q"]
        )
        if finished and finished[0][1] is not result:
            best = of_rows(_rows(*finished[0], POINTS)).mark_line(color="var(--muted)")
            line = best.encode(x=x, y=_loss("loss", log, ends)) + line
        return (band + line).properties(height=150)

    return Figure(key, name, words, chart, small=True)


def _loss(field: str, log: bool, domain: Sequence[float] | None = None) -> Any:
    import altair as alt

    chosen: dict[str, Any] = {"type": "log", "nice": False} if log else {"zero": False}
    if domain:
        chosen["domain"] = domain
    return alt.Y(f"{field}:Q", title="validation loss", scale=alt.Scale(**chosen))


def _height(shown: Sequence[Shown]) -> int:
    return 16 + 26 * len(shown)


def _names() -> Any:
    import altair as alt

    order = alt.EncodingSortField(field="at", op="min", order="ascending")
    return alt.Y("name:N", title=None, sort=order, axis=alt.Axis(labelLimit=200))
