"""What every test of the engine needs: a network in one call."""

import numpy as np
import pytest

from ann_cli.engine.activations import Linear, Tanh
from ann_cli.engine.layers import Dense
from ann_cli.engine.losses import HalfSquaredError, paired
from ann_cli.engine.network import Network


def network(
    sizes, hidden=None, output=None, loss=None, *, dropout=0.0, initializer=None, dtype="float64"
):
    """Return an initialized network of `sizes` units: inputs, hidden layers, outputs."""
    output = output or Linear()
    activations = [hidden or Tanh()] * (len(sizes) - 2) + [output]
    rates = [dropout] * (len(sizes) - 2) + [0.0]
    shapes = zip(sizes, sizes[1:], activations, rates, strict=False)
    made = Network(
        [Dense(*each) for each in shapes], paired(loss or HalfSquaredError(), output.name), dtype
    )
    made.initialize(np.random.default_rng(0), initializer)
    return made


@pytest.fixture
def build():
    """Return the function that builds a network."""
    return network
