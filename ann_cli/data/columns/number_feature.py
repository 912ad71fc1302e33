"""A column of numbers, as inputs of the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import ClassVar

import numpy as np
import pandas as pd

from ann_cli.data.cells.notation import PLAIN, Notation
from ann_cli.data.cells.values import LARGEST, Array, Kind, read
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.scaling import Scaled, bent, center_and_scale, limit_of, limited, reach
from ann_cli.data.columns.statistics import Numbers
from ann_cli.engine.encodings import Curves, Encoding, NoEncoding

NO_ENCODING = NoEncoding()


@dataclass(frozen=True)
class NumberFeature(Feature):
    """A number, or a boolean as 0 and 1: filled where missing, then (x − center) / scale.

    A number may be encoded besides; that a cell is missing, no encoding tells.
    """

    stored: ClassVar[tuple[str, ...]] = ("name", "kind", "fill", "center", "scale", "was_missing")
    """The fields that every record of it in a weights file has."""

    name: str
    kind: Kind
    fill: float
    center: float
    scale: float
    was_missing: bool
    """Whether a second input says, by 0 or 1, that the cell was missing."""
    low: float | None = None
    """The least number that enters as it is: far below the training rows; None: any."""
    high: float | None = None
    notation: Notation = PLAIN
    """How the training rows were written."""
    limit: float | None = None
    """What the scaled number comes near to at most; None: nothing."""
    encoding: Curves | None = None
    """What enters beside it."""

    @classmethod
    def fit(
        cls,
        found: Numbers,
        scaling: str,
        notation: Notation = PLAIN,
        encoding: Encoding = NO_ENCODING,
    ) -> "NumberFeature":
        """Learn from what the training rows say."""
        center, scale = center_and_scale(found, scaling)
        limit = limit_of(found, scaling)
        (median,) = found.percentiles(50)
        low, high = reach(found)
        curves = None
        if found.kind != "boolean":
            curves = encoding.fit(Scaled(found, center, scale, limit))
        learned = (median, center, scale, found.missing > 0, low, high)
        return cls(found.name, found.kind, *learned, notation, limit, curves)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return (self.name, f"{self.name} was missing") if self.was_missing else (self.name,)

    def how(self) -> str:
        """Return how a cell becomes its first input."""
        if self.center == 0 and self.scale == 1:
            return "as it is"
        return bent(f"(x − {self.center:.4g}) / {self.scale:.4g}", self.limit)

    def beyond(self, column: pd.Series) -> int:
        """Return the number of cells that are cut off, as they lie far beyond the training rows."""
        if self.low is None or self.high is None:
            return 0
        values, _ = read(column, self.kind, self.notation)
        return int(np.count_nonzero((values < self.low) | (values > self.high)))


def encode_numbers(
    features: Sequence[NumberFeature],
    frame: pd.DataFrame,
    out: Array,
    places: Mapping[str, int],
    encoded: Mapping[str, int],
) -> None:
    """Write the inputs of all columns of numbers into `out`, rows × inputs, which is all 0.

    `places` says where a column's inputs start, `encoded` where those of its encoding do.
    """
    if not features:
        return
    values = _numbers(features, frame)
    missing = np.isnan(values)
    fill, center, scale = (
        np.array([getattr(each, name) for each in features]) for name in ("fill", "center", "scale")
    )
    low = np.array([-np.inf if each.low is None else each.low for each in features])
    high = np.array([np.inf if each.high is None else each.high for each in features])
    if missing.any():
        values = np.where(missing, fill, values)
    np.clip(values, low, high, out=values)
    own = np.array([places[each.name] for each in features], dtype=np.intp)
    limit = np.array([inf if each.limit is None else each.limit for each in features])
    z = limited(values, center, scale, limit, out.dtype)
    out[:, own] = z
    gaps = [each.was_missing for each in features]
    out[:, own[gaps] + 1] = missing[:, gaps]
    for at, each in enumerate(features):
        if each.encoding is not None:
            start = encoded[each.name]
            inputs = each.encoding(z[:, at])
            inputs[missing[:, at]] = 0
            out[:, start : start + inputs.shape[1]] = inputs


def _numbers(features: Sequence[NumberFeature], frame: pd.DataFrame) -> Array:
    """Return rows × features in float64, NaN where a number is missing or beyond float32."""
    values = np.empty((len(frame), len(features)), order="F")
    as_read = [  # by the table, which has done all that `read` does
        each.kind == "number" and not each.notation.none and dtype == np.float64
        for each, dtype in zip(
            features, frame.dtypes[[each.name for each in features]], strict=True
        )
    ]
    names = [each.name for each, is_read in zip(features, as_read, strict=True) if is_read]
    values[:, as_read] = frame[names].to_numpy(np.float64)
    values[np.abs(values) > LARGEST] = np.nan
    for at, each in enumerate(features):
        if not as_read[at]:
            values[:, at], _ = read(frame[each.name], each.kind, each.notation)
    return values
