"""Cross-validation: each fold of the rows is predicted by a training that never saw it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.config.read import load
from ann_cli.config.spec import Config
from ann_cli.data.rows.column_choice import as_read_for, kinds_of, task_of
from ann_cli.data.rows.folds import PLACE, Folds
from ann_cli.data.rows.room import streams
from ann_cli.engine.randomness import folds_generator
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError, DataError, counted
from ann_cli.experiments.executors import Executor, executor
from ann_cli.experiments.fold_training import Fold, FoldOutcome, train_fold
from ann_cli.experiments.plan import (
    check_number,
    one_address,
    refuse_standard_input,
    repeatable_table,
)
from ann_cli.experiments.series_folds import SeriesFolds
from ann_cli.insight.baselines import Which, check_baselines
from ann_cli.insight.intervals import Interval, mean_interval
from ann_cli.insight.verdict import CONFIDENCE, Difference, confidence_of_each
from ann_cli.run import TrainingRun
from ann_cli.tasks import TASKS, task_of_windows
from ann_cli.tasks.metrics import Metric, metric_of


@dataclass(frozen=True)
class CrossValidation:
    """What the trainings of all folds came to; means are over the trainings."""

    task: str
    rows: int
    folds: int
    repeats: int
    seed: int
    outcomes: Sequence[FoldOutcome]
    """In the order of repeats and folds."""
    notes: tuple[str, ...]
    """Sentences on how rows came to their folds, and on those that were not scored."""

    @property
    def overlap(self) -> float:
        """The rows that test by those that train, which the intervals are corrected by."""
        tested = sum(each.rows for each in self.outcomes)
        return tested / sum(each.training_rows for each in self.outcomes)

    @property
    def scores(self) -> dict[str, dict[str, Interval | None]]:
        """Of the network and of each baseline: the mean of each score and its 95% interval.

        The interval is that of the score that a training on so many rows has on new ones. None
        where a fold has no such score.
        """
        found: dict[str, dict[str, Interval | None]] = {}
        for model in self.outcomes[0].scores:
            folds = [each.scores[model] for each in self.outcomes]
            names = dict.fromkeys(chain.from_iterable(folds))
            found[model] = {
                name: self._score(metric_of(name), [scores.get(name) for scores in folds])
                for name in names
            }
        return found

    def _score(self, metric: Metric, values: Sequence[float | None]) -> Interval | None:
        found = self._interval(values)
        return found and found.within(metric.least, metric.most)

    @property
    def differences(self) -> dict[str, Difference | None]:
        """From each baseline on the same folds, the intervals of all together at 95%."""
        names = self.outcomes[0].differences
        confidence = confidence_of_each(len(names))
        found: dict[str, Difference | None] = {}
        for name in names:
            values = [each.differences[name] for each in self.outcomes]
            one, task = self._interval(values, confidence), TASKS[self.task]
            found[name] = None if one is None else Difference.of(task, one, confidence)
        return found

    def _interval(
        self, values: Sequence[float | None], confidence: float = CONFIDENCE
    ) -> Interval | None:
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return None
        return mean_interval(known, confidence, self.overlap)

    @property
    def predictions(self) -> pd.DataFrame | None:
        """A row for each that was in a fold, in the order of repeats and rows.

        Of a series it is a step ahead of each origin, in the order of folds.
        """
        parts = [pd.DataFrame(each.predictions) for each in self.outcomes if each.predictions]
        if not parts:
            return None
        whole = pd.concat(parts, ignore_index=True)
        if "row" in whole:
            whole = whole.sort_values(["repeat", "row"], kind="stable")
        shares = [name for name in whole if str(name).startswith("probability_")]
        # A class of which a fold's training had no row has no chance there.
        whole = whole.fillna(dict.fromkeys(shares, 0.0)).reset_index(drop=True)
        return whole if self.repeats > 1 else whole.drop(columns="repeat")


class FoldsPlan:
    """A cross-validation that is checked before anything is trained, and its trainings."""

    def __init__(
        self,
        config: Config,
        folds: int,
        repeats: int = 1,
        which: Which = "usual",
        predicts: bool = False,
    ) -> None:
        """Read the data and draw the folds. Raises ConfigError or DataError."""
        if folds < 2:
            raise ConfigError("a fold is tested by others: there are at least 2", place=PLACE)
        refuse_standard_input(config)
        data, self.folds, self.repeats = config.data, folds, repeats
        if data.time is not None and repeats > 1:
            raise ConfigError(
                "folds by time are the same in every repeat",
                place="--repeats",
                remedy="leave it out, or data.time",
            )
        self.address = one_address([config])
        """That of the cluster on which it is trained; None: on this machine."""
        self.notes = list[str]()
        if data.parts["test"]:
            self.notes.append("data.test has no use here: the rows of each fold test")
        make = self._of_series if data.window is not None else self._of_rows
        self.trainings, self.example = make(config, which, predicts)

    def _checked(self, first: Fold) -> TrainingRun:
        """Return a training, set up. Raises ConfigError where so many like it take too long."""
        folds, repeats = self.folds, self.repeats
        with first.naming(DataError):  # what is wrong with the config is so in every fold
            example = first.begin()
        what = f"{folds:,} folds" + (f" and {repeats:,} repeats" if repeats > 1 else "")
        place = "--repeats" if repeats > 1 else PLACE
        check_number(example, folds * repeats, what, place, "use fewer: 5 or 10 folds are usual")
        return example

    def _of_series(
        self, config: Config, which: Which, predicts: bool
    ) -> tuple[list[Fold], TrainingRun]:
        """Return the trainings whose origins roll, and the first of them, set up."""
        source = SeriesFolds.of(config, self.folds)
        self.rows, self.config, self.task = source.rows, config, task_of_windows()
        self.notes += source.notes
        trainings = []
        for number, cuts in enumerate(source.cuts, 1):
            share = 1 - (cuts.validation + 1) / (cuts.last + 1)
            data = config.data.model_copy(update={"test": share})
            own = config.model_copy(update={"data": data})
            nowhere = np.empty(0, dtype=np.int32)
            trainings.append(Fold(own, 1, number, nowhere, True, which, predicts, cuts))
        example = self._checked(trainings[0])
        check_baselines(which, bool(example.data_set.config.data.stream), self.task)
        return trainings, example

    def _of_rows(
        self, config: Config, which: Which, predicts: bool
    ) -> tuple[list[Fold], TrainingRun]:
        """Return the trainings without some rows each, and the first of them, set up."""
        data, folds, repeats = config.data, self.folds, self.repeats
        table = repeatable_table(config)
        kinds = kinds_of(config, table, None)
        task, why = task_of(config, kinds, table, None)
        kinds = as_read_for(task, kinds, data.targets)
        streamed, _ = streams(config, table, kinds)
        if streamed:
            raise ConfigError(
                "folds are drawn from rows in memory, and these are streamed",
                place=config.place("data.stream"),
                remedy="set data.stream: false, or hold rows back by data.test and use `ann train`",
            )
        check_baselines(which, streamed, task)
        self.notes[:0] = [f"{task}, as {why} (task: to choose)"] if why else []
        # All folds answer one question, and read their rows in one way.
        rows = data.model_copy(update={"test": 0.0, "stream": False})
        self.config = config.model_copy(update={"data": rows, "task": task})
        source = Folds(config, table, kinds, task, folds)
        self.task, self.rows = task, source.rows

        def fold(repeat: int, number: int, drawn: Array) -> Fold:
            seeded = self.config.model_copy(update={"seed": config.seed + repeat})
            return Fold(seeded, repeat + 1, number + 1, drawn, source.ordered, which, predicts)

        first = source.draw(folds_generator(config.seed))
        example = self._checked(fold(0, 0, first))
        draws = [first]
        draws += [source.draw(folds_generator(config.seed + one)) for one in range(1, repeats)]
        trainings = [
            fold(repeat, number, draws[repeat])
            for repeat, number in product(range(repeats), range(folds))
        ]
        self.notes += source.notes
        return trainings, example

    def train(self, executor: Executor) -> Iterator[tuple[int, FoldOutcome]]:
        """Yield what each training came to with its place, as they come."""
        return executor.side_by_side(train_fold, self.trainings)

    def result(self, outcomes: Mapping[int, FoldOutcome]) -> CrossValidation:
        """Return what all trainings, by their place, came to."""
        listed = [outcomes[place] for place in range(len(self.trainings))]
        notes = list(self.notes)
        expected = sum(int((each.folds == each.number - 1).sum()) for each in self.trainings)
        left = expected - sum(each.rows for each in listed)
        # Of a series no row is in a fold, its windows are; ratings that come twice are left out.
        if left > 0 and not TASKS[self.task].of_ratings:
            notes.append(
                f"{counted(left, 'row')} not scored, as no other fold has a row of that class"
            )
        return CrossValidation(
            self.task, self.rows, self.folds, self.repeats, self.config.seed, listed, tuple(notes)
        )


def evaluate(
    config: str | PathLike[str] | Mapping[str, Any],
    folds: int = 5,
    repeats: int = 1,
    overrides: Sequence[str] = (),
    baselines: Which = "usual",
    jobs: int = 1,
) -> CrossValidation:
    """Cross-validate what a config (a path, or a mapping of its keys) describes; write nothing.

    More `jobs` are processes, a core each, which a script starts below
    `if __name__ == "__main__":`; with `cluster.address` they are workers of that cluster, all of
    them unless more than one is asked for. Raises ConfigError, DataError, DivergedError, FileError.
    """
    plan = FoldsPlan(load(config, overrides), folds, repeats, baselines, predicts=True)
    most = None if plan.address and jobs == 1 else jobs
    with executor(plan.address, most, len(plan.trainings), alone=True) as where:
        return plan.result(dict(plan.train(where)))
