"""A training at work: its epochs, the best of them, and what is written at the end."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Any, Self

import numpy as np

from ann_cli.data.ratings.source import RatingRows
from ann_cli.data.rows.data_set import DataSet
from ann_cli.engine.rows import Source
from ann_cli.engine.trainers import trainer_for
from ann_cli.engine.trainers.local_rounds import LocalRounds
from ann_cli.engine.trainers.trainer import Epoch, Record
from ann_cli.errors import DivergedError, LostError
from ann_cli.insight.baselines import Which, plain_baselines
from ann_cli.insight.conformal import calibrated, calibrated_by_training
from ann_cli.insight.diagnosis import Diagnosis, warnings
from ann_cli.insight.scoring import mean_loss, score
from ann_cli.insight.smearing import smeared
from ann_cli.insight.threshold_units import undecided
from ann_cli.model import folder
from ann_cli.model.checkpoint import Checkpoint
from ann_cli.model.environment import Threads, environment, suited_threads
from ann_cli.model.estimate import check_network
from ann_cli.model.model import Model
from ann_cli.model.networks import first_network
from ann_cli.run.checkpoints import Checkpoints, snapshot
from ann_cli.run.cluster import Workers
from ann_cli.run.cluster_tasks import check_wanted
from ann_cli.run.divergence import Divergence
from ann_cli.run.engine import choose_engine, worth_compiling_pools
from ann_cli.run.judgement import Judgement
from ann_cli.run.parts import Parts
from ann_cli.run.progress import CountedRows, Progress
from ann_cli.run.result import Run
from ann_cli.tasks.metrics import METRICS

GLANCE = 256
"""Rows that the loss is looked at on while an epoch lasts."""


class TrainingRun(Parts):
    """A training that is set up: read `epochs()` to its end, then `finish()`.

    It holds its run folder until `finish()`, or the end of a `with` around it.
    """

    def __init__(
        self,
        data_set: DataSet,
        random: dict[str, np.random.Generator],
        baselines: Which = "usual",
    ) -> None:
        """Raises ConfigError for a network or a training that this machine cannot take."""
        config, rows = data_set.config, len(data_set.training)
        check_network(config, data_set.encoder, rows)
        network = first_network(config, data_set.encoder, random["initialization"])
        training = data_set.training
        model = Model(
            config,
            data_set.encoder,
            network,
            digests=data_set.digests,
            sizes=data_set.sizes,
            ratings=training.inputs if isinstance(training, RatingRows) else None,
        )
        trainer = trainer_for(config).of(config, network, random)
        trainer.check(data_set.training, config.place("optimizer"))
        trainer.engine, notes = choose_engine(config, trainer, rows)
        trainer.compiled_pools = worth_compiling_pools(config, trainer, rows)
        data_set = replace(data_set, notes=data_set.notes + notes + trainer.notes)
        progress = Progress(trainer.planned, network.stored.copy())
        super().__init__(data_set, model, trainer, progress, config.run_folder())
        self.baselines = baselines
        self.workers: Workers | None = None
        """What its rounds are computed on; None: this process."""
        self.threads: Threads | None = None
        """The limit on the threads of matrix products, within a `with`."""
        self.ending: BaseException | None = None
        """What to raise after the block at hand, once a checkpoint is written: a signal came."""
        self.finished = False
        """Whether the run's files are written."""
        self.checkpoints: Checkpoints | None = None
        """What writes them; none where nothing is written, or nothing could go on from one."""
        self.divergence = Divergence(self)
        self._plain: dict[str, Model] | None = None
        self._last: Checkpoint | None = None
        self._warnings: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        rows = self.trainer.rows_in_step(len(self.data_set.training))
        if isinstance(self.trainer, LocalRounds):
            rows = 0  # whose products have one thread, as on any worker
        self.threads = self.threads or suited_threads(self.model.member, rows)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if self.checkpoints and isinstance(error, DivergedError):
                self.checkpoints.discard()
            elif self.checkpoints and isinstance(error, LostError):
                self.checkpoints.write()
        finally:
            self._release()

    def _release(self) -> None:
        if self.workers:
            self.workers.close()
            self.workers = None
        if self.lock:
            self.lock.release()
        if self.threads:
            self.threads.restore()
            self.threads = None

    def epochs(self) -> Generator[Record, None, None]:
        """Yield a record an epoch; keep the best parameters, stop early where asked to.

        A record has the epoch's number, its loss, validation_loss where there are validation rows,
        the learning rate; of a training that writes its run folder what `Diagnosis.measures` tells,
        in the epochs looked at. A search yields a record after some trials at a time.
        """
        network, progress, trainer = self.model.network, self.progress, self.trainer
        rows: Source = self.data_set.training
        if trainer.resumable:
            counted = CountedRows(rows, progress, self.divergence.keep, self.pause)
            if isinstance(trainer, LocalRounds):
                trainer.after = counted.count
                if self.workers:
                    made = partial(trainer.replicas_of, rows)
                    trainer.take_round = self.workers.rounds(made)
            else:
                rows = counted
        diagnosis = _Diagnoses(self)
        progress.begin()
        with self.divergence.explaining(), closing(trainer.run(rows)) as epochs:
            for epoch in epochs if not self._is_over() else ():
                yield self._record(epoch, diagnosis)
                if self._is_over():
                    break
        self._warnings = diagnosis.warnings()
        progress.end()
        if self.checkpoints:
            last = snapshot(self, finished=True)
            self._last = replace(last, stored=network.stored.copy())
        if self.judged_by:
            network.stored[...] = progress.kept
        self.model.encoder = smeared(self.model, self.data_set.training)
        if self.model.task.has_target:
            self.model.calibration = calibrated(self.model, self.data_set.validation)
        else:
            self.model.calibration = calibrated_by_training(self.model, self.data_set.training)

    def _record(self, epoch: Epoch, diagnosis: "_Diagnoses") -> Record:
        """Return what is told of an epoch, once it is in the history."""
        progress, held = self.progress, self.data_set.validation
        progress.done = epoch.number
        if epoch.records is not None:
            progress.history += epoch.records
            progress.best = epoch.best or progress.best
            return {"epoch": epoch.number, "loss": epoch.loss}
        record: Record = {"epoch": epoch.number, "loss": epoch.loss}
        own = self.trainer.validated(epoch.number, held)
        if held:
            loss, beside = (own, {}) if own is not None else self._judge(held)
            record |= {"validation_loss": _finite(loss, epoch.number), **beside}
        record |= epoch.measures | diagnosis.measures(epoch.number)
        record |= self.trainer.measures(self.data_set.training)
        progress.history.append(record)
        metric = METRICS.get(self.model.task.judged_by or "")
        if progress.improves(record, self.judged_by, metric.sign if metric else 1):
            progress.best = record
            progress.kept[...] = self.model.network.stored
        self.pause(epoch_ended=True)
        return record

    @property
    def judged_by(self) -> str | None:
        """The measure of an epoch that tells which parameters are the best."""
        metric = self.model.task.judged_by if self.data_set.validation else None
        return f"validation_{metric}" if metric else self.trainer.judged_by

    def _judge(self, held: Source) -> tuple[float, Record]:
        """Return the loss of the rows that validate, and the metric that chooses the epoch."""
        metric = self.model.task.judged_by
        if metric is None and not self.model.task.of_ratings:
            return mean_loss(self.model, held), {}
        scores = score({"network": self.model}, held)["network"]
        loss = scores["loss"]
        found = {f"validation_{metric}": value} if (value := scores.get(metric or "")) else {}
        return float("nan") if loss is None else loss, found

    def pause(self, epoch_ended: bool = False) -> None:
        """Between two blocks: write a checkpoint if one is due, and end if that was asked for."""
        check_wanted()
        if self.checkpoints and (self.ending or self.checkpoints.due(epoch_ended)):
            self.checkpoints.write()
        if self.ending:
            raise self.ending

    def _is_over(self) -> bool:
        """Whether the epochs so far are enough, although there could be more."""
        progress, stopping = self.progress, self.data_set.config.early_stopping
        if progress.history and self.trainer.is_done(progress.history[-1]):
            return True
        return stopping is not None and progress.done - progress.best["epoch"] >= stopping.patience

    def loss_now(self) -> float | None:
        """Return the loss of some of the rows that were trained on last; None before the first."""
        rows = self.progress.block
        return None if rows is None else mean_loss(self.model, rows[:GLANCE])

    def plain_baselines(self) -> dict[str, Model]:
        """Return the constant and the linear baseline, fitted when they are first asked for."""
        if self._plain is None:
            self._plain = plain_baselines(self.model, self.data_set.training)
        return self._plain

    def finish(self) -> Run:
        """Score the model and its baselines, and write the run folder."""
        data_set, model, progress = self.data_set, self.model, self.progress
        scores: dict[str, Any] = {
            "epochs": progress.done,
            "best_epoch": int(progress.best["epoch"]),
            **Judgement(data_set, model, self.baselines, self._plain).scores(),
            **self.trainer.summary(progress.best, progress.done),
        }
        if data_set.config.output_activation == "threshold" and model.network.outputs > 1:
            for name, seen in data_set.sides.items():
                scores[name]["undecided"] = undecided(model.member, seen)
        versions = environment(self.trainer.engine)
        model.metrics, model.versions = scores, versions
        metrics = {
            "task": data_set.config.task,
            "config": data_set.config.path,
            "rows": data_set.rows,
            "dropped_rows": data_set.dropped,
            "parameters": model.network.theta.size,
            "seconds": round(progress.seconds, 3),
            "engine": self.trainer.engine,
            "seed": data_set.config.seed,
            **scores,
            "warnings": list(self._warnings),
            "versions": versions,
            "written": data_set.config.written,
            "chosen": data_set.config.reasons,
        }
        with self:
            path = folder.save(self.folder, model, metrics, progress.history, self._last, self.lock)
            self.finished = True
        return Run(model, metrics, progress.history, path, data_set.notes)


