"""What every test of the engine needs: a network in one call."""

import numpy as np
import pytest

from ann_cli.engine.activations import Linear, Tanh
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.losses import HalfSquaredError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.output import Output


def network(
    sizes, hidden=None, output=None, loss=None, *, dropout=0.0, initializer=None, dtype="float64"
):
    """Return an initialized network of `sizes` units: inputs, hidden layers, outputs."""
    output = output or Linear()
    inputs, *units, outputs = sizes
    layers = [Dense(each, hidden or Tanh(), dropout) for each in units]
    pair = Output(output, loss or HalfSquaredError())
    made = Network(chain_of(layers, (inputs,), outputs, pair), pair, dtype)
    made.initialize(np.random.default_rng(0), initializer)
    return made


@pytest.fixture
def build():
    """Return the function that builds a network."""
    return network
