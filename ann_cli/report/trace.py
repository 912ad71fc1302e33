"""A traced row, for a person: the seven steps of the textbook with the numbers in them."""

from collections.abc import Iterable, Iterator
from itertools import islice
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from ann_cli.engine.schedules import Constant
from ann_cli.errors import counted
from ann_cli.insight.names import layer_title
from ann_cli.report.numbers import Row, cut, number, value

if TYPE_CHECKING:
    from ann_cli.engine.settings import Array
    from ann_cli.engine.trainers.back_propagation import BackPropagation
    from ann_cli.insight.trace import Change, LayerStep, Observation, Step
    from ann_cli.report.terminal import Terminal
    from ann_cli.run import TrainingRun

SHOWN = 2
"""Units and weights shown of each layer, if not all."""

INPUTS = 6
"""Inputs shown, if not all."""

EVERY = 1 << 30
"""As many as there are."""

ACROSS = 4
"""Numbers of a line of a patch that are written out, at most."""

TERMS = 2
"""Products of a weighted sum that are written out, at most."""


def show_trace(
    terminal: "Terminal",
    started: "TrainingRun",
    training: "BackPropagation",
    seen: "Observation",
    steps: Iterable["Step"],
    whole: bool = False,
) -> Iterator["Step"]:
    """Show each step as it comes, and pass it on; `whole` shows every unit and weight."""
    terminal.warn(
        f"column {name}: {seen.cells[name]!r} was not seen in training, and enters as 0"
        for name in seen.unknown
    )
    config = started.data_set.config
    network = started.model.member
    first = network.theta[: network.layout.penalized]
    least, greatest = number(first.min()), number(first.max())
    start = "at 0" if least == greatest == "0" else f"at random, from {least} to {greatest}"
    terminal.say(f"(1) The weights start {start}: seed {config.seed}.")
    terminal.say(f"(2) Row {seen.row:,} enters the input layer, a feature a node.")
    rows = cut(_inputs(started, seen), EVERY if whole else INPUTS, "inputs", seen.x.size)
    terminal.show("input", ["cell", "how", "enters as"], rows)
    costs = []
    for step in steps:
        costs.append(step.cost)
        if step.number > 1:
            terminal.say(f"(6) The same row again: step {step.number}.")
        _show_step(terminal, started, seen, step, whole)
        for sentence in _optimizer(training, step):
            _say_long(terminal, sentence)
        yield step
    if costs[1:]:
        terminal.say(
            f"    In {len(costs):,} steps the cost of this row went from {number(costs[0])} "
            f"to {number(costs[-1])}."
        )
    terminal.say("(6) Training does this for every row, or for a batch of rows at a time.")
    epoch = counted(len(started.data_set.training), "row")
    terminal.say(f"(7) An epoch is {epoch}; training takes {counted(config.epochs, 'epoch')}.")


def _show_step(
    terminal: "Terminal", started: "TrainingRun", seen: "Observation", step: "Step", whole: bool
) -> None:
    terminal.say("(3) Forward, from left to right: weighted sums, then activations.")
    terminal.show("unit", ["weighted sum", "activation"], _forward(step, whole))
    summing = [layer for layer in step.layers if layer.weighted_sum is not None]
    for layer in step.layers:
        for line in _patch(layer):
            terminal.say(line)
    for layer in summing:
        _say_long(terminal, _products(layer))
    targets = started.model.config.data.targets
    loss = started.model.network.loss
    for number_of, (target, predicted) in enumerate(
        zip(targets, step.predicted_values, strict=True)
    ):
        head = "(4) Compare:" if number_of == 0 else "   "
        terminal.say(
            f"{head} {target} is predicted as {value(predicted)}, and is {seen.cells[target]}."
        )
    _say_long(terminal, f"Cost: {number(step.cost)}, by {loss.name}: {loss.description()}")
    if not started.model.classes and started.data_set.config.data.scaling != "none":
        scaled = "; ".join(
            f"{number(a)} predicted, {number(y)} actual"
            for a, y in zip(step.prediction, step.actual, strict=True)
        )
        _say_long(terminal, f"It compares the scaled numbers: {scaled}.")
    terminal.say(
        "(5) Backward, from right to left: the cost's slope by each weighted sum, times the"
    )
    terminal.say("    input of a weight, is its gradient; the optimizer makes the change of it.")
    columns = list(_weights(summing[0], whole)[0])
    terminal.show("weight", columns, _backward(step, whole))
    if not whole:
        for layer in reversed(summing):
            _say_long(terminal, _first(layer))
    moved = any(
        (each.after != each.before).any()
        for layer in step.layers
        for each in layer.parameters.values()
    )
    if not moved:
        terminal.say("    No weight changes in this step.")


