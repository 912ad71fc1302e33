"""What is not compiled, and why: what is in no formula that runs on numbers one by one."""

from collections.abc import Iterator

import numpy as np

from ann_cli.engine.activations import Activation, Fourier, Relu, Softmax
from ann_cli.engine.compiled.formulas import foreign_names
from ann_cli.engine.ensemble import Ensemble
from ann_cli.engine.layers.dense import DenseLayer
from ann_cli.engine.losses import Loss
from ann_cli.engine.network import Network
from ann_cli.engine.optimizers import Adam, Optimizer
from ann_cli.engine.schedules import Constant, Schedule
from ann_cli.engine.settings import Entry

ON_ARRAYS: dict[type[Entry], tuple[str, ...]] = {
    Activation: ("drawn", "forward", "backward"),
    Loss: ("rows", "delta"),
    Optimizer: ("new_state", "step", "move"),
}
"""The methods of a table's entries that work on arrays; the compiled code calls none of them."""

FORMULAS = ("value", "derivative", "random", "update")
"""The formulas on numbers, which it calls."""

SAME = (Adam.move, Relu.forward, Fourier.forward)
"""Methods on arrays that do what the formulas do."""

WRITTEN_OUT = (Softmax,)
"""The entries whose array methods the compiled code has in its own words."""


def refusal(
    network: Network | Ensemble, optimizer: Optimizer, dropout: Schedule | None = None
) -> str:
    """Return why a network's training with an optimizer is not compiled; "" where it can be.

    `dropout` is the schedule of what rests, where it has one.
    """
    if isinstance(network, Ensemble):
        return "it is an ensemble"
    if in_parts(network):
        return ""
    return next(_reasons(network, optimizer, dropout or Constant()), "")


def in_parts(network: Network) -> bool:
    """Whether NumPy takes the steps, and what layers have machine code for is compiled."""
    return any(layer.curves for _, layer in network.chain.leaves())


def _reasons(network: Network, optimizer: Optimizer, dropout: Schedule) -> Iterator[str]:
    for number, layer in enumerate(network.layers[:-1], start=1):
        if type(layer) is not DenseLayer:
            kind = layer.entry.name
            yield f"layer {number} is {'an' if kind[0] in 'aeiou' else 'a'} {kind} layer"
            return
        if layer.entry.drops() and dropout != Constant():
            yield f"the dropout of layer {number} follows a schedule"
        if layer.entry.weight_decay is not None:
            yield f"layer {number} has a weight_decay of its own"
    actual = np.ones((1, network.outputs))
    if network.loss.learned(actual) is not actual:
        yield f"with these settings {network.loss.name} learns other than the actual values"
    entries: list[Entry] = [each.activation for each in network.layers[:-1]]
    for entry in (*entries, network.output.activation, network.loss, optimizer):
        if isinstance(entry, WRITTEN_OUT):
            continue
        table = next(each for each in ON_ARRAYS if isinstance(entry, each))
        for name in ON_ARRAYS[table]:
            own = getattr(type(entry), name)
            if own is not getattr(table, name) and own not in SAME:
                yield f"{entry.name} has a way of its own to compute on arrays ({name})"
        for name in FORMULAS:
            formula = getattr(entry, name, None)
            if formula is not None and (unknown := foreign_names(formula)):
                yield f"the formula of {entry.name} uses {', '.join(unknown)}"
