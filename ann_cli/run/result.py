"""A run that has finished: what it came to, and where it lies."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ann_cli.engine.trainers.trainer import Record
from ann_cli.errors import FileError
from ann_cli.files import read_own
from ann_cli.model.folder import REPORT
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

    @property
    def page(self) -> Path:
        """Where its report lies, where one was asked for."""
        return self.path.with_name(REPORT)

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Read a run folder, or the one that a weights.npz lies in.

        Raises WeightsError for the weights, FileError for the files beside them.
        """
        path = Path(weights_file(folder))
        model = load(path)
        metrics = _read(path.with_name("metrics.json"), "{", json.loads)
        history = _read(path.with_name("history.csv"), "epoch", _records)
        return cls(model, metrics, history, path, model.notes)


def _records(text: str) -> list[Record]:
    rows = csv.DictReader(text.splitlines(), strict=True)
    return [{name: float(cell) for name, cell in row.items() if cell} for row in rows]


def _read(path: Path, head: str, parse: Callable[[str], Any]) -> Any:
    """Return what a run's file holds. Raises FileError."""
    text = _text(path, head)
    try:
        return parse(text)
    except (ValueError, TypeError, csv.Error) as error:
        reason = str(error).splitlines()[0][:200]
        raise FileError(f"is damaged: {reason}", place=str(path)) from error


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
