"""A network as a drawing: units in columns, a column a layer, and the synapses between them.

It is data: `web/network.js` draws it. Wide layers and many synapses are thinned, which is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ann_cli.engine.layers.conv import ConvLayer
from ann_cli.engine.layers.dense import Sums, SumsLayer
from ann_cli.engine.layers.embedding import EmbeddingLayer
from ann_cli.engine.layers.layer import Layer
from ann_cli.engine.layers.pool import PoolLayer
from ann_cli.engine.layers.recurrent import RecurrentLayer
from ann_cli.engine.layers.residual import ResidualLayer
from ann_cli.engine.layers.skip import SkipLayer
from ann_cli.engine.layers.take import TakeLayer
from ann_cli.engine.network import Network
from ann_cli.engine.settings import Array
from ann_cli.errors import counted
from ann_cli.insight.names import layer_title, output_names
from ann_cli.model.model import Model

MOST_UNITS = 30
"""Units of a layer that are drawn: those whose weights are the greatest."""

MOST_SYNAPSES = 400
"""Synapses between two layers that are drawn: those of the greatest weights."""

Unit = tuple[int, int]
"""A layer of the drawing, and a unit of it, both from 0."""


class Synapse(NamedTuple):
    """What leads from a unit to another."""

    source: Unit
    target: Unit
    weight: float
    fixed: bool = False
    """Whether it only hands on what a block was given: its weight is 1, and none learns it."""


@dataclass
class DrawnLayer:
    """A column of the drawing."""

    title: str
    place: str
    """The layer's place in the network, as in weights.npz; "" of the inputs."""
    names: Sequence[str]
    biases: Sequence[float] = ()
    places: int = 1
    """At how many places of a picture or a series each unit looks."""
    through: list[str] = field(default_factory=list)
    """What its numbers pass before the next layer, in words: normalized, scaled."""


