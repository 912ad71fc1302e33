"""Who has the threads: the products of matrices, or parts of the rows."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from ann_cli.engine import parallel
from ann_cli.engine.activations import Linear
from ann_cli.engine.layers.lstm import Lstm
from ann_cli.engine.losses import HalfSquaredError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.output import Output
from ann_cli.model import environment


@pytest.mark.parametrize("asked", [None, 3])
def test_parts_of_rows_have_the_threads_and_products_one(monkeypatch, asked):
    monkeypatch.setattr(environment, "_asked", asked)
    monkeypatch.setattr(environment, "_blas_threads", lambda: 2)
    output = Output(Linear(), HalfSquaredError())
    network = Network(chain_of([Lstm(64)], (48, 4), 1, output), output)
    np.ones((2, 2)) @ np.ones((2, 2))
    before = parallel.use_threads(1)
    limit = environment.suited_threads(network, 64)
    blas = [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]
    assert set(blas) == {1}
    assert parallel.use_threads(asked or 2) == (asked or 2)
    limit.restore()
    assert parallel.use_threads(before) == 1
