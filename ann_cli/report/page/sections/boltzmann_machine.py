"""The Boltzmann machine: what its hidden units go with, and rows that it makes up."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.errors import counted
from ann_cli.insight.machines import inspect_machine
from ann_cli.report.machines import never_changing, strongest
from ann_cli.report.numbers import number
from ann_cli.report.page.blocks import Block, Facts, Figure, Words
from ann_cli.report.page.charts import of_rows
from ann_cli.report.page.material import Material
from ann_cli.report.page.sections.section import Section
from ann_cli.report.page.sections.wording import as_text, cells_of_row, rounded, share, short
from ann_cli.run.sampling import samples

UNITS, ROWS, CELLS, COLUMNS = 20, 8, 8, 30
"""Units of each layer, rows that are made up, cells of each, and columns compared, at most."""

DRAWN = 512
"""Rows that are drawn to be compared with those that are there."""


def blocks(material: Material) -> Iterator[Block]:
    """Yield the units, how often each is on, and rows drawn beside those that judge."""
    document = inspect_machine(material.run.model)
    yield Words(
        f"{document['visible']} cells and hidden units, which are 0 or 1: each is likely or not by "
        "the weights to the units of the next layer. How often a unit is on is of "
        f"{counted(document['drawn'], 'state')} that the machine draws. Nothing that was measured "
        "shows a deep machine to be better than one with a single layer.",
        "note",
    )
    for layer in document["layers"]:
        yield from (Words(told, "warning") for told in never_changing(layer))
    yield _activity(document["layers"])
    for layer in document["layers"]:
        units = sorted(layer["units"], key=lambda unit: -abs(unit["strongest"][0]["weight"]))
        rows = [
            [unit["name"], share(unit["on"]), number(unit["bias"], 3), strongest(unit["strongest"])]
            for unit in units[:UNITS]
        ]
        title = f"What the units of {layer['name']} go with"
        yield Facts(title, ["unit", "on", "bias", "strongest cells"], rows, texts=True)
    if material.run.model.encoder.catalogue is None:
        yield from _made_up(material)


def _activity(layers: Sequence[Any]) -> Figure:
    """Return how often the units of each layer are on."""
    ends = np.linspace(0, 1, 21)
    bars = [
        {
            "on": rounded(float(start)),
            "end": rounded(float(stop)),
            "units": int(count),
            "layer": each["name"],
        }
        for each in layers
        for start, stop, count in zip(
            ends,
            ends[1:],
            np.histogram([unit["on"] for unit in each["units"]], ends)[0],
            strict=False,
        )
    ]

    def chart() -> Any:
        import altair as alt

        return (
            of_rows(bars)
            .mark_bar()
            .encode(
                x=alt.X("on:Q", bin="binned", title="share of states in which a unit is on"),
                x2="end:Q",
                y=alt.Y("units:Q", title="units"),
                row=alt.Row("layer:N", title=None),
                tooltip=["layer:N", "on:Q", "units:Q"],
            )
            .properties(height=110)
        )

    told = "; ".join(
        f"{each['name']}: on in {share(float(np.mean([unit['on'] for unit in each['units']])))} of "
        "states in the mean"
        for each in layers
    )
    return Figure("activity", "How often units are on", f"{told}.", chart)


def _made_up(material: Material) -> Iterator[Block]:
    """Yield some rows that are drawn, and how all columns of more of them compare."""
    model = material.run.model
    frame = pd.concat(samples(model, DRAWN, model.config.seed), ignore_index=True)
    features = list(model.encoder.features)
    shown = features[:CELLS]
    rows = [[f"{row + 1}", *cells_of_row(frame, row, shown)] for row in range(ROWS)]
    yield Facts(
        "Rows that the machine makes up", ["row", *(each.name for each in shown)], rows, texts=True
    )
    seen = material.seen
    if seen is None:
        return
    compared = [
        [short(each.name), *_told(seen.judged.frame[each.name]), *_told(frame[each.name])]
        for each in features[:COLUMNS]
    ]
    yield Facts(
        f"Columns as they are, and of {counted(DRAWN, 'row')} that are made up",
        ["column", "as it is", "spread", "made up", "spread"],
        compared,
        texts=True,
    )


def _told(column: "pd.Series[Any]") -> list[str]:
    """Return a column's mean and deviation, or its most frequent value and that one's share."""
    values = pd.to_numeric(column, errors="coerce")
    if values.notna().any():
        return [as_text(float(values.mean())), as_text(float(values.std()))]
    counts = column.value_counts(normalize=True)
    if not len(counts):
        return ["(missing)", "-"]
    return [short(counts.index[0]), share(float(counts.iloc[0]))]


def _suits(material: Material) -> bool:
    return material.run.model.config.model == "boltzmann"


SECTION = Section("machine", "The machine", blocks, _suits)
