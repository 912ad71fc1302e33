"""Whether a network is better than a baseline: the differences of their losses, row by row."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from ann_cli.engine.rows import Source
from ann_cli.engine.settings import Array
from ann_cli.insight.intervals import Interval, t_quantile
from ann_cli.insight.scoring import Scoring, rows_to_score
from ann_cli.model.model import Model
from ann_cli.tasks.task import Scores, Task

CONFIDENCE = 0.95
"""How often the intervals of all baselines cover the true differences (Bonferroni's correction).

Rows that chose the epoch favour the network; tests/benchmarks/noise.py counts how often one that
learns noise is said to beat a baseline, with such rows and with others.
"""

CHOSEN_BY_TRAINING = {"boltzmann", "perceptron", "brute_force", "map"}
"""What metrics.json has of trainings whose weights the training rows alone have chosen."""

Standing = Literal["beats", "cannot be told apart from", "is worse than"]

APART: Standing = "cannot be told apart from"
NOT_COMPARED = "is not compared with"
"""The verdict on a baseline of a network that does not beat the constant one."""


@dataclass(frozen=True)
class Difference:
    """By how much a network's mean loss of a row lies below a baseline's, and the interval."""

    measure: str
    """The loss of a row: squared error, or errors (1 for a wrong class)."""
    difference: float
    low: float
    high: float
    confidence: float

    @classmethod
    def of(cls, task: type[Task] | Task, found: Interval, confidence: float) -> "Difference":
        """Return that of a task's rows, no more than one row's losses can differ by."""
        within = found.within(-task.most_row_loss, task.most_row_loss)
        return cls(task.row_loss, within.mean, within.low, within.high, confidence)

    @property
    def standing(self) -> Standing:
        """What the interval says."""
        if self.low > 0:
            return "beats"
        return "is worse than" if self.high < 0 else "cannot be told apart from"


class Pairing:
    """The weighted differences of two models' losses on the same rows, gathered block by block."""

    def __init__(self, overlap: int = 1) -> None:
        """`overlap` is how many rows in a row tell the same, and count as one."""
        self._rows, self._overlap = 0, overlap
        self._sums = np.zeros(5)
        """Of w, wd, w², w²d and w²d²."""

    def add(self, own: Array, other: Array, weight: Array | None) -> None:
        """Add some rows' losses."""
        with np.errstate(over="ignore", invalid="ignore"):
            d = other.astype(np.float64) - own
            w = np.ones(len(d)) if weight is None else weight.astype(np.float64)
            squares = w * w
            terms = (w, w * d, squares, squares * d, squares * d * d)
            self._sums += [float(each.sum()) for each in terms]
            self._rows += int(np.count_nonzero(w))

    @property
    def mean(self) -> float | None:
        """The mean difference; None where there is none."""
        w, wd = self._sums[:2].tolist()
        return wd / w if w and np.isfinite(wd) else None

    def difference(self, task: type[Task] | Task, confidence: float) -> Difference | None:
        """Return the mean difference and its interval; None where there is none.

        Student's interval of a weighted mean (Student 1908; the variance is that of Cochran 1977,
        "Sampling Techniques", section 6.9, which for equal weights is the usual one). Windows that
        overlap count as one, as if their losses were equal: the interval is rather too wide.
        """
        w, wd, ww, wwd, wwdd = self._sums.tolist()
        rows = self._rows // self._overlap
        if rows < 2 or not w or not np.isfinite(self._sums).all():
            return None
        mean = wd / w
        squared = max(wwdd - 2 * mean * wwd + mean * mean * ww, 0.0) * self._rows / rows
        error = sqrt(squared * rows / (rows - 1)) / w
        margin = t_quantile(rows - 1, confidence) * error
        found = Interval(mean, mean - margin, mean + margin)
        return Difference.of(task, found, confidence)


def verdicts(
    task: type[Task] | Task, differences: Mapping[str, Difference | None]
) -> dict[str, dict[str, Any]]:
    """Return the differences from baselines for JSON, each with its verdict.

    One that is not known tells nothing apart. A network that is not shown to beat the constant
    baseline beats no other: where there is nothing to learn, a linear model is truly worse than
    the mean, and to be better than it says nothing of the network.
    """
    found: dict[str, dict[str, Any]] = {
        name: {"verdict": each.standing, **vars(each)} if each else {"verdict": APART}
        for name, each in differences.items()
    }
    constant = found.get(task.constant)
    if task.has_target and constant and constant["verdict"] != "beats":
        for each in found.values():
            if each["verdict"] == "beats":
                each["verdict"] = NOT_COMPARED
    return found


def confidence_of_each(baselines: int) -> float:
    """Return how often each of so many intervals covers, for all of them to do so together."""
    return 1 - (1 - CONFIDENCE) / baselines


def paired(
    model: Model,
    baselines: Mapping[str, Model],
    rows: Source,
    factors: Array | None,
    others: Mapping[str, Source] = MappingProxyType({}),
) -> tuple[dict[str, Scoring], dict[str, Pairing]]:
    """Score a network and its baselines on the same rows, and pair it with each of them.

    The network's scoring is called "network". `others` are the same rows as baselines see them
    that see something else of them.
    """
    models = {"network": model, **baselines}
    scorings = {name: Scoring(each, factors) for name, each in models.items()}
    overlap = model.task.overlap(model.encoder.targets)
    pairings = {name: Pairing(overlap) for name in baselines}
    size = rows_to_score(model)
    sources = [iter(each.blocks(size, None)) for each in others.values()]
    for block in rows.blocks(size, None):
        seen = dict(zip(others, map(next, sources), strict=True))
        losses = {name: scoring.add(seen.get(name, block)) for name, scoring in scorings.items()}
        weight = scorings["network"].counts(block)
        for name, pairing in pairings.items():
            pairing.add(losses["network"], losses[name], weight)
    return scorings, pairings


def scores_beside(baseline: Scoring, model: Model) -> Scores:
    """Return a baseline's scores; its loss is None where it is of another kind than the model's."""
    scores = dict(baseline.scores())
    if baseline.model.network.loss != model.network.loss:
        scores["loss"] = None
    return scores


def judged(
    model: Model,
    baselines: Mapping[str, Model],
    rows: Source,
    factors: Array | None,
    others: Mapping[str, Source] = MappingProxyType({}),
) -> tuple[dict[str, Scoring], dict[str, Difference | None]]:
    """Return what `paired` scores, and the difference from each baseline."""
    scorings, pairings = paired(model, baselines, rows, factors, others)
    task, confidence = model.task, confidence_of_each(len(baselines))
    return scorings, {
        name: pairing.difference(task, confidence) for name, pairing in pairings.items()
    }


def chose_epoch(metrics: Mapping[str, Any], side: str) -> bool:
    """Whether the rows of a side chose the epoch that is kept, so that their scores flatter it."""
    by_training = not CHOSEN_BY_TRAINING.isdisjoint(metrics)
    return side == "validation" and metrics["epochs"] > 1 and not by_training
