"""Whether training anew, from what a weights file says, gives the same network."""

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any, Literal

import numpy as np

from ann_cli.config.plain_config import as_dict
from ann_cli.config.read import load as load_config
from ann_cli.data.rows.split import SIDES
from ann_cli.engine.trainers.trainer import Record
from ann_cli.model.lock import is_locked
from ann_cli.model.model import Model
from ann_cli.model.weights import load, weights_file
from ann_cli.run.checkpoints import digest
from ann_cli.run.recorded_data import recorded_data
from ann_cli.run.training import begin
from ann_cli.run.training_run import TrainingRun

PREFIX = "ann-verify-"
YOUNG = 600
"""Seconds for which a folder is somebody's who may still be about to lock it."""

CLOSE = 0.01
"""By how much of itself a score may differ where two trainings count as close."""


@dataclass(frozen=True)
class Verdict:
    """What training anew came to, beside what the file says."""

    answer: Literal["identical", "close", "different"]
    """identical: every bit of every weight; close: of the same data, and each score within 1%."""
    largest_weight_difference: float | None
    """Relative to the largest weight; None where the networks differ in form."""
    largest_score_difference: float | None
    """Relative to the score; None where the scores are not those of the same data."""
    differs: dict[str, tuple[Any, Any]]
    """What is not as it was then, and may be why: before and now."""


def verify(
    path: str | Path,
    data: str | None = None,
    encoder: str | None = None,
    watch: Callable[[TrainingRun], Iterable[Record]] = TrainingRun.epochs,
    allow: Callable[[float], None] = lambda seconds: None,
) -> Verdict:
    """Train anew as a weights.npz says, in a temporary folder, and compare.

    `data` is the CSV; by default that which the config names, as config.yaml beside the weights or
    the current folder has it. `encoder` is a weights.npz that the training took columns and scales
    from; `watch` reads the epochs; `allow` is told after two of them how many seconds the others
    take, and may raise. Files that only the weights name are read where they are regular files with
    the bytes that the weights record: DataError. Raises what `load` and `train` do.
    """
    path = weights_file(path)
    model = load(path)
    config = as_dict(model.config)
    config["data"] |= recorded_data(model, Path(path), data)
    _remove_left()
    with TemporaryDirectory(prefix=PREFIX) as folder:
        anew = load_config(config | {"save_to": folder})
        with begin(anew, encoder=encoder) as started:
            times: list[float] = []
            for _ in watch(started):
                times.append(time.monotonic())
                if len(times) == 2:  # the first may have compiled
                    allow((times[1] - times[0]) * (anew.epochs - 2))
            again = started.finish().model
    return compared(model, again)


def _remove_left() -> None:
    """Remove the folders of verifications that were killed."""
    for left in Path(gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            seen = left.lstat()
            mine = stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.geteuid()
            # Who has just made one may not have locked it yet.
            if mine and time.time() - seen.st_mtime > YOUNG and not is_locked(left):
                shutil.rmtree(left, ignore_errors=True)


def compared(model: Model, again: Model) -> Verdict:
    before, now = model.network.stored, again.network.stored
    differs = dict(_differences(model, again))
    same_form = model.encoder.inputs == again.encoder.inputs and before.shape == now.shape
    same_encoder = model.encoder.to_dict() == again.encoder.to_dict()
    weights = scores = None
    if same_form:
        weights = float(np.abs(before - now).max() / (np.abs(before).max() or 1))
        scores = max(_score_differences(model.metrics, again.metrics), default=0.0)
    if same_encoder and before.tobytes() == now.tobytes():
        return Verdict("identical", weights, scores, differs)
    other_data = any(name.startswith("data") for name in differs)
    close = scores is not None and scores <= CLOSE and not other_data
    return Verdict("close" if close else "different", weights, scores, differs)


def _differences(model: Model, again: Model) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Yield what a result depends on where it is not as it was."""
    for name, (before, now) in {
        "": (model.versions, again.versions),
        "data ": (model.digests, again.digests),
    }.items():
        for key in before | now:
            if before.get(key) != now.get(key):
                yield f"{name}{key}", (before.get(key), now.get(key))
    if model.encoder.to_dict() != again.encoder.to_dict():
        yield "encoder", (digest(model.encoder.to_dict()), digest(again.encoder.to_dict()))


def _score_differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[float]:
    """Yield by how much of itself each score of the network differs."""
    for side in SIDES:
        if before.get(side) and now.get(side):
            for name, score in before[side].items():
                other = now[side].get(name)
                if isinstance(score, (int, float)) and isinstance(other, (int, float)):
                    yield abs(score - other) / max(abs(score), 1e-9)
