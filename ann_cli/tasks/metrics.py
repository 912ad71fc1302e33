"""The metrics by name: what each is called, and which way is better."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """What a score is called, which way is better, and in which units it is."""

    name: str
    label: str
    more_is_better: bool
    own_units: bool = False
    """Whether it is in the target's own units; else it is a share, or a loss."""
    shown: bool = True
    """Whether the tables on the terminal have it: they have no room for all."""

    @property
    def sign(self) -> int:
        """1 where less is better, -1 where more is."""
        return -1 if self.more_is_better else 1


METRICS = {
    metric.name: metric
    for metric in (
        Metric("mase", "MASE", False),
        Metric("r2", "R²", True),
        Metric("rmse", "RMSE", False, True),
        Metric("mae", "MAE", False, True),
        Metric("pinball_loss", "pinball loss", False, True),
        Metric("mean_poisson_deviance", "Poisson deviance", False),
        Metric("mean_gamma_deviance", "gamma deviance", False),
        Metric("accuracy", "accuracy", True),
        Metric("balanced_accuracy", "balanced", True),
        Metric("f1_macro", "F1 macro", True),
        Metric("roc_auc", "ROC AUC", True),
        Metric("average_precision", "average precision", True),
        Metric("log_loss", "log loss", False),
        Metric("brier_score", "Brier", False, shown=False),
    )
}
"""In the order in which they are shown. What ranks, prints or explains a metric reads it here."""
