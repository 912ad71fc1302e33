"""What a report is made from: a run, and the rows that it is looked at with."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ann_cli.errors import AnnError, ConfigError
from ann_cli.insight.importance import Importance, permutation_importance, places_together
from ann_cli.insight.partial_dependence import affordable
from ann_cli.run.result import Run
from ann_cli.run.seen_rows import SeenRows, seen_rows

REPEATS, MANY, FEWER = 10, 50, 4
"""Times that a column is shuffled for its importance, and of so many columns the fewer times: the
rows count for more then."""


@dataclass(frozen=True)
class Worth:
    """How much worse the scores are without each column, the greatest first."""

    columns: list[Importance]
    """None of pictures, and where there are no rows."""
    rows: int
    """Those that it was measured on; fewer, the more columns there are."""
    repeats: int
    """Times that each column was shuffled."""


@dataclass(frozen=True)
class Material:
    """A run, and its rows where these are there."""

    run: Run
    seen: SeenRows | None
    """None where the data are not there any more."""
    missing: str
    """Why, as a sentence; "" where they are there."""
    data: str | None = None
    """The CSV that was named instead of the run's own data."""

    @cached_property
    def worth(self) -> Worth:
        """What each column is worth."""
        model = self.run.model
        shape = model.encoder.shape
        if (
            self.seen is None
            or not model.task.has_target
            or (shape is not None and len(shape) == 3)
        ):
            return Worth([], 0, 0)
        rows = self.seen.judged.rows
        columns = len(places_together(model.encoder))
        repeats = REPEATS if columns <= MANY else FEWER
        most = affordable(model, 1.0, columns * repeats, len(rows))
        generator = np.random.default_rng(model.config.seed)
        chosen = np.sort(generator.permutation(len(rows))[:most])
        fold = None if rows.fold is None else rows.fold[chosen]
        x, y = rows.x[chosen], rows.y[chosen]
        return Worth(permutation_importance(model, x, y, repeats, generator, fold), most, repeats)

    @property
    def order(self) -> list[str]:
        """The columns by their importance, or as the model has them."""
        return [each.column for each in self.worth.columns] or list(
            self.run.model.encoder.input_columns
        )


def material(run: Run, data: str | None = None) -> Material:
    """Return a run with its own rows, or with those of a CSV. Raises DataError for that CSV."""
    if run.model.task.of_ratings:
        if data is not None:
            raise ConfigError(
                "ratings are looked at as they were trained on",
                place="--data",
                remedy="leave it out; ann evaluate scores a model on other ratings",
            )
        return Material(run, None, "")
    try:
        return Material(run, seen_rows(run.model, run.path, data), "", data)
    except AnnError as error:
        if data is not None:
            raise
        first = error.problems[0]
        return Material(run, None, f"{first.place}: {first.message}".removeprefix(": "))
