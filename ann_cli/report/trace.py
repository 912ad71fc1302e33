"""A traced row, for a person: the seven steps of the textbook with the numbers in them."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ann_cli.errors import counted
from ann_cli.report.numbers import Row, cut, number, value

if TYPE_CHECKING:
    from ann_cli.engine.training import Training
    from ann_cli.insight.trace import LayerStep, Observation, Step
    from ann_cli.report.terminal import Terminal
    from ann_cli.run import Started

UNITS = 8
"""Inputs and units shown of each layer, at most."""

WEIGHTS = 12
"""Weights shown of each layer, at most."""


def show_trace(
    terminal: "Terminal",
    started: "Started",
    training: "Training",
    seen: "Observation",
    steps: Iterable["Step"],
) -> Iterator["Step"]:
    """Show each step as it comes, and pass it on."""
    terminal.warn(
        f"column {name}: {seen.cells[name]!r} was not seen in training, and enters as 0"
        for name in seen.unknown
    )
    config = started.prepared.config
    zeros = config.initializer != "auto" and config.initializer.name == "zeros"
    start = "at 0" if zeros else "small, close to 0 but not 0"
    terminal.say(f"(1) The weights start {start}: seed {config.seed}.")
    terminal.say(f"(2) Row {seen.row:,} enters the input layer, a feature a node.")
    rows = cut(_inputs(started, seen), UNITS, "inputs", seen.x.size)
    terminal.show("input", ["cell", "enters as"], rows)
    costs = []
    for step in steps:
        costs.append(step.cost)
        if step.number > 1:
            terminal.say(f"(6) The same row again: step {step.number}.")
        _show_step(terminal, started, seen, step)
        for sentence in _optimizer(training, started.prepared.config.optimizer.name, step):
            terminal.say(f"    {sentence}", "dim")
        yield step
    if costs[1:]:
        terminal.say(
            f"    In {len(costs):,} steps the cost of this row went from {number(costs[0])} "
            f"to {number(costs[-1])}."
        )
    terminal.say("(6) Training does this for every row, or for a batch of rows at a time.")
    epoch = counted(len(started.prepared.training), "row")
    terminal.say(f"(7) An epoch is {epoch}; training takes {counted(config.epochs, 'epoch')}.")


def _show_step(terminal: "Terminal", started: "Started", seen: "Observation", step: "Step") -> None:
    terminal.say("(3) Forward, from left to right: weighted sums, then activations.")
    for layer in step.layers:
        terminal.show(_title(layer), ["weighted sum", "activation"], _forward(layer))
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
    terminal.say("    gradient is its unit's slope times its input, and by it the weight is moved.")
    for layer in reversed(step.layers):
        terminal.show(_title(layer), ["slope"], _slopes(layer))
        terminal.show(
            f"{layer.names.layer}: weight", ["before", "gradient", "after"], _weights(layer)
        )


def _title(layer: "LayerStep") -> str:
    return f"{layer.names.layer}: {layer.function}"


def _inputs(started: "Started", seen: "Observation") -> Iterator[Row]:
    values = iter(seen.x[0])
    for feature in started.model.encoder.features:
        cell = seen.cells[feature.name]
        for name in feature.inputs:
            yield name, cell, number(next(values))
            cell = ""


def _forward(layer: "LayerStep") -> list[Row]:
    rests = {True: " (rests)", False: ""}
    rows = (
        (name, number(z), f"{number(a)}{rests[bool(resting)]}")
        for name, z, a, resting in zip(
            layer.names.units, layer.weighted_sum, layer.activation, layer.resting, strict=True
        )
    )
    return cut(rows, UNITS, "units", len(layer.names.units))


def _slopes(layer: "LayerStep") -> list[Row]:
    rows = zip(layer.names.units, map(number, layer.slope), strict=True)
    return cut(rows, UNITS, "units", len(layer.names.units))


def _weights(layer: "LayerStep") -> list[Row]:
    return cut(_ends(layer), WEIGHTS, "weights", layer.weights.before.size + layer.bias.before.size)


def _ends(layer: "LayerStep") -> Iterator[Row]:
    """Yield each weight of a unit, then its bias, then those of the next unit."""
    weights, bias = vars(layer.weights).values(), vars(layer.bias).values()
    for at, unit in enumerate(layer.names.units):
        for place, name in enumerate(layer.names.inputs):
            yield f"{name} → {unit}", *(number(each[place, at], 5) for each in weights)
        yield f"bias of {unit}", *(number(each[at], 5) for each in bias)


def _optimizer(training: "Training", name: str, step: "Step") -> Iterator[str]:
    yield f"after: by {name}, learning rate {number(step.learning_rate)}"
    if training.l2:
        yield f"l2 adds {number(training.l2)} × weight to each weight's gradient"
    if training.gradient_clip is not None:
        yield f"gradient_clip bounds the gradient's length by {number(training.gradient_clip)}"
    if training.l1:
        yield f"l1 then moves each weight toward 0 by {number(training.l1)} × learning rate"
