"""What a model of numbers leaves of each row: how it is distributed, and against each column."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ann_cli.data.columns.category_feature import MISSING
from ann_cli.engine.settings import Array
from ann_cli.insight.cells import Cells
from ann_cli.insight.intervals import Interval, mean_interval

GROUPS, CATEGORIES, BINS, SIDE = 10, 12, 40, 40
"""Groups of a column of numbers, categories of another, bins of a histogram, and of each side of
one of two numbers. At most."""

TAIL = 0.005
"""The share at either end that a histogram's first and last bin take together."""


@dataclass(frozen=True)
class Group:
    """The errors of the rows whose cells are alike."""

    label: str
    """Of a category, or of missing cells; "" of numbers."""
    low: float
    """The least number of the group; NaN of a label."""
    high: float
    rows: int
    quarter: float
    median: float
    three_quarters: float


@dataclass(frozen=True)
class ErrorsAlong:
    """The errors of one target against a column."""

    column: str
    kind: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Histogram:
    """How many numbers lie between each edge and the next; those beyond are in the outer bins."""

    edges: Array
    counts: Array
    below: int
    """Numbers beyond the first edge, which the first bin counts."""
    above: int


@dataclass(frozen=True)
class Density:
    """How many pairs of numbers lie in each cell, actual × predicted, both with the same edges."""

    edges: Array
    counts: Array


@dataclass(frozen=True)
class ErrorSummary:
    """The errors of one target, actual less predicted, in its own units."""

    rows: int
    mean: Interval
    """Away from 0 where the model is off to one side."""
    median_size: float
    most_sizes: float
    """Nine of ten errors are at most so large."""
    worst_share: float
    """The part of all squared errors that the worst hundredth of the rows has."""


def error_summary(errors: Array) -> ErrorSummary:
    """Return what is told of the finite errors of one target; of none ValueError."""
    known = errors[np.isfinite(errors)]
    if not len(known):
        raise ValueError("no error is a finite number")
    sizes = np.sort(np.abs(known))
    squares = np.square(sizes / (sizes[-1] or 1.0))
    worst = max(len(sizes) // 100, 1)
    whole = float(squares.sum())
    return ErrorSummary(
        len(known),
        mean_interval(known.tolist()),
        float(np.median(sizes)),
        float(np.quantile(sizes, 0.9)),
        float(squares[-worst:].sum()) / whole if whole else 0.0,
    )


def errors_along(cells: Cells, errors: Array) -> ErrorsAlong:
    """Return the quartiles of errors by a column's groups.

    Numbers are in groups of as many rows each, equal ones together; categories are by themselves,
    rare ones together; missing cells are a group.
    """
    groups = []
    if cells.values is None:
        codes, labels = cells.common(CATEGORIES)
        for at, label in enumerate(labels):
            groups.append(_group(errors[codes == at], label))
    else:
        known = ~cells.missing
        own, left = cells.values[known], errors[known]
        if len(own):
            shares = np.linspace(0, 1, GROUPS + 1)
            edges = np.unique(np.quantile(own, shares, method="closest_observation"))
            few = len(np.unique(own)) <= GROUPS
            edges = np.unique(own) if few else edges[1:]
            place = np.searchsorted(edges, own)
            for at in range(len(edges)):
                here = place == at
                ends = (float(own[here].min()), float(own[here].max())) if here.any() else ()
                groups.append(_group(left[here], "", *ends))
        if not known.all():
            groups.append(_group(errors[~known], MISSING))
    return ErrorsAlong(cells.column, cells.kind, tuple(each for each in groups if each.rows))


def _group(errors: Array, label: str, low: float = np.nan, high: float = np.nan) -> Group:
    errors = errors[np.isfinite(errors)]
    quartiles = np.quantile(errors, (0.25, 0.5, 0.75)).tolist() if len(errors) else [np.nan] * 3
    return Group(label, low, high, len(errors), *quartiles)


def histogram(values: Array) -> Histogram:
    """Return the bins of finite numbers: as Freedman & Diaconis 1981 have their width, and BINS.

    A few far numbers would leave all others in one bin: they are counted in the outer bins.
    """
    known = values[np.isfinite(values)]
    low, high = np.quantile(known, (TAIL, 1 - TAIL)).tolist() if len(known) else (0.0, 0.0)
    if not low < high:
        low, high = low - 0.5, high + 0.5
    inner = known[(known >= low) & (known <= high)]
    quarter, three_quarters = np.quantile(inner, (0.25, 0.75)) if len(inner) else (0.0, 0.0)
    width = 2 * float(three_quarters - quarter) / max(len(inner), 1) ** (1 / 3)
    bins = min(max(round((high - low) / width), 5), BINS) if width else BINS
    edges = np.linspace(low, high, bins + 1)
    counts, _ = np.histogram(np.clip(known, low, high), edges)
    return Histogram(edges, counts, int((known < low).sum()), int((known > high).sum()))


def density(actual: Array, predicted: Array) -> Density:
    """Return how many rows have which actual and which predicted number."""
    known = np.isfinite(actual) & np.isfinite(predicted)
    both = np.r_[actual[known], predicted[known]]
    low, high = (float(both.min()), float(both.max())) if len(both) else (0.0, 1.0)
    edges = np.linspace(low, high if high > low else low + 1, SIDE + 1)
    counts, _, _ = np.histogram2d(actual[known], predicted[known], (edges, edges))
    return Density(edges, counts.astype(np.intp))


def worst_rows(errors: Array, most: int = 10) -> Sequence[int]:
    """Return the rows with the greatest errors of one target, the greatest first."""
    sizes = np.where(np.isfinite(errors), np.abs(errors), -1.0)
    order = np.argsort(-sizes, kind="stable")[:most]
    return [at for at in order.tolist() if sizes[at] > 0]
