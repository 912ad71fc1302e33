"""Joins the rooms: train, predict, evaluate; what `import ann_cli` offers."""

import time
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pandas as pd

from ann_cli.config.read import load as load_config
from ann_cli.config.spec import Config
from ann_cli.config.starter import starter
from ann_cli.data.describe import describe
from ann_cli.data.encoding import Encoding
from ann_cli.data.prepare import Prepared, prepare
from ann_cli.data.table import Kind, Table, opened
from ann_cli.data.task import guess_task
from ann_cli.data.values import listed
from ann_cli.engine.brute_force import SEARCHES, Search
from ann_cli.engine.choice import can_compile, expected_seconds
from ann_cli.engine.network import PREDICTED_ROWS, Network
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.training import Training, generators
from ann_cli.errors import ConfigError, DataError, DivergedError, did_you_mean, within
from ann_cli.insight.baselines import baselines
from ann_cli.insight.metrics import Scores
from ann_cli.insight.perceptron import errors, separated, undecided
from ann_cli.insight.scoring import Scoring, mean_loss, score
from ann_cli.model import folder, weights
from ann_cli.model.environment import environment
from ann_cli.model.estimate import check_network
from ann_cli.model.lock import Lock
from ann_cli.model.model import Model, new_network

load = weights.load

LONG = 20
"""Seconds of waiting from which a faster engine is worth a word."""
GLANCE = 256
"""Rows that the loss is looked at on while an epoch lasts."""

Record = dict[str, float]
"""An epoch: its number, loss, validation_loss where there are validation rows, learning_rate."""

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


