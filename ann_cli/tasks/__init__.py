"""Tasks: what is predicted of a row. An entry a task; metrics and their labels in a table, too."""

from ann_cli.engine.settings import table
from ann_cli.tasks.classification import Classification
from ann_cli.tasks.forecast import Forecast
from ann_cli.tasks.map import MapOfRows
from ann_cli.tasks.recommendation import Ranking, Ratings
from ann_cli.tasks.reconstruction import Reconstruction
from ann_cli.tasks.regression import Regression
from ann_cli.tasks.task import Task

__all__ = ["TASKS", "Task", "task_of_kind", "task_of_windows"]

TASKS: dict[str, type[Task]] = table(
    Regression, Classification, Forecast, Reconstruction, MapOfRows, Ratings, Ranking
)


def task_of_windows() -> str:
    """Return the name of the task that predicts the steps of a series ahead."""
    return next(name for name, task in TASKS.items() if task.of_windows)


def task_of_kind(kind: str) -> str:
    """Return the name of the first task whose targets are read as numbers, or as categories."""
    return next(name for name, task in TASKS.items() if task.kind == kind)
