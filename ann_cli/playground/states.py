"""What a page is told of a training: once what it is, and again and again how far it is."""

from typing import Any

from ann_cli.insight.scoring import score
from ann_cli.playground.drawing import Drawing
from ann_cli.playground.tables import Scene
from ann_cli.run import TrainingRun

CURVES = ("epoch", "loss", "validation_loss")
"""What is told of each epoch."""


def about(scene: Scene, run: TrainingRun, drawing: Drawing) -> dict[str, Any]:
    """Return what a training is, and its epochs so far."""
    data_set = run.data_set
    return {
        **drawing.about(),
        "settings": scene.settings,
        "task": data_set.config.task,
        "loss": data_set.config.loss.name,
        "output": data_set.config.output_activation,
        "rows": {side: len(rows) for side, rows in data_set.sides.items()},
        "notes": list(data_set.notes),
        "history": _epochs(run, 0),
    }


def state(run: TrainingRun, told: int) -> dict[str, Any]:
    """Return how far a training is; of its epochs those behind the first `told` ones."""
    progress, data_set = run.progress, run.data_set
    judging = data_set.validation or data_set.training
    return {
        "epoch": progress.done,
        "epochs": data_set.config.epochs,
        "history": _epochs(run, told),
        "best": int(progress.best["epoch"]),
        "metrics": score({"network": run.model}, judging)["network"],
        "judged": "validation" if data_set.validation else "training",
    }


def _epochs(run: TrainingRun, start: int) -> list[list[float | None]]:
    return [[each.get(key) for key in CURVES] for each in run.progress.history[start:]]
