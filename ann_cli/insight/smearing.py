"""The mean of a target that is learned transformed, from what a network leaves of its rows."""

from dataclasses import replace

import numpy as np

from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.columns.targets import NumberTarget
from ann_cli.data.rows.target_form import leaving
from ann_cli.engine.losses import HalfSquaredError
from ann_cli.engine.rows import Source
from ann_cli.engine.settings import Array
from ann_cli.insight.scoring import outputs_for, to_score
from ann_cli.model.model import Model

MOST = 1 << 18
"""Rows that are looked at; of more, the first."""


def smeared(model: Model, training: Source) -> Encoder:
    """Return the model's encoder with what the model leaves of each transformed target.

    The mean of exp(t) is not exp of the mean of t: a prediction is the mean over what is left of
    the training rows, each added before it is transformed back (Duan 1983, "Smearing estimate: a
    nonparametric retransformation method"). Only where the loss is least at the mean: an absolute
    error and a quantile are those of the transformed target as they are.
    """
    encoder = without_left(model.encoder)
    transformed = any(each.transform for each in encoder.targets)
    if not transformed or not isinstance(model.network.loss, HalfSquaredError):
        return encoder
    targets, left = list(encoder.targets), _left(model, training)
    for at, each in enumerate(targets):
        if isinstance(each, NumberTarget) and each.transform:
            targets[at] = leaving(each, left[:, at])
    return replace(encoder, targets=tuple(targets))


def without_left(encoder: Encoder) -> Encoder:
    """Return an encoder as before any model was trained with it."""
    if not any(each.transform for each in encoder.targets):
        return encoder
    targets = (
        replace(each, left=None) if isinstance(each, NumberTarget) else each
        for each in encoder.targets
    )
    return replace(encoder, targets=tuple(targets))


def _left(model: Model, rows: Source) -> Array:
    """Return what a model leaves, rows × outputs: actual less predicted, as the network has it.

    Beside an ensemble's folds that is what the members leave that never saw a row.
    """
    parts, passed = list[Array](), 0
    for block in to_score(rows, model):
        y = outputs_for(model, block.y)
        outputs, _ = model.network.evaluate(block.x, y, block.fold)
        parts.append(y - outputs.astype(np.float64))
        passed += len(block)
        if passed >= MOST:
            break
    return np.concatenate(parts)
