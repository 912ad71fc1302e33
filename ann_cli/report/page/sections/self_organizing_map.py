"""The map: how units differ from their neighbours, where rows and labels lie, its regions."""

from collections.abc import Iterator

import numpy as np

from ann_cli.errors import counted
from ann_cli.insight.maps import Plane, inspect_map, labels_of, network_of, planes, u_heights
from ann_cli.report.numbers import number
from ann_cli.report.page.blocks import Block, Facts, Figure, Words
from ann_cli.report.page.material import Material
from ann_cli.report.page.sections.map_charts import NONE, Cells, map_chart
from ann_cli.report.page.sections.section import Section
from ann_cli.report.page.sections.wording import figure_names, share, short

PLANES, COLOURS = 24, 6
"""Component planes, and labels that have a colour of their own, at most."""

OTHERS = "(others)"


def blocks(material: Material) -> Iterator[Block]:
    """Yield the U-matrix, the rows, the labels, the regions, and a plane for each column."""
    model = material.run.model
    network = network_of(model)
    grid, hits = network.grid, network.hits
    heights = u_heights(network)
    empty = int((hits == 0).sum())
    yield Words(
        f"{grid.rows} × {grid.columns} units, {grid.topology.name}. A row belongs to the unit that "
        f"is nearest to it; rows that are alike lie in the same unit, or in neighbours. "
        f"No training row is nearest to {empty:,} of {grid.units:,} units. A map has no "
        "directions: what lies near what is all that it tells.",
        "note",
    )
    low, high = float(heights.min()), float(heights.max())
    yield Figure(
        "u-matrix",
        "U-matrix: where the map has borders",
        "How far a unit is from its neighbours, the mean, in scaled inputs: "
        f"from {number(low)} to {number(high)}. High units are borders between rows that differ.",
        map_chart(
            grid,
            Cells("distance", heights.tolist(), [number(each) for each in heights], hits),
            small=True,
        ),
        small=True,
    )
    most = int(hits.argmax())
    yield Figure(
        "hits",
        "Where the training rows lie",
        f"Training rows nearest to each unit: {number(float(hits.mean()))} in the mean, most, "
        f"{hits[most]:,.0f}, in row {most // grid.columns}, column {most % grid.columns}.",
        map_chart(
            grid,
            Cells("rows", hits.astype(float).tolist(), [f"{each:,.0f}" for each in hits], hits),
            small=True,
        ),
        small=True,
    )
    yield from _labels(material)
    yield from _regions(material)
    yield from _planes(material, planes(model))


def _labels(material: Material) -> Iterator[Block]:
    model = material.run.model
    network, label = network_of(model), model.encoder.label
    if label is None:
        return
    found, document = labels_of(model), inspect_map(model)["labels"]
    ordered = sorted(document, key=lambda each: -each["rows"])
    named = [each["label"] for each in ordered[: COLOURS - (len(ordered) > COLOURS)]]
    values = [NONE if each is None else short(each) if each in named else OTHERS for each in found]
    largest = ordered[0]
    yield Figure(
        "labels",
        f"Where the labels of {short(label.name)} lie",
        f"Each unit has the most frequent label of its training rows. {short(largest['label'])}, "
        f"the most frequent, has {counted(largest['units'], 'unit')}. Nothing was learned from it.",
        map_chart(
            network.grid,
            Cells(
                short(label.name),
                values,
                [NONE if each is None else short(each) for each in found],
                network.hits,
            ),
            small=False,
        ),
        Facts(
            "The labels",
            ["label", "training rows", "units", "of its rows in these"],
            [
                [
                    short(each["label"]),
                    f"{each['rows']:,}",
                    f"{each['units']:,}",
                    share(each["in_own_units"] / each["rows"]) if each["rows"] else "-",
                ]
                for each in ordered
            ],
        ),
    )


def _regions(material: Material) -> Iterator[Block]:
    model = material.run.model
    network, document = network_of(model), inspect_map(model)
    if len(document["regions"]) < 2:
        return
    values = [f"{unit['region']}" for unit in document["units"]]
    rows = []
    for each in document["regions"]:
        labels = sorted(each["labels"].items(), key=lambda one: -one[1])
        told = ", ".join(f"{short(name)} {count:,}" for name, count in labels[:COLOURS] if count)
        apart = "; ".join(one["text"] for one in each["apart"])
        rows.append(
            [str(each["region"]), f"{each['units']:,}", f"{each['rows']:,}", told or "-", apart]
        )
    yield Figure(
        "regions",
        "Regions: neighbours that are alike",
        f"The units are joined into {len(rows)} regions, neighbours that are most alike first, and "
        "the last joins that cost most are left out. What sets a region apart are the columns "
        "whose mean differs most from that of all rows, in standard deviations.",
        map_chart(network.grid, Cells("region", values, values, network.hits), small=False),
        Facts(
            "What sets the regions apart",
            ["region", "units", "training rows", "labels", "columns that differ most"],
            rows,
            texts=True,
        ),
    )


def _planes(material: Material, every: list[Plane]) -> Iterator[Block]:
    """Yield the planes over which the units differ most, in the order of the columns."""
    network = network_of(material.run.model)
    if len(every) > PLANES:
        rows = max(float(network.hits.sum()), 1.0)
        apart = []
        for each in every:
            mean = float(each.values @ network.hits) / rows
            spread = float(np.square(each.values - mean) @ network.hits) / rows
            scale = float(np.abs(each.values).max()) or 1.0
            apart.append(spread / scale**2)
        chosen = sorted(np.argsort(-np.array(apart), kind="stable")[:PLANES].tolist())
        yield Words(
            f"Of {len(every):,} planes the {PLANES} over which the units differ most, beside their "
            "size; ann inspect --json has all.",
            "note",
        )
        every = [every[at] for at in chosen]
    for name, plane in zip(
        figure_names("plane", [each.name for each in every]), every, strict=True
    ):
        low, high = float(plane.values.min()), float(plane.values.max())
        share_of = f"the share of {short(plane.category)}" if plane.kind == "share" else "its units"
        factor = 100 if plane.kind == "share" else 1
        yield Figure(
            name,
            short(plane.name),
            f"From {plane.shown(low)} to {plane.shown(high)} over the map, in {share_of}.",
            map_chart(
                network.grid,
                Cells(
                    f"{short(plane.name)}{' in %' if factor > 1 else ''}",
                    (plane.values * factor).tolist(),
                    [plane.shown(each) for each in plane.values.tolist()],
                    network.hits,
                ),
                small=True,
            ),
            small=True,
        )


SECTION = Section("map", "The map", blocks, lambda material: material.run.model.task.keeps_gaps)
