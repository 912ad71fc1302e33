"""The metrics by name: what each is called, and which way is better."""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Metric:
    """What a score is called, which way is better, and in which units it is."""

    name: str
    label: str
    meaning: str
    """What it says, for who has not met it."""
    more_is_better: bool
    own_units: bool = False
    """Whether it is in the target's own units; else it is a share, or a loss."""
    shown: bool = True
    """Whether the tables on the terminal have it: they have no room for all."""
    least: float = 0.0
    most: float = inf
    """The ends of what it can be, which no interval of it goes beyond."""

    @property
    def sign(self) -> int:
        """1 where less is better, -1 where more is."""
        return -1 if self.more_is_better else 1

    @property
    def furthest(self) -> float:
        """How far two of its values can be apart."""
        return self.most - self.least


METRICS = {
    metric.name: metric
    for metric in (
        Metric(
            "mase", "MASE", "the errors' mean, of the naive forecast's: below 1 beats it", False
        ),
        Metric(
            "reconstruction_error",
            "error",
            "the mean squared error of a row's scaled cells: 0 rebuilds them all",
            False,
        ),
        Metric(
            "quantization_error",
            "distance",
            "how far a row is from its map's nearest unit, the mean, in scaled inputs",
            False,
        ),
        Metric(
            "topographic_error",
            "torn",
            "the share of rows whose two nearest units are no neighbours on the map",
            False,
            most=1.0,
        ),
        Metric(
            "purity",
            "purity",
            "the share of rows that have the most frequent label of their unit",
            True,
            most=1.0,
        ),
        Metric(
            "r2",
            "R²",
            "the share of the variance that is explained: 1 is all, 0 none",
            True,
            least=-inf,
            most=1.0,
        ),
        Metric(
            "rmse",
            "RMSE",
            "the typical size of an error, of which large ones count most",
            False,
            True,
        ),
        Metric("mae", "MAE", "the mean size of an error", False, True),
        Metric("pinball_loss", "pinball loss", "how far quantiles are off", False, True),
        Metric(
            "mean_poisson_deviance",
            "Poisson deviance",
            "how far counts are from their predicted means: 0 is perfect",
            False,
        ),
        Metric(
            "mean_gamma_deviance",
            "gamma deviance",
            "how far numbers are off, as shares of them: 0 is perfect",
            False,
        ),
        Metric(
            "ndcg@10",
            "NDCG@10",
            "how high among the first ten a user's own choices stand: 1 is on top",
            True,
            most=1.0,
        ),
        Metric(
            "recall@10",
            "recall@10",
            "the share of a user's choices among the first ten",
            True,
            most=1.0,
        ),
        Metric(
            "coverage",
            "coverage",
            "the share of items that are recommended to anyone",
            True,
            most=1.0,
        ),
        Metric("accuracy", "accuracy", "the share of rows whose class is found", True, most=1.0),
        Metric(
            "balanced_accuracy",
            "balanced",
            "the same a class, and their mean: rare classes count as much",
            True,
            most=1.0,
        ),
        Metric(
            "f1_macro",
            "F1 macro",
            "rows found against false alarms, the mean over the classes",
            True,
            most=1.0,
        ),
        Metric(
            "roc_auc",
            "ROC AUC",
            "how often a row of a class ranks above another: chance is 0.5",
            True,
            most=1.0,
        ),
        Metric(
            "average_precision",
            "average precision",
            "the share of true rows among the highest ranked",
            True,
            most=1.0,
        ),
        Metric(
            "log_loss", "log loss", "the surprise at what happened: 0 is certain and right", False
        ),
        Metric(
            "brier_score",
            "Brier",
            "the squared distance of probabilities from what happened",
            False,
            shown=False,
            most=2.0,
        ),
    )
}
"""In the order in which they are shown. What ranks, prints or explains a metric reads it here."""

LOSS = Metric("loss", "loss", "what the weights are to make small", False)
"""A model's own loss, whatever its kind: no tables but those of a training show it."""


def metric_of(name: str) -> Metric:
    """Return what is known of a score: one of METRICS, or the loss."""
    return LOSS if name == LOSS.name else METRICS[name]
