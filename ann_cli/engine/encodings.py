"""Encodings of a number: what enters a network beside it, so that the first layer can bend there.

They are functions of the scaled number, and say nothing (0) of a cell that is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from math import isfinite
from typing import ClassVar, Protocol

import numpy as np

from ann_cli.engine.settings import Array, Entry, setting, table


class Distribution(Protocol):
    """What is known of a column's scaled numbers."""

    def percentiles(self, *percents: float) -> list[float]:
        """Return some percentiles; the least and the greatest number are those of 0 and 100."""

    def mean(self, function: Callable[[Array], Array]) -> float:
        """Return the mean of a function of the numbers."""


@dataclass(frozen=True)
class Curves:
    """Some functions of a scaled number, with all that the training rows taught."""

    name: ClassVar[str]
    """The entry that made them."""

    @property
    def parts(self) -> tuple[str, ...]:
        """What each function is called: it is one input."""
        raise NotImplementedError

    def how(self) -> tuple[str, ...]:
        """Return each function, as a person writes it."""
        raise NotImplementedError

    def __call__(self, z: Array) -> Array:
        """Return rows × functions."""
        raise NotImplementedError


@dataclass(frozen=True)
class Bins(Curves):
    """How far a number has come through each bin: 0 before it, 1 behind it; less the mean.

    Beside them which of some numbers is the nearest: 1 for that one, 0 for the others.
    """

    name = "piecewise"
    edges: tuple[float, ...]
    """Rising; a bin lies between two."""
    means: tuple[float, ...]
    """Of each bin's share, over the training rows."""
    nearest: tuple[float, ...] = ()
    """Rising."""

    def __post_init__(self) -> None:
        rising = all(
            low < high for each in (self.edges, self.nearest) for low, high in pairwise(each)
        )
        if not rising or len(self.means) != max(len(self.edges) - 1, 0):
            raise ValueError("bins have edges that rise, and a mean each")

    @property
    def parts(self) -> tuple[str, ...]:
        bins = tuple(f"bin {number}" for number in range(1, len(self.means) + 1))
        return bins + tuple(f"near {number}" for number in range(1, len(self.nearest) + 1))

    def how(self) -> tuple[str, ...]:
        bins = zip(pairwise(self.edges), self.means, strict=True)
        return tuple(
            f"z, {low:.3g} … {high:.3g} → 0 … 1, less {mean:.2g}" for (low, high), mean in bins
        ) + tuple(f"1 where z is nearest to {each:.6g}, else 0" for each in self.nearest)

    def __call__(self, z: Array) -> Array:
        edges, nearest = np.array(self.edges), np.array(self.nearest)
        bins = share(z[:, np.newaxis], edges[:-1], edges[1:]) - np.array(self.means)
        if not len(nearest):
            return bins
        told = np.zeros((len(z), len(nearest)))
        told[np.arange(len(z)), np.searchsorted((nearest[:-1] + nearest[1:]) / 2, z)] = 1
        return np.hstack([bins, told])


@dataclass(frozen=True)
class Waves(Curves):
    """sin(2πcz) and cos(2πcz) for some frequencies c."""

    name = "periodic"
    frequencies: tuple[float, ...]

    def __post_init__(self) -> None:
        if not all(map(isfinite, self.frequencies)):
            raise ValueError("frequencies are finite")

    @property
    def parts(self) -> tuple[str, ...]:
        numbers = range(1, len(self.frequencies) + 1)
        return tuple(f"{wave} {number}" for number in numbers for wave in ("sine", "cosine"))

    def how(self) -> tuple[str, ...]:
        waves = [(wave, each) for each in self.frequencies for wave in ("sin", "cos")]
        return tuple(f"{wave}(2π {each:.4g} z)" for wave, each in waves)

    def __call__(self, z: Array) -> Array:
        turns = 2 * np.pi * z[:, np.newaxis] * np.array(self.frequencies)
        return np.stack([np.sin(turns), np.cos(turns)], axis=-1).reshape(len(z), -1)


def share(z: Array, low: float | Array, high: float | Array) -> Array:
    """Return how far numbers have come from `low` to `high`, from 0 to 1."""
    with np.errstate(over="ignore"):  # a bin may be as narrow as numbers go
        return np.clip((z - low) / (high - low), 0.0, 1.0)


@dataclass(frozen=True)
class Encoding(Entry):
    """What enters beside a scaled number."""

    def fit(self, found: Distribution) -> Curves | None:
        """Learn from the training rows; None where nothing enters."""
        raise NotImplementedError

    def of_dates(self) -> "Encoding":
        """Return what enters beside a date, which is scaled as numbers are."""
        return NoEncoding()


class NoEncoding(Encoding):
    """The scaled number alone."""

    name = "none"

    def fit(self, found: Distribution) -> None:
        return None


@dataclass(frozen=True)
class Piecewise(Encoding):
    """How far the number has come through each of some bins, which hold equally many rows.

    Gorishniy, Rubachev & Babenko 2022, "On embeddings for numerical features in tabular deep
    learning", equations 1 and 2, with the first and the last bin held to 0 … 1, too. Quantiles that
    are equal make one edge. Of each input its mean over the training rows is taken.
    """

    name = "piecewise"
    bins: int = setting(8, "bins, at most", ge=2, le=256)
    date_bins: int = setting(0, "bins of a date, at most; 0: dates have none", ge=0, le=256)
    dates: int = setting(
        0, "dates, at most, beside these bins: the nearest of them is told", ge=0, le=1024
    )

    def fit(self, found: Distribution) -> Bins:
        percents = np.linspace(0, 100, self.bins + 1)
        edges = np.unique(found.percentiles(*percents.tolist())).tolist()
        bins = pairwise(edges)
        means = [found.mean(partial(share, low=low, high=high)) for low, high in bins]
        return Bins(tuple(edges), tuple(means))

    def of_dates(self) -> Encoding:
        return OfDates(self.date_bins, self.dates) if self.date_bins else NoEncoding()


@dataclass(frozen=True)
class OfDates(Encoding):
    """Bins, and which of some dates is the nearest: what happens on one tells little of the next.

    The dates are quantiles: of few that stand in many rows, each is one.
    """

    bins: int
    dates: int

    def fit(self, found: Distribution) -> Curves:
        curves = Piecewise(self.bins).fit(found)
        if not self.dates:
            return curves
        percents = np.linspace(0, 100, self.dates).tolist()
        return replace(curves, nearest=tuple(np.unique(found.percentiles(*percents)).tolist()))


@dataclass(frozen=True)
class Periodic(Encoding):
    """Sine and cosine of 2πcz; the frequency c doubles from 1/8, which turns once from −4 to 4.

    Tancik et al. 2020, "Fourier features let networks learn high frequency functions in low
    dimensional domains", section 6.
    """

    name = "periodic"
    frequencies: int = setting(4, "frequencies, each with a sine and a cosine", ge=1, le=32)

    def fit(self, found: Distribution) -> Curves:
        return Waves(tuple(2.0**power for power in range(-3, self.frequencies - 3)))


ENCODINGS = table(NoEncoding, Piecewise, Periodic)

CURVES: dict[str, type[Curves]] = {each.name: each for each in (Bins, Waves)}
"""What a stored encoding was made by, by its name."""
