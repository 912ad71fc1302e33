"""A training that is set up: its epochs, the best of them, and what is written at the end."""

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from ann_cli.data.prepare import Prepared
from ann_cli.engine.brute_force import SEARCHES, Search
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.training import Training
from ann_cli.errors import DivergedError
from ann_cli.insight.diagnosis import Diagnosis, warnings
from ann_cli.insight.perceptron import errors, separated, undecided
from ann_cli.insight.scoring import mean_loss
from ann_cli.model import folder
from ann_cli.model.checkpoint import Checkpoint
from ann_cli.model.environment import Threads, environment, suited_threads
from ann_cli.model.estimate import check_network
from ann_cli.model.lock import Lock
from ann_cli.model.model import Model, first_network
from ann_cli.run.checkpoints import Checkpoints, snapshot
from ann_cli.run.divergence import Divergence
from ann_cli.run.engine import choose_engine
from ann_cli.run.judgement import Judgement
from ann_cli.run.progress import CountedRows

GLANCE = 256
"""Rows that the loss is looked at on while an epoch lasts."""

Record = dict[str, float]
"""An epoch: its number, loss, validation_loss where there are validation rows, learning_rate; of
a training that writes its run folder what `Diagnosis.measures` tells, in the epochs looked at."""

RECORDED = 10_000
"""Trials of a search that history.csv holds one by one."""


@dataclass(frozen=True)
class Run:
    """What a training came to, and where it was written."""

    model: Model
    metrics: dict[str, Any]
    history: list[Record]
    path: Path
    """The run's weights.npz."""
    notes: tuple[str, ...]
    """What a person should know: rows dropped, columns left out."""


