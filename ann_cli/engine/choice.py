"""Which engine trains: NumPy, or compiled rows where they save more time than they cost."""

from ann_cli.engine.network import Network

START = 5.0
"""Seconds to import numba and to compile a network's steps; 0.5 once they are kept, which does not
count: the choice must not depend on what ran before, for the last digits of the weights do."""


def expected_seconds(network: Network, batch: int, steps: int) -> dict[str, float]:
    """Return about how long each engine takes for `steps` steps of `batch` rows.

    Microseconds, measured on a core of 2023 with 3 to 100,000 weights: a NumPy step costs its calls
    (20 and 10 a layer), and less a weight than the compiled one where matrix products pay.
    """
    weights, parameters = network.weights_size, network.theta.size
    numpy = 20 + 10 * len(network.layers) + 0.00012 * weights * batch + 0.004 * parameters
    numba = (0.02 + 0.0003 * weights) * batch + 0.001 * parameters
    return {"numpy": steps * numpy / 1e6, "numba": START + steps * numba / 1e6}


def can_compile() -> bool:
    """Tell whether numba is there; it comes with the extra `fast`."""
    try:
        import ann_cli.engine.compiled  # noqa: F401
    except ImportError:
        return False
    return True
