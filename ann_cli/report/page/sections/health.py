"""What became of units and gradients over the epochs, layer by layer."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ann_cli.engine.trainers.trainer import Record
from ann_cli.insight.diagnosis import SAMPLE
from ann_cli.report.layout import spaced
from ann_cli.report.numbers import number
from ann_cli.report.page.blocks import Block, Facts, Figure, Words
from ann_cli.report.page.charts import SERIES, epochs, of_rows, thinned
from ann_cli.report.page.material import Material

MEASURE = re.compile(r"(?:layer_(\d+(?:_\d+)*)|(output))_(dead|saturated|gradient)")
"""A column of history.csv that tells of a layer."""

TOLD = {
    "dead": (
        "Dead units",
        "units that are dead",
        "A dead unit's slope is 0 on every row looked at, so that it learns nothing any more; or "
        "its state, where it goes from step to step, is near 0 at every step.",
    ),
    "saturated": (
        "Saturated units",
        "units that are saturated",
        "A saturated unit is near a limit of its activation on 95% of the rows, where its slope is "
        "near 0.",
    ),
    "gradient": (
        "Length of the gradient",
        "length",
        "A layer whose gradient is far shorter than the others' hardly learns. The scale is "
        "logarithmic.",
    ),
}
"""Of each measure: the title, what its axis is called, and what it says."""


def health(material: Material) -> Iterator[Block]:
    """Yield a chart of each measure that a layer has, and a table of the last epoch looked at."""
    seen = [each for each in material.run.history if any(map(MEASURE.fullmatch, each))]
    if not seen:
        return
    columns = {name: found for name in seen[-1] if (found := MEASURE.fullmatch(name))}
    whose = " of the first of the networks" * bool(material.run.model.config.ensemble)
    yield Words(
        f"In {len(seen)} of the epochs the layers{whose} were looked at, with "
        f"{SAMPLE} training rows or fewer.",
        "note",
    )
    charts, none = list[Figure](), list[str]()
    for measure in TOLD:
        own = {_layer(each): name for name, each in columns.items() if each[3] == measure}
        if own and any(record.get(name) for record in seen for name in own.values()):
            charts.append(_chart(measure, own, seen))
        elif own and measure != "gradient":
            none.append(measure)
    if none:
        yield Words(f"No unit was {' or '.join(none)} in these epochs.")
    yield from charts
    yield _last(columns, seen[-1])


def _layer(found: re.Match[str]) -> str:
    return found[2] or f"layer {found[1].replace('_', '.')}"


def _chart(measure: str, columns: dict[str, str], seen: Sequence[Record]) -> Figure:
    title, axis, meaning = TOLD[measure]
    shown = [list(columns)[at] for at in spaced(len(columns), len(SERIES))]
    few = f" {len(shown)} of the {len(columns)} layers are drawn." * (len(shown) < len(columns))
    gradient = measure == "gradient"
    rows = [
        {"epoch": record["epoch"], "layer": layer, "value": value}
        for record in thinned(seen)
        for layer in shown
        if (value := record.get(columns[layer])) is not None and (value > 0 or not gradient)
    ]
    ends = {layer: seen[-1].get(name, 0.0) for layer, name in columns.items()}
    most, least = max(ends, key=ends.__getitem__), min(ends, key=ends.__getitem__)
    told = f"At the end {most} has the most, {ends[most]:.0%}."
    if gradient:
        told = f"At the end it is {number(ends[most])} in {most}"
        told += f", and {number(ends[least])} in {least}." if least != most else "."
    words = f"{meaning} {told}{few}"

    def chart() -> Any:
        import altair as alt

        scale = alt.Scale(type="log") if gradient else alt.Scale(domainMin=0)
        form = ".1~g" if gradient else ".0%"
        return (
            of_rows(rows)
            .mark_line(point=len(seen) <= len(SERIES))
            .encode(
                x=epochs(),
                y=alt.Y("value:Q", title=axis, scale=scale, axis=alt.Axis(format=form)),
                color=alt.Color("layer:N", title=None, sort=shown),
                tooltip=["epoch:Q", "layer:N", "value:Q"],
            )
            .properties(height=180)
        )

    return Figure(measure, title, words, chart, small=True)


def _last(columns: dict[str, re.Match[str]], last: Record) -> Facts:
    layers = list(dict.fromkeys(map(_layer, columns.values())))
    cells = {(_layer(each), each[3]): last.get(name) for name, each in columns.items()}
    return Facts(
        f"Units and gradients in epoch {int(last['epoch'])}",
        ["layer", "dead", "saturated", "length of the gradient"],
        [
            [
                layer,
                *(_share(cells.get((layer, measure))) for measure in ("dead", "saturated")),
                "-" if (length := cells.get((layer, "gradient"))) is None else number(length),
            ]
            for layer in layers
        ],
        folded=True,
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"
