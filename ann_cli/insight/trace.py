"""One row traced through training: every number of the way forward, of the way back, of the step.

Nothing is computed here a second time: the numbers are those that the layers keep and that training
leaves behind, with this one row as all there is to learn from.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ann_cli.config.entry_schema import plain as settings
from ann_cli.data.rows.encoding import actual
from ann_cli.data.table import Table
from ann_cli.engine.layers.dense import DenseLayer, Sums, SumsLayer
from ann_cli.engine.layers.dropout import DropoutLayer
from ann_cli.engine.layers.layer import Layer
from ann_cli.engine.rows import Rows
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.back_propagation import BackPropagation
from ann_cli.errors import ConfigError, DataError, counted, within
from ann_cli.insight.names import LayerNames, function_of, layer_names, output_names
from ann_cli.insight.pictures import Patch, patch_of
from ann_cli.insight.plain import plain
from ann_cli.model.model import Model


@dataclass(frozen=True)
class Observation:
    """A row of the table: its number from 1, its cells as they stand in the file, and encoded."""

    row: int
    cells: dict[str, str]
    x: Array
    """1 × inputs."""
    y: Array
    """1 × outputs."""
    unknown: tuple[str, ...]
    """The columns whose cell holds a value not seen in training."""


@dataclass(frozen=True)
class Change:
    """Parameters before a step and after it, and what moved each, in the order of the columns."""

    before: Array
    gradient: Array
    """The cost's slope by each, without penalties."""
    terms: dict[str, Array]
    """What the optimizer made of it: the penalty's part of the gradient, its state after the step
    (a mean, a square, a velocity), and what decays; only those that there are."""
    after: Array

    def columns(self) -> dict[str, Array]:
        """Return all of them by name, and the change: before + change = after."""
        change = self.after - self.before
        return {
            "before": self.before,
            "gradient": self.gradient,
            **self.terms,
            "change": change,
            "after": self.after,
        }


@dataclass(frozen=True)
class LayerStep:
    """What one layer did in one step; arrays have a number an input or a unit."""

    names: LayerNames
    function: str
    inputs: Array
    activation: Array
    """What the layer gives."""
    resting: Array
    """Which units dropout let rest in this step."""
    parameters: dict[str, Change]
    """By name; of a layer of weighted sums `weights`, inputs × units, and `bias`."""
    weighted_sum: Array | None = None
    """Of a layer that has them."""
    patch: Patch | None = None
    """Of a convolution: what one of its kernels sees."""

    @property
    def slope(self) -> Array | None:
        """The cost's slope by each weighted sum: that of its bias, which enters nothing else."""
        return None if self.weighted_sum is None else self.parameters["bias"].gradient


@dataclass(frozen=True)
class Step:
    """One step of training on one row; `prediction` and `actual` have a number an output."""

    number: int
    layers: tuple[LayerStep, ...]
    prediction: Array
    """As the cost compares it: a number is scaled as the target is."""
    actual: Array
    predicted_values: list[Any]
    """The prediction of each target, in its own units, or the class."""
    cost: float
    learning_rate: float
    weight_decay_factor: float
    """By what the schedules multiply each weight_decay, and each dropout."""
    dropout_factor: float


def observe(model: Model, table: Table, row: int) -> Observation:
    """Return a row of the table by its number from 1. Raises DataError where there is none."""
    encoder = model.encoder
    if model.task.of_ratings:
        raise ConfigError(
            "a row of ratings has a number for each user or item: too many to follow one by one",
            place="data.user",
            remedy="ann inspect says what its units tell apart",
        )
    kinds = {**encoder.input_columns, **encoder.target_kinds}
    passed = 0
    for frame, text in table.chunks_with_text(kinds, tuple(kinds)):
        if row <= passed + len(frame):
            frame, text = frame[row - 1 - passed :][:1], text[row - 1 - passed :][:1]
            break
        passed += len(frame)
    else:
        raise DataError(
            f"there is no row {row:,}", place=table.name, remedy=f"it has {counted(passed, 'row')}"
        )
    for target in encoder.target_kinds:
        if frame[target].isna().item():
            raise DataError(
                f"row {row:,} has no {target}, and without it there is no cost to follow back",
                place=table.name,
                remedy="trace a row that has one",
            )
    with within(table.name):
        x = encoder.transform(frame, model.config.precision)
        y = actual(model.config, encoder, frame, x, model.network.outputs)
    cells = dict(zip(kinds, text.iloc[0], strict=True))
    return Observation(row, cells, x, y, tuple(encoder.unknown(frame)))


def trace(model: Model, training: BackPropagation, seen: Observation, steps: int) -> Iterator[Step]:
    """Yield each step of a training on one row, from the network's present weights.

    Optimizer, learning rate, penalties, clipping and dropout are the training's own. The row's
    weight is 1, as in any training on rows of equal weight; a picture stays where it is. Raises
    DivergedError.
    """
    network, rows = training.network, Rows(seen.x, seen.y)
    epochs_planned = max(training.epochs, steps)
    single = replace(training, batch_size=None, epochs=epochs_planned, augmentation=None)
    epochs = single.run(rows)
    for number in range(1, steps + 1):
        # The pass that the step is about to make, with the same draws, to read what it leaves.
        draws = deepcopy(training.generators["dropout"])
        ((rate, decay, dropout),) = single.course(single.steps, 1, 1).tolist()
        network.chain.scale_dropout(dropout)
        with np.errstate(over="ignore", invalid="ignore"):
            cost = network.gradient(seen.x, seen.y, None, draws)
        before, gradient = network.theta.copy(), network.grad.copy()
        next(epochs)
        terms = _terms(single, before, gradient, rate, decay)
        flats = {"before": before, "gradient": gradient, **terms, "after": network.theta.copy()}
        leaves = dict(network.chain.leaves())
        layers = tuple(
            _layer_step(model, names, leaves[names.place], flats) for names in layer_names(model)
        )
        prediction = layers[-1].activation
        decoded = model.decode(prediction[np.newaxis]).iloc[0]
        targets, output = model.encoder.targets, network.output
        columns = model.task.prediction_columns(targets, output, False).items()
        first = {target.name: column for column, target in reversed(columns)}
        values = [decoded[first[target.name]] for target in targets]
        numbers = cost, rate, decay, dropout
        yield Step(number, layers, prediction, seen.y[0], values, *numbers)


