"""A run that has finished: what it came to, and where it lies."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ann_cli.engine.trainers.trainer import Record
from ann_cli.errors import FileError
from ann_cli.files import read_own
from ann_cli.model.model import Model
from ann_cli.model.weights import load, weights_file

LARGEST = 1 << 28
"""Bytes of a metrics.json or a history.csv, at most."""


@dataclass(frozen=True)
class Run:
    """What a training came to, and where it was written."""

    model: Model
    metrics: dict[str, Any]
    """What metrics.json holds."""
    history: list[Record]
    """What history.csv holds: a record an epoch, or a trial."""
    path: Path
    """The run's weights.npz."""
    notes: tuple[str, ...]
    """What a person should know: rows dropped, columns left out."""

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Read a run folder, or the one that a weights.npz lies in.

        Raises WeightsError for the weights, FileError for the files beside them.
        """
        path = Path(weights_file(folder))
        model = load(path)
        metrics = json.loads(_text(path.with_name("metrics.json"), "{"))
        lines = _text(path.with_name("history.csv"), "epoch").splitlines()
        history = [
            {name: float(cell) for name, cell in row.items() if cell}
            for row in csv.DictReader(lines)
        ]
        return cls(model, metrics, history, path, model.notes)


def _text(path: Path, head: str) -> str:
    """Return the text of a run's file, which begins with `head`. Raises FileError."""
    try:
        text = read_own(path, LARGEST).decode()
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise FileError(f"cannot be read: {reason}", place=str(path)) from error
    if not text.startswith(head):
        raise FileError("is not the file of a run", place=str(path))
    return text
