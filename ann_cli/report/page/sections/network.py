"""The network drawn, its weights as maps, and what its layers give for rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ann_cli.engine.layers.dense import SumsLayer
from ann_cli.engine.settings import Array
from ann_cli.errors import counted
from ann_cli.insight.names import LayerNames, function_of, layer_names
from ann_cli.insight.units import QUANTILES, Distribution, distributions
from ann_cli.model.model import Model
from ann_cli.report.numbers import number
from ann_cli.report.page.blocks import Block, Drawing, Facts, Figure, Words
from ann_cli.report.page.charts import of_rows
from ann_cli.report.page.material import Material
from ann_cli.report.page.model_document import packed
from ann_cli.report.page.network_drawing import network_drawing
from ann_cli.report.page.sections.section import Section, with_layers

MOST_CELLS = 80
"""Rows and columns of a map at most: of more, several weights share a cell."""

LOOKS_AT = 3
"""Inputs of a unit that are told in the table, those of the greatest weights."""

MOST_ROWS = 200
"""Units that the table has, at most."""


def blocks(material: Material) -> Iterator[Block]:
    """Yield the drawing, the maps, and the activations where there are rows."""
    model = material.run.model
    if model.network.members and model.network.members > 1:
        yield Words(
            f"The model is an ensemble of {model.network.members} networks, whose weighted sums "
            "are averaged. What follows is the first of them.",
            "note",
        )
    drawing = network_drawing(model)
    yield Drawing(
        "network",
        "Units and synapses",
        "Each column is a layer, from the inputs on the left to the output on the right. A line is "
        "a synapse: the wider it is, the greater its weight; orange adds, blue subtracts.",
        "network",
        drawing,
        _units(drawing),
        needs=("elements", "network_layout"),
    )
    maps = list(_maps(model))
    if maps:
        yield Drawing(
            "weights",
            "Weights as maps",
            "A cell is the weight of a unit for one of its inputs: orange above 0, blue below, no "
            "colour a weight of 0.",
            "weights",
            maps,
            _weights(maps),
            needs=("elements",),
        )
    if material.seen is not None:
        yield _activations(model, material.seen.judged.rows.x, material.seen.judge)


def _units(drawing: Mapping[str, Any]) -> Facts:
    """Return the drawing as a table: what each unit listens to most."""
    layers, incoming = drawing["layers"], dict[tuple[int, int], list[Any]]()
    for each in drawing["synapses"]:
        incoming.setdefault((each[2], each[3]), []).append(each)
    rows = []
    for at, layer in enumerate(layers):
        for unit, name in enumerate(layer["units"]):
            strongest = sorted(incoming.get((at, unit), ()), key=lambda each: -abs(each[4]))
            told = ", ".join(
                f"{layers[source]['units'][which]} × {number(weight)}"
                for source, which, _, _, weight, *_ in strongest[:LOOKS_AT]
            )
            bias = number(layer["biases"][unit]) if layer["biases"] else ""
            rows.append([f"{layer['title']}: {name}", bias, told])
    return Facts("Units", ["unit", "bias", "greatest weights"], rows[:MOST_ROWS], folded=True)


def _maps(model: Model) -> Iterator[dict[str, Any]]:
    """Yield the weights of each layer of weighted sums, several together where there are many."""
    leaves = dict(model.member.chain.leaves())
    for names in layer_names(model):
        layer = leaves[names.place]
        if not isinstance(layer, SumsLayer):
            continue
        weights = np.array(layer.weights, dtype=np.float32)
        inputs, units = (max(1, -(-size // MOST_CELLS)) for size in weights.shape)
        shown = _greatest(weights, inputs, units)
        yield {
            "title": f"{names.layer} ({function_of(model, layer)})",
            "weights": packed(shown),
            "rows": _together(names.inputs, inputs),
            "columns": _together(names.units, units),
            "note": _shared(inputs, units),
            "greatest": _strongest(names, weights),
        }


def _greatest(weights: Array, rows: int, columns: int) -> Array:
    """Return of each group of so many rows and columns the weight of the greatest size."""
    height, width = weights.shape
    padded = np.pad(weights, ((0, -height % rows), (0, -width % columns)))
    groups = padded.reshape(len(padded) // rows, rows, -1, columns).swapaxes(1, 2)
    flat = groups.reshape(*groups.shape[:2], -1)
    best = np.abs(flat).argmax(axis=-1)[..., np.newaxis]
    return np.take_along_axis(flat, best, axis=-1)[..., 0]


def _together(names: Sequence[str], size: int) -> list[str]:
    if size == 1:
        return list(names)
    groups = (names[at : at + size] for at in range(0, len(names), size))
    return [own[0] if len(own) == 1 else f"{own[0]} … {own[-1]}" for own in groups]


def _shared(inputs: int, units: int) -> str:
    if inputs == units == 1:
        return ""
    return f"A cell shows the greatest of {inputs} × {units} weights."


def _strongest(names: LayerNames, weights: Array, most: int = 5) -> list[list[Any]]:
    order = np.argsort(-np.abs(weights), axis=None, kind="stable")[:most]
    places = zip(*np.unravel_index(order, weights.shape), strict=True)
    return [[names.inputs[row], names.units[at], float(weights[row, at])] for row, at in places]


def _weights(maps: Sequence[Mapping[str, Any]]) -> Facts:
    rows = [
        [each["title"], f"{source} → {unit}", number(weight)]
        for each in maps
        for source, unit, weight in each["greatest"]
    ]
    return Facts("Greatest weights", ["layer", "synapse", "weight"], rows, folded=True)


def _activations(model: Model, x: Array, side: str) -> Figure:
    """Return a chart of what the units of each layer give for rows × inputs."""
    with np.errstate(over="ignore", invalid="ignore"):  # cells far beyond the training rows'
        found = distributions(model.member, x)
    titles = {each.place: each.layer for each in layer_names(model)}
    names = {place: titles[place] for place in found}
    rows = [
        {"layer": names[place], **dict(zip(ENDS, each.quantiles, strict=True))}
        for place, each in found.items()
    ]
    zero = [f"{each.zero:.0%} in {names[place]}" for place, each in found.items() if each.zero]
    words = (
        f"What the units of each layer give for {counted(len(x), 'row')} ({side}): the bar holds "
        "the middle half of all numbers, the line nine of ten, the tick is the median. "
        + (f"Exactly 0: {', '.join(zero)}." if zero else "None is exactly 0.")
    )

    def chart() -> Any:
        import altair as alt

        def along(name: str) -> Any:
            return alt.X(f"{name}:Q", title="activation", scale=alt.Scale(zero=False))

        base = of_rows(rows).encode(y=alt.Y("layer:N", title=None, sort=None))
        line = base.mark_rule(strokeWidth=2).encode(x=along("lowest"), x2="highest:Q")
        bar = base.mark_bar(size=16).encode(x=along("low"), x2="high:Q")
        tick = base.mark_tick(color="var(--ink)", thickness=2, size=22).encode(x=along("median"))
        return (line + bar + tick).properties(height=max(60, 34 * len(rows)))

    return Figure("activations", "Activations by layer", words, chart, _numbers(found, names))


ENDS = ("lowest", "low", "median", "high", "highest")


def _numbers(found: Mapping[str, Distribution], names: Mapping[str, str]) -> Facts:
    heads = ["layer", "mean", "deviation", *(f"{each:.0%}" for each in QUANTILES), "exactly 0"]
    rows = [
        [
            names[place],
            number(each.mean),
            number(each.standard_deviation),
            *map(number, each.quantiles),
            f"{each.zero:.0%}",
        ]
        for place, each in found.items()
    ]
    return Facts("Activations", heads, rows, folded=True)


def _suits(material: Material) -> bool:
    """Whether there are layers to draw: those of ratings are too wide."""
    return with_layers(material) and not material.run.model.task.of_ratings


SECTION = Section("network", "The network", blocks, _suits)
