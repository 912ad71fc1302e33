"""What a tuning came to: a config that trains, and its score on rows that tuning never saw."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os.path import abspath
from pathlib import Path
from typing import Any

from ann_cli.config.locations import seen_from
from ann_cli.config.read import Draft
from ann_cli.config.write import as_written, block
from ann_cli.engine.network import PREDICTED_ROWS
from ann_cli.errors import AnnError, ConfigError, DivergedError, counted
from ann_cli.experiments.study import ENDINGS, Ended
from ann_cli.experiments.trainings import LATEST
from ann_cli.experiments.trial_storage import RESTART, working
from ann_cli.experiments.tuning import Tuning
from ann_cli.insight.scoring import Scoring
from ann_cli.insight.verdict import CONFIDENCE, Difference, Pairing
from ann_cli.run import TrainingRun
from ann_cli.tasks.metrics import METRICS
from ann_cli.tasks.task import Scores

MANY = 20
"""Finished trials from which it is said what mattered."""


@dataclass(frozen=True)
class Tuned:
    """The best trial, and what its config and the one before are worth on the kept rows."""

    tuning: Tuning
    ended: Sequence[Ended]
    best: Ended
    draft: Draft
    """The config that was found."""
    rows: int
    """Those that tuning never saw."""
    scores: Scores
    """Of the config that was found."""
    before: Scores | None
    """Of the config as it stood; None where it diverged, or is the one that was found."""
    difference: Difference | None
    unchanged: bool
    """Whether the config as it stood is the one that was found."""
    importance: Mapping[str, float]
    """The share that each parameter had; empty where trials are too few."""

    @property
    def counts(self) -> dict[str, int]:
        """How many trials ended in which way."""
        found = Counter(each.ending for each in self.ended)
        return {ending: found[ending] for ending in ENDINGS if found[ending]}

    @property
    def measure(self) -> str:
        """What trials were judged by, in words."""
        metric = self.tuning.work.metric
        return f"validation {METRICS[metric].label if metric else 'loss'}"

    @property
    def value(self) -> float:
        """The best trial's, by that measure."""
        return self.tuning.work.in_units(self.best.value or 0.0)

    @cached_property
    def settings(self) -> dict[str, str]:
        """What was found for each of the words that lead to the config, by its parameter."""
        found: dict[str, str] = {}
        for word in self.tuning.space.words.values():
            if word.name in self.best.picked:
                found[word.name] = word.shown(self.best.pick(word))
        return found

    @property
    def rival(self) -> str:
        """What the config that was found is compared with."""
        others = "the config with the defaults of what was searched"
        return "the config as it stood" if self.tuning.usual else others

    @property
    def verdict(self) -> str:
        """Whether the config that was found is better, in a sentence."""
        if self.unchanged:
            return f"No trial was better than {self.rival}."
        if self.before is None:
            return f"There is nothing to be compared with: {self.rival} diverges."
        standing = self.difference.standing if self.difference else "cannot be told apart from"
        return f"The tuned config {standing} {self.rival}."

    def text(self, folder: str | Path) -> str:
        """Return the config as it reads from a file in `folder`, with what is known as comments."""
        values = as_written(self.draft.tree.value)
        values.pop("save_to", None)  # where the run of the config before lies
        config = self.draft.checked()
        for key, path in config.data.files.items():
            if abspath(folder) != abspath(config.folder):
                values["data"][key] = seen_from(path, config.folder, folder)
        lines = [f"# {line}".replace("\n", " ") for line in self._comments()]
        return "\n".join([*lines, block(values)])

    def _comments(self) -> Iterator[str]:
        trials = ", ".join(f"{count:,} {ending}" for ending, count in self.counts.items())
        # As it was given: the folders of a machine are of no use to who reads the config elsewhere.
        name = f" {self.tuning.space.draft.origin.label}".rstrip()
        yield f"Found by ann tune{name}: {counted(len(self.ended), 'trial')} ({trials})."
        yield f"The best is trial {self.best.number}, with a {self.measure} of {self.value:.6g}."
        yield f"On {counted(self.rows, 'test row')} that tuning never saw:"
        deciding = self.tuning.deciding
        for label, scores in (("this config", self.scores), ("untuned", self.before)):
            known = [(name, (scores or {}).get(name)) for name in (deciding.name, deciding.beside)]
            told = [
                f"{METRICS[name].label} {value:.6g}" for name, value in known if value is not None
            ]
            if told:
                yield f"  {label}: {', '.join(told)}"
        yield self.verdict
        if self.importance:
            yield f"What mattered for the {self.measure}, as shares (PED-ANOVA):"
            for name, share in self.importance.items():
                if name in self.settings:  # else it is of values that were not chosen
                    yield f"  {share:4.0%}  {name} = {self.settings[name]}"
        if self.tuning.kept:
            yield "data.test is what tuning kept out; without it, train on these rows, too."


