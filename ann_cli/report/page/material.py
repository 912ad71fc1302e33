"""What a report is made from: a run, and the rows that it is looked at with."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ann_cli.errors import AnnError
from ann_cli.insight.importance import Importance, permutation_importance, places_together
from ann_cli.insight.partial_dependence import affordable
from ann_cli.run.result import Run
from ann_cli.run.seen_rows import SeenRows, seen_rows

REPEATS = 10
"""Times that a column is shuffled for its importance."""


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
    def importance(self) -> tuple[list[Importance], int]:
        """How much worse the scores are without each column, and the rows that tell it.

        The greatest first; of many columns it is told by fewer rows. None of pictures.
        """
        model = self.run.model
        shape = model.encoder.shape
        if self.seen is None or (shape is not None and len(shape) == 3):
            return [], 0
        rows = self.seen.judged.rows
        times = len(places_together(model.encoder)) * REPEATS
        most = affordable(model, 0.5, times, len(rows))
        generator = np.random.default_rng(model.config.seed)
        chosen = np.sort(generator.permutation(len(rows))[:most])
        fold = None if rows.fold is None else rows.fold[chosen]
        x, y = rows.x[chosen], rows.y[chosen]
        return permutation_importance(model, x, y, REPEATS, generator, fold), most

    @property
    def order(self) -> list[str]:
        """The columns by their importance, or as the model has them."""
        found, _ = self.importance
        return [each.column for each in found] or list(self.run.model.encoder.input_columns)


def material(run: Run, data: str | None = None) -> Material:
    """Return a run with its own rows, or with those of a CSV. Raises DataError for that CSV."""
    try:
        return Material(run, seen_rows(run.model, run.path, data), "", data)
    except AnnError as error:
        if data is not None:
            raise
        first = error.problems[0]
        return Material(run, None, f"{first.place}: {first.message}".removeprefix(": "))
