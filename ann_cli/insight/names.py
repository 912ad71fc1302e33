"""Names for the parts of a network, by the columns that it learned from."""

from dataclasses import dataclass

from ann_cli.engine.layers.dense import DenseLayer, Sums, SumsLayer
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
    names = []
    inputs = model.encoder.inputs
    *hidden, (last, _) = model.network.chain.leaves()
    for place, layer in hidden:
        title = layer_title(place)
        noun = "unit" if isinstance(layer, SumsLayer) else "number"
        own = layer.names(inputs)
        units = own or tuple(f"{noun} {at}" for at in range(1, layer.size + 1))
        names.append(LayerNames(title, inputs, units, place))
        inputs = own or tuple(f"{unit} of {title}" for unit in units)
    return [*names, LayerNames("output", inputs, output_names(model), last)]


def layer_title(place: str) -> str:
    """Return what a layer is called: its numbers from 1, and those of the layers around it."""
    return f"layer {'.'.join(_numbers(place))}"


def layer_key(place: str) -> str:
    """Return the same as a column of history.csv begins."""
    return f"layer_{'_'.join(_numbers(place))}"


def _numbers(place: str) -> list[str]:
    return [str(int(step) + 1) for step in place.split(".")]


def function_of(model: Model, layer: Layer) -> str:
    """Return what a layer does, in a word: its activation, or its kind where it has none."""
    if isinstance(layer.entry, Sums):
        return model.network.output.activation.name
    return layer.activation.name if isinstance(layer, DenseLayer) else layer.entry.name


def output_names(model: Model) -> tuple[str, ...]:
    """Return the outputs' names: the classes, the second of two, or the targets."""
    return model.task.output_names(model.encoder.targets, model.network.outputs)
