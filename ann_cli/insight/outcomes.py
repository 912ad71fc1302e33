"""What a model says of rows beside what happened: in the targets' own units, or as classes."""

from dataclasses import dataclass

import numpy as np

from ann_cli.data.columns.targets import NumberTarget
from ann_cli.engine.settings import Array
from ann_cli.insight.scoring import outputs_for
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


def number_outcomes(model: Model, y: Array, outputs: Array) -> NumberOutcomes:
    """Return what a model of numbers says, from actual and predicted rows × outputs."""
    targets = [each for each in model.encoder.targets if isinstance(each, NumberTarget)]
    first = y.reshape(len(y), len(targets), -1)[..., 0]
    actual = [each.decode(first[:, at]) for at, each in enumerate(targets)]
    names = tuple(each.name for each in targets)
    with np.errstate(over="ignore", invalid="ignore"):  # cells far beyond the training rows'
        predicted = _predictions(model, outputs)
    return NumberOutcomes(names, np.stack(actual, axis=-1).astype(np.float64), predicted)


def class_outcomes(model: Model, y: Array, outputs: Array) -> ClassOutcomes:
    """Return what a model of classes says, from actual and predicted rows × outputs."""
    output = model.network.output
    actual, found = classes_of(outputs_for(model, y)), chosen(outputs, output)
    return ClassOutcomes(model.classes, actual, found, class_probabilities(outputs, output))


def actual_answers(model: Model, y: Array) -> Array:
    """Return what happened as rows × `answer_names`: numbers, or 1 for the actual class."""
    if model.task.kind == "number":
        return number_outcomes(model, y, y).actual
    happened = np.eye(len(model.classes))[classes_of(outputs_for(model, y))]
    return happened[:, 1:] if len(model.classes) == 2 else happened


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
