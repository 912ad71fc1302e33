"""Which engine trains: NumPy, or compiled rows where they save more time than they cost."""

from importlib.util import find_spec

from ann_cli.engine.ensemble import Ensemble
from ann_cli.engine.network import Network

START = 3.0
"""Seconds to import numba and to compile a network's steps; 0.1 once they are kept, which does not
count: the choice must not depend on what ran before, for the last digits of the weights do."""


def expected_seconds(network: Network | Ensemble, batch: int, steps: int) -> dict[str, float]:
    """Return about how long each engine takes for `steps` steps of `batch` rows.

    In microseconds, as measured with 50 to 100,000 weights: a NumPy step costs its calls, 10 a
    layer, and a row in it less a weight than a compiled one, but more a unit.
    """
    if isinstance(network, Ensemble):  # which is not compiled
        times = (expected_seconds(each, batch, steps) for each in network.variations)
        seconds = sum(each["numpy"] for each in times)
        return {"numpy": seconds, "numba": seconds}
    members = network.members or 1
    weights, parameters = network.chain.work, network.theta.size
    weights *= members
    units = members * sum(layer.size for layer in network.layers)
    curves = members * sum(layer.curves for _, layer in network.chain.leaves())
    row = 0.003 * units + 0.00004 * weights
    numpy = 10 * len(network.layers) + (row + 0.012 * curves) * batch + 0.0025 * parameters
    numba = (0.02 + 0.00016 * weights) * batch + 0.0003 * parameters
    if curves:  # which alone are compiled
        numba = numpy - 0.006 * curves * batch
    steps = min(steps, 10**18)  # which no float is too small for
    return {"numpy": steps * numpy / 1e6, "numba": START + steps * numba / 1e6}


def can_compile() -> bool:
    """Tell whether numba is there; it comes with the extra `fast`."""
    return find_spec("numba") is not None