class Drawn:
    """Layers and synapses, gathered on the way through a network."""

    def __init__(self, inputs: Sequence[str], shape: Sequence[int] | None) -> None:
        """With a `shape`, inputs with places stand by their channels."""
        names = inputs if shape is None else [f"channel {at + 1}" for at in range(shape[-1])]
        places = 1 if shape is None else prod(shape[:-1])
        self.layers = [DrawnLayer("inputs", "", names, places=places)]
        self.synapses: dict[tuple[Unit, Unit], Synapse] = {}
        self.first: list[Unit] = [(0, at) for at in range(len(names))] * places

    def pass_through(self, layers: Sequence[Layer], sources: list[Unit], around: str) -> list[Unit]:
        """Add the layers; return which unit each number comes from that they give."""
        for at, layer in enumerate(layers):
            sources = self._of(layer, sources, f"{around}{at}")
        return sources

    def _of(self, layer: Layer, sources: list[Unit], place: str) -> list[Unit]:
        match layer:
            case SkipLayer():
                return self.pass_through(layer.parts, sources, f"{place}.") + sources
            case ResidualLayer():
                return self._added(self.pass_through(layer.parts, sources, f"{place}."), sources)
            case TakeLayer():
                return [sources[at] for at in layer.places]
            case SumsLayer():
                return self._dense(layer, sources, place)
            case EmbeddingLayer():
                return self._embedding(layer, sources, place)
            case ConvLayer():
                weights = layer.weights.reshape(-1, layer.windows.image[2], layer.units)
                return self._kernels(layer, sources, place, weights, layer.bias, layer.units)
            case RecurrentLayer():
                weights = np.stack(
                    [each for name, each in layer.values.items() if name.endswith("input_weights")]
                )
                return self._kernels(layer, sources, place, weights, (), layer.units)
            case PoolLayer():
                channels = layer.image[2]
                return sources[:channels] * (layer.size // channels)
        # What gives a number for each that it is given: normalize, scale, dropout.
        if layer.parameters:
            self.layers[sources[0][0]].through.append(f"{layer.entry.summary()} ({place})")
        return sources

    def _dense(self, layer: SumsLayer, sources: list[Unit], place: str) -> list[Unit]:
        title = "output" if isinstance(layer.entry, Sums) else layer_title(place)
        kind = layer.activation.name if layer.activation else ""
        units = self._add(f"{title} {kind}".strip(), place, layer.units, layer.bias)
        self._connect(sources, units, layer.weights)
        return units

    def _embedding(self, layer: EmbeddingLayer, sources: list[Unit], place: str) -> list[Unit]:
        numbers = len(layer.numbers)
        names = layer.names([""] * layer.inputs[0])[numbers:]
        units = self._add(f"{layer_title(place)} embedding", place, len(names))
        self.layers[-1].names = names
        found = [sources[at] for at in layer.numbers.tolist()]
        for (inputs, own), vectors in zip(layer.places, layer.vectors, strict=True):
            self._connect(sources[inputs], units[own.start - numbers : own.stop - numbers], vectors)
        return found + units

    def _kernels(
        self,
        layer: Layer,
        sources: list[Unit],
        place: str,
        weights: Array,
        biases: Any,
        count: int,
    ) -> list[Unit]:
        """Add a layer whose units look at each place: `weights` are … × channels × units."""
        title = f"{layer_title(place)} {layer.entry.name}"
        units = self._add(title, place, count, biases)
        self.layers[-1].places = layer.size // count
        for each in weights:
            self._connect(sources[: each.shape[0]], units, each)
        return units * (layer.size // count)

    def _added(self, made: list[Unit], sources: list[Unit]) -> list[Unit]:
        for source, target in zip(sources, made, strict=True):
            if source[0] < target[0]:
                self._note(Synapse(source, target, 1.0, fixed=True))
        return made

    def _add(self, title: str, place: str, count: int, biases: Any = ()) -> list[Unit]:
        names = [f"unit {at + 1}" for at in range(count)]
        self.layers.append(DrawnLayer(title, place, names, [float(each) for each in biases]))
        return [(len(self.layers) - 1, at) for at in range(count)]

    def _connect(self, sources: list[Unit], units: list[Unit], weights: Array) -> None:
        rows, columns = np.nonzero(weights)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            self._note(Synapse(sources[row], units[column], float(weights[row, column])))

    def _note(self, synapse: Synapse) -> None:
        """Keep a synapse; of several between the same two units that of the greatest weight."""
        ends = synapse.source, synapse.target
        known = self.synapses.get(ends)
        if known is None or abs(known.weight) < abs(synapse.weight):
            self.synapses[ends] = synapse


def network_drawing(model: Model) -> dict[str, Any]:
    """Return what `web/network.js` draws: layers with the units that are shown, and synapses."""
    return drawing_of(model.member, model.encoder.inputs, output_names(model))


def drawing_of(network: Network, inputs: Sequence[str], outputs: Sequence[str]) -> dict[str, Any]:
    """Return the same of a network whose inputs and outputs have names."""
    first, *_ = network.layers
    with_places = isinstance(first, ConvLayer | PoolLayer | RecurrentLayer)
    drawn = Drawn(inputs, first.inputs if with_places else None)
    drawn.pass_through(network.layers, drawn.first, "")
    drawn.layers[-1].names = outputs
    drawn.layers[-1].title = f"output {network.output.activation.name}"
    shown = _shown(drawn)
    synapses = [
        each
        for each in drawn.synapses.values()
        if each.source[1] in shown[each.source[0]] and each.target[1] in shown[each.target[0]]
    ]
    kept = _strongest(synapses)
    return {
        "layers": [_layer(each, shown[at]) for at, each in enumerate(drawn.layers)],
        "synapses": [
            [
                *(each.source[0], shown[each.source[0]][each.source[1]]),
                *(each.target[0], shown[each.target[0]][each.target[1]]),
                float(f"{each.weight:.5g}"),
                *([1] if each.fixed else []),
            ]
            for each in kept
        ],
        "notes": list(_notes(drawn, shown, len(synapses) - len(kept))),
    }


def _layer(layer: DrawnLayer, shown: Mapping[int, int]) -> dict[str, Any]:
    biases = [float(f"{layer.biases[at]:.5g}") for at in shown] if layer.biases else None
    return {
        "title": layer.title,
        "place": layer.place,
        "units": [layer.names[at] for at in shown],
        "at": list(shown),
        "total": len(layer.names),
        "places": layer.places,
        "biases": biases,
        "through": layer.through,
    }


def _shown(drawn: Drawn) -> list[dict[int, int]]:
    """Return of each layer the units that are drawn, and where: those of the greatest weights."""
    sizes = [np.zeros(len(each.names)) for each in drawn.layers]
    last = len(sizes) - 1
    for (source, target), synapse in drawn.synapses.items():
        sizes[source[0]][source[1]] += abs(synapse.weight)
        if target[0] == last:
            sizes[last][target[1]] += abs(synapse.weight)
    found = []
    for own in sizes:
        kept = np.sort(np.argsort(-own, kind="stable")[:MOST_UNITS])
        found.append({at: place for place, at in enumerate(kept.tolist())})
    return found


def _strongest(synapses: Sequence[Synapse]) -> list[Synapse]:
    """Return the synapses that are drawn, the weakest first, so that none hides a stronger one."""
    ordered = sorted(synapses, key=lambda each: -abs(each.weight))
    counts: dict[tuple[int, int], int] = {}
    kept = []
    for each in ordered:
        pair = each.source[0], each.target[0]
        counts[pair] = counts.get(pair, 0) + 1
        if counts[pair] <= MOST_SYNAPSES:
            kept.append(each)
    return kept[::-1]


def _notes(drawn: Drawn, shown: Sequence[Mapping[int, int]], left_out: int) -> list[str]:
    """Return what the drawing leaves out, in sentences."""
    notes = []
    thinned = [
        f"{len(shown[at])} of {len(each.names):,} ({each.title})"
        for at, each in enumerate(drawn.layers)
        if len(shown[at]) < len(each.names)
    ]
    if thinned:
        notes.append(
            f"Of wide layers the units with the greatest weights are drawn: {', '.join(thinned)}."
        )
    if left_out:
        notes.append(
            f"{counted(left_out, 'weaker synapse')} between them {_is(left_out)} left out."
        )
    passed = [word for each in drawn.layers for word in each.through]
    if passed:
        notes.append(f"On their way numbers pass layers that have no units: {', '.join(passed)}.")
    if any(each.places > 1 for each in drawn.layers):
        notes.append(
            "A unit that looks at many places has one weight a place and input: the greatest is "
            "drawn."
        )
    return notes


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