@dataclass(frozen=True)
class Watched:
    """A source of rows that counts those that have been trained on: how far an epoch has come."""

    rows: Source
    started: "Started"

    def __len__(self) -> int:
        return len(self.rows)

    def blocks(self, batch: int, generator: np.random.Generator | None) -> Iterator[Rows]:
        for block in self.rows.blocks(batch, generator):
            yield block
            self.started.passed += len(block)
            self.started.block = block


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
        self.passed = 0
        """Rows trained on so far, in all epochs."""
        self.block: Rows | None = None
        """The last of them."""
        network = new_network(config, len(prepared.encoder.inputs), len(prepared.encoder.classes))
        network.initialize(
            random["initialization"],
            None if config.initializer == "auto" else config.initializer.entry(),
        )
        self.model = Model(config, prepared.encoder, network)
        self.training: Training | Search
        if config.optimizer.name in SEARCHES:
            self.training = Search(network, config.optimizer.entry())
            self.training.check(prepared.training, config.place("optimizer"))
            return
        engine, notes = _engine(config, network, len(prepared.training))
        self.prepared = replace(prepared, notes=prepared.notes + notes)
        self.training = Training(
            network,
            config.optimizer.entry(),
            random,
            config.epochs,
            None if config.batch_size == "full" else config.batch_size,
            config.schedule.entry(),
            config.shuffle,
            config.l1,
            float(config.l2),
            config.gradient_clip,
            engine,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self.lock:
            self.lock.release()

    @property
    def ahead(self) -> tuple[int, str]:
        """How many epochs or trials there are if nothing ends them before, and which of both."""
        one = self.training
        return (one.trials, "trial") if isinstance(one, Search) else (one.epochs, "epoch")

    def epochs(self) -> Generator[Record, None, None]:
        """Yield a record an epoch; keep the best validated weights, stop early where asked to."""
        rows, held = Watched(self.prepared.training, self), self.prepared.validation
        network, stopping = self.model.network, self.prepared.config.early_stopping
        kept, started = network.theta.copy(), time.perf_counter()
        if isinstance(self.training, Search):
            yield from self._trials(self.training)
            return
        with closing(self.training.run(rows)) as epochs:
            for epoch in epochs:
                record: Record = {"epoch": epoch.number, "loss": epoch.loss}
                if held:
                    record["validation_loss"] = _validation_loss(self.model, held, epoch.number)
                record["learning_rate"] = epoch.learning_rate
                self.history.append(record)
                self.done = epoch.number
                if self.prepared.config.is_perceptron:
                    record["errors"] = errors(network, self.prepared.training)
                if self._improved(record):
                    self.best = record
                    kept[...] = network.theta
                yield record
                if record.get("errors") == 0:  # no row would change a weight any more
                    break
                if stopping and epoch.number - self.best["epoch"] >= stopping.patience:
                    break
        network.theta[...] = kept
        self.seconds = time.perf_counter() - started

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
        rows, held = prepared.training, prepared.validation
        scores: dict[str, Any] = {
            "epochs": self.done,
            "best_epoch": int(self.best["epoch"]),
            "training": self._scores(rows),
            "validation": self._scores(held) if held else None,
            "baselines": baselines(model, rows, held or rows),
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
            for name, seen in (("training", rows), ("validation", held)):
                if seen:
                    scores[name]["undecided"] = undecided(model.network, seen)
        versions = environment()
        model.metrics, model.versions = scores, versions
        metrics = {
            "task": prepared.config.task,
            "rows": len(rows) + (len(held) if held else 0),
            "dropped_rows": prepared.dropped,
            "parameters": model.network.theta.size,
            "seconds": round(self.seconds, 3),
            "engine": self.training.engine,
            "seed": prepared.config.seed,
            **scores,
            "versions": versions,
        }
        with self:
            path = folder.save(self.folder, model, metrics, self.history)
        return Run(model, metrics, self.history, path, prepared.notes)

    def _scores(self, rows: Source) -> dict[str, Any]:
        scores = score({"network": self.model}, rows)["network"]
        return {"rows": len(rows), **scores}


def _validation_loss(model: Model, held: Source, epoch: int) -> float:
    loss = mean_loss(model, held)
    if not np.isfinite(loss):
        raise DivergedError(
            f"training diverged in epoch {epoch}: the validation loss is not a finite number",
            remedy="try a smaller optimizer.learning_rate, gradient_clip: 1.0, or look for "
            "validation cells far beyond those of the training rows",
        )
    return loss


def _engine(
    config: Config, network: Network, rows: int
) -> tuple[Literal["numpy", "numba"], tuple[str, ...]]:
    """Return the engine that trains, and what to say where a missing one would be much faster."""
    batch = rows if config.batch_size == "full" else min(config.batch_size, rows)
    seconds = expected_seconds(network, batch, config.epochs * ceil(rows / batch))
    slower = seconds["numpy"] <= seconds["numba"]
    if config.engine == "numpy" or (config.engine == "auto" and slower):
        return "numpy", ()
    if can_compile():
        return "numba", ()
    if config.engine == "numba":
        raise ConfigError(
            "engine numba needs the package numba, which is not installed",
            place=config.place("engine"),
            remedy="pip install 'ann-cli[fast]', or use engine: auto",
        )
    if seconds["numpy"] < max(LONG, 2 * seconds["numba"]):
        return "numpy", ()
    return "numpy", (
        f"this takes about {seconds['numpy']:,.0f} s, and {seconds['numba']:,.0f} s after "
        "pip install 'ann-cli[fast]'",
    )


def begin(
    config: Config,
    dry: bool = False,
    encoder: str | Path | None = None,
    table: Table | None = None,
) -> Started:
    """Read the data and build the network; make and lock the run folder unless `dry`.

    `encoder` is a weights.npz whose columns, scales and categories are taken as they are; `table`
    is the config's data where it is open already.
    """
    random = generators(config.seed)
    given = None if encoder is None else load(encoder).encoder
    kept = None if dry else config.run_folder()
    started = Started(prepare(config, random["split"], given, kept, table), random)
    if not dry:
        started.lock = folder.hold(started.folder)
    return started


def train(
    config: str | Path | Mapping[str, Any],
    overrides: Sequence[str] = (),
    encoder: str | Path | None = None,
) -> Run:
    """Train what a config (a path, or a mapping of its keys) describes, and write its run folder.

    `encoder` is a weights.npz whose columns, scales and categories are taken as they are. Raises
    ConfigError, DataError, WeightsError, DivergedError, FileError or InUseError, with all its
    problems.
    """
    with begin(load_config(config, overrides), encoder=encoder) as started:
        for _ in started.epochs():
            pass
        return started.finish()


def predictions(
    model: Model,
    source: str,
    probabilities: bool = False,
    append: bool = False,
    identifier: str | None = None,
    unknown: Counter[str] | None = None,
) -> Iterator[pd.DataFrame]:
    """Yield the predictions for a CSV, block by block, in the order of its rows.

    `append` puts the input's columns before them, `identifier` one of these; `unknown` counts the
    cells of each column that hold values not seen in training. Raises DataError.
    """
    table, needed = opened(source), model.encoder.input_columns
    added = ["prediction", *(f"probability_{label}" for label in model.classes if probabilities)]
    kept = list(table.columns) if append else [identifier] if identifier else []
    clash = [name for name in kept if name in added]
    if clash:
        raise DataError(
            f"there is a column {clash[0]!r} already",
            place=table.name,
            remedy="rename it, or keep single columns with --id",
        )
    for frame, text in table.chunks_with_text(needed, kept):
        if unknown is not None:
            unknown.update(model.encoder.unknown(frame))
        predicted = model.predict(frame, probabilities)
        yield pd.concat([text, predicted], axis=1) if kept else predicted


def evaluate(model: Model, source: str) -> tuple[int, Scores, dict[str, int]]:
    """Return the rows of a CSV, the model's scores on them, and its unseen values by column.

    Rows without a target are left out. Raises DataError.
    """
    encoder, target = model.encoder, model.config.data.target
    kind: Kind = "category" if encoder.classes else "number"
    scoring, encoding = Scoring(model), Encoding(model.config, encoder)
    rows, unknown = 0, Counter[str]()
    for part in opened(source).chunks({**encoder.input_columns, target: kind}):
        frame = part[part[target].notna()]
        with within(source):
            encoded = encoding.rows(frame)
        for block in encoded.blocks(PREDICTED_ROWS, None):
            scoring.add(block)
        rows += len(frame)
        unknown.update(encoder.unknown(frame))
    if not rows:
        raise DataError(f"no row has a value in column {target}", place=source)
    return rows, scoring.scores(), dict(unknown)


def start_config(source: str, target: str) -> str:
    """Return a commented config for a CSV and a target, with the columns found in it."""
    table = opened(source)
    if target not in table.columns:
        raise DataError(
            f"there is no column {target!r}",
            place=table.name,
            remedy=did_you_mean(target, table.columns)
            or f"the columns are: {listed(table.columns)}",
        )
    kinds = table.recognise()
    frame = table.read(kinds)
    found = [(name, kind, describe(frame[name], kind)) for name, kind in kinds.items()]
    task, _ = guess_task(kinds[target], target, [frame[target]])
    return starter(source, target, found, task)
