"""Threads: what is chosen for a network, and that it is put back."""

import pytest

from ann_cli.engine import parallel
from ann_cli.engine.activations import Linear
from ann_cli.engine.layers.conv import Conv
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.losses import HalfSquaredError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.output import Output
from ann_cli.model import environment


@pytest.fixture
def blas():
    """Let matrix products have three threads, if they can."""
    limits = environment._limit(3)
    yield environment._blas_threads()
    limits.restore_original_limits()


@pytest.mark.parametrize("asked", [None, 5])
def test_blocks_of_rows_have_the_threads_and_their_products_one(monkeypatch, blas, asked):
    monkeypatch.setattr(environment, "_asked", asked)
    pair = Output(Linear(), HalfSquaredError())
    network = Network(chain_of([Conv(4)], (8, 8, 1), 1, pair), pair)
    limit = environment.suited_threads(network, 1000)
    assert (parallel._threads, environment._blas_threads()) == (asked or blas, 1)
    limit.restore()
    assert (parallel._threads, environment._blas_threads()) == (1, blas)
    with environment.threads_side_by_side(network, 1000) as threads:
        assert threads == (asked or environment.cores())


def test_large_products_have_the_threads(blas):
    pair = Output(Linear(), HalfSquaredError())
    network = Network(chain_of([Dense(1000)], (1000,), 1, pair), pair)
    assert environment.suited_threads(network, 1000) is None
    with environment.threads_side_by_side(network, 1000) as threads:
        assert threads == 1
