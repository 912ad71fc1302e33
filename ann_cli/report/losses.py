"""What a loss is, in plain words: of what it is the mean, and in which units."""

from typing import TYPE_CHECKING

from ann_cli.data.columns.scaling import UNITS, of_target
from ann_cli.report.layout import one_line

if TYPE_CHECKING:
    from ann_cli.model.model import Model

MANY = 3
"""Targets from which their number is told, and not their names."""


def loss_words(model: "Model") -> str:
    """Return what the loss of a row is, such as half the squared error of price."""
    loss = model.network.output.loss
    words = loss.words or loss.name.replace("_", " ")
    if model.task.kind != "number":
        return words if loss.probabilities or len(loss.kinds) == 1 else f"{words} of 0 or 1 a class"
    return one_line(f"{words} of {_predicted(model)}{_units(model)}")


def _predicted(model: "Model") -> str:
    targets = model.encoder.targets
    if model.task.of_windows:
        return model.task.summary(targets)
    if len(targets) >= MANY:
        return f"{len(targets)} numbers"
    learned = [each.transform.of_numbers if each.transform else "" for each in targets]
    if len(set(learned)) == 1:
        whole = " and ".join(each.name for each in targets)
        return f"the {learned[0]} of {whole}" if learned[0] else whole
    parts = zip(learned, targets, strict=True)
    return " and ".join(f"the {how} of {each.name}" if how else each.name for how, each in parts)


def _units(model: "Model") -> str:
    targets = model.encoder.targets
    units = UNITS[of_target(model.config.data.scaling)]
    if any(each.domain for each in targets) and model.config.data.scaling != "none":
        units = "divided by the mean"
    summed = "summed" if len(targets) > 1 else ""
    told = ", ".join(filter(None, (units, summed)))
    return f", {told}" if told else ""
