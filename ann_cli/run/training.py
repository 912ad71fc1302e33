"""A config becomes a training, and a training its run folder."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ann_cli.config.read import load as load_config
from ann_cli.config.spec import Config
from ann_cli.data.prepare import prepare
from ann_cli.data.table import Table
from ann_cli.engine.training import Training, generators
from ann_cli.model import folder
from ann_cli.model.lock import is_locked
from ann_cli.model.weights import load
from ann_cli.run.checkpoints import Checkpoints
from ann_cli.run.resume import check_owner, check_unfinished
from ann_cli.run.resume import resume as go_on
from ann_cli.run.started import Run, Started


def begin(
    config: Config,
    dry: bool = False,
    encoder: str | Path | None = None,
    table: Table | None = None,
    resume: bool | None = None,
) -> Started:
    """Read the data and build the network; make and lock the run folder unless `dry`.

    `encoder` is a weights.npz whose columns, scales and categories are taken as they are; `table`
    is the config's data where it is open already. `resume` goes on from the folder's checkpoint;
    False begins anew, None likewise unless an unfinished training lies there: ConfigError.
    """
    random = generators(config.seed)
    given = None if encoder is None else load(encoder).encoder
    kept = None if dry else config.run_folder()
    if kept and resume is not False:
        check_owner(kept, config)
    if kept and resume is None and not is_locked(kept):
        check_unfinished(kept)  # before what may take long
    started = Started(prepare(config, random["split"], given, kept, table), random)
    if kept:
        started.lock = folder.hold(kept)
        try:
            _take_up(started, resume)
        except BaseException:
            started.lock.release()
            raise
    return started


def _take_up(started: Started, resume: bool | None) -> None:
    """Go on from a checkpoint or not, and write others from here on."""
    if resume:
        notes = go_on(started)
        started.prepared = replace(started.prepared, notes=(*started.prepared.notes, *notes))
    elif resume is None:
        check_unfinished(started.folder)
    if isinstance(started.training, Training) and not started.prepared.once:
        every = started.prepared.config.checkpoint_every
        started.checkpoints = Checkpoints(started, every)


def train(
    config: str | Path | Mapping[str, Any],
    overrides: Sequence[str] = (),
    encoder: str | Path | None = None,
    resume: bool | None = None,
) -> Run:
    """Train what a config (a path, or a mapping of its keys) describes, and write its run folder.

    `encoder` is a weights.npz whose columns, scales and categories are taken as they are. `resume`
    goes on from the folder's checkpoint; False begins anew, None refuses to where it holds an
    unfinished training. Raises ConfigError, DataError, WeightsError, DivergedError, FileError or
    InUseError, with all its problems.
    """
    with begin(load_config(config, overrides), encoder=encoder, resume=resume) as started:
        for _ in started.epochs():
            pass
        return started.finish()
