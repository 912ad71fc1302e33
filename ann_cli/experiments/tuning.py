"""Tuning: trainings of a config whose settings are searched for, judged by validation rows."""

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count as numbers
from math import inf
from os import urandom
from typing import Any

import numpy as np

from ann_cli.config.locations import digest_of
from ann_cli.config.read import Draft
from ann_cli.config.recipe import is_asked_for
from ann_cli.config.search_words import Word
from ann_cli.config.space import Pick, Space
from ann_cli.config.spec import Config
from ann_cli.errors import ConfigError
from ann_cli.experiments import study, trial_storage
from ann_cli.experiments.compare import deciding
from ann_cli.experiments.executors import Executor
from ann_cli.experiments.plan import one_address, refuse_unfit
from ann_cli.experiments.search_space import place_of, searched, with_chosen
from ann_cli.experiments.study import Ended, Study, Trial
from ann_cli.experiments.trainings import LATEST
from ann_cli.experiments.trial_training import TrialTask, train_trial
from ann_cli.tasks.metrics import METRICS

MEASURES = (
    *(("loss",), ("output_activation",), ("class_weight",)),
    *(("data", "scaling"), ("data", "target_transform"), ("data", "target_range")),
)
"""Keys with which a validation loss is of another kind, and no measure of trials."""

FEW = 50
"""Combinations of values of which each is tried, and once."""

KEPT = 0.2
"""The share of rows that tuning never sees, where the config keeps none."""

MOST_REFUSED, FINAL = 20, 2
"""Trials of which not one may finish before it is said that none will, and trainings after the last
trial: of the config that was found, and of the one before."""


@dataclass(frozen=True)
class Work:
    """What all trials have in common."""

    space: Space
    epochs: int
    metric: str | None
    """What a trial is judged by; None: the validation loss, epoch by epoch."""
    stream: bool
    """As the data was read first: where memory changes, rows are not to change sides."""
    recipe: bool
    """Whether the recipe completes the configs, which has the folds of an ensemble judge them."""
    listed: bool
    """Whether the combinations are so few that each is tried, and once."""

    def config(self, pick: Pick) -> Config:
        """Return the config of one choice. Raises ConfigError."""
        return self.pinned(self.space.filled(pick).checked())

    def in_units(self, value: float) -> float:
        """Return a trial's value as the loss or the metric that it is; of some, more is better."""
        return value if self.metric is None else METRICS[self.metric].sign * value

    def pinned(self, config: Config) -> Config:
        """Return a config whose rows lie where those of all trials do. Raises ConfigError."""
        if self.recipe and not is_asked_for(config, not self.stream):
            raise ConfigError("it has no part in the recipe, and other rows would judge it")
        data = config.data.model_copy(update={"stream": self.stream})
        recipe = "auto" if self.recipe else "none"
        return config.model_copy(update={"data": data, "recipe": recipe})


