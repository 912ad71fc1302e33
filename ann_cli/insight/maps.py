"""A self-organizing map looked into: how units differ, where rows and labels lie, its regions."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from ann_cli.data.cells.dates import as_text
from ann_cli.data.columns.category_feature import CategoryFeature
from ann_cli.data.columns.date_feature import DateFeature
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.number_feature import NumberFeature
from ann_cli.data.columns.scaling import unlimited
from ann_cli.engine.maps.map import BEST, DISTANCE, SECOND, Map
from ann_cli.engine.settings import Array
from ann_cli.insight.map_regions import regions
from ann_cli.model.model import Model

APART = 3
"""Planes that are named of what sets a region apart."""

Document = dict[str, Any]


@dataclass(frozen=True)
class Plane:
    """One number of each unit, in a column's own units."""

    column: str
    category: str | None
    """The value whose share it is; None of a number."""
    kind: str
    """number, share or date (seconds since 1970); scaled where the column has no such number."""
    values: Array

    @property
    def name(self) -> str:
        """What it is called: a column, or a column and its value."""
        return self.column if self.category is None else f"{self.column} = {self.category}"

    def shown(self, value: float) -> str:
        """Return a value of it as text."""
        if self.kind == "date":
            return str(as_text(np.array([value]))[0])[:10]
        return f"{value:.0%}" if self.kind == "share" else f"{value:.4g}"


def network_of(model: Model) -> Map:
    """Return the map of a model."""
    network: Any = model.network
    assert isinstance(network, Map)
    return network


def u_heights(network: Map) -> Array:
    """Return how far each unit is from its neighbours on the grid, the mean, in scaled inputs.

    Ultsch & Siemon 1990, "Kohonen's self organizing feature maps for exploratory data analysis":
    high where rows on both sides differ, low where they are alike.
    """
    pairs = network.grid.pairs
    apart = network.weights[pairs[:, 0]].astype(np.float64) - network.weights[pairs[:, 1]]
    distances = np.sqrt(np.square(apart).sum(axis=1))
    units = network.grid.units
    both = [np.bincount(pairs[:, at], distances, units) for at in (0, 1)]
    count = np.bincount(pairs.ravel(), minlength=units)
    heights: Array = (both[0] + both[1]) / np.maximum(count, 1)
    return heights


def planes(model: Model) -> list[Plane]:
    """Return the component planes: each column's in its own units, of categories one a value."""
    weights, encoder = network_of(model).weights, model.encoder
    return [
        plane
        for each in encoder.features
        for plane in _planes(each, weights[:, encoder.places_of[each.name]])
    ]


def _planes(feature: Feature, weights: Array) -> Iterator[Plane]:
    if isinstance(feature, CategoryFeature):
        for at, value in enumerate(feature.categories):
            yield Plane(feature.name, value, "share", np.clip(weights[:, at], 0, 1).astype(float))
    elif isinstance(feature, NumberFeature | DateFeature):
        limit = inf if feature.limit is None else feature.limit
        values = unlimited(weights[:, 0], feature.center, feature.scale, limit)
        if isinstance(feature, DateFeature):
            yield Plane(feature.name, None, "date", values)
        elif feature.kind == "boolean":
            label = (feature.notation.labels or ("false", "true"))[1]
            yield Plane(feature.name, str(label), "share", np.clip(values, 0, 1))
        else:
            yield Plane(feature.name, None, "number", values)
    else:
        for name, values in zip(feature.inputs, weights.T, strict=False):
            yield Plane(name, None, "scaled", values.astype(float))


def labels_of(model: Model) -> list[str | None]:
    """Return the most frequent label of each unit's training rows; None where there is none."""
    network, label = network_of(model), model.encoder.label
    if label is None:
        return [None] * network.grid.units
    best = network.labels.argmax(axis=1)
    some = network.labels.sum(axis=1) > 0
    return [label.classes[at] if known else None for at, known in zip(best, some, strict=True)]


