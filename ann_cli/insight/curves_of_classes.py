"""How well probabilities rank and foretell classes: curves of few points for any number of rows."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from ann_cli.engine.rows import Source
from ann_cli.engine.settings import Array
from ann_cli.insight.scoring import score_rows
from ann_cli.model.model import Model
from ann_cli.tasks.class_scores import ClassScores
from ann_cli.tasks.classification import ClassesScores
from ann_cli.tasks.ranking import average_precision, precision_recall_curve, roc_auc, roc_curve

POINTS = 200
"""Points that a curve has at most."""

CONFIDENCE = 0.95


@dataclass(frozen=True)
class ClassCurves:
    """The ROC curve and that of precision and recall of a class against the rest."""

    label: str
    share: float
    """Of the rows that are of this class, by their weights."""
    auc: float
    average_precision: float
    """The areas are those of all points, not of the few that are kept."""
    false_positives: Array
    """The share of other rows at or above each score, from 0 to 1."""
    true_positives: Array
    recall: Array
    precision: Array


@dataclass(frozen=True)
class ReliabilityBin:
    """Rows of like probability: what was foretold, what happened, and where the truth may be."""

    rows: float
    predicted: float
    observed: float
    low: float
    high: float

    @property
    def is_off(self) -> bool:
        """Whether what was foretold lies outside the interval of what happens."""
        return not self.low <= self.predicted <= self.high


def class_scores(model: Model, rows: Source) -> ClassScores:
    """Return the scores of a model of classes on rows, each by the members that never saw it."""
    gathered = score_rows(model, rows).metrics
    assert isinstance(gathered, ClassesScores)
    return gathered.gathered


def class_curves(scores: ClassScores, labels: tuple[str, ...]) -> list[ClassCurves]:
    """Return the curves of each class that occurs, of two of the second; none without a ranking.

    The rows are those that were scored, each by its weight.
    """
    found = []
    for of, own, others in scores.ranking:
        false, true = roc_curve(own, others)
        at = _spread(false + true)
        recall, precision = precision_recall_curve(own, others)
        few = _spread(recall)
        found.append(
            ClassCurves(
                labels[of],
                float(own.sum() / (own.sum() + others.sum())),
                roc_auc(own, others),
                average_precision(own, others),
                false[at],
                true[at],
                recall[few],
                precision[few],
            )
        )
    return found


def _spread(along: Array) -> Array:
    """Return the places of at most POINTS numbers, as evenly as they lie, both ends among them.

    `along` ascends; of equal numbers the first is taken, the last one of all too.
    """
    if len(along) <= POINTS:
        return np.arange(len(along))
    wanted = np.linspace(along[0], along[-1], POINTS - 1)
    return np.unique(np.r_[np.searchsorted(along, wanted[:-1]), len(along) - 1])


def reliability(scores: ClassScores) -> list[ReliabilityBin]:
    """Return the bins of probabilities that have rows, each with the interval of its share.

    All intervals together cover in 95 of 100 cases (Bonferroni).
    """
    bins = scores.reliability.told()
    confidence = 1 - (1 - CONFIDENCE) / max(len(bins), 1)
    return [
        ReliabilityBin(
            each["rows"],
            each["predicted"],
            each["observed"],
            *share_interval(each["observed"], each["rows"], confidence),
        )
        for each in bins
    ]


def share_interval(
    share: float, rows: float, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Return the interval of a share that was seen in so many independent rows.

    Wilson 1927, "Probable inference, the law of succession, and statistical inference": the shares
    from which what was seen is no farther than the normal distribution goes.
    """
    if not rows:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    middle = share + z * z / (2 * rows)
    reach = z * sqrt(max(share * (1 - share), 0.0) / rows + z * z / (4 * rows * rows))
    whole = 1 + z * z / rows
    return max((middle - reach) / whole, 0.0), min((middle + reach) / whole, 1.0)
