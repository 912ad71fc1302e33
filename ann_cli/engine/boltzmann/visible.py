"""Visible units: what their values are, how they are drawn, and what a reconstruction costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from ann_cli.engine.boltzmann.units import draw_of_sums, draw_one_of, sigmoid, softmax
from ann_cli.engine.losses.loss import Loss
from ann_cli.engine.settings import Array, Entry, table

LEAST = 1e-12
"""The least probability whose logarithm is taken."""


class ReconstructionLoss(Loss):
    """Cross-entropy of a row's reconstruction."""

    name = "reconstruction"
    words = "cross-entropy of a row's reconstruction"
    kinds = ("cells",)


class SquaredReconstruction(ReconstructionLoss):
    """Half the squared error of a row's reconstruction."""

    words = "half the squared error of a row's reconstruction"


class Visible(Entry):
    """What the columns of a row are to a Boltzmann machine."""

    loss: ClassVar[Loss] = ReconstructionLoss()
    has_variance: ClassVar[bool] = False
    """Whether each unit has a variance of its own."""

    @staticmethod
    def mean(z: Array) -> Array:
        """Write the expected values over the weighted sums, and return them."""
        return sigmoid(z)

    @staticmethod
    def sample(
        z: Array, deviation: Array | None, generator: np.random.Generator, out: Array
    ) -> None:
        """Write values that are drawn into `out`; `z` is spent."""
        draw_of_sums(z, generator, out)

    @staticmethod
    def losses(x: Array, mean: Array) -> Array:
        """Return what each value's reconstruction costs: the cross-entropy."""
        p = np.clip(mean, LEAST, 1 - np.finfo(mean.dtype).eps)
        found: Array = -(x * np.log(p) + (1 - x) * np.log1p(-p))
        return found


class Binary(Visible):
    """0 or 1, or a probability between them."""

    name = "binary"


class Gaussian(Visible):
    """A number, around a mean that the hidden units tell."""

    name = "gaussian"
    loss = SquaredReconstruction()
    has_variance = True

    @staticmethod
    def mean(z: Array) -> Array:
        return z

    @staticmethod
    def sample(
        z: Array, deviation: Array | None, generator: np.random.Generator, out: Array
    ) -> None:
        generator.standard_normal(out=out, dtype=out.dtype.type)
        out *= 1 if deviation is None else deviation
        out += z

    @staticmethod
    def losses(x: Array, mean: Array) -> Array:
        """Return half the squared error of each value."""
        return 0.5 * np.square(x - mean)


class Rating(Visible):
    """One of a few levels an item; items without a rating take no part."""

    name = "rating"


VISIBLES = table(Binary, Gaussian, Rating)


