"""Whether a training may begin in a folder, and how one goes on from a checkpoint there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ann_cli.config.plain_config import as_dict
from ann_cli.config.spec import Config
from ann_cli.data.rows.image_columns import PICTURES
from ann_cli.engine.choice import can_compile
from ann_cli.engine.trainers.output_solving import SOLVERS
from ann_cli.errors import AnnError, ConfigError, DataError, WeightsError, counted
from ann_cli.files import read_own
from ann_cli.insight.diagnosis import measure_names
from ann_cli.model import checkpoint
from ann_cli.model.checkpoint import Checkpoint, CheckpointMetadata
from ann_cli.model.environment import environment
from ann_cli.run.checkpoints import digest
from ann_cli.run.training_run import TrainingRun

BEGIN_ANEW = "--restart begins anew"
MOST_METRICS = 1 << 26
"""Bytes of a metrics.json, at most."""


def check_owner(folder: Path, config: Config) -> None:
    """Raise ConfigError where a folder holds the run of another config, whose file is still there.

    A config that was moved or renamed, and one that is no file, take the folder over.
    """
    try:
        said = json.loads(read_own(folder / "metrics.json", MOST_METRICS))
    except (OSError, ValueError):
        return
    other = said.get("config") if isinstance(said, dict) else None
    if config.path and isinstance(other, str) and other != config.path and Path(other).is_file():
        raise ConfigError(
            f"the run of another config lies here: {other}",
            place=str(folder),
            remedy=f"choose another save_to, or replace it: {BEGIN_ANEW}",
        )


def check_unfinished(folder: Path) -> None:
    """Raise ConfigError where a training was cut short that could go on."""
    last = checkpoint.latest_metadata(folder)
    if last and not last.finished:
        done, epochs = len(last.history), last.planned or last.config["epochs"]
        raise ConfigError(
            f"an unfinished training lies here, after {done:,} of {counted(epochs, 'epoch')}",
            place=str(folder),
            remedy=f"--resume goes on from there, {BEGIN_ANEW}; or choose another save_to",
        )


def resume(run: TrainingRun) -> list[str]:
    """Let a training go on from the last checkpoint in its folder; return what is to be said.

    Without one it begins. Raises ConfigError or DataError where config or data are not those of
    the checkpoint, WeightsError where none that is there can be used.
    """
    trainer = run.trainer
    if not trainer.resumable:
        raise ConfigError(f"{trainer.name} keeps no checkpoint", place="--resume")
    if run.data_set.once:
        raise ConfigError(
            "rows that pass once cannot be passed over",
            place="--resume",
            remedy="give a file as data.file, or begin anew with --restart",
        )

    def check(said: CheckpointMetadata) -> None:
        problems = list(_changes(run, said))
        if problems:
            raise problems[0].of([each for error in problems for each in error.problems])
        _check(run, said)

    last, notes = checkpoint.latest(run.folder, check)
    if last is None and notes:
        raise WeightsError("no checkpoint here is whole", place=str(run.folder), remedy=BEGIN_ANEW)
    if last is None:
        return ["there is no checkpoint yet: this begins anew"]
    done, epochs = len(last.metadata.history), trainer.planned[0]
    notes.append(f"goes on after {done:,} of {counted(epochs, 'epoch')}")
    notes += _differences(run, last.metadata)
    _restore(run, last)
    return notes


def _check(run: TrainingRun, said: CheckpointMetadata) -> None:
    """Raise WeightsError where a checkpoint is not one of this training, before it goes on."""
    try:
        network, trainer = run.model.network, run.trainer
        sizes = (network.theta.size, network.stored.size, trainer.state.shape)
        state = (said.states, said.parameters if said.width is None else said.width)
        told = (said.parameters, said.parameters + said.statistics, state)
        if told != sizes or said.precision != network.stored.dtype:
            raise ValueError("its arrays have other sizes")
        trainer.check_position(vars(said.position), len(run.data_set.training), len(said.history))
        _check_history(run, said.history)
    except ValueError as error:
        raise WeightsError(
            f"the checkpoint is not one of this training: {error}",
            place=str(run.folder),
            remedy=BEGIN_ANEW,
        ) from error
    if said.engine == "numba" and not can_compile():
        raise ConfigError(
            "the checkpoint is one of engine numba, which is not installed",
            place=str(run.folder),
            remedy="pip install numba, or begin anew with --restart",
        )


def _check_history(run: TrainingRun, history: Sequence[Mapping[str, Any]]) -> None:
    """Raise ValueError where a record lacks what each of this training's has."""
    always = {"epoch", "loss", *run.trainer.told, "validation_loss"}
    always |= {run.judged_by} if run.judged_by else set()
    always -= set() if run.data_set.validation else {"validation_loss"}
    measured = set(measure_names(run.model.member) if run.trainer.takes_steps else ())
    for number, record in enumerate(history):
        seen = measured & record.keys()
        whole = seen == measured or (number > 0 and not seen)
        # Epochs that pretrain a layer are not judged by what all of them come to.
        wanted = always - {run.judged_by} if record.get("layer") else always
        if not wanted <= record.keys() or not whole:
            raise ValueError("the history is not one of its epochs")


