"""A network as a drawing: units in columns, a column a layer, and the synapses between them.

It is data: `web/network.js` draws it. Wide layers and many synapses are thinned, which is told.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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

MOST = 1 << 24
"""More than the units of any layer."""

Unit = tuple[int, int]
"""A layer of the drawing, and a unit of it, both from 0."""


class Synapses(NamedTuple):
    """Synapses, the numbers of each in an array."""

    sources: Array
    targets: Array
    """Their ends, as `_number` has them."""
    weights: Array
    fixed: Array
    """Whether it only hands on what a block was given, by a weight of 1 that none learns."""

    def some(self, which: Array) -> "Synapses":
        """Return those of places, or where a mask is true."""
        sources, targets, weights, fixed = (each[which] for each in self)
        return Synapses(sources, targets, weights, fixed)


def _number(layer: Any, unit: Any) -> Any:
    """Return one number for a unit of a layer."""
    return layer * MOST + unit


def _numbers(units: Any) -> Array:
    """Return one number for each of some units."""
    layers, own = np.reshape(units, (-1, 2)).astype(np.int64).T
    found: Array = _number(layers, own)
    return found


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
        self.parts: list[Synapses] = []
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
            self.layers[sources[0][0]].through.append(
                f"{layer.entry.summary()} ({layer_title(place)})"
            )
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
        pairs = [each for each in zip(sources, made, strict=True) if each[0][0] < each[1][0]]
        if pairs:
            before, after = (list(each) for each in zip(*pairs, strict=True))
            self._note(before, after, np.ones(len(pairs)), fixed=True)
        return made

    def _add(self, title: str, place: str, count: int, biases: Any = ()) -> list[Unit]:
        names = [f"unit {at + 1}" for at in range(count)]
        self.layers.append(DrawnLayer(title, place, names, [float(each) for each in biases]))
        return [(len(self.layers) - 1, at) for at in range(count)]

    def _connect(self, sources: list[Unit], units: list[Unit], weights: Array) -> None:
        rows, columns = np.nonzero(weights)
        self._note(np.array(sources)[rows], np.array(units)[columns], weights[rows, columns])

    def _note(self, sources: Any, targets: Any, weights: Array, fixed: bool = False) -> None:
        source, target = (_numbers(each) for each in (sources, targets))
        self.parts.append(Synapses(source, target, weights, np.full(len(weights), fixed)))

    def synapses(self) -> Synapses:
        """Return all synapses, the greatest first; of several of two units that alone."""
        sources, targets, weights, fixed = map(np.concatenate, zip(*self.parts, strict=True))
        found = Synapses(sources, targets, weights, fixed)
        found = found.some(np.argsort(-np.abs(found.weights), kind="stable"))
        _, first = np.unique(_number(found.sources * MOST, found.targets), return_index=True)
        return found.some(np.sort(first))


def network_drawing(model: Model) -> dict[str, Any]:
    """Return what `web/network.js` draws: layers with the units that are shown, and synapses."""
    return drawing_of(model.member, model.encoder.inputs, output_names(model))


def drawing_of(network: Network, inputs: Sequence[str], outputs: Sequence[str]) -> dict[str, Any]:
    """Return the same of a network whose inputs and outputs have names."""
    shape, leaves = network.chain.inputs, [leaf for _, leaf in network.chain.leaves()]
    looks = any(isinstance(each, ConvLayer | PoolLayer | RecurrentLayer) for each in leaves)
    drawn = Drawn(inputs, shape if looks else None)
    drawn.pass_through(network.layers, drawn.first, "")
    drawn.layers[-1].names = outputs
    drawn.layers[-1].title = f"output {network.output.activation.name}"
    synapses = drawn.synapses()
    shown = _shown(drawn, synapses)
    units = [_number(at, unit) for at, own in enumerate(shown) for unit in own]
    there = np.isin(synapses.sources, units) & np.isin(synapses.targets, units)
    kept = _strongest(synapses.some(there))
    return {
        "layers": [_layer(each, shown[at]) for at, each in enumerate(drawn.layers)],
        "synapses": list(_synapses(kept, shown))[::-1],
        "notes": list(_notes(drawn, shown, int(there.sum()) - len(kept.weights))),
    }


def _synapses(synapses: Synapses, shown: Sequence[Mapping[int, int]]) -> Iterator[list[float]]:
    """Yield layer and drawn unit of both ends, the weight, and 1 where it is fixed."""
    for *ends, weight, fixed in zip(*(each.tolist() for each in synapses), strict=True):
        places = [divmod(each, MOST) for each in ends]
        found = [number for layer, at in places for number in (layer, shown[layer][at])]
        yield [*found, float(f"{weight:.5g}"), *([1] if fixed else [])]


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


def _shown(drawn: Drawn, synapses: Synapses) -> list[dict[int, int]]:
    """Return of each layer the units that are drawn, and where: those of the greatest weights.

    They are those that go on from a unit; of the output those that arrive.
    """
    last = len(drawn.layers) - 1
    found = []
    for at, layer in enumerate(drawn.layers):
        layers, units = np.divmod(synapses.targets if at == last else synapses.sources, MOST)
        own = layers == at
        sizes = np.bincount(units[own], np.abs(synapses.weights[own]), len(layer.names))
        kept = np.sort(np.argsort(-sizes, kind="stable")[:MOST_UNITS])
        found.append({unit: place for place, unit in enumerate(kept.tolist())})
    return found


def _strongest(synapses: Synapses) -> Synapses:
    """Return the synapses that are drawn, of each two layers so many."""
    counts: Counter[tuple[int, ...]] = Counter()
    kept = []
    pairs = zip(
        (synapses.sources // MOST).tolist(), (synapses.targets // MOST).tolist(), strict=True
    )
    for at, pair in enumerate(pairs):
        counts[pair] += 1
        if counts[pair] <= MOST_SYNAPSES:
            kept.append(at)
    return synapses.some(np.array(kept, dtype=np.int64))


def _notes(drawn: Drawn, shown: Sequence[Mapping[int, int]], left_out: int) -> Iterator[str]:
    """Return what the drawing leaves out, in sentences."""
    thinned = [
        f"{len(shown[at])} of {len(each.names):,} ({each.title})"
        for at, each in enumerate(drawn.layers)
        if len(shown[at]) < len(each.names)
    ]
    if thinned:
        yield f"Of wide layers the units with the greatest weights are drawn: {', '.join(thinned)}."
    if left_out:
        yield f"{counted(left_out, 'weaker synapse')} between them {_is(left_out)} left out."
    passed = [word for each in drawn.layers for word in each.through]
    if passed:
        yield f"On their way numbers pass layers that have no units: {', '.join(passed)}."
    if any(each.places > 1 for each in drawn.layers):
        yield (
            "A unit that looks at many places has a weight for each of several: the greatest is "
            "drawn."
        )


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