def _inputs(started: "TrainingRun", seen: "Observation") -> Iterator[Row]:
    values = iter(seen.x[0])
    features = started.model.encoder.features
    for feature in features:
        cell, how = seen.cells[feature.name], feature.how()
        for name in feature.inputs:
            yield name, cell, how, number(next(values))
            cell = how = ""
    for feature in features:
        for name, how in zip(feature.encoded, feature.how_encoded(), strict=True):
            yield name, "", how, number(next(values))


def _products(layer: "LayerStep") -> str:
    """Write out the weighted sum of the first unit: each input times its weight, and the bias."""
    weights, bias = (layer.parameters[name].before for name in ("weights", "bias"))
    products = [
        f"{number(x)} × {number(w)}" for x, w in zip(layer.inputs, weights[:, 0], strict=True)
    ]
    more = len(products) - TERMS
    shown = [*products[:TERMS], *([f"… {more:,} more"] if more > 0 else [])]
    assert layer.weighted_sum is not None
    total = number(layer.weighted_sum[0])
    return f"{layer.names.units[0]}: {' + '.join(shown)} + bias {number(bias[0])} = {total}"


def _patch(layer: "LayerStep") -> Iterator[str]:
    """Write out what the first kernel of a convolution sees at one place, times its weights."""
    patch = layer.patch
    if patch is None:
        return
    *_, channels = patch.numbers.shape
    first = f", channel 1 of {channels}" if channels > 1 else ""
    yield f"    {layer.names.layer}, kernel 1, at row {patch.row}, column {patch.column} of places:"
    yield f"    what it sees × its weights{first}"
    for numbers, weights in zip(patch.numbers[..., 0], patch.kernel[..., 0], strict=True):
        products = [f"{x:.3g} × {w:.3g}" for x, w in zip(numbers, weights, strict=True)]
        more = " …" if len(products) > ACROSS else ""
        yield "      " + "".join(f"{each:<18}" for each in products[:ACROSS]).rstrip() + more
    total = f"all products + bias {number(patch.bias)} = {number(patch.total)}"
    yield f"    {total}; {layer.function} makes {number(patch.activation)} of it"


def _forward(step: "Step", whole: bool) -> Iterator[Row]:
    rests = {True: " (rests)", False: ""}
    for layer in step.layers:
        names = layer.names.units
        summing = layer.weighted_sum is not None
        yield from _heading(layer, len(names), "units" if summing else "numbers", whole)
        sums = (
            ["" for _ in names] if layer.weighted_sum is None else map(number, layer.weighted_sum)
        )
        units = zip(names, sums, layer.activation, layer.resting, strict=True)
        for name, z, a, resting in islice(units, EVERY if whole else SHOWN):
            yield f"  {name}", z, f"{number(a)}{rests[bool(resting)]}"


def _backward(step: "Step", whole: bool) -> Iterator[Row]:
    for layer in reversed(step.layers):
        size = sum(each.before.size for each in layer.parameters.values())
        if not size:
            continue
        summing = layer.weighted_sum is not None
        yield from _heading(layer, size, "weights" if summing else "parameters", whole)
        shown = _ends(layer, whole) if summing else _others(layer, whole)
        for name, columns in islice(shown, EVERY if whole else SHOWN):
            yield f"  {name}", *columns