def sets_apart(every: list[Plane], hits: Array, inside: Array) -> list[Document]:
    """Return the planes by which some units differ most from all, the greatest first.

    Means are over the training rows, each by its unit; differences are in standard deviations of
    all.
    """
    found = []
    rows = max(float(hits.sum()), 1e-300)
    own = hits * inside
    for each in every:
        mean = float(each.values @ hits) / rows
        deviation = float(np.sqrt(np.square(each.values - mean) @ hits / rows))
        if not own.sum() or deviation <= 1e-12 * max(abs(mean), 1e-300):
            continue
        there = float(each.values @ own) / float(own.sum())
        found.append(
            {
                "plane": each.name,
                "mean": there,
                "all": mean,
                "deviations": (there - mean) / deviation,
                "text": f"{each.name} {each.shown(there)} (all: {each.shown(mean)})",
            }
        )
    return sorted(found, key=lambda one: -abs(one["deviations"]))


def inspect_map(model: Model) -> Document:
    """Return what `ann inspect` tells of a map: its units, its planes, its regions, its labels."""
    network = network_of(model)
    grid, hits = network.grid, network.hits.astype(np.float64)
    labels, heights, region = labels_of(model), u_heights(network), regions(network)
    every = planes(model)
    lines = np.arange(grid.units) // grid.columns
    return {
        "task": model.config.task,
        "parameters": network.theta.size,
        "grid": [grid.rows, grid.columns],
        "topology": grid.topology.name,
        "units": [
            {
                "unit": unit,
                "row": int(lines[unit]),
                "column": unit % grid.columns,
                "rows": int(hits[unit]),
                "label": labels[unit],
                "height": float(heights[unit]),
                "region": int(region[unit]) + 1,
            }
            for unit in range(grid.units)
        ],
        "planes": [
            {
                "column": each.column,
                "value": each.category,
                "kind": each.kind,
                "values": each.values.tolist(),
            }
            for each in every
        ],
        "regions": list(_regions(model, every, region)),
        "labels": list(_labels(model, labels)),
    }


def _regions(model: Model, every: list[Plane], region: Array) -> Iterator[Document]:
    network = network_of(model)
    hits, label = network.hits.astype(np.float64), model.encoder.label
    for number in range(int(region.max()) + 1):
        inside = region == number
        counts = network.labels[inside].sum(axis=0).astype(int)
        yield {
            "region": number + 1,
            "units": int(inside.sum()),
            "rows": int(hits[inside].sum()),
            "labels": dict(zip(label.classes, counts.tolist(), strict=True)) if label else {},
            "apart": sets_apart(every, hits, inside)[:APART],
        }


def _labels(model: Model, labels: list[str | None]) -> Iterator[Document]:
    """Yield each label: its rows, the units in which it is the most frequent, the rows in these."""
    network, label = network_of(model), model.encoder.label
    if label is None:
        return
    for at, name in enumerate(label.classes):
        own = np.array([each == name for each in labels])
        rows = int(network.labels[:, at].sum())
        within = int(network.labels[own, at].sum())
        yield {"label": name, "rows": rows, "units": int(own.sum()), "in_own_units": within}


def hits_of(model: Model, x: Array) -> Document:
    """Return where rows × inputs lie on a map (NaN: a missing cell), and how far from its units."""
    network = network_of(model)
    outputs = network.predict(x)
    known = ~np.isnan(outputs[:, DISTANCE])
    best, second = (outputs[known, at].astype(int) for at in (BEST, SECOND))
    distances = outputs[known, DISTANCE].astype(np.float64)
    told: Document = {"rows": len(x), "hits": np.bincount(best, minlength=network.grid.units)}
    if len(best):
        apart = ~network.grid.are_neighbours(best, second)
        told["quantization_error"] = float(distances.mean())
        told["topographic_error"] = float(apart.mean()) if network.grid.units > 1 else None
    return told | {"hits": told["hits"].tolist()}
