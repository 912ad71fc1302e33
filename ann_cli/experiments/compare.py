"""Compares what variations of a config came to, paired by seed, with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import fmean

from ann_cli.experiments.trainings import Outcome
from ann_cli.experiments.variations import Variation
from ann_cli.insight.intervals import Interval, mean_interval
from ann_cli.tasks import TASKS
from ann_cli.tasks.metrics import METRICS

SMALLEST = 1e-12
"""A validation loss below this counts as this much, for its logarithm."""


@dataclass(frozen=True)
class Deciding:
    """The validation metric that decides, and the one shown beside it."""

    name: str
    beside: str

    @property
    def best(self) -> str:
        """What the best one has."""
        metric = METRICS[self.name]
        return f"the {'highest' if metric.more_is_better else 'lowest'} {metric.label}"

    @property
    def sign(self) -> int:
        """1 where less is better, -1 where more is."""
        return METRICS[self.name].sign


def deciding(task: str) -> Deciding:
    """Return the metrics that a task is compared by."""
    return Deciding(*TASKS[task].decides)


@dataclass(frozen=True)
class Result:
    """What a variation came to, as means over the seeds; None where it diverged with any."""

    variation: Variation
    outcomes: Sequence[Outcome]
    """One a seed."""
    standing: str
    """best, not distinguishable, clearly worse, or diverged."""
    difference: Interval | None = None
    """Of the metric that decides from the best one's, paired by seed, with its 95% interval."""
    epochs_to_target: float | None = None
    seconds_to_target: float | None = None

    def mean(self, name: str) -> float | None:
        """Return the mean of a score; None where a seed has none."""
        known = _scores(self.outcomes, name)
        return fmean(known) if len(known) == len(self.outcomes) else None

    @property
    def diverged(self) -> int:
        """With how many seeds it diverged."""
        return sum(outcome.scores is None for outcome in self.outcomes)

    @property
    def seconds(self) -> float:
        """How long a training took."""
        return fmean(outcome.seconds[-1] if outcome.seconds else 0.0 for outcome in self.outcomes)

    @property
    def curve(self) -> list[float]:
        """The validation loss after each epoch, as the geometric mean over the seeds."""
        return [exp(fmean(log(max(loss, SMALLEST)) for loss in losses)) for losses in self._losses]

    @property
    def band(self) -> list[tuple[float, float]]:
        """The validation losses after each epoch between which the seeds lie.

        Of more than ten seeds a tenth lies above, at most, and a tenth below.
        """
        found = []
        for losses in map(sorted, self._losses):
            left_out = (len(losses) - 1) // 10
            found.append((losses[left_out], losses[-1 - left_out]))
        return found

    @property
    def _losses(self) -> list[list[float]]:
        """The validation losses after each epoch, of the seeds that were still training."""
        epochs = range(max(len(outcome.losses) for outcome in self.outcomes))
        return [
            [outcome.losses[epoch] for outcome in self.outcomes if epoch < len(outcome.losses)]
            for epoch in epochs
        ]


@dataclass(frozen=True)
class Comparison:
    """All results, the best first and those that diverged last."""

    metric: Deciding
    seeds: Sequence[int]
    results: Sequence[Result]


def compare(
    metric: Deciding,
    seeds: Sequence[int],
    variations: Sequence[Variation],
    groups: Sequence[Sequence[Outcome]],
    one_loss: bool = True,
) -> Comparison:
    """Return the comparison of one group of outcomes, one a seed, a variation.

    `one_loss` says that the validation losses can be set side by side; else there is no target.
    """
    finished = [group for group in groups if all(one.scores for one in group)]
    best = min(
        finished, key=lambda group: metric.sign * fmean(_scores(group, metric.name)), default=[]
    )
    targets = [_target(outcomes) for outcomes in zip(*finished, strict=True)] if one_loss else []
    results = []
    for variation, group in zip(variations, groups, strict=True):
        if not any(group is each for each in finished):
            results.append(Result(variation, group, "diverged"))
            continue
        pairs = zip(_scores(group, metric.name), _scores(best, metric.name), strict=True)
        differences = [own - others for own, others in pairs]
        furthest = METRICS[metric.name].furthest
        difference = mean_interval(differences).within(-furthest, furthest)
        is_clear = difference.low > 0 or difference.high < 0
        unlike = "clearly worse" if is_clear else "not distinguishable"
        standing = unlike if any(differences) else "best"  # or tied with it
        epochs, seconds = _to_targets(group, targets) if targets else (None, None)
        results.append(Result(variation, group, standing, difference, epochs, seconds))
    results.sort(key=lambda result: _rank(metric, result))
    return Comparison(metric, seeds, results)


def _rank(metric: Deciding, result: Result) -> tuple[bool, bool, float]:
    mean = result.mean(metric.name)
    return mean is None, result.standing != "best", metric.sign * (mean or 0)


def _scores(group: Sequence[Outcome], name: str) -> list[float]:
    scores = (outcome.scores[name] for outcome in group if outcome.scores)
    return [one for one in scores if one is not None]


def _target(outcomes: Sequence[Outcome]) -> float:
    """Return the loss that all of one seed's outcomes reach: the highest of their lowest ones."""
    return max(min(outcome.losses, default=float("inf")) for outcome in outcomes)


def _to_targets(group: Sequence[Outcome], targets: Sequence[float]) -> tuple[float, float]:
    """Return the epochs and the seconds to each seed's target, as means."""
    epochs, seconds = [], []
    for outcome, target in zip(group, targets, strict=True):
        # With no epochs there is nothing to wait for.
        reached = (at for at, loss in enumerate(outcome.losses) if loss <= target)
        at = next(reached, -1)
        epochs.append(at + 1)
        seconds.append(outcome.seconds[at] if at >= 0 else 0.0)
    return fmean(epochs), fmean(seconds)