@dataclass(frozen=True)
class VisibleUnits:
    """The visible units of a machine: so many of a kind, but for those that are 0 or 1.

    `groups` says from where to where the units of a column lie of which one is 1, the others 0:
    they are drawn by a softmax together. `singles` are 0 or 1 by themselves, whatever the kind.
    """

    kind: type[Visible]
    size: int
    groups: tuple[tuple[int, int], ...] = ()
    singles: tuple[int, ...] = ()
    choices: bool = False
    """Whether rows say what was chosen: whatever lies above 0 is 1."""
    levels: tuple[float, ...] = ()
    """Of ratings, which rows have as the number of each one's level, from 1 on, and else 0."""

    @property
    def loss(self) -> Loss:
        """What a row's reconstruction costs."""
        return self.kind.loss

    @property
    def conditional(self) -> bool:
        """Whether units without a value take no part: those of items that are not rated."""
        return self.kind is Rating

    @property
    def is_binary(self) -> bool:
        """Whether each is 0 or 1 by itself."""
        return self.kind is Binary and not self.groups

    @cached_property
    def plain(self) -> Array:
        """Which units are of the kind itself."""
        found = np.ones(self.size, bool)
        found[list(self.singles)] = False
        for start, stop in self.groups:
            found[start:stop] = False
        return found

    def held(self, x: Array) -> Array:
        """Return rows × units, those beyond 0 and 1 brought there where they are probabilities.

        Cells of new rows may lie beyond those of the training rows. NaN stays.
        """
        if self.choices:
            return (x > 0).astype(x.dtype)
        if self.levels:
            numbers = np.arange(1, len(self.levels) + 1, dtype=x.dtype)
            return (x[..., np.newaxis] == numbers).astype(x.dtype).reshape(len(x), -1)
        if self.kind.has_variance or not x.size:
            return x
        least, most = np.nanmin(x), np.nanmax(x)
        return x if least >= 0 and most <= 1 else np.clip(x, 0, 1)

    def known(self, x: Array) -> Array:
        """Return 1 for each unit of an item that is rated, rows × units, else 0."""
        rated = x.reshape(len(x), len(self.groups), -1).sum(axis=2)
        return np.repeat(rated, len(self.levels), axis=1)

    def told(self, mean: Array) -> Array:
        """Return what expected values say of rows: of ratings each item's mean."""
        if not self.levels:
            return mean
        each = mean.reshape(len(mean), len(self.groups), -1)
        return each @ np.array(self.levels, mean.dtype)

    @property
    def of_users(self) -> bool:
        """Whether a row is what a user chose, or how a user rated."""
        return self.choices or bool(self.levels)

    def mean(self, z: Array) -> Array:
        """Write the expected values over weighted sums of rows × units, and return them."""
        if self._are_all_grouped:
            softmax(z.reshape(len(z), len(self.groups), -1))
            return z
        others = [softmax(z[:, start:stop].copy()) for start, stop in self.groups]
        singles = sigmoid(z[:, self.singles]) if self.singles else None
        self.kind.mean(z)
        self._write(z, others, singles)
        return z

    def sample(
        self, z: Array, deviation: Array | None, generator: np.random.Generator, out: Array
    ) -> None:
        """Write values that are drawn into `out`, rows × units; `z` is spent."""
        if self._are_all_grouped:
            p = softmax(z.reshape(len(z), len(self.groups), -1))
            out[...] = draw_one_of(p, generator).reshape(out.shape)
            return
        shares = [softmax(z[:, start:stop].copy()) for start, stop in self.groups]
        others = [draw_one_of(each, generator) for each in shares]
        singles = None
        if self.singles:
            sums = z[:, self.singles]
            singles = draw_of_sums(sums, generator, np.empty_like(sums))
        self.kind.sample(z, deviation, generator, out)
        self._write(out, others, singles)

    def losses(self, x: Array, mean: Array) -> Array:
        """Return each row's reconstruction loss, the sum over its units; NaN in `x` costs nothing.

        A group costs the cross-entropy of its softmax, and nothing where all of it is 0.
        """
        known = ~np.isnan(x)
        x = x if known.all() else np.where(known, x, 0)
        logs = -x * np.log(np.maximum(mean, LEAST))
        if self._are_all_grouped:
            each = logs
        else:
            each = self.kind.losses(x, mean)
            for start, stop in self.groups:
                each[:, start:stop] = logs[:, start:stop]
            if self.singles:
                at = list(self.singles)
                each[:, at] = Binary.losses(x[:, at], mean[:, at])
        found: Array = np.add.reduce(each, axis=-1, where=known)
        return found

    @cached_property
    def _are_all_grouped(self) -> bool:
        """Whether groups of one size are all there is, one after the other."""
        sizes = {stop - start for start, stop in self.groups}
        return len(sizes) == 1 and len(self.groups) * sizes.pop() == self.size

    def _write(self, out: Array, groups: Sequence[Array], singles: Array | None) -> None:
        for (start, stop), own in zip(self.groups, groups, strict=True):
            out[:, start:stop] = own
        if singles is not None:
            out[:, self.singles] = singles
