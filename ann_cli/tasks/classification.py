"""Classification: one of some labels a row."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ann_cli.engine.output import Output
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError
from ann_cli.tasks.class_scores import ClassScores
from ann_cli.tasks.task import Columns, Scores, Target, Task


class Classification(Task):
    """One of some classes is predicted."""

    name = "classification"
    fits = {
        "softmax": "cross_entropy",
        "sigmoid": "cross_entropy",
        "linear": "hinge",
        "threshold": "perceptron",
    }
    kind = "category"
    constant = "majority"
    decides = ("accuracy", "log_loss")
    importance = ("accuracy", "log_loss")
    row_loss = "errors"
    most_row_loss = 1.0

    def outputs(self, targets: Sequence[Target], activation: str) -> int:
        """Return one a class; 1 for two classes without softmax."""
        (target,) = targets
        two = len(target.classes) == 2 and activation != "softmax"
        return 1 if two else len(target.classes)

    def misfits(self, config: Any, classes: int) -> Iterator[tuple[str, str, str]]:
        if classes < 2:
            yield (
                "data.target",
                f"classification needs at least 2 classes, and the target has {classes}",
                "choose another target, or give rows of another class",
            )
        if config.data.target_transform not in ("auto", "none"):
            yield (
                "data.target_transform",
                "a class has no logarithm and no power: the target is one of some labels",
                "remove it, or use task: regression",
            )

    def prediction_columns(
        self, targets: Sequence[Target], output: Output, probabilities: bool
    ) -> dict[str, Target]:
        (target,) = targets
        labels = target.classes if probabilities else ()
        return dict.fromkeys(["prediction", *(f"probability_{label}" for label in labels)], target)

    def interval_columns(self, targets: Sequence[Target]) -> dict[str, Target]:
        """Return one: the labels that the actual one is among."""
        return {"prediction_set": targets[0]}

    def decode(
        self, outputs: Array, targets: Sequence[Target], output: Output, probabilities: bool
    ) -> Columns:
        (target,) = targets
        found = {"prediction": target.decode(chosen(outputs, output))}
        if not probabilities:
            return found
        shares = class_probabilities(outputs, output)
        if shares is None:
            raise ConfigError(
                f"{output.loss.name} gives a decision and no probabilities",
                place="--probabilities",
                remedy="train with loss: cross_entropy",
            )
        _, *names = self.prediction_columns(targets, output, True)
        return found | dict(zip(names, shares.T, strict=True))

    def scorer(self, targets: Sequence[Target], output: Output) -> "ClassesScores":
        return ClassesScores(targets[0].classes, output)

    def constant_outputs(self, mean: Array, targets: Sequence[Target]) -> Array:
        """Return log p: softmax(log p) = p, so that each class has its share."""
        return np.log(np.maximum(mean, 1e-38))

    def output_names(
        self, targets: Sequence[Target], output: Output, outputs: int
    ) -> tuple[str, ...]:
        """Return the classes, or the second of two."""
        return targets[0].classes[-outputs:]

    def summary(self, targets: Sequence[Target]) -> str:
        (target,) = targets
        return f"{len(target.classes)} classes of {target.name}"


class ClassesScores:
    """The metrics of classes, from a network's outputs."""

    def __init__(self, classes: tuple[str, ...], output: Output) -> None:
        self.classes, self.output = classes, output
        self.gathered = ClassScores(len(classes))

    def add(self, y: Array, outputs: Array, weight: Array | None) -> Array:
        """Add some rows; return whether each one's class is wrong."""
        actual, found = classes_of(y), chosen(outputs, self.output)
        shares = class_probabilities(outputs, self.output)
        ranking = shares if shares is not None else ranks(outputs, self.output)
        self.gathered.add(actual, found, shares, weight, ranking)
        return actual != found

    def scores(self) -> Scores:
        """Return the metrics of all rows so far."""
        return self.gathered.scores()

    def details(self) -> dict[str, Any]:
        """Return each class's scores and the confusion matrix."""
        by_class = self.gathered.by_class(self.classes)
        told = {"classes": by_class, "confusion": self.gathered.matrix()}
        reliability = self.gathered.reliability.told()
        return told | ({"reliability": reliability} if reliability else {})


def classes_of(y: Array) -> Array:
    """Return each row's class as its number, from rows × classes or from the second of two."""
    return y.argmax(axis=1) if y.shape[1] > 1 else y[:, 0].astype(np.intp)


def chosen(outputs: Array, output: Output) -> Array:
    """Return each row's predicted class as its number."""
    if outputs.shape[1] > 1:
        return outputs.argmax(axis=1)
    return (outputs[:, 0] > boundary(output)).astype(np.intp)


def boundary(output: Output) -> float:
    """Return above what a single output says the second of two classes."""
    return 0.0 if output.activation.name == "linear" else 0.5


def ranks(outputs: Array, output: Output) -> Array | None:
    """Return rows × classes, more where a class is likelier; None of mere decisions."""
    if output.activation.name == "threshold":
        return None
    scores = outputs.astype(np.float64)
    return np.hstack([-scores, scores]) if scores.shape[1] == 1 else scores


def class_probabilities(outputs: Array, output: Output) -> Array | None:
    """Return rows × classes in float64, each row's sum 1; None where the loss gives none."""
    if not output.loss.probabilities:
        return None
    shares = outputs.astype(np.float64)
    if shares.shape[1] == 1:
        return np.hstack([1 - shares, shares])
    total = shares.sum(axis=1, keepdims=True)
    return np.divide(shares, total, out=np.full_like(shares, 1 / shares.shape[1]), where=total > 0)
