"""Activations as curves: each slope is that of its own value."""

import numpy as np
import pytest

from ann_cli.engine.activations import ACTIVATIONS
from ann_cli.insight.activation_curves import activation_curves


def test_each_slope_is_that_of_its_value_by_central_differences():
    z = np.array([-3.1, -0.7, 0.4, 2.3])
    step = 1e-5
    below, here, above = (activation_curves(z + each) for each in (-step, 0, step))
    assert [each.name for each in here] == list(ACTIVATIONS)
    for low, curve, high in zip(below, here, above, strict=True):
        slope = (high.value - low.value) / (2 * step)
        assert curve.slope == pytest.approx(slope, abs=1e-6), curve.name
