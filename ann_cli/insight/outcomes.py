"""What a model says of rows beside what happened: in the targets' own units, or as classes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ann_cli.data.columns.targets import NumberTarget
from ann_cli.engine.rows import Source
from ann_cli.engine.settings import Array
from ann_cli.insight.scoring import outputs_for, to_score
from ann_cli.model.model import Model
from ann_cli.tasks.classification import chosen, class_probabilities, classes_of


@dataclass(frozen=True)
class NumberOutcomes:
    """Actual and predicted numbers of each target, in its own units."""

    targets: tuple[str, ...]
    actual: Array
    """Rows × targets, float64."""
    predicted: Array

    @property
    def errors(self) -> Array:
        """How far the actual values lie above the predicted ones, rows × targets."""
        return self.actual - self.predicted


@dataclass(frozen=True)
class ClassOutcomes:
    """Actual and predicted classes by number, and their probabilities where there are any."""

    labels: tuple[str, ...]
    actual: Array
    chosen: Array
    shares: Array | None
    """Rows × classes, float64."""


@dataclass(frozen=True)
class Mistake:
    """A row whose class is another than the likeliest one."""

    row: int
    """Its number among the rows that were looked at, from 0."""
    actual: str
    chosen: str
    probability: float
    """Of the chosen class."""
    of_actual: float


def number_outcomes(model: Model, rows: Source) -> NumberOutcomes:
    """Return what a model of numbers says of rows, each by the members that never saw it."""
    targets = [each for each in model.encoder.targets if isinstance(each, NumberTarget)]
    actual, predicted = list[Array](), list[Array]()
    for y, outputs in _evaluated(model, rows):
        every = y.reshape(len(y), len(targets), -1)[..., 0]
        decoded = [each.decode(every[:, at]) for at, each in enumerate(targets)]
        actual.append(np.stack(decoded, axis=-1).astype(np.float64))
        predicted.append(_predictions(model, outputs))
    names = tuple(each.name for each in targets)
    return NumberOutcomes(names, np.concatenate(actual), np.concatenate(predicted))


def class_outcomes(model: Model, rows: Source) -> ClassOutcomes:
    """Return what a model of classes says of rows, each by the members that never saw it."""
    actual, found, shares = list[Array](), list[Array](), list[Array]()
    for y, outputs in _evaluated(model, rows):
        actual.append(classes_of(y))
        found.append(chosen(outputs, model.network.output))
        each = class_probabilities(outputs, model.network.output)
        shares += [] if each is None else [each]
    return ClassOutcomes(
        model.classes,
        np.concatenate(actual),
        np.concatenate(found),
        np.concatenate(shares) if shares else None,
    )


def _evaluated(model: Model, rows: Source) -> Sequence[tuple[Array, Array]]:
    """Return the targets and the outputs of rows, block by block."""
    found = []
    with np.errstate(over="ignore", invalid="ignore"):  # cells far beyond the training rows'
        for block in to_score(rows, model):
            y = outputs_for(model, block.y)
            found.append((y, model.network.evaluate(block.x, y, block.fold)[0]))
    return found


def confident_mistakes(outcomes: ClassOutcomes, most: int = 10) -> list[Mistake]:
    """Return the rows that were surest of a wrong class, the surest first; none if none is sure."""
    if outcomes.shares is None:
        return []
    wrong = np.flatnonzero(outcomes.actual != outcomes.chosen)
    sure = outcomes.shares[wrong, outcomes.chosen[wrong]]
    first = wrong[np.argsort(-sure, kind="stable")][:most].tolist()
    return [
        Mistake(
            row,
            outcomes.labels[outcomes.actual[row]],
            outcomes.labels[outcomes.chosen[row]],
            float(outcomes.shares[row, outcomes.chosen[row]]),
            float(outcomes.shares[row, outcomes.actual[row]]),
        )
        for row in first
    ]


def answer_names(model: Model) -> tuple[str, ...]:
    """Return what a prediction is a number of: each target, each class; of two the second."""
    if model.task.kind == "number":
        return tuple(each.name for each in model.encoder.targets)
    return model.classes[1:] if len(model.classes) == 2 else model.classes


def answers(model: Model, x: Array) -> Array:
    """Return rows × `answer_names`: numbers in the targets' own units, or classes' probabilities.

    A loss without probabilities has 1 for the class that it decides for.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        outputs = model.network.predict(x)
        if model.task.kind == "number":
            return _predictions(model, outputs)
        shares = class_probabilities(outputs, model.network.output)
        if shares is None:
            shares = np.eye(len(model.classes))[chosen(outputs, model.network.output)]
    return shares[:, 1:] if len(model.classes) == 2 else shares


def _predictions(model: Model, outputs: Array) -> Array:
    """Return the prediction of each target, rows × targets, float64."""
    targets, output = model.encoder.targets, model.network.output
    first: dict[str, str] = {}
    for name, target in model.task.prediction_columns(targets, output, False).items():
        first.setdefault(target.name, name)
    decoded = model.task.decode(outputs, targets, output, False)
    return np.stack([decoded[name] for name in first.values()], axis=-1).astype(np.float64)