def _restore(run: TrainingRun, last: Checkpoint) -> None:
    said = last.metadata
    trainer, progress = run.trainer, run.progress
    trainer.engine = said.engine  # which auto may choose otherwise for more epochs
    for own, stored in (
        (run.model.network.stored, last.stored),
        (trainer.state, last.state),
        (progress.kept, last.kept),
    ):
        own[...] = stored
    trainer.go_on_from(vars(said.position))
    progress.history, progress.done = said.history, len(said.history)
    progress.best = said.history[said.best_epoch - 1] if said.best_epoch else progress.best
    progress.seconds = said.seconds
    progress.passed = progress.done * len(run.data_set.training) * trainer.passes


def _changes(run: TrainingRun, last: CheckpointMetadata) -> Iterator[AnnError]:
    """Yield how the data or else the config differ from the checkpoint's; more epochs do not."""
    config, data = run.data_set.config, run.data_set.digests
    names = config.data.files
    changed = [
        key
        for key in last.data | data
        # Of pictures a checkpoint before there was such a digest says nothing.
        if last.data.get(key) != data.get(key) and (key in last.data or PICTURES not in key)
    ]
    for key in changed:
        was, is_now = last.data.get(key, "none"), data.get(key, "none")
        own = key.removesuffix(PICTURES)
        what = "the data" if own == key else "a picture that this file names"
        yield _refusal(DataError, what, config.resolve(names.get(own, own)), was, is_now)
    if changed:
        return  # what follows from the data, such as l2: auto, is no change of its own
    before, now = _comparable(last.config), _comparable(as_dict(config))
    keys = [key for key in before | now if before.get(key) != now.get(key)]
    if config.epochs < last.config["epochs"]:
        keys.append("epochs")
        before["epochs"], now["epochs"] = last.config["epochs"], config.epochs
    encoder = digest(run.data_set.encoder.to_dict())
    if keys:
        told = [f"{key} was {before.get(key)}, and is {now.get(key)}" for key in keys[:5]]
        place = config.place(keys[0])
        yield _refusal(
            ConfigError, "the config", place, digest(before), digest(now), "; ".join(told)
        )
    elif last.encoder != encoder:
        yield _refusal(ConfigError, "the encoder", "--encoder", last.encoder, encoder)


def _refusal(
    kind: type[AnnError], what: str, place: str, was: str, is_now: str, told: str = ""
) -> AnnError:
    return kind(
        f"{what} changed since the checkpoint: {told or 'the bytes are others'}",
        place=place,
        remedy=f"SHA-256 then: {was}\n  SHA-256 now:  {is_now}\n"
        f"  put it back as it was, or begin anew with --restart",
    )


def _comparable(config: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    """Return each key's value; not the epochs, and not the names of files, whose bytes count."""
    found: dict[str, Any] = {}
    for key, value in config.items():
        name = f"{place}{key}"
        if name in ("data.validation", "data.test") and isinstance(value, str):
            found[name] = "a CSV"
        elif isinstance(value, Mapping):
            found |= _comparable(value, f"{name}.")
        elif name not in ("epochs", "data.file"):
            found[name] = value
    return found


def _differences(run: TrainingRun, last: CheckpointMetadata) -> Iterator[str]:
    """Yield why the end may not be that of a training that was never interrupted."""
    now = environment(last.engine)
    changed = [
        f"{name} {last.versions.get(name)} then, {now.get(name)} now"
        for name in last.versions | now
        if last.versions.get(name) != now.get(name)
    ]
    if changed:
        yield f"the last digits may differ from an uninterrupted run's: {', '.join(changed)}"
    config, before = run.data_set.config, int(last.config["epochs"])
    epochs, done = config.epochs, np.arange(len(last.history) + 1)
    solvers = [form.optimizer.name for form in config.forms if form.optimizer.name in SOLVERS]
    if solvers and epochs != before:
        yield (
            f"the penalties of {solvers[0]} are those of {epochs:,} epochs from here on, "
            f"and were those of {before:,}"
        )
    schedules = [pair for form in config.forms for pair in form.schedules.items()]
    for key, schedule in dict.fromkeys(schedules):
        factors = [np.zeros(len(done)) + schedule(done, each, 1.0) for each in (before, epochs)]
        if epochs != before and not np.array_equal(*factors):
            yield (
                f"{key} {schedule.name} is that of {epochs:,} epochs from here on, "
                f"and was that of {before:,}"
            )
