"""Intervals and sets that hold the actual value of a chosen share of rows: conformal prediction.

Rows that a network was left out of say how far off it is. Vovk, Gammerman & Shafer 2005,
"Algorithmic learning in a random world"; Barber, Candès, Ramdas & Tibshirani 2021, "Predictive
inference with the jackknife+", section 4.
"""

from collections.abc import Sequence
from math import ceil, floor
from typing import Annotated, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from ann_cli.data.columns.targets import ClassTarget, NumberTarget
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError

MOST = 1000
"""Scores that are kept of a target; of more rows those at evenly spaced ranks."""

MOST_OF_ALL = 100_000
"""Scores that are kept of all targets."""

FARTHEST = 1e300
"""What stands for a score that is no finite number."""

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Calibration(BaseModel):
    """How far off a trained network was on the rows that it was not trained on."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    rows: int = Field(gt=0)
    """The rows that were left out."""
    folds: bool
    """Whether each was predicted by an ensemble's members that were trained without its fold."""
    scores: list[list[FiniteFloat]]
    """Of each target, ascending: how far off rows were, as the network sees the target. Of classes
    1 - p of the actual one."""
    floors: list[Positive | None] = []
    """Of each target of numbers what is added to the members' spread, by which its scores are
    divided; None: they are divided by nothing."""
    temperature: Positive | None = None
    """What an ensemble's weighted sums were divided by; its shares hold it."""

    @classmethod
    def of(cls, scores: Array, **others: object) -> Self:
        """Keep what is wanted of the scores, rows × targets."""
        rows, targets = scores.shape
        ordered = np.sort(np.nan_to_num(scores, nan=FARTHEST, posinf=FARTHEST), axis=0)
        kept = ordered[ranks(rows, targets) - 1]
        return cls.model_validate({"rows": rows, "scores": kept.T.tolist(), **others})

    def check(self, targets: Sequence[NumberTarget | ClassTarget]) -> None:
        """Raise ValueError where it is not that of a model with these targets.

        Of what learns without one, its rows have one score each.
        """
        several = max(len(targets), 1)
        wanted = len(ranks(self.rows, several))
        numbers = bool(targets) and not targets[0].classes
        if (
            len(self.scores) != several
            or len(self.floors) != (len(targets) if numbers else 0)
            or any(len(each) != wanted or each != sorted(each) for each in self.scores)
        ):
            raise ValueError("its calibration is not that of its targets")

    def quantiles(self, level: float) -> Array:
        """Return the score of each target that a share of `level` of new rows does not exceed.

        It is the ceil((n + 1) level)-th smallest of n (Barber et al. 2021, equation 1.3): a new
        row is as likely to come at any of the n + 1 places among them. Where not all scores are
        kept it is the next one that is. Raises ConfigError where n is too small.
        """
        if not 0 < level < 1:
            raise ConfigError(
                f"{level:g} is not between 0 and 1",
                place="--interval",
                remedy="0.9 gives intervals that hold 9 of 10 actual values",
            )
        rank = ceil(round((self.rows + 1) * level, 9))
        if rank > self.rows:
            digits = 10 ** (len(str(self.rows)) + 2)
            widest = floor(self.rows / (self.rows + 1) * digits + 1e-9) / digits
            raise ConfigError(
                f"{level:g} cannot be told from the {self.rows:,} rows that the network was not "
                f"trained on: the widest level is {widest:g}",
                place="--interval",
                remedy=f"ask for {widest:g} at most, or train with at least "
                f"{ceil(round(level / (1 - level), 6)):,} such rows",
            )
        at = int(np.searchsorted(ranks(self.rows, len(self.scores)), rank))
        return np.array([each[at] for each in self.scores])

    @property
    def uses_spread(self) -> bool:
        """Whether the width of an interval depends on the members' spread."""
        return any(each is not None for each in self.floors)

    def ends(
        self, level: float, outputs: Array, spread: Array | None, targets: Sequence[NumberTarget]
    ) -> list[tuple[Array, Array]]:
        """Return the ends of each target's intervals in its own units.

        `outputs` and the members' `spread` are rows × outputs, as the network has them. An
        interval is made there and transformed back, which keeps the order, and so the share of
        rows; then it ends where predictions end.
        """
        low, high = lowest_and_highest(outputs, len(targets))
        width = self.quantiles(level) * divisors(self.floors, spread, low.shape)
        # Quantiles that are too far apart are moved inwards, at most to their middle.
        width = np.maximum(width, (low - high) / 2)
        return [
            (
                target.quantiles(low[:, at] - width[:, at]),
                target.quantiles(high[:, at] + width[:, at]),
            )
            for at, target in enumerate(targets)
        ]

    def sets(self, level: float, shares: Array, classes: Sequence[str]) -> list[list[str]]:
        """Return the labels of each row that are as likely as `level` asks for.

        `shares` are the probabilities, rows × classes. A label is in the set where 1 - p is at most
        the quantile (Sadinle, Lei & Wasserman 2019, "Least ambiguous set-valued classifiers with
        bounded error levels"); the likeliest always is.
        """
        held = 1 - shares <= self.quantiles(level)
        held[np.arange(len(shares)), shares.argmax(axis=1)] = True
        return [[classes[at] for at in np.flatnonzero(row).tolist()] for row in held]


def no_calibration() -> ConfigError:
    """Say that weights have none, and so no interval."""
    return ConfigError(
        "these weights do not say how far off the network was on rows that it was not trained "
        "on: they are of an earlier version, or there were none",
        place="--interval",
        remedy="train again with this version, with validation rows (data.validation: 0.2) or "
        "an ensemble of folds",
    )


def ranks(rows: int, targets: int) -> Array:
    """Return the ranks, from 1, of the scores that are kept; the last is the largest."""
    most = max(min(MOST, MOST_OF_ALL // targets), 1)
    if rows <= most:
        return np.arange(1, rows + 1)
    return np.linspace(rows / most, rows, most).round().astype(np.int64)


def lowest_and_highest(outputs: Array, targets: int) -> tuple[Array, Array]:
    """Return the least and the greatest quantile of each target, rows × targets, float64.

    Of a network that has one output a target they are the same.
    """
    own = outputs.reshape(len(outputs), targets, -1).astype(np.float64)
    return own.min(axis=-1), own.max(axis=-1)


def conformity(y: Array, outputs: Array, targets: int) -> Array:
    """Return how far off rows are, rows × targets: below 0 between two quantiles.

    Romano, Patterson & Candès 2019, "Conformalized quantile regression", equation 6; |y - a| of a
    network that has one output a target.
    """
    low, high = lowest_and_highest(outputs, targets)
    actual = y.reshape(len(y), targets, -1)[..., 0].astype(np.float64)
    return np.maximum(low - actual, actual - high)


def divisors(floors: Sequence[float | None], spread: Array | None, shape: tuple[int, ...]) -> Array:
    """Return what scores were divided by, rows × targets: the spread and a floor, or 1."""
    found = np.ones(shape)
    for at, each in enumerate(floors):
        if each is not None and spread is not None:
            found[:, at] = spread[:, at] + each
    return found
