"""The training of one fold: all that is fitted is fitted without the fold's rows."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from ann_cli.config.spec import Config
from ann_cli.data.cells.writing import as_written
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.open_table import open_table
from ann_cli.data.ratings.sides import RatingSides
from ann_cli.data.ratings.source import rows_in
from ann_cli.data.rows.data_set import DataSet
from ann_cli.data.rows.encoding import joined
from ann_cli.data.rows.folds import trained_and_tested
from ann_cli.data.rows.preparation import prepare
from ann_cli.data.rows.split import SIDES
from ann_cli.data.series.futures import futures_at
from ann_cli.data.series.parts import Cuts
from ann_cli.data.series.table import WindowTable
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows, Source, without_folds
from ann_cli.engine.settings import Array
from ann_cli.errors import AnnError, DataError
from ann_cli.insight.baselines import Which, baselines
from ann_cli.insight.classical import classical
from ann_cli.insight.verdict import paired, scores_beside
from ann_cli.model.model import Model
from ann_cli.run import TrainingRun, begin
from ann_cli.tasks.task import Scores


@dataclass(frozen=True)
class Fold:
    """A training, and the rows that test it."""

    config: Config
    """With the seed of the repeat."""
    repeat: int
    number: int
    """From 1, as `repeat` is."""
    folds: Array
    """The fold of each row of the file in this repeat."""
    ordered: bool
    which: Which
    predicts: bool
    """Whether the predictions are wanted, too."""
    cuts: Cuts | None = None
    """Of a series: after which steps it validates and tests, and what nothing is seen after."""

    @contextmanager
    def naming(self, kind: type[AnnError]) -> Iterator[None]:
        """Tell the fold with each error of a kind."""
        try:
            yield
        except kind as error:
            where = f"fold {self.number}" + (f" of repeat {self.repeat}" if self.repeat > 1 else "")
            raise type(error).of(
                replace(each, message=f"in {where}: {each.message}") for each in error.problems
            ) from None

    def begin(self) -> TrainingRun:
        """Set up the training; nothing of it has seen the rows of the fold, which test."""
        if self.cuts is not None:
            return begin(self.config, dry=True, data_set=self._of_series())
        trained, tested = trained_and_tested(self.folds, self.number - 1, self.ordered)
        data_set = prepare(
            self.config,
            generators(self.config.seed)["split"],
            chosen={"training": trained, "test": tested},
        )
        if not data_set.test or not len(data_set.test):
            raise DataError(
                "it holds only rows of classes that no other fold has",
                remedy="use fewer folds, or leave these rows out",
            )
        return begin(self.config, dry=True, data_set=data_set)

    def _of_series(self) -> DataSet:
        table = self.windows()
        table.check_parts(self.number)
        return prepare(self.config, generators(self.config.seed)["split"], table=table)

    def windows(self, encoder: Encoder | None = None) -> WindowTable:
        """Return the windows of a series' fold; those of a trained model with its encoder."""
        data = self.config.data
        table = open_table(self.config.resolve(data.file), written=as_written(data))
        timeline = encoder.timeline if encoder else None
        return WindowTable(table, self.config, timeline, cuts=self.cuts)


@dataclass(frozen=True)
class FoldOutcome:
    """What the training of one fold came to, on the fold's own rows."""

    repeat: int
    fold: int
    rows: int
    """Those of the fold that are judged."""
    training_rows: int
    """Those that it was trained on, or that chose its epoch."""
    epochs: int
    best_epoch: int
    seconds: float
    scores: Mapping[str, Scores]
    """Of the network, and of each baseline."""
    differences: Mapping[str, float | None]
    """By how much the mean loss of a row lies below each baseline's."""
    predictions: Mapping[str, Array] | None
    """The columns of what was predicted, in arrays of NumPy: pandas with pyarrow packs texts as one
    without it cannot read, and the process that asked may have the other."""


def train_fold(fold: Fold) -> FoldOutcome:
    """Train without a fold's rows, and judge by them; nothing is written.

    It has one thread, wherever it is, so that equal seeds give equal results. Raises what a
    training does, told with the fold.
    """
    with fold.naming(AnnError), threadpool_limits(1):
        return _trained(fold)


def _trained(fold: Fold) -> FoldOutcome:
    run = fold.begin()
    for _ in run.epochs():
        pass
    data_set, model = run.data_set, run.model
    assert data_set.test is not None
    fitted = baselines(model, _known_to_baselines(data_set), fold.which)
    others = dict[str, Source]()
    if model.task.of_windows and not isinstance(data_set.data, RatingSides):
        del fitted[model.task.constant]
        forecasts, others = classical(model, data_set.data, "test")
        fitted = forecasts | fitted
    scorings, pairings = paired(model, fitted, data_set.test, None, others)
    scores = {name: scores_beside(scoring, model) for name, scoring in scorings.items()}
    return FoldOutcome(
        fold.repeat,
        fold.number,
        rows_in(data_set.test),
        data_set.rows - rows_in(data_set.test),
        run.progress.done,
        int(run.progress.best["epoch"]),
        run.progress.seconds,
        scores,
        {name: pairing.mean for name, pairing in pairings.items()},
        _columns(_predicted(fold, model)) if fold.predicts else None,
    )


def _columns(frame: pd.DataFrame) -> dict[str, Array]:
    plain = {name: isinstance(dtype, np.dtype) for name, dtype in frame.dtypes.items()}
    return {str(name): frame[name].to_numpy(None if plain[name] else object) for name in frame}


def _known_to_baselines(data_set: DataSet) -> Source:
    """Return the rows that baselines learn from: they choose no epoch, so that all can be used.

    Only rows that train count by their class.
    """
    training, validation = data_set.training, data_set.validation
    own = data_set.config.data.parts["validation"].share and data_set.class_factors is None
    if own and isinstance(training, Rows) and isinstance(validation, Rows):
        return joined([training, validation])
    return without_folds(training)


def _predicted(fold: Fold, model: Model) -> pd.DataFrame:
    """Return a frame of the fold's rows by their number in the file: actual and predicted."""
    if fold.cuts is not None:
        return _forecasts(fold, model)
    _, tested = trained_and_tested(fold.folds, fold.number - 1, fold.ordered)
    data, encoder = fold.config.data, model.encoder
    path = fold.config.resolve(data.file)
    table = open_table(path, written=as_written(data, encoder.notations), rows=tested)
    probabilities = bool(model.classes) and model.network.loss.probabilities
    actual = dict(zip(data.targets, _names("actual", data.targets), strict=True))
    found = []
    for frame in table.chunks({**encoder.input_columns, **encoder.target_kinds}):
        targets = frame[list(data.targets)].rename(columns=actual)
        found.append(pd.concat([targets, model.predict(frame, probabilities)], axis=1))
    whole = pd.concat(found, ignore_index=True)
    whole.insert(0, "fold", fold.number)
    whole.insert(0, "repeat", fold.repeat)
    whole.insert(0, "row", np.flatnonzero(tested) + 1)
    return whole


def _forecasts(fold: Fold, model: Model) -> pd.DataFrame:
    """Return a frame of a series' fold: each step ahead of each origin, actual and predicted."""
    table = replace(fold, config=model.config).windows(model.encoder)
    found = [model.at(each) for each in futures_at(table, SIDES.index("test"))]
    whole = pd.concat(found, ignore_index=True)
    whole.insert(0, "fold", fold.number)
    whole.insert(0, "repeat", fold.repeat)
    return whole


def _names(word: str, targets: Sequence[str]) -> list[str]:
    return [word] if len(targets) == 1 else [f"{word}_{name}" for name in targets]
