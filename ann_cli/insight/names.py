"""Names for the parts of a network, by the columns that it learned from."""

from collections.abc import Sequence
from dataclasses import dataclass

from ann_cli.engine.layers.dense import Sums, SumsLayer
from ann_cli.engine.layers.layer import Layer
from ann_cli.model.model import Model


@dataclass(frozen=True)
class LayerNames:
    """What a layer, its inputs and its units are called; a layer that holds layers has no own."""

    layer: str
    inputs: tuple[str, ...]
    units: tuple[str, ...]
    place: str
    """Its place among the network's layers, as in weights.npz."""


def layer_names(model: Model) -> list[LayerNames]:
    """Return the names of each layer, from the first to the output."""
    *hidden, _ = model.member.layers
    names: list[LayerNames] = []
    inputs = _name(names, hidden, model.encoder.inputs)
    return [*names, LayerNames("output", inputs, output_names(model), str(len(hidden)))]


def _name(
    names: list[LayerNames], layers: Sequence[Layer], inputs: tuple[str, ...], around: str = ""
) -> tuple[str, ...]:
    """Add the names of layers that lie one after the other; return what the last ones give.

    What a layer that holds layers gives is its own: a residual block adds to what they do.
    """
    for number, layer in enumerate(layers):
        place = f"{around}{number}"
        title = layer_title(place)
        noun = "unit" if isinstance(layer, SumsLayer) else "number"
        own = layer.names(inputs)
        units = own or tuple(f"{noun} {at}" for at in range(1, layer.size + 1))
        if layer.parts:
            _name(names, layer.parts, inputs, f"{place}.")
        else:
            names.append(LayerNames(title, inputs, units, place))
        inputs = own or tuple(f"{unit} of {title}" for unit in units)
    return inputs


def layer_title(place: str) -> str:
    """Return what a layer is called: its numbers from 1, and those of the layers around it."""
    return f"layer {'.'.join(_numbers(place))}"


def layer_key(place: str) -> str:
    """Return the same as a column of history.csv begins."""
    return f"layer_{'_'.join(_numbers(place))}"


def titled(key: str) -> str:
    """Return what the layer of a column of history.csv is called."""
    return f"layer {key.removeprefix('layer_').replace('_', '.')}"


def _numbers(place: str) -> list[str]:
    return [str(int(step) + 1) for step in place.split(".")]


def function_of(model: Model, layer: Layer) -> str:
    """Return what a layer does, in a word: its activation, or its kind where it has none."""
    if isinstance(layer.entry, Sums):
        return model.network.output.activation.name
    return layer.activation.name if layer.activation else layer.entry.name


def output_names(model: Model) -> tuple[str, ...]:
    """Return the outputs' names: the classes, the second of two, the targets, or the inputs."""
    if model.task.of_cells or model.task.of_ratings:
        return model.encoder.inputs
    return model.task.output_names(
        model.encoder.targets, model.network.output, model.network.outputs
    )
