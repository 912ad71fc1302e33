"""What a training came to: the scores of each side, of the baselines, and the verdict."""

from dataclasses import dataclass
from typing import Any

from ann_cli.data.ratings.sides import RatingSides
from ann_cli.data.ratings.source import rows_in
from ann_cli.data.rows.data_set import DataSet
from ann_cli.data.rows.split import SIDES, Side, judging
from ann_cli.engine.rows import Source
from ann_cli.insight.baselines import Which, baselines
from ann_cli.insight.classical import classical
from ann_cli.insight.conformal import coverage
from ann_cli.insight.scoring import score_rows
from ann_cli.insight.verdict import judged, scores_beside, verdicts
from ann_cli.model.model import Model


@dataclass(frozen=True)
class Judgement:
    """Scores a trained model on all its rows."""

    data_set: DataSet
    model: Model
    which: Which = "usual"
    """The baselines beside it."""
    plain: dict[str, Model] | None = None
    """The plain ones, where they were fitted on `data_set.training` before."""

    def scores(self) -> dict[str, Any]:
        """Return what metrics.json has of them.

        The baselines, the verdict and the classes are those of the side that had the least part in
        the training: the test rows, else the validation rows, else the training rows. A baseline's
        loss is None where the model's own is another one, as the two could not be compared.
        """
        sources = self.data_set.sides
        judge = judging(sources)
        found: dict[str, Any] = dict.fromkeys(SIDES)
        for side, rows in sources.items():
            if side != judge:
                scoring = score_rows(self.model, rows, self._factors(side))
                found[side] = {"rows": rows_in(rows), **scoring.scores()}
        # Where the folds of an ensemble judge, they do so of its baselines, too.
        training = self.data_set.training if judge == "validation" else sources["training"]
        fitted_before = self.plain if training is self.data_set.training else None
        fitted = baselines(self.model, training, self.which, fitted_before)
        others = dict[str, Source]()
        if self.model.task.of_windows and not isinstance(self.data_set.data, RatingSides):
            del fitted[self.model.task.constant]
            forecasts, others = classical(self.model, self.data_set.data, judge)
            fitted = forecasts | fitted
        factors = self._factors(judge)
        scorings, differences = judged(self.model, fitted, sources[judge], factors, others)
        network = scorings.pop("network")
        found[judge] = {"rows": rows_in(sources[judge]), **network.scores()}
        found["baselines"] = {
            name: scores_beside(each, self.model) for name, each in scorings.items()
        }
        found["verdict"] = verdicts(self.model.task, differences)
        # Of rows that chose the intervals it would be no measure.
        held = coverage(self.model, sources["test"]) if judge == "test" else None
        return found | network.details() | {"interval": held}

    def _factors(self, side: Side) -> Any:
        return self.data_set.class_factors if side == "training" else None
