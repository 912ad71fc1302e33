"""A column that names pictures, as inputs of the network: a number a pixel and channel."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from math import inf
from typing import ClassVar

import numpy as np
import pandas as pd

from ann_cli.config.data_spec import Data
from ann_cli.data.cells.notation import TEXT, Notation
from ann_cli.data.cells.pictures import LEVELS, PictureError, read_picture
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.scaling import bent, center_and_scale, limit_of, limited
from ann_cli.data.columns.statistics import ColumnStatistics, Numbers
from ann_cli.data.columns.summaries import Moments
from ann_cli.engine.parameters import Shape
from ann_cli.errors import DataError, Problem

SHOWN = 20
"""Files that an error names; of more their number is told."""

COLOURS = ("red", "green", "blue")


class Pictures:
    """What the files that a column names say: how often each level occurs in each channel."""

    def __init__(self, name: str, shape: Shape) -> None:
        self.name, self.shape = name, shape
        self.rows = self.missing = 0
        self.counts = np.zeros((shape[-1], LEVELS), dtype=np.int64)
        self.odd: list[tuple[int, str]] = []
        """The row of each file that is none of these pictures, and why, as a sentence."""
        self.hashes = 0
        """The sum of a hash of each row's pixels, which is the same in whatever order they come."""

    def add(self, column: pd.Series) -> None:
        """Add files, one a row; those that cannot be used are kept in `odd`."""
        self.rows += len(column)
        for row, path in zip(column.index, column, strict=True):
            try:
                pixels = _pixels(path, self.shape)
            except PictureError as error:
                self.odd.append((int(row), str(error)))
                continue
            own_hash = sha256(f"{row} ".encode() + pixels.tobytes()).digest()
            self.hashes = (self.hashes + int.from_bytes(own_hash, "big")) % (1 << 256)
            for channel, own in enumerate(self.counts):
                own += np.bincount(pixels[..., channel].ravel(), minlength=LEVELS)

    @property
    def channels(self) -> list["Levels"]:
        """What the pixels of each channel say."""
        return [Levels(self.name, own) for own in self.counts]


class Levels(Numbers):
    """Whole numbers from 0 on, known by how often each occurs."""

    def __init__(self, name: str, counts: Array) -> None:
        super().__init__(name, "number")
        self._counts = counts
        self.rows = int(counts.sum())

    @property
    def moments(self) -> Moments:
        """Those of all pixels."""
        values, counts = self.sample()
        if not len(values):
            return Moments()
        mean = float(np.average(values, weights=counts))
        squares = float((np.square(values - mean) * counts).sum())
        return Moments(self.rows, mean, squares, float(values[0]), float(values[-1]))

    def percentiles(self, *percents: float) -> list[float]:
        """Return some percentiles, linear between two pixels."""
        values, counts = self.sample()
        ranks = np.array(percents) / 100 * (self.rows - 1)
        low, high = (
            values[np.searchsorted(counts.cumsum(), each, side="right")]
            for each in (np.floor(ranks), np.ceil(ranks))
        )
        return (low + ranks % 1 * (high - low)).tolist()

    def sample(self) -> tuple[Array, Array]:
        """Return the levels that occur, in their order, and how often."""
        values = np.flatnonzero(self._counts)
        return values.astype(np.float64), self._counts[values]


