"""What a Boltzmann machine takes a table's cells for, and how they are scaled for it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ann_cli.config.data_spec import Data
from ann_cli.config.spec import Config
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.columns.number_feature import NumberFeature
from ann_cli.data.columns.statistics import ColumnStatistics, Numbers
from ann_cli.engine.boltzmann.visible import VISIBLES, Visible, VisibleUnits
from ann_cli.errors import ConfigError, DataError, Problem

PIXEL = 255
"""The largest number that a pixel has."""

MOST_TOLD = 5
"""Columns beyond 0 to 1 that are named at most."""


def visible_of(config: Config, found: ColumnStatistics) -> tuple[str, str]:
    """Return what the training rows' cells are taken for, and why where that is left open.

    Numbers from 0 to 1 are probabilities, and so are whole numbers from 0 on that are brought there
    together: pixels. Other numbers are gaussian.
    """
    if config.visible != "auto":
        return config.visible, ""
    if config.data.image:
        return "binary", "pixels lie between black and white"
    numbers = _numbers(found)
    if not numbers:
        return "binary", "no column holds numbers"
    low = min(each.moments.least for each in numbers)
    high = max(each.moments.greatest for each in numbers)
    if low >= 0 and high <= 1:
        return "binary", "all numbers lie between 0 and 1"
    if config.data.scaling == "minmax" and "scaling" in config.data.model_fields_set:
        return "binary", "data.scaling brings all numbers to 0 to 1"
    if low == 0 and high <= PIXEL and len(numbers) > 1 and all(map(_is_count, numbers)):
        return "binary", "all numbers are whole, from 0 on, as pixels are"
    return "gaussian", "some numbers lie beyond 0 to 1"


def with_scaling(config: Config, found: ColumnStatistics) -> Data:
    """Return `data` with the scaling that suits what the cells are taken for, unless it is named.

    Pixels keep what is black and white in all of them: columns are scaled one by one, and one that
    never lies beyond 0 to 1 stays as it is.
    """
    data = config.data
    if config.model != "boltzmann" or "scaling" in data.model_fields_set:
        return data
    visible, _ = visible_of(config, found)
    numbers = _numbers(found)
    within = all(each.moments.least >= 0 and each.moments.greatest <= 1 for each in numbers)
    own = "standard" if VISIBLES[visible].has_variance else "none" if within else "minmax"
    return data.model_copy(update={"scaling": own})


def check_visible(config: Config, encoder: Encoder, found: ColumnStatistics, table: str) -> None:
    """Raise ConfigError or DataError where a machine cannot take the cells as it is to."""
    if config.model != "boltzmann":
        return
    if config.visible == "rating":
        raise ConfigError(
            "ratings are of users and items, and each row here is a table's",
            place=config.place("visible"),
            remedy="name data.user, data.item and data.rating, or use visible: gaussian",
        )
    if not VISIBLES[config.visible].has_variance and (problems := list(_beyond(encoder, found))):
        more = len(problems) - MOST_TOLD
        shown = problems[:MOST_TOLD]
        told = f", and so do {more} others" if more > 0 else ""
        raise DataError.of(
            Problem(
                f"{each}{told if each == shown[-1] else ''}",
                table,
                "use data.scaling: minmax, or visible: gaussian",
            )
            for each in shown
        )


def _beyond(encoder: Encoder, found: ColumnStatistics) -> Iterator[str]:
    """Yield each column whose numbers, scaled, lie beyond 0 to 1, in words."""
    for each in encoder.features:
        column = found.columns.get(each.name)
        if not isinstance(column, Numbers) or not column.moments.count:
            continue
        ends = column.moments.least, column.moments.greatest
        center, scale = getattr(each, "center", 0.0), getattr(each, "scale", 1.0)
        low, high = ((end - center) / scale for end in ends)
        if low < -1e-6 or high > 1 + 1e-6:
            scaled = "" if (center, scale) == (0, 1) else f", scaled from {low:.4g} to {high:.4g}"
            yield (
                f"column {each.name} goes from {ends[0]:.6g} to {ends[1]:.6g}{scaled}, and "
                "visible: binary takes numbers from 0 to 1"
            )


def with_units(config: Config, encoder: Encoder) -> Encoder:
    """Return the encoder for a Boltzmann machine: yes and no are 1 and 0, however numbers scale."""
    if config.model != "boltzmann":
        return encoder
    features = [
        replace(each, center=0.0, scale=1.0, limit=None)
        if isinstance(each, NumberFeature) and each.kind == "boolean"
        else each
        for each in encoder.features
    ]
    return replace(encoder, features=tuple(features))


def units_of(config: Config, encoder: Encoder) -> VisibleUnits:
    """Return the visible units of a completed config's machine, one an input of the encoder."""
    kind, size = VISIBLES[config.visible], len(encoder.inputs)
    if encoder.catalogue is not None:
        return _of_users(kind, len(encoder.catalogue.items), encoder.catalogue.levels)
    groups = tuple(encoder.one_of_each.values())
    singles = list[int]()
    if kind.has_variance:
        for each in encoder.features:
            places = encoder.places_of[each.name]
            if each.kind == "boolean":
                singles += places
            elif not each.one_of_each and getattr(each, "was_missing", False):
                singles += places[1:2]
    return VisibleUnits(kind, size, groups, tuple(singles))


def _of_users(kind: type[Visible], items: int, levels: tuple[float, ...]) -> VisibleUnits:
    """Return a unit an item, or one for each level of its ratings."""
    if not levels:
        return VisibleUnits(kind, items, choices=True)
    count = len(levels)
    groups = tuple((at * count, (at + 1) * count) for at in range(items))
    return VisibleUnits(kind, items * count, groups, levels=levels)


def _numbers(found: ColumnStatistics) -> list[Numbers]:
    every = [each for each in found.columns.values() if isinstance(each, Numbers)]
    return [each for each in every if each.moments.count]


def _is_count(column: Numbers) -> bool:
    values, _ = column.sample()
    return bool((values == np.round(values)).all())
