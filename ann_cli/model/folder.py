"""The run folder: weights.npz, metrics.json, history.csv, config.yaml and checkpoint.npz."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ann_cli.config.complete import as_yaml
from ann_cli.model import checkpoint, weights
from ann_cli.model.checkpoint import Checkpoint
from ann_cli.model.environment import environment
from ann_cli.model.files import clean, make_folder, write_together
from ann_cli.model.lock import Lock
from ann_cli.model.model import Model
from ann_cli.model.record import RECORD, record

FILES = ("history.csv", "config.yaml", "metrics.json", "weights.npz")
"""What a run leaves, in the order in which it is renamed; the record of them all comes last."""


DIVERGED = "diverged.npz"
"""The last finite weights of a training that diverged; the next that finishes removes it."""


def hold(folder: Path) -> Lock:
    """Make a run folder, lock it, and remove what a run that died has left unfinished there.

    Raises FileError where nothing can be written, InUseError where a training is at work.
    """
    make_folder(folder)
    lock = Lock(folder)
    for name in (*FILES, RECORD, checkpoint.NAME, DIVERGED):
        clean(folder / name)
    return lock


def save(
    folder: Path,
    model: Model,
    metrics: Mapping[str, Any],
    history: Sequence[Mapping[str, Any]],
    last: Checkpoint | None = None,
) -> Path:
    """Write a run's files, its last checkpoint, and their record; return weights.npz's path.

    The record leaves the checkpoint out, which the next training replaces long before the rest.
    """
    table = io.StringIO()
    rows = csv.DictWriter(table, list(history[0]) if history else ["epoch"], lineterminator="\n")
    rows.writeheader()
    rows.writerows(history)
    scores = json.dumps(metrics, indent=2, ensure_ascii=False, allow_nan=False)
    texts = (table.getvalue(), as_yaml(model.config, folder), f"{scores}\n")
    contents = [text.encode() for text in texts]
    files = dict(zip(FILES, [*contents, weights.content(model)], strict=True))
    summary = record(files)
    if last:
        files[checkpoint.NAME] = checkpoint.content(last)
    files[RECORD] = summary
    paths = {folder / name: content for name, content in files.items()}
    write_together(paths, checkpoint.kept(folder) if last else None)
    with suppress(OSError):
        (folder / DIVERGED).unlink(missing_ok=True)
    return folder / "weights.npz"


def save_diverged(folder: Path, model: Model, engine: str) -> Path:
    """Write the last finite weights of a training that diverged beside a run's files."""
    model.versions = environment(engine)
    weights.save(folder / DIVERGED, model)
    return folder / DIVERGED
