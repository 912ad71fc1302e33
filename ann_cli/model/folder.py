"""The run folder: weights.npz, metrics.json, history.csv and config.yaml of one training."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ann_cli.config.complete import as_yaml
from ann_cli.model import weights
from ann_cli.model.files import write
from ann_cli.model.model import Model


def save(
    folder: Path, model: Model, metrics: Mapping[str, Any], history: Sequence[Mapping[str, Any]]
) -> Path:
    """Write a run's files, weights.npz last, and return its path."""
    table = io.StringIO()
    rows = csv.DictWriter(table, list(history[0]) if history else ["epoch"], lineterminator="\n")
    rows.writeheader()
    rows.writerows(history)
    write(folder / "history.csv", table.getvalue().encode())
    write(folder / "config.yaml", as_yaml(model.config, folder).encode())
    text = json.dumps(metrics, indent=2, ensure_ascii=False, allow_nan=False)
    write(folder / "metrics.json", f"{text}\n".encode())
    path = folder / "weights.npz"
    weights.save(path, model)
    return path