class Started:
    """A training that is set up: read `epochs()` to its end, then `finish()`.

    It holds its run folder until `finish()`, or the end of a `with` around it.
    """

    def __init__(self, prepared: Prepared, random: dict[str, np.random.Generator]) -> None:
        config = prepared.config
        check_network(config, prepared.encoder, len(prepared.training))
        self.folder = config.run_folder()
        self.history: list[Record] = []
        self.best: Record = {"epoch": 0}
        self.prepared = prepared
        self.done = 0
        """Epochs so far."""
        self.seconds = 0.0
        self.lock: Lock | None = None
        self.threads: Threads | None = None
        """The limit on the threads of matrix products, within a `with`."""
        self.passed = 0
        """Rows trained on so far, in all epochs."""
        self.block: Rows | None = None
        """The last of them."""
        self.ending: BaseException | None = None
        """What to raise after the block at hand, once a checkpoint is written: a signal came."""
        self.finished = False
        """Whether the run's files are written."""
        self.since: float | None = None
        """When the epochs began."""
        self.checkpoints: Checkpoints | None = None
        """What writes them; none where nothing is written, or nothing could go on from one."""
        self.last: Checkpoint | None = None
        """The training at its end."""
        self.warnings: tuple[str, ...] = ()
        """What the epochs told of units and gradients, once there are no more."""
        self.divergence = Divergence(self)
        network = first_network(config, prepared.encoder, random["initialization"])
        self.model = Model(
            config, prepared.encoder, network, digests=prepared.digests, sizes=prepared.sizes
        )
        self.kept = network.stored.copy()
        """The best weights so far."""
        self.training: Training | Search
        if config.optimizer.name in SEARCHES:
            self.training = Search(network, config.optimizer)
            self.training.check(prepared.training, config.place("optimizer"))
            return
        engine, notes = choose_engine(config, network, len(prepared.training))
        self.prepared = replace(prepared, notes=prepared.notes + notes)
        self.training = Training(
            network,
            config.optimizer,
            random,
            config.epochs,
            None if config.batch_size == "full" else config.batch_size,
            config.schedule,
            config.shuffle,
            config.l1,
            float(config.l2),
            config.gradient_clip,
            engine,
        )

    def __enter__(self) -> Self:
        self.threads = self.threads or suited_threads(self.model.network, self._rows_in_step())
        return self

    def _rows_in_step(self) -> int:
        rows = len(self.prepared.training)
        return self.training.rows_in_step(rows) if isinstance(self.training, Training) else rows

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self.checkpoints and isinstance(error, DivergedError):
            self.checkpoints.discard()
        if self.lock:
            self.lock.release()
        if self.threads:
            self.threads.restore()
            self.threads = None

    @property
    def ahead(self) -> tuple[int, str]:
        """How many epochs or trials there are if nothing ends them before, and which of both."""
        one = self.training
        return (one.trials, "trial") if isinstance(one, Search) else (one.epochs, "epoch")

    def epochs(self) -> Generator[Record, None, None]:
        """Yield a record an epoch; keep the best validated weights, stop early where asked to."""
        rows, held = CountedRows(self.prepared.training, self), self.prepared.validation
        network = self.model.network
        self.since = time.perf_counter()
        if isinstance(self.training, Search):
            yield from self._trials(self.training)
            return
        diagnosis: Diagnosis | None = None
        with self.divergence.explaining(), closing(self.training.run(rows)) as epochs:
            for epoch in epochs if not self._is_over() else ():
                record: Record = {"epoch": epoch.number, "loss": epoch.loss}
                if held:
                    record["validation_loss"] = _validation_loss(self.model, held, epoch.number)
                record["learning_rate"] = epoch.learning_rate
                if self.lock:
                    diagnosis = diagnosis or self._diagnosis()
                    if diagnosis.looks_at(epoch.number):
                        record |= diagnosis.measures()
                self.history.append(record)
                self.done = epoch.number
                if self.prepared.config.is_perceptron:
                    record["errors"] = errors(network, self.prepared.training)
                if self._improved(record):
                    self.best = record
                    self.kept[...] = network.stored
                self.pause(epoch_ended=True)
                yield record
                if self._is_over():
                    break
        if self.lock and self.history:
            diagnosis = diagnosis or self._diagnosis()
            seen = [*self.history[:-1], self.history[-1] | diagnosis.measures()]
            again = diagnosis.rows if self.prepared.once else self.prepared.training
            self.warnings = warnings(self.model, seen, again)
        self.seconds, self.since = self.elapsed(), None
        if self.checkpoints:
            last = snapshot(self, finished=True)
            self.last = replace(last, stored=network.stored.copy())
        network.stored[...] = self.kept

    def pause(self, epoch_ended: bool = False) -> None:
        """Between two blocks: write a checkpoint if one is due, and end if that was asked for."""
        if self.checkpoints and (self.ending or self.checkpoints.due(epoch_ended)):
            self.checkpoints.write()
        if self.ending:
            raise self.ending

    def elapsed(self) -> float:
        """Return the seconds of training so far."""
        return self.seconds + (0 if self.since is None else time.perf_counter() - self.since)

    def _is_over(self) -> bool:
        """Whether the epochs so far are enough, although there could be more."""
        if not self.history:
            return False
        if self.history[-1].get("errors") == 0:  # no row would change a weight any more
            return True
        stopping = self.prepared.config.early_stopping
        return stopping is not None and self.done - self.best["epoch"] >= stopping.patience

    def _diagnosis(self) -> Diagnosis:
        # Where no row comes a second time, those that came last are looked at.
        passed = self.block if self.prepared.once else None
        return Diagnosis(self.model.network, passed or self.prepared.training)

    def loss_now(self) -> float | None:
        """Return the loss of some of the rows that were trained on last; None before the first."""
        rows = self.block
        return None if rows is None else mean_loss(self.model, rows[:GLANCE])

    def _improved(self, record: Record) -> bool:
        """Whether this epoch's weights are to be kept; without a measure the last ones are.

        A perceptron's are those with the fewest errors on the training rows, the pocket's (Gallant
        1990, "Perceptron-based learning algorithms"): its loss grows with its weights, so that it
        cannot compare epochs.
        """
        measure = "errors" if "errors" in record else "validation_loss"
        return measure not in record or record[measure] < self.best.get(measure, np.inf)

    def _trials(self, search: Search) -> Iterator[Record]:
        """Yield a record after some trials at a time; a trial, which meets all rows, is an epoch.

        The history holds every trial, or of more than RECORDED those that were the best so far.
        """
        few = search.trials <= RECORDED
        started = time.perf_counter()
        for tried in search.run(self.prepared.training):
            for at in np.flatnonzero(tried.improved | few).tolist():
                record: Record = {"epoch": tried.first + at + 1, "loss": float(tried.losses[at])}
                record |= search.named(tried.values[at])
                self.history.append(record)
                if tried.improved[at]:
                    self.best = record
            self.done = tried.first + len(tried.losses)
            yield {"epoch": self.done, "loss": self.best.get("loss", np.inf)}
        self.seconds = time.perf_counter() - started

    def finish(self) -> Run:
        """Score the model and its baselines, and write the run folder."""
        prepared, model = self.prepared, self.model
        rows, held, test = prepared.training, prepared.validation, prepared.test
        scores: dict[str, Any] = {
            "epochs": self.done,
            "best_epoch": int(self.best["epoch"]),
            **Judgement(prepared, model).scores(),
        }
        if isinstance(self.training, Search):
            found = {key: value for key, value in self.best.items() if key not in ("epoch", "loss")}
            scores["brute_force"] = {
                "trials": self.done,
                "loss": self.best["loss"],
                "parameters": found,
            }
        if "errors" in self.best:
            scores["perceptron"] = separated(self.best)
        if prepared.config.output_activation == "threshold" and model.network.outputs > 1:
            for name, seen in (("training", rows), ("validation", held), ("test", test)):
                if seen:
                    scores[name]["undecided"] = undecided(model.network, seen)
        versions = environment(self.training.engine)
        model.metrics, model.versions = scores, versions
        metrics = {
            "task": prepared.config.task,
            "config": prepared.config.path,
            "rows": sum(len(each) for each in (rows, held, test) if each),
            "dropped_rows": prepared.dropped,
            "parameters": model.network.theta.size,
            "seconds": round(self.seconds, 3),
            "engine": self.training.engine,
            "seed": prepared.config.seed,
            **scores,
            "warnings": list(self.warnings),
            "versions": versions,
        }
        with self:
            path = folder.save(self.folder, model, metrics, self.history, self.last, self.lock)
            self.finished = True
        return Run(model, metrics, self.history, path, prepared.notes)


def _validation_loss(model: Model, held: Source, epoch: int) -> float:
    loss = mean_loss(model, held)
    if not np.isfinite(loss):
        raise DivergedError(
            f"training diverged in epoch {epoch}: the validation loss is not a finite number",
            remedy="try a smaller optimizer.learning_rate, gradient_clip: 1.0, or look for "
            "validation cells far beyond those of the training rows",
        )
    return loss
