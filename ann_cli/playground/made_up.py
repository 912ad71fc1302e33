"""Small tables of two numbers and a class, made up to be played with."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from ann_cli.engine.settings import Array

ROWS = 400
GAP = 0.05
"""Between the classes of XOR and each axis."""
TURNS = 1.25
"""Of a spiral's arm around the middle."""

Points: TypeAlias = tuple[Array, Array]
"""Rows × 2 within the square from -1 to 1, and each row's class."""


def xor(random: np.random.Generator) -> Points:
    """Return points whose class says whether both numbers have one sign."""
    points = random.uniform(-1 + GAP, 1 - GAP, (ROWS, 2))
    points += np.copysign(GAP, points)
    return points, np.where(points.prod(axis=1) > 0, "alike", "different")


def circles(random: np.random.Generator) -> Points:
    """Return a disc within a ring."""
    inner = np.arange(ROWS) % 2 == 0
    share = random.random(ROWS)
    radius = np.where(inner, 0.5 * np.sqrt(share), 0.75 + 0.25 * share)
    return _around(radius, random.uniform(0, 2 * np.pi, ROWS)), np.where(inner, "inner", "outer")


def spirals(random: np.random.Generator) -> Points:
    """Return two arms that wind around each other."""
    first = np.arange(ROWS) % 2 == 0
    radius = random.uniform(0.05, 1, ROWS)
    angle = radius * TURNS * 2 * np.pi + np.where(first, 0, np.pi)
    return _around(radius, angle), np.where(first, "one arm", "other arm")


MADE_UP: dict[str, Callable[[np.random.Generator], Points]] = {
    "xor": xor,
    "circles": circles,
    "spirals": spirals,
}
"""By the name that the page, and the file of its rows, has for each."""


def made_up(name: str, noise: float) -> str:
    """Return one of the tables as CSV: columns x, y and class.

    Each point is moved by normal deviates of the standard deviation `noise`; its class stays.
    """
    random = np.random.default_rng(0)
    points, classes = MADE_UP[name](random)
    points = points + noise * random.standard_normal(points.shape)
    rows = (f"{x:.6f},{y:.6f},{label}" for (x, y), label in zip(points, classes, strict=True))
    return "\n".join(["x,y,class", *rows, ""])


def _around(radius: Array, angle: Array) -> Array:
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
