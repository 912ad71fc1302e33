"""Checkpoints of a training: when one is due, and what is in it."""

import json
import time
from hashlib import sha256
from typing import Any

import numpy as np

from ann_cli.config.plain_config import as_dict
from ann_cli.model import checkpoint
from ann_cli.model.checkpoint import Checkpoint, CheckpointMetadata, Position
from ann_cli.model.environment import environment
from ann_cli.run.parts import Parts

SHARE = 0.02
"""The share of the time that may go into checkpoints: slow disks get fewer."""


class Checkpoints:
    """Writes the checkpoints of a training, every so many seconds."""

    def __init__(self, run: Parts, every: float) -> None:
        self._run, self._every = run, every
        self._last, self._took = time.monotonic(), 0.0

    def due(self, epoch_ended: bool) -> bool:
        """Whether it is time for one, after a block or an epoch."""
        if not self._every:
            return epoch_ended
        return time.monotonic() - self._last >= max(self._every, self._took / SHARE)

    def write(self) -> None:
        """Write one, unless training has left the range of finite numbers. Raises FileError."""
        begun = time.monotonic()
        if np.isfinite(self._run.model.network.stored).all():
            checkpoint.save(self._run.folder, snapshot(self._run, finished=False), self._run.lock)
        self._last = time.monotonic()
        self._took = self._last - begun

    def discard(self) -> None:
        """Remove those that were written: training diverged, and would do so again."""
        if self._took:
            checkpoint.discard(self._run.folder, self._run.lock)


def snapshot(run: Parts, finished: bool) -> Checkpoint:
    """Return a training as it stands between two blocks; the arrays are its own."""
    trainer, network, progress = run.trainer, run.model.network, run.progress
    config = run.data_set.config
    metadata = CheckpointMetadata(
        finished=finished,
        config=as_dict(config),
        encoder=digest(run.data_set.encoder.to_dict()),
        data=run.data_set.digests,
        versions=environment(trainer.engine),
        engine=trainer.engine,
        position=Position(**trainer.position()),
        history=progress.history,
        best_epoch=int(progress.best["epoch"]),
        seconds=progress.elapsed(),
        parameters=network.theta.size,
        statistics=network.stored.size - network.theta.size,
        states=len(trainer.state),
        width=None if trainer.state.shape[1] == network.theta.size else trainer.state.shape[1],
        planned=None if trainer.planned[0] == config.epochs else trainer.planned[0],
        precision=config.precision,
    )
    return Checkpoint(metadata, network.stored, trainer.state, progress.kept)


def digest(value: Any) -> str:
    """Return the SHA-256 of plain values, in hexadecimal."""
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
