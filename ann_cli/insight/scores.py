"""The scores of predictions by name: what each is called, and which way is better."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """What a score is called, which way is better, and in which units it is."""

    name: str
    label: str
    task: str
    more_is_better: bool
    own_units: bool = False
    """Whether it is in the target's own units; else it is a share, or a loss."""

    @property
    def sign(self) -> int:
        """1 where less is better, -1 where more is."""
        return -1 if self.more_is_better else 1


METRICS = {
    metric.name: metric
    for metric in (
        Metric("r2", "R²", "regression", True),
        Metric("rmse", "RMSE", "regression", False, True),
        Metric("mae", "MAE", "regression", False, True),
        Metric("accuracy", "accuracy", "classification", True),
        Metric("balanced_accuracy", "balanced", "classification", True),
        Metric("f1_macro", "F1 macro", "classification", True),
        Metric("roc_auc", "ROC AUC", "classification", True),
        Metric("average_precision", "average precision", "classification", True),
        Metric("log_loss", "log loss", "classification", False),
    )
}
"""All metrics by name, in the order in which they are shown."""