@dataclass(frozen=True)
class PictureFeature(Feature):
    """A PNG file: each level of a channel is (level − center) / scale, row by row of its pixels."""

    stored: ClassVar[tuple[str, ...]] = ("name", "kind", "picture", "centers", "scales")
    """The fields that every record of it in a weights file has."""

    name: str
    kind: Kind
    picture: Shape
    """Height, width and channels."""
    centers: tuple[float, ...]
    """One a channel, as its scales."""
    scales: tuple[float, ...]
    limit: float | None = None
    """What a scaled level comes near to at most; None: nothing."""
    notation: Notation = TEXT

    @classmethod
    def fit(cls, found: Pictures, scaling: str) -> "PictureFeature":
        """Learn from what the training rows say."""
        pairs = [center_and_scale(each, scaling) for each in found.channels]
        centers, scales = zip(*pairs, strict=True)
        limit = limit_of(found.channels[0], scaling)
        return cls(found.name, "category", found.shape, centers, scales, limit)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs: row and column of each pixel, from 0, and its channel."""
        return _places(self.name, self.picture)

    def encode(self, column: pd.Series, out: Array) -> None:
        """Write rows × inputs into `out`. Raises DataError with the rows of all odd files."""
        levels = self._levels(out.dtype)
        for pixels, into in zip(self._read(column), out, strict=True):
            for channel, own in enumerate(levels):
                into[channel :: len(levels)] = own[pixels[channel :: len(levels)]]

    def pixels(self, column: pd.Series) -> Array:
        """Return the pixels of files, rows × inputs, 0 to 255. Raises DataError as `encode`."""
        found = list(self._read(column))
        return np.array(found).reshape(len(column), len(self.inputs))

    def plain_cells(self, column: pd.Series) -> list[list[int]]:
        """Return a list of each picture's pixels. Raises DataError as `encode`."""
        return self.pixels(column).tolist()

    def _read(self, column: pd.Series) -> Iterator[Array]:
        """Yield the pixels of each file, row by row of it; at the end raise what was odd."""
        odd = list[tuple[int, str]]()
        for row, path in zip(column.index, column, strict=True):
            try:
                yield _pixels(path, self.picture).ravel()
            except PictureError as error:
                odd.append((int(row), str(error)))
                yield np.zeros(len(self.inputs), dtype=np.uint8)
        if odd:
            raise DataError.of(told_odd({"": odd}))

    def _levels(self, dtype: np.dtype) -> Array:
        """Return what enters for each level: channels × levels."""
        limit = inf if self.limit is None else self.limit
        every = np.tile(np.arange(LEVELS, dtype=np.float64), (len(self.centers), 1))
        centers, scales = (np.array(each)[:, np.newaxis] for each in (self.centers, self.scales))
        return limited(every, centers, scales, limit, dtype).astype(dtype)

    def how(self) -> str:
        """Return how a cell becomes its first input."""
        return bent(f"(x − {self.centers[0]:.4g}) / {self.scales[0]:.4g}", self.limit)


def told_odd(found: Mapping[str, Sequence[tuple[int, str]]]) -> Iterator[Problem]:
    """Yield the problems of files that cannot be used, by the table that names them."""
    for table, odd in found.items():
        for row, why in sorted(odd)[:SHOWN]:
            yield Problem(why, f"{table}, row {row + 1:,}".removeprefix(", "))
        if len(odd) > SHOWN:
            yield Problem(
                f"and {len(odd) - SHOWN:,} more such files",
                table,
                "their names are relative to the folder of the table",
            )


def _pixels(path: object, shape: Shape) -> Array:
    """Return the pixels of the file that a cell names. Raises PictureError with a sentence."""
    if not isinstance(path, str):
        raise PictureError("no file is named")
    try:
        return read_picture(path, shape)
    except PictureError as error:
        raise PictureError(f"{path}: {error}") from None


@lru_cache(maxsize=8)
def _places(name: str, shape: Shape) -> tuple[str, ...]:
    height, width, channels = shape
    said: Sequence[str] = [f" {each}" for each in COLOURS] if channels == len(COLOURS) else [""]
    return tuple(
        f"{name} {row},{column}{channel}"
        for row in range(height)
        for column in range(width)
        for channel in said
    )


def statistics_of(data: Data, kinds: Mapping[str, Kind], exact: bool = False) -> ColumnStatistics:
    """Return what gathers what rows say, in the files that a column names, too."""
    found, image = ColumnStatistics(kinds, exact), data.image
    if image and image.column in kinds:
        found.columns[str(image.column)] = Pictures(str(image.column), image.shape)
    return found
