"""How good a model's predictions for a CSV are."""

from dataclasses import dataclass
from typing import Any

from ann_cli.data.rows.split import Side
from ann_cli.tasks.task import Scores


@dataclass(frozen=True)
class Evaluation:
    """How good a model's predictions for a CSV are."""

    rows: int
    """Those with a target."""
    scores: Scores
    details: dict[str, Any]
    """Each class's scores and the confusion matrix, or the scores of each of several targets."""
    sides: dict[Side, tuple[int, Scores]]
    """The rows and scores of each side, where the CSV is the one that the model was trained on."""
    notes: list[str]
    """What a person should know of the cells."""
