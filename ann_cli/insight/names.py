"""Names for the parts of a network, by the columns that it learned from."""

from dataclasses import dataclass

from ann_cli.model.model import Model


@dataclass(frozen=True)
class LayerNames:
    """What a layer, its inputs and its units are called."""

    layer: str
    inputs: tuple[str, ...]
    units: tuple[str, ...]


def layer_names(model: Model) -> list[LayerNames]:
    """Return the names of each layer, from the first hidden one to the output."""
    names = []
    inputs = model.encoder.inputs
    for number, layer in enumerate(model.network.layers[:-1], start=1):
        units = tuple(f"unit {unit}" for unit in range(1, layer.units + 1))
        names.append(LayerNames(f"layer {number}", inputs, units))
        inputs = tuple(f"{unit} of layer {number}" for unit in units)
    return [*names, LayerNames("output", inputs, output_names(model))]


def output_names(model: Model) -> tuple[str, ...]:
    """Return the outputs' names: the classes, the second of two, or the target."""
    if not model.classes:
        return (model.encoder.target_name,)
    return model.classes[-model.network.outputs :]