class Tuning:
    """A tuning that is checked before anything is trained; read `trials` to its end."""

    def __init__(self, draft: Draft, overrides: Sequence[str], restart: bool = False) -> None:
        """Raises ConfigError, DataError or FileError with all that is wrong of its kind."""
        study.check_installed()
        given = draft.changed(overrides)
        space = Space(given)
        before = space.check()
        refuse_unfit(before, "tuning")
        self.kept: float | None = None if before.data.parts["test"] else KEPT
        """The share of rows that tuning keeps out; None where the config keeps some itself."""
        if self.kept:
            given = given.changed([f"data.test={self.kept}"])
        if any(word.key[0] == "layers" for word in space.words.values()):
            given = given.changed(["recipe=none"])
        space = Space(given)
        self.example = LATEST.begin(space.untuned().checked())
        data_set = self.example.data_set
        if not space.words:
            space = Space(with_chosen(given, data_set.config))
        self.before = space.untuned().checked()
        """The config as it stood: of what is searched for by its own words, the defaults."""
        self.space, self.usual = searched(space)
        self.space.check()
        self.deciding = deciding(data_set.config.task)
        self.address = one_address([self.before])
        """That of the cluster on which it is trained; None: on this machine."""
        alike = not any(word.key[: len(key)] == key for word in self._words() for key in MEASURES)
        # The loss of an ensemble's average judges it, which keeps its best parameters itself.
        tells = self.example.judged_by == "validation_loss" or self.before.ensemble is not None
        by_loss = alike and tells
        self.path = trial_storage.prepare(self.before.run_folder(), self._about(), restart)
        combinations = self.space.combinations(FEW)
        self.work = Work(
            self.space,
            self.before.epochs,
            None if by_loss else self.deciding.name,
            bool(data_set.config.data.stream),
            is_asked_for(self.before, not data_set.config.data.stream),
            bool(combinations),
        )
        self._call = urandom(8).hex()
        """A text that no other call has."""
        self.study = Study(self.path, self.before.seed)
        with trial_storage.working(self.path):
            self._list(combinations)

    def _list(self, combinations: Sequence[dict[str, Any]]) -> None:
        """List the trials that are to be run in any case, the config as it stood before others."""
        first = place_of(self.space, self.before)
        if combinations:
            # In no order, so that those which time leaves room for tell something of each key.
            drawn = np.random.default_rng(self.before.seed).permutation(len(combinations))
            others = [combinations[at] for at in drawn]
            self.study.list_trials(sorted(others, key=lambda each: each != first))
        elif first and not self.study.ended():
            self.study.list_trials([first])

    def _words(self) -> Iterable[Word]:
        return self.space.words.values()

    def _about(self) -> dict[str, Any]:
        """Return what all trials of one study have in common: the config's keys, and the data."""
        values = dict(self.space.draft.tree.value)
        for key in ("save_to", "checkpoint_every"):
            values.pop(key, None)
        if isinstance(cluster := values.get("cluster"), dict):  # where it is changes no trial
            values["cluster"] = {key: cluster[key] for key in cluster if key != "address"}
        files = self.before.data.files
        data = {key: each for key, each in values.pop("data").items() if key not in files}
        about = values | {f"data.{key}": each for key, each in data.items()}
        for key, path in files.items():
            about[f"the file of data.{key}"] = digest_of(self.before.resolve(path))
        return about

    def ended(self) -> list[Ended]:
        """Return all trials that have ended, those of calls before too."""
        with trial_storage.working(self.path):
            return self.study.ended()

    def trials(
        self, executor: Executor, seconds: float | None, count: int | None
    ) -> Generator[list[Ended], None, None]:
        """Run trials for so long, or so many; yield all that have ended, whenever one has.

        Time is left for the trainings that come after. All work ends with this iterator.
        """
        begun, ended = time.monotonic(), self.ended()
        at_work: dict[int, Trial] = {}
        shared = executor.width > 1

        def left() -> float:
            """Return the seconds until trials are to end."""
            longest = max((each.seconds for each in ended if each.ending == "finished"), default=0)
            return inf if seconds is None else begun + seconds - FINAL * longest - time.monotonic()

        def tasks() -> Iterator[TrialTask]:
            for place in numbers() if count is None else range(count):
                if (rest := left()) <= 0 or (trial := self._asked(shared)) is None:
                    return
                at_work[place] = trial
                yield self._task(trial, rest)

        try:
            with closing(executor.side_by_side(train_trial, tasks())) as found:
                for place, came in found:
                    with trial_storage.working(self.path):
                        at_work.pop(place).end(came)
                    ended = self.ended()
                    yield ended
                    _check_any(ended)
        finally:
            with trial_storage.working(self.path):
                self.study.cut_short(self._call)

    def _asked(self, shared: bool) -> Trial | None:
        """Begin a trial; None where nothing is left to try."""
        with trial_storage.working(self.path):
            return self.study.ask(self._call, self.work.listed, shared)

    def _task(self, trial: Trial, seconds: float) -> TrialTask:
        """Return what a trial is made of, with settings that are drawn."""
        work = self.work
        with trial_storage.working(self.path):
            limits = {} if work.metric else self.study.limits(work.epochs)
            try:
                config, refused = work.config(trial.pick), ""
            except ConfigError as error:
                config, refused = self.before, str(error.problems[0])
        return TrialTask(config, work.metric, limits, seconds, refused)

    def close(self) -> None:
        """Let go of the file."""
        self.study.close()


def _check_any(ended: Sequence[Ended]) -> None:
    """Raise ConfigError where so many trials came to nothing that none will come to anything."""
    failed = [each for each in ended if each.ending in ("refused", "diverged")]
    if len(failed) < MOST_REFUSED or any(each.ending in ("finished", "pruned") for each in ended):
        return
    reasons = "; ".join(dict.fromkeys(each.reason.replace("\n", ": ") for each in failed[-3:]))
    raise ConfigError(
        f"none of {len(failed)} trials finished: {reasons}",
        remedy="search other values; a smaller optimizer.learning_rate diverges less",
    )
