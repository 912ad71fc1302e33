"""The run folder: weights.npz, metrics.json, history.csv, config.yaml and checkpoint.npz."""

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from ann_cli.config.plain_config import as_yaml
from ann_cli.errors import AnnError, ConfigError
from ann_cli.files import UnfitError, check_own
from ann_cli.model import checkpoint, weights
from ann_cli.model.checkpoint import Checkpoint
from ann_cli.model.checksums import RECORD, checksums
from ann_cli.model.environment import environment
from ann_cli.model.files import Held, clean, make_folder, remove, unfit, write_together
from ann_cli.model.lock import Lock
from ann_cli.model.model import Model

FILES = ("history.csv", "config.yaml", "metrics.json", "weights.npz")
"""What a run leaves, in the order in which it is renamed; the record of them all comes last."""


DIVERGED = "diverged.npz"
"""The last finite weights of a training that diverged; the next that finishes removes it."""

REPORT = "report.html"
"""The page of a run, where it is asked for: the next that finishes removes it, as it shows what is
no longer there."""

OWN = (*FILES, RECORD, checkpoint.NAME, DIVERGED)
"""What is written in a run folder."""


def check_apart(folder: Path, read: Iterable[str | Path]) -> None:
    """Raise ConfigError where a file that is read, or a pattern of it, has a name of the run's own.

    The run would write over it, or its own files would be read for data.
    """
    for each in map(Path, read):
        same = os.path.realpath(each.parent) == os.path.realpath(folder)
        names = [name for name in OWN if same and (name == each.name or fnmatch(name, each.name))]
        if names:
            raise ConfigError(
                f"the run's own {names[0]} would be written there",
                place=str(each),
                remedy="choose another folder for the run: --set save_to=…",
            )


def hold(folder: Path) -> Lock:
    """Make a run folder, lock it, and remove what a run that died has left unfinished there.

    Raises FileError where nothing can be written, or where something else lies in a file's place,
    such as a link; InUseError where a training is at work.
    """
    make_folder(folder)
    lock = Lock(folder)
    try:
        for name in (*OWN, checkpoint.PREVIOUS):
            with suppress(FileNotFoundError):
                seen = os.stat(name, dir_fd=lock.folder, follow_symlinks=False)
                check_own(seen, folder / name, lock.folder)
        clean(lock.folder, OWN)
    except BaseException as error:
        lock.release()
        if isinstance(error, UnfitError):
            raise unfit(folder / name, error) from error
        raise
    return lock


def save(
    folder: Path,
    model: Model,
    metrics: Mapping[str, Any],
    history: Sequence[Mapping[str, Any]],
    last: Checkpoint | None = None,
    held: Held | None = None,
) -> Path:
    """Write a run's files, its last checkpoint, and their record; return weights.npz's path.

    The record leaves the checkpoint out, which the next training replaces long before the rest.
    """
    table = io.StringIO()
    columns = list(dict.fromkeys(name for each in history for name in each)) or ["epoch"]
    rows = csv.DictWriter(table, columns, lineterminator="\n")
    rows.writeheader()
    rows.writerows(history)
    scores = json.dumps(metrics, indent=2, ensure_ascii=False, allow_nan=False)
    texts = (table.getvalue(), as_yaml(model.config, folder), f"{scores}\n")
    contents = [text.encode() for text in texts]
    files = dict(zip(FILES, [*contents, weights.content(model)], strict=True))
    summary = checksums(files)
    if last:
        files[checkpoint.NAME] = checkpoint.content(last)
    files[RECORD] = summary
    write_together(folder, files, checkpoint.KEPT if last else None, held)
    for of_another in (DIVERGED, REPORT):
        with suppress(AnnError):
            remove(folder / of_another, held)
    return folder / "weights.npz"


def save_diverged(folder: Path, model: Model, engine: str, held: Held | None = None) -> Path:
    """Write the last finite weights of a training that diverged beside a run's files."""
    model.versions = environment(engine)
    weights.save(folder / DIVERGED, model, held)
    return folder / DIVERGED
