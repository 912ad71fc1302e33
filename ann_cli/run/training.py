"""A config becomes a training, and a training its run folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.random import Generator

from ann_cli.config.read import load as load_config
from ann_cli.config.spec import Config
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.rows.data_set import DataSet, with_config
from ann_cli.data.rows.preparation import prepare
from ann_cli.data.table import Table
from ann_cli.engine.randomness import generators
from ann_cli.insight.baselines import Which, check_baselines
from ann_cli.model import folder
from ann_cli.model.checksums import RECORD
from ann_cli.model.lock import is_locked
from ann_cli.model.weights import load
from ann_cli.run.checkpoints import Checkpoints
from ann_cli.run.cluster import Workers
from ann_cli.run.result import Run
from ann_cli.run.resume import check_owner, check_unfinished
from ann_cli.run.resume import resume as go_on
from ann_cli.run.training_run import TrainingRun


def begin(
    config: Config,
    dry: bool = False,
    encoder: str | Path | None = None,
    table: Table | None = None,
    resume: bool | None = None,
    data_set: DataSet | None = None,
    baselines: Which = "usual",
    say: Callable[[str], None] = lambda line: None,
) -> TrainingRun:
    """Read the data and build the network; make and lock the run folder unless `dry`.

    `encoder` is a weights.npz whose columns, scales and categories are taken as they are; `table`
    is the config's data where it is open already. `resume` goes on from the folder's checkpoint;
    False begins anew, None likewise unless an unfinished training lies there: ConfigError.
    `data_set` are the rows of the config, where they were read before. `baselines` are those that
    it is judged beside: ConfigError where one cannot be. Of what takes long, such as the start of
    workers, `say` is told. A dry run has no workers.
    """
    random = generators(config.seed)
    given = None if encoder is None else load(encoder).encoder
    kept = None if dry else config.run_folder()
    if kept:
        read = [config.resolve(each) for each in config.data.files.values()]
        folder.check_apart(kept, [*read, *_own_config(config, kept)])
    if kept and resume is not False:
        check_owner(kept, config)
    if kept and resume is None and not is_locked(kept):
        check_unfinished(kept)  # before what may take long
    workers = None
    if config.cluster and config.cluster.address and not dry:
        workers = Workers(config.cluster.address, config.cluster.replicas, say)
    try:
        return _begun(config, random, given, kept, table, data_set, baselines, workers, resume)
    except BaseException:
        if workers:
            workers.close()
        raise


def _own_config(config: Config, kept: Path) -> list[Path]:
    """Return a person's config.yaml; that of a run may be trained anew where it lies."""
    named = config.folder / "config.yaml"
    of_person = config.name == "config" and named.exists() and not (kept / RECORD).exists()
    return [named] if of_person else []


def _begun(
    config: Config,
    random: dict[str, Generator],
    given: Encoder | None,
    kept: Path | None,
    table: Table | None,
    data_set: DataSet | None,
    baselines: Which,
    workers: Workers | None,
    resume: bool | None,
) -> TrainingRun:
    if data_set is None:
        each = workers.map if workers else map
        data_set = prepare(config, random["split"], given, kept, table, each=each)
    else:
        data_set = with_config(data_set, config)
    asked = data_set.config
    check_baselines(baselines, bool(asked.data.stream), asked.task)
    run = TrainingRun(data_set, random, baselines)
    run.workers = workers
    if kept:
        run.lock = folder.hold(kept)
        try:
            _take_up(run, resume)
        except BaseException:
            run.lock.release()
            raise
    return run


def _take_up(run: TrainingRun, resume: bool | None) -> None:
    """Go on from a checkpoint or not, and write others from here on."""
    if resume:
        notes = go_on(run)
        run.data_set = replace(run.data_set, notes=(*run.data_set.notes, *notes))
    elif resume is None:
        check_unfinished(run.folder)
    if run.trainer.resumable and not run.data_set.once:
        every = run.data_set.config.checkpoint_every
        run.checkpoints = Checkpoints(run, every)


def train(
    config: str | Path | Mapping[str, Any],
    overrides: Sequence[str] = (),
    encoder: str | Path | None = None,
    resume: bool | None = None,
    baselines: Which = "usual",
) -> Run:
    """Train what a config (a path, or a mapping of its keys) describes, and write its run folder.

    `encoder` is a weights.npz whose columns, scales and categories are taken as they are. `resume`
    goes on from the folder's checkpoint; False begins anew, None refuses to where it holds an
    unfinished training. `baselines="all"` adds gradient boosting to what it is judged beside.
    Raises ConfigError, DataError, WeightsError, DivergedError, FileError or InUseError, with all
    its problems.
    """
    checked = load_config(config, overrides)
    with begin(checked, encoder=encoder, resume=resume, baselines=baselines) as run:
        for _ in run.epochs():
            pass
        return run.finish()
