"""Frames to the rows that a network learns from: inputs, targets, and what each row counts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Array, Categories, codes, listed
from ann_cli.data.columns.decoding import known_inputs
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.columns.labels import label_y
from ann_cli.data.columns.summaries import GROUP, Moments
from ann_cli.data.regroup import regrouped
from ann_cli.engine.rows import Rows
from ann_cli.errors import ConfigError, DataError
from ann_cli.tasks import TASKS

Weigh = Callable[[pd.DataFrame], Array]
"""What each row of a frame counts, one number a row."""


def outputs_of(config: Config, encoder: Encoder) -> int:
    """Return the number of outputs of a completed config's network."""
    task = TASKS[config.task]
    if task.of_cells or task.of_ratings:
        return len(encoder.inputs)
    if task.keeps_gaps:  # which has no loss of a target
        return len(encoder.label.classes) if encoder.label else 0
    outputs = task().outputs(encoder.targets, config.output_activation)
    return outputs * int(config.loss.outputs_per_target)


@dataclass(frozen=True)
class Encoding:
    """How frames become rows; `weigh` is None where all count alike, `mean` what it comes to."""

    config: Config
    encoder: Encoder
    weigh: Weigh | None = None
    mean: float = 1.0

    def rows(self, frame: pd.DataFrame) -> Rows:
        """Return the rows of a frame. Raises DataError."""
        x = self.encoder.transform(frame, self.config.precision)
        y = actual(self.config, self.encoder, frame, x)
        if self.weigh is None:
            return Rows(x, y)
        return Rows(x, y, (self.weigh(frame) / self.mean).astype(self.config.precision))


def actual(
    config: Config, encoder: Encoder, frame: pd.DataFrame, x: Array, outputs: int | None = None
) -> Array:
    """Return what a network of a completed config is to give for a frame, rows × outputs.

    That is the target's values, or where there is none `x` itself, the frame's inputs; of a map the
    labels. A network of other rows may have a number of `outputs` of its own. Raises DataError.
    """
    if TASKS[config.task].of_cells:
        return known_inputs(encoder, frame, x)
    if TASKS[config.task].keeps_gaps:
        return label_y(encoder.label, frame, config.precision)
    return encoder.y(frame, outputs or outputs_of(config, encoder), config.precision)


def joined(parts: Sequence[Rows]) -> Rows:
    """Return some rows as one."""
    if len(parts) == 1:
        return parts[0]
    weights = [each.weight for each in parts if each.weight is not None]
    x = np.concatenate([each.x for each in parts])
    same = all(each.y is each.x for each in parts)
    y = x if same else np.concatenate([each.y for each in parts])
    return Rows(x, y, np.concatenate(weights) if weights else None)


def weighing(config: Config, counts: Mapping[str, int] | None) -> Weigh | None:
    """Return how rows are weighed, by data.sample_weight and by their class where there are counts.

    Raises ConfigError for a class_weight of a class that does not occur.
    """
    column = config.data.sample_weight
    factors = class_factors(config, counts)
    if column is None and factors is None:
        return None
    return Weighing(config, factors)


@dataclass(frozen=True)
class Weighing:
    """What each row of a frame counts, by its own weight and by its class."""

    config: Config
    factors: Mapping[str, float] | None

    def __call__(self, frame: pd.DataFrame) -> Array:
        weight, column = np.ones(len(frame)), self.config.data.sample_weight
        if column is not None:
            weight *= _sample_weight(self.config, frame[column].to_numpy(np.float64))
        if self.factors is not None:
            (target,) = self.config.data.targets
            by_class = np.array(list(self.factors.values()))
            weight *= by_class[codes(frame[target].to_numpy(object), list(self.factors))]
        return weight


def mean_weight(config: Config, weigh: Weigh, frames: Iterable[pd.DataFrame]) -> float:
    """Return the mean over all rows. Raises DataError where no row counts."""
    moments = Moments()
    for group in regrouped(map(weigh, frames), GROUP, np.concatenate):
        moments.add(group)
    if not moments.greatest > 0:
        raise _unfit(config)
    return moments.mean


def _sample_weight(config: Config, weight: Array) -> Array:
    if not (weight >= 0).all():
        raise _unfit(config)
    return weight


def _unfit(config: Config) -> DataError:
    return DataError(
        f"column {config.data.sample_weight} has cells that are missing or below 0",
        place=config.place("data.sample_weight"),
        remedy="a weight is a number of at least 0 in every row, and not 0 in all",
    )


def class_factors(config: Config, counts: Mapping[str, int] | None) -> dict[str, float] | None:
    """Return what the rows of each class count; None where all count alike.

    Raises ConfigError for a class_weight of a class that does not occur.
    """
    if not counts or config.class_weight is None:
        return None
    if isinstance(config.class_weight, str):
        return {label: 1 / count for label, count in counts.items() if count}
    labels, known = list(counts), Categories(list(counts))
    given = {label: known.place(label) for label in config.class_weight or {}}
    unknown = [label for label, place in given.items() if place < 0]
    if unknown:
        raise ConfigError(
            f"no class is called {listed(unknown)}",
            place=config.place("class_weight"),
            remedy=f"classes: {listed(list(counts))}",
        )
    factors = dict.fromkeys(labels, 1.0)
    for label, place in given.items():
        factors[labels[place]] = (config.class_weight or {})[label]
    return factors