class _Diagnoses:
    """What is found out of units and gradients while a training writes its run folder."""

    def __init__(self, run: TrainingRun) -> None:
        self._run = run
        self._wanted = run.lock is not None and run.trainer.takes_steps
        self._made: Diagnosis | None = None

    def _diagnosis(self) -> Diagnosis:
        run = self._run
        if self._made is None:
            # Where no row comes a second time, those that came last are looked at.
            passed = run.progress.block if run.data_set.once else None
            self._made = Diagnosis(run.model, passed or run.data_set.training)
        return self._made

    def measures(self, epoch: int) -> Record:
        """Return what an epoch left, where it is one of those that are looked at."""
        if not self._wanted or not self._diagnosis().looks_at(epoch):
            return {}
        return self._diagnosis().measures()

    def warnings(self) -> tuple[str, ...]:
        """Return what all epochs tell, as sentences."""
        run, history = self._run, self._run.progress.history
        if not self._wanted or not history:
            return ()
        diagnosis = self._diagnosis()
        seen = [*history[:-1], history[-1] | diagnosis.measures()]
        again = diagnosis.rows if run.data_set.once else run.data_set.training
        return warnings(run.model, seen, again)


def _finite(loss: float, epoch: int) -> float:
    """Return a validation loss. Raises DivergedError where it is no finite number."""
    if not np.isfinite(loss):
        raise DivergedError(
            f"training diverged in epoch {epoch}: the validation loss is not a finite number",
            remedy="try a smaller optimizer.learning_rate, gradient_clip: 1.0, or look for "
            "validation cells far beyond those of the training rows",
        )
    return loss