def _heading(layer: "LayerStep", size: int, what: str, whole: bool) -> Iterator[Row]:
    """Yield a line with the layer's name, and how many of its units or weights are shown."""
    cut_off = f", {SHOWN} of {size:,} {what}" if size > SHOWN and not whole else ""
    yield (f"{layer.names.layer}: {layer.function}{cut_off}",)


def _ends(layer: "LayerStep", whole: bool) -> Iterator[tuple[str, list[str]]]:
    """Yield each weight of a unit, then its bias, then those of the next unit."""
    weights, bias = _weights(layer, whole)
    for at, unit in enumerate(layer.names.units):
        for place, name in enumerate(layer.names.inputs):
            yield f"{name} → {unit}", [number(each[place, at]) for each in weights.values()]
        yield f"bias of {unit}", [number(each[at]) for each in bias.values()]


def _others(layer: "LayerStep", whole: bool) -> Iterator[tuple[str, list[str]]]:
    """Yield each parameter of a layer that has no weighted sums, and so no slope by them."""
    for name, change in layer.parameters.items():
        columns = change.columns() if whole else _brief(change)
        for at, numbers in enumerate(
            zip(*(each.ravel() for each in columns.values()), strict=True)
        ):
            yield f"{name} {at + 1}", ["", "", *map(number, numbers)]


def _brief(change: "Change") -> dict[str, "Array"]:
    """Return the columns that fit beside the names."""
    columns = change.columns()
    return {name: columns[name] for name in ("gradient", "change")}


def _weights(layer: "LayerStep", whole: bool) -> tuple[dict[str, "Array"], dict[str, "Array"]]:
    """Return the columns of a layer's weights, inputs × units, and of its biases."""
    weights, bias = layer.parameters["weights"], layer.parameters["bias"]
    shape = weights.before.shape
    assert layer.slope is not None
    of_weights = {
        "slope": np.broadcast_to(layer.slope, shape),
        "input": np.broadcast_to(layer.inputs[:, None], shape),
    }
    of_bias = {"slope": layer.slope, "input": np.ones_like(bias.before)}
    if whole:
        return of_weights | weights.columns(), of_bias | bias.columns()
    return of_weights | _brief(weights), of_bias | _brief(bias)


def _first(layer: "LayerStep") -> str:
    """Write out the first weight's change, and what the optimizer made of its gradient."""
    columns = {
        name: number(each[0, 0]) for name, each in layer.parameters["weights"].columns().items()
    }
    before, change, after = (columns[each] for each in ("before", "change", "after"))
    made = "".join(f"; {what} {columns[what]}" for what in layer.parameters["weights"].terms)
    return f"{layer.names.inputs[0]} → {layer.names.units[0]}: {before} + {change} = {after}{made}"


def _say_long(terminal: "Terminal", sentence: str) -> None:
    """Say a sentence on as many lines as it takes."""
    for line in wrap(sentence, 74, subsequent_indent="  "):
        terminal.say(f"    {line}", "dim")


def _optimizer(training: "BackPropagation", step: "Step") -> Iterator[str]:
    optimizer = training.optimizer
    yield f"change: by {optimizer.name}, learning rate {number(step.learning_rate)}"
    yield f"{optimizer.name}: {optimizer.formula()}"
    for place, layer in training.network.chain.leaves():
        own = getattr(layer.entry, "weight_decay", None)
        if own is not None:
            yield f"{layer_title(place)} has a weight_decay of its own: {number(own)}"
    if training.weight_decay_schedule != Constant():
        yield f"weight_decay_schedule leaves {number(step.weight_decay_factor)} × weight_decay"
    if training.dropout_schedule != Constant():
        yield f"dropout_schedule leaves {number(step.dropout_factor)} × dropout"
    if training.l2:
        yield f"l2 adds {number(training.l2)} × weight to each weight's gradient"
    if training.gradient_clip is not None:
        yield f"gradient_clip bounds the gradient's length by {number(training.gradient_clip)}"
    if training.l1:
        yield f"l1 then moves each weight toward 0 by {number(training.l1)} × learning rate"
