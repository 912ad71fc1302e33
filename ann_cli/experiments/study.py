"""Trials: drawn, pruned, kept in a SQLite file which several processes share, and explained.

This file and `trial_storage` open to Optuna, and no other does.

Akiba et al. 2019, "Optuna: a next-generation hyperparameter optimization framework". Values are
drawn by the tree-structured Parzen estimator (Bergstra et al. 2011, "Algorithms for hyper-parameter
optimization"), trials that fall behind the median are pruned, and importance is that of PED-ANOVA
(Watanabe, Bansal & Hutter 2023, "PED-ANOVA: efficiently quantifying hyperparameter importance in
arbitrary subspaces").
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from math import inf
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from ann_cli.config.search_words import Choose, Word
from ann_cli.errors import ConfigError
from ann_cli.experiments.trial_storage import STUDY, close_storage, one_at_a_time, open_storage

STARTING = 5
"""Trials that finish before any is pruned."""

REPORTS = 25
"""Values of a trial, at most, that are written: each write waits for the disk."""

Ending: TypeAlias = Literal["finished", "pruned", "diverged", "refused", "cut short"]
ENDINGS: tuple[Ending, ...] = ("finished", "pruned", "diverged", "refused", "cut short")
"""How trials end; those cut short were by the end of the time, or by a signal."""


@dataclass(frozen=True)
class Ended:
    """A trial that has ended."""

    number: int
    ending: Ending
    value: float | None
    """What it came to, the less the better; None unless it finished."""
    seconds: float
    reason: str
    picked: Mapping[str, Any]
    """What was drawn, by the parameters' names."""

    def pick(self, word: Word) -> float:
        """Say of a word which value the trial had; as `Space.filled` asks."""
        drawn = self.picked[word.name]
        return word.labels.index(drawn) if isinstance(word, Choose) else drawn


def check_installed() -> None:
    """Raise ConfigError where Optuna is not installed."""
    if find_spec("optuna") is None:
        raise ConfigError(
            "ann tune needs the package optuna, which is not installed",
            remedy='pip install "ann-cli[tune]", or pip install optuna',
        )


@dataclass(frozen=True)
class Came:
    """What a trial came to."""

    ending: Ending
    value: float | None = None
    """What it came to, the less the better; None unless it finished."""
    reason: str = ""
    seconds: float = 0.0
    lowest: Mapping[int, float] = field(default_factory=dict)
    """The lowest value by each of the epochs after which it was looked at."""


class Trial:
    """A trial that is at work."""

    def __init__(self, study: "Study", trial: Any) -> None:
        self._study, self._trial = study, trial
        self.number: int = trial.number

    def pick(self, word: Word) -> float:
        """Draw the value of a word, as `Space.filled` asks."""
        if isinstance(word, Choose):
            return word.labels.index(self._trial.suggest_categorical(word.name, word.labels))
        if word.whole:
            low, high = int(word.low), int(word.high)
            return int(self._trial.suggest_int(word.name, low, high, log=word.log))
        return float(self._trial.suggest_float(word.name, word.low, word.high, log=word.log))

    def end(self, came: Came) -> None:
        """Write how it ended."""
        from optuna.trial import TrialState

        for epoch, lowest in came.lowest.items():
            self._trial.report(lowest, epoch)
        told = {"ending": came.ending, "seconds": came.seconds, "reason": came.reason}
        self._trial.set_user_attr("ended", told)
        # The sampler learns from what is pruned, and takes no notice of what failed.
        learned = TrialState.FAIL if came.ending == "cut short" else TrialState.PRUNED
        state = TrialState.COMPLETE if came.ending == "finished" else learned
        self._study.study.tell(self._trial, came.value, state)


class Study:
    """All trials of a config, those of other processes too."""

    def __init__(self, path: Path, seed: int) -> None:
        """Open the file, which `prepare` has made."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._seed, self._folder = seed, path.parent
        self._storage = open_storage(path)
        self.study = optuna.load_study(study_name=STUDY, storage=self._storage)

    def limits(self, epochs: int) -> dict[int, float]:
        """Return the epochs after which a trial is looked at, and above which value it is pruned.

        That is the median of the lowest values that finished trials had by then.
        """
        from optuna.trial import TrialState

        every = -(-epochs // REPORTS)
        finished = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        found = dict.fromkeys(range(every, epochs, every), inf)
        # The first epochs of a network tell little: a high learning rate starts badly.
        for epoch in found if len(finished) >= STARTING else ():
            known = [
                values[epoch] for each in finished if epoch in (values := each.intermediate_values)
            ]
            if known and epoch >= max(1, epochs // 10):
                found[epoch] = float(np.median(known))
        return found

    def ask(self, call: str, listed: bool, shared: bool) -> Trial | None:
        """Begin a trial of a call; equal seeds and equal trials before it draw the same.

        None where only trials that are `listed` are to be run, and none of them is left. `shared`
        says that several trials are at work at a time.
        """
        import optuna
        from optuna.trial import TrialState

        # Two that ask at a time would both get the trial that waits with values of its own.
        with one_at_a_time(self._folder):
            waiting = (TrialState.WAITING,)
            if listed and not self.study.get_trials(deepcopy=False, states=waiting):
                return None
            trial = self.study.ask()
        trial.set_user_attr("call", call)
        # By the trial's number, so that trials which go on from others draw as if never stopped.
        drawn = np.random.SeedSequence([self._seed, trial.number]).generate_state(1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some of these are called experimental
            self.study.sampler = optuna.samplers.TPESampler(
                seed=int(drawn[0]), multivariate=False, constant_liar=shared
            )
        return Trial(self, trial)

    def list_trials(self, picked: Sequence[Mapping[str, Any]]) -> None:
        """Let the next trials have these values, but for those that a trial has or had."""
        from optuna.trial import TrialState

        with one_at_a_time(self._folder):
            trials = self.study.get_trials(deepcopy=False)
            known = [
                each.user_attrs.get("listed") for each in trials if each.state != TrialState.FAIL
            ]
            for each in picked:
                if each not in known:
                    self.study.enqueue_trial(dict(each), user_attrs={"listed": dict(each)})

    def ended(self) -> list[Ended]:
        """Return all trials that have ended, in the order of their numbers."""
        return [
            _ended(each)
            for each in self.study.get_trials(deepcopy=False)
            if each.state.is_finished()
        ]

    def importance(self) -> dict[str, float]:
        """Return the share that each parameter of all finished trials had, the greatest first."""
        from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            evaluator = PedAnovaImportanceEvaluator()
            return get_param_importances(self.study, evaluator=evaluator)

    def cut_short(self, call: str) -> None:
        """Write of the trials of a call, whose processes are gone, that they have ended."""
        from optuna.trial import TrialState

        for trial in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if trial.user_attrs.get("call") == call:
                self.study.tell(trial.number, state=TrialState.FAIL)

    def close(self) -> None:
        """Let go of the file."""
        close_storage(self._storage)


def _ended(trial: Any) -> Ended:
    told = trial.user_attrs.get("ended", {"ending": "cut short", "seconds": 0.0, "reason": ""})
    value = trial.value if told["ending"] == "finished" else None
    return Ended(trial.number, value=value, picked=trial.params, **told)
