"""Activations as curves: the value and the slope over the weighted sum."""

from dataclasses import dataclass

import numpy as np

from ann_cli.engine.activations import ACTIVATIONS
from ann_cli.engine.settings import Array


@dataclass(frozen=True)
class ActivationCurve:
    """An activation at some weighted sums, with the settings that it has unless others are named.

    Of softmax it is the first of two units, the second one's sum being 0.
    """

    name: str
    description: str
    z: Array
    value: Array
    slope: Array


def activation_curves(z: Array) -> list[ActivationCurve]:
    """Return all activations of the engine's table at the weighted sums z, by its own formulas."""
    pairs = np.stack([z, np.zeros_like(z)], axis=1)
    return [_curve(name, pairs) for name in ACTIVATIONS]


def _curve(name: str, z: Array) -> ActivationCurve:
    activation = ACTIVATIONS[name]()
    settings = activation.values()
    a = activation.forward(z.copy(), settings)
    # The slope of the loss is 1 by the first unit's activation and 0 by the second's.
    slope = activation.backward(np.tile([1.0, 0.0], (len(z), 1)), z, a, settings)
    return ActivationCurve(name, activation.description(), z[:, 0], a[:, 0], slope[:, 0])
