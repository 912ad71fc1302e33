"""Tuning: trainings of a config whose settings are searched for, judged by validation rows."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from math import inf, isfinite
from os import urandom
from pathlib import Path
from typing import Any

from ann_cli.config.locations import digest_of
from ann_cli.config.read import Draft
from ann_cli.config.recipe import is_asked_for
from ann_cli.config.search_words import Word
from ann_cli.config.space import Pick, Space
from ann_cli.config.spec import Config
from ann_cli.errors import ConfigError, DataError, DivergedError
from ann_cli.experiments import study, trial_storage
from ann_cli.experiments.compare import deciding
from ann_cli.experiments.plan import refuse_unfit
from ann_cli.experiments.search_space import place_of, searched, with_chosen
from ann_cli.experiments.study import Ended, Ending, Study, Trial
from ann_cli.experiments.trainings import LATEST, processes, signals_held_back
from ann_cli.insight.scoring import mean_loss, score
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
    """What every trial is made of, in whichever process it runs."""

    path: Path
    space: Space
    seed: int
    epochs: int
    metric: str | None
    """What a trial is judged by; None: the validation loss, epoch by epoch."""
    stream: bool
    """As the data was read first: where memory changes, rows are not to change sides."""
    shared: bool
    """Whether several trials are at work at a time."""
    recipe: bool
    """Whether the recipe completes the configs, which has the folds of an ensemble judge them."""
    listed: bool
    """Whether the combinations are so few that each is tried, and once."""
    call: str
    """A text that no other call has."""

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


@lru_cache(1)
def _study(work_call: str, path: Path, seed: int, epochs: int, shared: bool) -> Study:
    """Return the study of a call, which each process opens once."""
    return Study(path, seed, epochs, shared)


def study_of(work: Work) -> Study:
    """Return the study that a call's trials are kept in."""
    return _study(work.call, work.path, work.seed, work.epochs, work.shared)


def run_trial(work: Work, until: float) -> bool:
    """Train once with settings that are drawn, and write what it came to.

    `until` is the moment, by the monotonic clock, at which it is cut short. Returns whether there
    was anything left to try.
    """
    with trial_storage.working(work.path):
        trial, begun = study_of(work).ask(work.call, work.listed), time.perf_counter()
        if trial is None:
            return False
        ending: Ending
        value, reason = None, ""
        try:
            ending, value = _trained(work, trial, until)
        except (ConfigError, DataError) as error:
            ending, reason = "refused", str(error.problems[0])
        except DivergedError as error:
            ending, reason = "diverged", error.problems[0].message
        except BaseException:
            with suppress(Exception):  # what ends it is told, and not what it comes upon
                trial.end("cut short", None, time.perf_counter() - begun)
            raise
        trial.end(ending, value, time.perf_counter() - begun, reason)
        return True


def _trained(work: Work, trial: Trial, until: float) -> tuple[Ending, float | None]:
    """Return how a training ended and what it came to, the less the better."""
    config = work.config(trial.pick)
    lowest = inf
    with LATEST.begin(config) as started:
        held = started.data_set.validation
        assert held is not None
        for record in started.epochs():
            if time.monotonic() >= until:
                return "cut short", None
            if work.metric is not None:
                continue
            if "validation_loss" not in record:
                raise ConfigError(f"{started.trainer.name} tells no validation loss of an epoch")
            lowest = min(lowest, record["validation_loss"])
            if trial.falls_behind(lowest, int(record["epoch"]), config.epochs):
                return "pruned", None
        if work.metric is None:
            return "finished", lowest if isfinite(lowest) else mean_loss(started.model, held)
        found = score({"network": started.model}, held)["network"][work.metric]
    if found is None:
        raise ConfigError(f"its {work.metric} is not known on the validation rows")
    return "finished", METRICS[work.metric].sign * found


class Tuning:
    """A tuning that is checked before anything is trained; read `trials` to its end."""

    def __init__(
        self, draft: Draft, overrides: Sequence[str], restart: bool = False, jobs: int = 1
    ) -> None:
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
        self.jobs = jobs
        alike = not any(word.key[: len(key)] == key for word in self._words() for key in MEASURES)
        by_loss = alike and self.example.judged_by == "validation_loss"
        self.path = trial_storage.prepare(self.before.run_folder(), self._about(), restart)
        combinations = self.space.combinations(FEW)
        self.work = Work(
            self.path,
            self.space,
            self.before.seed,
            self.before.epochs,
            None if by_loss else self.deciding.name,
            bool(data_set.config.data.stream),
            jobs > 1,
            is_asked_for(self.before, not data_set.config.data.stream),
            bool(combinations),
            urandom(8).hex(),
        )
        self.study = study_of(self.work)
        with trial_storage.working(self.path):
            self._list(combinations)

    def _list(self, combinations: Sequence[dict[str, Any]]) -> None:
        """List the trials that are to be run in any case, the config as it stood before others."""
        first = place_of(self.space, self.before)
        if combinations:
            self.study.list_trials(sorted(combinations, key=lambda each: each != first))
        elif first and not self.study.ended():
            self.study.list_trials([first])

    def _words(self) -> Iterable[Word]:
        return self.space.words.values()

    def _about(self) -> dict[str, Any]:
        """Return what all trials of one study have in common: the config's keys, and the data."""
        values = dict(self.space.draft.tree.value)
        for key in ("save_to", "checkpoint_every"):
            values.pop(key, None)
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
        self, seconds: float | None, count: int | None
    ) -> Generator[list[Ended], None, None]:
        """Run trials for so long, or so many; yield all that have ended, whenever one has.

        Time is left for the trainings that come after. All processes end with this iterator.
        """
        begun = time.monotonic()
        ended = self.ended()

        def until() -> float:
            """Return when trials are to end."""
            longest = max((each.seconds for each in ended if each.ending == "finished"), default=0)
            return inf if seconds is None else begun + seconds - FINAL * longest

        rest = inf if count is None else count
        run = self._alone if self.jobs == 1 else self._side_by_side
        try:
            for _ in run(until, rest):
                ended = self.ended()
                yield ended
                _check_any(ended)
        finally:
            with trial_storage.working(self.path):
                self.study.cut_short(self.work.call)

    def close(self) -> None:
        """Let go of the file."""
        self.study.close()

    def _alone(self, until: Callable[[], float], count: float) -> Iterator[None]:
        done = 0
        while done < count and time.monotonic() < until():
            if not run_trial(self.work, until()):
                return
            done += 1
            yield

    def _side_by_side(self, until: Callable[[], float], count: float) -> Iterator[None]:
        begun = 0.0
        running: set[Future[bool]] = set()
        with processes(self.jobs, "--processes 1") as pool:
            while True:
                while begun < count and len(running) < self.jobs and time.monotonic() < until():
                    running.add(_submitted(pool, self.work, until()))
                    begun += 1
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for each in done:
                    if each.result():
                        yield
                    else:
                        begun = inf


def _submitted(pool: ProcessPoolExecutor, work: Work, until: float) -> Future[bool]:
    with signals_held_back():
        return pool.submit(run_trial, work, until)


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
