"""The grid of a map: where its units stand, which are neighbours, how far a unit's row reaches."""

from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import ClassVar

import numpy as np

from ann_cli.engine.settings import Array, Entry, table

ROUNDING = 1e-6
"""What distances on a grid are off by at most."""


class Topology(Entry):
    """How the units of a grid stand to each other."""

    down: ClassVar[float]
    """How far a row lies below the one before it; units of a row are 1 apart."""
    shift: ClassVar[float]
    """How far the units of every other row stand to the right."""
    reach: ClassVar[float]
    """How far neighbours are apart, at most."""


class Rectangular(Topology):
    """Units in rows and columns; the eight around a unit are its neighbours."""

    name = "rectangular"
    down, shift, reach = 1.0, 0.0, sqrt(2)


class Hexagonal(Topology):
    """Every other row half a unit to the right; the six around a unit are as far from it."""

    name = "hexagonal"
    down, shift, reach = sqrt(3) / 2, 0.5, 1.0


TOPOLOGIES = table(Rectangular, Hexagonal)


@dataclass(frozen=True)
class Grid:
    """Units in `rows` × `columns`, numbered row by row from 0."""

    rows: int
    columns: int
    topology: type[Topology] = Rectangular

    @property
    def units(self) -> int:
        """How many they are."""
        return self.rows * self.columns

    @cached_property
    def shifts(self) -> Array:
        """How far the units of each row stand to the right."""
        return self.topology.shift * (np.arange(self.rows) % 2)

    @cached_property
    def positions(self) -> Array:
        """Where each unit stands, units × 2: down and to the right."""
        down = self.topology.down * np.arange(self.rows)
        right = self.shifts[:, np.newaxis] + np.arange(self.columns)
        return np.stack([np.repeat(down, self.columns), right.ravel()], axis=1)

    @cached_property
    def pairs(self) -> Array:
        """All pairs of neighbours, pairs × 2, each once, the lesser number first."""
        unit = np.arange(self.units).reshape(self.rows, self.columns)
        beside = [
            (unit[:, :-1], unit[:, 1:]),
            (unit[:-1], unit[1:]),
            (unit[:-1, :-1], unit[1:, 1:]),
            (unit[:-1, 1:], unit[1:, :-1]),
        ]
        found = np.array([np.concatenate([each[at].ravel() for each in beside]) for at in (0, 1)])
        found = found[:, self.are_neighbours(*found)]
        return found[:, np.lexsort(found[::-1])].T

    def are_neighbours(self, first: Array, second: Array) -> Array:
        """Return whether units are neighbours, pair by pair."""
        apart = self.positions[first] - self.positions[second]
        squares = np.square(apart).sum(axis=-1)
        return (squares > 0) & (squares < (self.topology.reach + ROUNDING) ** 2)

    def smoothed(self, sums: Array, radius: float) -> Array:
        """Return H · sums for units × any, H the neighbourhood exp(−d² / 2 radius²) in float64.

        d is the distance of two units on the grid. As exp(−(down² + right²)) is a product, H is
        one over rows times one over columns: (rows + columns) numbers a unit, not units². The
        rows of a hexagonal grid that stand to the right have a product of their own.
        """
        cells = sums.reshape(self.rows, self.columns, -1).astype(np.float64)
        column = np.arange(self.columns)
        down = self.topology.down * np.arange(self.rows)
        found = np.zeros_like(cells)
        for own in np.unique(self.shifts).tolist():
            to = self.shifts == own
            for other in np.unique(self.shifts).tolist():
                of = self.shifts == other
                along = neighbourhood(column[:, np.newaxis] + own - (column + other), radius)
                across = neighbourhood(down[to][:, np.newaxis] - down[of], radius)
                found[to] += np.tensordot(across, along @ cells[of], 1)
        return found.reshape(self.units, -1)


def neighbourhood(apart: Array, radius: float) -> Array:
    """Return exp(−d² / 2 radius²) of distances on the grid."""
    with np.errstate(under="ignore", over="ignore"):
        return np.exp(-np.square(apart / radius) / 2)
