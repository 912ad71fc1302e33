"""The season of a series, and how far off its repetition is: what scaled errors are divided by."""

from collections.abc import Iterable

import numpy as np

from ann_cli.data.cells.values import Array
from ann_cli.data.series.step import Step
from ann_cli.data.series.windows import changes


def season_of(step: Step, parts: Iterable[Array]) -> int:
    """Return the steps of a season by the step of time; 1 where no season is known.

    Of several the one whose repetition is least far off on the training `parts` of all series, of
    which two seasons are there.
    """
    parts = list(parts)
    longest = max(map(len, parts), default=0)
    possible = [each for each in step.seasons if 2 * each <= longest]
    if len(possible) < 2:
        return possible[0] if possible else 1

    def error(season: int) -> float:
        errors = [naive_error(each, season) / naive_error(each, 1) for each in parts]
        return float(np.mean(errors))

    return min(possible, key=error)


def naive_error(values: Array, season: int) -> float:
    """Return the mean absolute error of the seasonal naive forecast within a part, never 0.

    Hyndman & Koehler 2006, "Another look at measures of forecast accuracy", by which errors of
    series of any size compare. Of a part without a whole season, or one that never changes, the
    next best stands: the change of a step, the mean size, 1.
    """
    with np.errstate(all="ignore"):
        for found in (changes(values, season), changes(values, 1), values):
            sizes = np.abs(found[np.isfinite(found)])
            if len(sizes) and (error := float(sizes.mean())) > 0:
                return error
    return 1.0