def _layer_step(
    model: Model, names: LayerNames, layer: Layer, flats: dict[str, Array]
) -> LayerStep:
    """Return what a layer did, from what the way forward left in it and from the parameters."""
    assert layer.passed is not None
    sums = layer.z[0].copy() if isinstance(layer, SumsLayer) else None
    entered, left = (each[0].copy() for each in layer.passed)
    if isinstance(layer.entry, Sums):
        left = model.network.output.predict(left[np.newaxis])[0]
    dropping = layer.resting if isinstance(layer, DenseLayer) else layer
    mask = dropping.mask if isinstance(dropping, DropoutLayer) else None
    resting = np.zeros(len(left), bool) if mask is None else mask[0] == 0
    if isinstance(layer, DenseLayer):
        left = layer.a[0].copy()  # before some rest
    parts = {name: model.member.views(flat, names.place) for name, flat in flats.items()}
    changes = {name: _change(parts, name) for name in parts["gradient"]}
    function = function_of(model, layer)
    before = {name: change.before for name, change in changes.items()}
    patch = patch_of(layer, entered, left, before)
    return LayerStep(names, function, entered, left, resting, changes, sums, patch)


def _terms(
    training: BackPropagation, before: Array, gradient: Array, rate: float, factor: float
) -> dict[str, Array]:
    """Return what moved the parameters besides their gradient, by name, on flat arrays."""
    optimizer, terms = training.optimizer, dict[str, Array]()
    penalized = np.arange(len(before)) < training.network.layout.penalized
    if training.l2:
        terms["l2"] = np.where(penalized, training.l2 * before, 0)
    if training.gradient_clip is not None:
        whole = gradient + terms.get("l2", 0)
        length = float(np.linalg.norm(whole))
        terms["clipped"] = whole * min(1.0, training.gradient_clip / (length or 1.0))
    state = training.state.reshape(len(optimizer.state), -1) if optimizer.state else ()
    terms |= {name: row.copy() for name, row in zip(optimizer.state, state, strict=True)}
    decay = np.zeros(len(before))
    for part, own in training.optimizers(factor):
        decay[part] = -rate * getattr(own, "weight_decay", 0.0)
    if decay.any():
        terms["decay"] = decay.astype(before.dtype) * before
    return terms


def _change(parts: dict[str, dict[str, Array]], parameter: str) -> Change:
    """Return what happened to one of a layer's parameters."""
    found = {name: each[parameter] for name, each in parts.items()}
    before, gradient, after = (found.pop(name) for name in ("before", "gradient", "after"))
    return Change(before, gradient, found, after)


def document(model: Model, training: BackPropagation, seen: Observation) -> dict[str, Any]:
    """Return what all steps share, as JSON can hold it; `steps` are to be added."""
    return {
        "row": seen.row,
        "cells": seen.cells,
        "inputs": list(model.encoder.inputs),
        "outputs": list(output_names(model)),
        "loss": model.config.loss.name,
        "optimizer": settings(model.config.optimizer),
        "l1": training.l1,
        "l2": training.l2,
        "gradient_clip": training.gradient_clip,
    }


def step_document(step: Step) -> dict[str, Any]:
    """Return a step as JSON can hold it: whole, every weight by the names of its ends."""
    return {
        "step": step.number,
        "layers": [_layer_document(layer) for layer in step.layers],
        "prediction": _one_or_all(step.prediction),
        "actual": _one_or_all(step.actual),
        "predicted_value": _one_or_all(step.predicted_values),
        "cost": plain(step.cost),
        "learning_rate": step.learning_rate,
        "weight_decay_factor": step.weight_decay_factor,
        "dropout_factor": step.dropout_factor,
    }


def _one_or_all(outputs: Any) -> Any:
    return plain(outputs[0] if len(outputs) == 1 else outputs)


def _layer_document(layer: LayerStep) -> dict[str, Any]:
    names = layer.names
    found = {
        "name": names.layer,
        "function": layer.function,
        "inputs": plain(layer.inputs),
        "weighted_sum": None if layer.weighted_sum is None else plain(layer.weighted_sum),
        "activation": plain(layer.activation),
        "slope": None if layer.slope is None else plain(layer.slope),
        "resting": plain(layer.resting),
    }
    if layer.weighted_sum is None:
        parameters = [
            {"parameter": name, "number": number, **numbers}
            for name, change in layer.parameters.items()
            for number, numbers in enumerate(_numbers(change))
        ]
        return found | {"weights": [], "biases": [], "parameters": parameters}
    ends = [(name, unit) for unit in names.units for name in names.inputs]
    weights, biases = (_numbers(layer.parameters[name]) for name in ("weights", "bias"))
    return found | {
        "weights": [
            {"input": name, "unit": unit, **numbers}
            for (name, unit), numbers in zip(ends, weights, strict=True)
        ],
        "biases": [
            {"unit": unit, **numbers} for unit, numbers in zip(names.units, biases, strict=True)
        ],
    }


def _numbers(change: Change) -> Iterator[dict[str, Any]]:
    """Yield each parameter's numbers, a unit's together."""
    columns = {name: plain(each.T.ravel()) for name, each in change.columns().items()}
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))
