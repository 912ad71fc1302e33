"""A traced row, for a person: the seven steps of the textbook with the numbers in them."""

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from ann_cli.errors import counted
from ann_cli.report.numbers import Row, cut, number, value

if TYPE_CHECKING:
    from ann_cli.engine.training import Training
    from ann_cli.insight.trace import LayerStep, Observation, Step
    from ann_cli.report.terminal import Terminal
    from ann_cli.run import Started

UNITS = 3
"""Inputs and units shown of each layer, if not all."""

WEIGHTS = 3
"""Weights shown of each layer, if not all."""

EVERY = 1 << 30
"""As many as there are."""

TERMS = 4
"""Products of a weighted sum that are written out, at most."""


def show_trace(
    terminal: "Terminal",
    started: "Started",
    training: "Training",
    seen: "Observation",
    steps: Iterable["Step"],
    whole: bool = False,
) -> Iterator["Step"]:
    """Show each step as it comes, and pass it on; `whole` shows every unit and weight."""
    units, weights = (EVERY, EVERY) if whole else (UNITS, WEIGHTS)
    terminal.warn(
        f"column {name}: {seen.cells[name]!r} was not seen in training, and enters as 0"
        for name in seen.unknown
    )
    config = started.prepared.config
    first = started.model.network.theta[: started.model.network.weights_size]
    least, greatest = number(first.min()), number(first.max())
    start = "at 0" if least == greatest == "0" else f"at random, from {least} to {greatest}"
    terminal.say(f"(1) The weights start {start}: seed {config.seed}.")
    terminal.say(f"(2) Row {seen.row:,} enters the input layer, a feature a node.")
    rows = cut(_inputs(started, seen), units, "inputs", seen.x.size)
    terminal.show("input", ["cell", "how", "enters as"], rows)
    costs = []
    for step in steps:
        costs.append(step.cost)
        if step.number > 1:
            terminal.say(f"(6) The same row again: step {step.number}.")
        _show_step(terminal, started, seen, step, units, weights)
        for sentence in _optimizer(training, step):
            for line in wrap(sentence, 74, subsequent_indent="  "):
                terminal.say(f"    {line}", "dim")
        yield step
    if costs[1:]:
        terminal.say(
            f"    In {len(costs):,} steps the cost of this row went from {number(costs[0])} "
            f"to {number(costs[-1])}."
        )
    terminal.say("(6) Training does this for every row, or for a batch of rows at a time.")
    epoch = counted(len(started.prepared.training), "row")
    terminal.say(f"(7) An epoch is {epoch}; training takes {counted(config.epochs, 'epoch')}.")


def _show_step(
    terminal: "Terminal",
    started: "Started",
    seen: "Observation",
    step: "Step",
    units: int,
    weights: int,
) -> None:
    terminal.say("(3) Forward, from left to right: weighted sums, then activations.")
    for layer in step.layers:
        terminal.show(_title(layer), ["weighted sum", "activation"], _forward(layer, units))
        for line in wrap(_products(layer), 74, subsequent_indent="  "):
            terminal.say(f"    {line}", "dim")
    target = started.model.config.data.target
    loss = started.model.network.loss
    terminal.say(
        f"(4) Compare: {target} is predicted as {value(step.predicted_value)}, "
        f"and is {seen.cells[target]}."
    )
    terminal.say(f"    Cost: {number(step.cost)}, by {loss.name}:")
    terminal.say(loss.description(), "dim")
    if not started.model.classes and started.prepared.config.data.scaling != "none":
        scaled = f"{number(step.prediction[0])} predicted, {number(step.actual[0])} actual"
        terminal.say(f"    It compares the scaled numbers: {scaled}.", "dim")
    terminal.say(
        "(5) Backward, from right to left: the cost's slope by each weighted sum; a weight's"
    )
    terminal.say("    gradient is its unit's slope times its input; the optimizer changes it.")
    for layer in reversed(step.layers):
        terminal.show(_title(layer), ["slope"], _slopes(layer, units))
        columns = list(layer.weights.columns())
        terminal.show(f"{layer.names.layer}: weight", columns, _weights(layer, weights))
    moved = any(
        (each.after != each.before).any()
        for layer in step.layers
        for each in (layer.weights, layer.bias)
    )
    if not moved:
        terminal.say("    No weight changes in this step.")


def _title(layer: "LayerStep") -> str:
    return f"{layer.names.layer}: {layer.function}"


def _inputs(started: "Started", seen: "Observation") -> Iterator[Row]:
    values = iter(seen.x[0])
    for feature in started.model.encoder.features:
        cell, how = seen.cells[feature.name], feature.how()
        for name in feature.inputs:
            yield name, cell, how, number(next(values))
            cell = how = ""


def _products(layer: "LayerStep") -> str:
    """Write out the weighted sum of the first unit: each input times its weight, and the bias."""
    products = [
        f"{number(x)} × {number(w)}"
        for x, w in zip(layer.inputs, layer.weights.before[:, 0], strict=True)
    ]
    more = len(products) - TERMS
    shown = [*products[:TERMS], *([f"… {more:,} more"] if more > 0 else [])]
    bias, total = number(layer.bias.before[0]), number(layer.weighted_sum[0])
    return f"{layer.names.units[0]}: {' + '.join(shown)} + bias {bias} = {total}"


def _forward(layer: "LayerStep", most: int) -> list[Row]:
    rests = {True: " (rests)", False: ""}
    rows = (
        (name, number(z), f"{number(a)}{rests[bool(resting)]}")
        for name, z, a, resting in zip(
            layer.names.units, layer.weighted_sum, layer.activation, layer.resting, strict=True
        )
    )
    return cut(rows, most, "units", len(layer.names.units))


def _slopes(layer: "LayerStep", most: int) -> list[Row]:
    rows = zip(layer.names.units, map(number, layer.slope), strict=True)
    return cut(rows, most, "units", len(layer.names.units))


def _weights(layer: "LayerStep", most: int) -> list[Row]:
    return cut(_ends(layer), most, "weights", layer.weights.before.size + layer.bias.before.size)


def _ends(layer: "LayerStep") -> Iterator[Row]:
    """Yield each weight of a unit, then its bias, then those of the next unit."""
    weights, bias = (list(each.columns().values()) for each in (layer.weights, layer.bias))
    for at, unit in enumerate(layer.names.units):
        for place, name in enumerate(layer.names.inputs):
            yield f"{name} → {unit}", *(number(each[place, at]) for each in weights)
        yield f"bias of {unit}", *(number(each[at]) for each in bias)


def _optimizer(training: "Training", step: "Step") -> Iterator[str]:
    optimizer = training.optimizer
    yield f"change: by {optimizer.name}, learning rate {number(step.learning_rate)}"
    yield f"{optimizer.name}: {optimizer.formula()}"
    if training.l2:
        yield f"l2 adds {number(training.l2)} × weight to each weight's gradient"
    if training.gradient_clip is not None:
        yield f"gradient_clip bounds the gradient's length by {number(training.gradient_clip)}"
    if training.l1:
        yield f"l1 then moves each weight toward 0 by {number(training.l1)} × learning rate"
