"""Tasks: what is predicted of a row. An entry a task; metrics and their labels in a table, too."""

from ann_cli.engine.settings import table
from ann_cli.tasks.classification import Classification
from ann_cli.tasks.regression import Regression
from ann_cli.tasks.task import Task

__all__ = ["TASKS", "Task"]

TASKS: dict[str, type[Task]] = table(Regression, Classification)
