"""Joins the rooms: train, predict, evaluate; what `import ann_cli` offers."""

from ann_cli.engine.trainers.trainer import Record
from ann_cli.model.weights import load
from ann_cli.run.engine import compile_first
from ann_cli.run.predicting import Predictions, evaluate
from ann_cli.run.recommending import Recommendations
from ann_cli.run.result import Run
from ann_cli.run.starter_config import start_config
from ann_cli.run.training import begin, train
from ann_cli.run.training_run import TrainingRun
from ann_cli.run.verify import verify

__all__ = [
    "Predictions",
    "Recommendations",
    "Record",
    "Run",
    "TrainingRun",
    "begin",
    "compile_first",
    "evaluate",
    "load",
    "start_config",
    "train",
    "verify",
]
