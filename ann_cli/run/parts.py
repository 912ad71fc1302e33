"""The parts of a training: its rows, what learns, how far it is, and where it is kept."""

from dataclasses import dataclass
from pathlib import Path

from ann_cli.data.rows.data_set import DataSet
from ann_cli.engine.trainers.trainer import Trainer
from ann_cli.model.lock import Lock
from ann_cli.model.model import Model
from ann_cli.run.progress import Progress


@dataclass
class Parts:
    """What checkpoints and the account of a divergence are made of."""

    data_set: DataSet
    model: Model
    trainer: Trainer
    progress: Progress
    folder: Path
    """The run's."""
    lock: Lock | None = None
    """What holds the folder; None of a training that writes nothing."""
