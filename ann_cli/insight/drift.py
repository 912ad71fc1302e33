"""Whether some rows differ from those that trained: by column, silent where chance does it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import erfc, exp, lgamma, pi, sqrt

import numpy as np
import pandas as pd

from ann_cli.data.columns.feature import Feature
from ann_cli.engine.settings import Array
from ann_cli.insight.cells import Cells, all_cells

CONFIDENCE = 0.95
"""How often rows of one kind leave all columns unmentioned."""

EXPECTED = 5
"""Rows that a category is expected to have on either side, at least; rarer ones count as one."""


@dataclass(frozen=True)
class Drift:
    """How far the cells of a column differ between two sides, and how likely chance does so."""

    column: str
    kind: str
    size: float
    """From 0 to 1. Of numbers the greatest gap between the shares of rows up to a value
    (Kolmogorov & Smirnov), of categories the share of rows that would have to change (total
    variation)."""
    chance: float
    """How often rows of one kind differ as much, corrected for all tests that were made."""
    moved: tuple[str, float, float]
    """Of categories the one whose share changed most, and both shares; of numbers "" and both
    medians, NaN where there is none."""
    unseen: float
    """The share of cells whose category no training row has."""
    missing: tuple[float, float]
    """The share of missing cells among the training rows, and among the others."""
    missing_chance: float
    """As `chance`, of the difference between these."""

    @property
    def differs(self) -> bool:
        """Whether it is more than chance does."""
        return min(self.chance, self.missing_chance) < 1 - CONFIDENCE


def drifts(
    training: pd.DataFrame, others: pd.DataFrame, features: Mapping[str, Feature]
) -> list[Drift]:
    """Return how each column differs between the training rows and others, the greatest first.

    Cells of both frames are read. The tests take rows to be independent of each other, which the
    windows of a series are not.
    """
    before, after = (all_cells(each, features) for each in (training, others))
    found = [_drift(before[name], after[name]) for name in features]
    chances = holm([each for one in found for each in (one.chance, one.missing_chance)])
    corrected = [
        replace(each, chance=own, missing_chance=missing)
        for each, own, missing in zip(found, chances[::2], chances[1::2], strict=True)
    ]
    return sorted(corrected, key=lambda each: (not each.differs, -each.size))


def _drift(before: Cells, after: Cells) -> Drift:
    gaps = [each.missing for each in (before, after)]
    missing_counts = np.array([[each.sum(), (~each).sum()] for each in gaps], dtype=np.float64)
    unseen = 0.0
    moved: tuple[str, float, float]
    if before.values is not None and after.values is not None:
        one, other = before.values[~gaps[0]], after.values[~gaps[1]]
        size, chance = kolmogorov_smirnov(one, other)
        medians = [float(np.median(each)) if len(each) else np.nan for each in (one, other)]
        moved = ("", medians[0], medians[1])
    else:
        labels, counts = _counts(before, after)
        known = counts.sum(axis=1, keepdims=True)
        shares = counts / np.maximum(known, 1)
        apart = np.abs(shares[0] - shares[1])
        size = float(apart.sum() / 2) if known.all() else 0.0
        chance = chi_square_chance(counts)
        unseen = float(shares[1, counts[0] == 0].sum())
        at = int(apart.argmax()) if labels else 0
        moved = ("", np.nan, np.nan)
        if labels:
            moved = (labels[at], float(shares[0, at]), float(shares[1, at]))
    shares_missing = (float(gaps[0].mean()), float(gaps[1].mean()))
    missing_chance = chi_square_chance(missing_counts)
    told = (before.column, before.kind, size, chance, moved, unseen)
    return Drift(*told, shares_missing, missing_chance)


def _counts(before: Cells, after: Cells) -> tuple[list[str], Array]:
    """Return the labels of both sides and how often each has them, 2 × labels."""
    labels = list(dict.fromkeys([*before.labels, *after.labels]))
    place = {label: at for at, label in enumerate(labels)}
    counts = np.zeros((2, len(labels)))
    for row, cells in zip(counts, (before, after), strict=True):
        assert cells.codes is not None
        own = np.bincount(cells.codes[cells.codes >= 0], minlength=len(cells.labels))
        row[[place[label] for label in cells.labels]] = own
    return labels, counts


def kolmogorov_smirnov(one: Array, other: Array) -> tuple[float, float]:
    """Return the greatest gap between two empirical distributions, and its chance under one.

    Smirnov 1948, "Table for estimating the goodness of fit of empirical distributions", with
    Stephens' (1970) correction for few rows. Where values repeat the chance is rather too large.
    """
    if not len(one) or not len(other):
        return 0.0, 1.0
    every = np.sort(np.r_[one, other])
    shares = (
        np.searchsorted(np.sort(each), every, side="right") / len(each) for each in (one, other)
    )
    gap = float(np.abs(np.subtract(*shares)).max())
    root = sqrt(len(one) * len(other) / (len(one) + len(other)))
    far = (root + 0.12 + 0.11 / root) * gap
    if far < 0.2:  # where the sum below converges slowly, and is 1 to ten digits
        return gap, 1.0
    terms = ((-1) ** (at - 1) * exp(-2 * at * at * far * far) for at in range(1, 101))
    return gap, min(max(2 * sum(terms), 0.0), 1.0)


def chi_square_chance(counts: Array) -> float:
    """Return the chance of 2 × categories at least as far apart, if both sides are of one kind.

    Pearson 1900; categories of which too few rows are expected count as one (Cochran 1954, "Some
    methods for strengthening the common χ² tests"). Two of few rows have Fisher's exact test.
    """
    rows = counts.sum(axis=1, keepdims=True)
    if not rows.all():
        return 1.0
    kept = counts[:, np.argsort(-counts.sum(axis=0), kind="stable")]
    kept = kept[:, kept.any(axis=0)]
    common = max(int((_expected(kept).min(axis=0) >= EXPECTED).sum()), 1)
    if common < kept.shape[1]:
        kept = np.c_[kept[:, :common], kept[:, common:].sum(axis=1)]
        if common > 1 and _expected(kept)[:, -1].min() < EXPECTED:
            kept = np.c_[kept[:, : common - 1], kept[:, common - 1 :].sum(axis=1)]
    if kept.shape[1] < 2:
        return 1.0
    expected = _expected(kept)
    if expected.min() < EXPECTED:
        return fisher_chance(kept)
    return chi_square_tail(float((np.square(kept - expected) / expected).sum()), kept.shape[1] - 1)


def _expected(counts: Array) -> Array:
    """Return what each cell of a table has where rows and columns have nothing to do."""
    found: Array = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    return found


def fisher_chance(counts: Array) -> float:
    """Return the chance of a 2 × 2 table at most as likely, with the same sums (Fisher 1922)."""
    rare = int(counts.sum(axis=0).argmin())
    own, (first, second) = counts[0, rare], counts.sum(axis=1)
    few = counts[:, rare].sum()
    least, most = max(0.0, few - second), min(first, few)

    def log_chance(at: float) -> float:
        ways = ((first, at), (second, few - at))
        return sum(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) for n, k in ways)

    every = np.array([log_chance(at) for at in np.arange(least, most + 1)])
    parts = np.exp(every - every.max())
    as_unlikely = every <= log_chance(own) + 1e-7
    return float(parts[as_unlikely].sum() / parts.sum())


def chi_square_tail(value: float, degrees: int) -> float:
    """Return the chance that χ² of whole degrees of freedom is greater.

    Abramowitz & Stegun 1964, equations 26.4.4 and 26.4.5.
    """
    half = value / 2
    if half > 700:
        return 0.0
    if degrees % 2:
        term, total = exp(-half) * sqrt(half) * 2 / sqrt(pi), erfc(sqrt(half))
        for at in range(1, degrees, 2):
            total += term
            term *= value / (at + 2)
    else:
        term, total = exp(-half), 0.0
        for at in range(0, degrees, 2):
            total += term
            term *= value / (at + 2)
    return min(total, 1.0)


def holm(chances: Sequence[float]) -> list[float]:
    """Return the chances of several tests, corrected such that all hold together.

    Holm 1979, "A simple sequentially rejective multiple test procedure".
    """
    order, greatest = np.argsort(chances, kind="stable").tolist(), 0.0
    found = [1.0] * len(chances)
    for rank, at in enumerate(order):
        greatest = max(greatest, min(chances[at] * (len(chances) - rank), 1.0))
        found[at] = greatest
    return found