def finish(tuning: Tuning, ended: Sequence[Ended]) -> Tuned:
    """Train the best trial's config and the one before, and score both on the kept rows.

    Raises ConfigError where no trial has finished.
    """
    finished = [each for each in ended if each.value is not None]
    if not finished:
        raise _nothing(tuning, ended)
    best = min(finished, key=lambda each: (each.value, each.number))
    draft = tuning.space.filled(best.pick)
    run = _run(tuning, best.pick)
    own = Scoring(run.model)
    test = run.data_set.test
    assert test is not None
    before = other = difference = None
    # Once nothing is left to guess: what is named and what is chosen may be the same.
    unchanged = run.data_set.config == tuning.example.data_set.config
    if not unchanged:
        try:
            before = _run(tuning, None)
        except DivergedError:
            before = None
    if before:
        other = Scoring(before.model)
        difference = _difference(own, other, run, before)
    else:
        for block_ in test.blocks(PREDICTED_ROWS, None):
            own.add(block_)
    return Tuned(
        tuning, ended, best, draft, len(test), own.scores(), other.scores() if other else None,
        difference, unchanged, _importance(tuning, len(finished)),
    )  # fmt: skip


def _run(tuning: Tuning, pick: Any) -> TrainingRun:
    """Train a config once, as `ann train` would. Raises DivergedError."""
    work = tuning.work
    config = work.config(pick) if pick else work.pinned(tuning.before)
    with LATEST.begin(config) as started:
        for _ in started.epochs():
            pass
    return started


def _difference(
    own: Scoring, other: Scoring, run: TrainingRun, before: TrainingRun
) -> Difference | None:
    """Score two models on the same rows, each as its own config encodes them; pair their losses."""
    sides = [each.data_set.test for each in (run, before)]
    first, second = (side.blocks(PREDICTED_ROWS, None) for side in sides if side)
    pairing = Pairing()
    for ours, theirs in zip(first, second, strict=True):
        pairing.add(own.add(ours), other.add(theirs), own.counts(ours))
    return pairing.difference(run.model.task, CONFIDENCE)


def _importance(tuning: Tuning, finished: int) -> dict[str, float]:
    """Return the share of each parameter; nothing where trials are too few to tell."""
    if finished < max(MANY, 2 * len({word.name for word in tuning.space.words.values()})):
        return {}
    with working(tuning.path):
        return tuning.study.importance()


def _nothing(tuning: Tuning, ended: Sequence[Ended]) -> AnnError:
    """Say why there is no config to write."""
    reasons = list(dict.fromkeys(each.reason.replace("\n", ": ") for each in ended if each.reason))
    if reasons:
        return ConfigError(f"no trial finished: {'; '.join(reasons[:3])}", remedy=RESTART)
    return ConfigError(
        "no trial has finished so far",
        place=str(tuning.path),
        remedy="give more time (--time) or trials (--trials), or fewer epochs: the same command "
        "goes on from here",
    )
