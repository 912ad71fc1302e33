"""What a result depends on besides config and data: versions and threads."""

import platform
from importlib.metadata import version
from typing import Any


def environment() -> dict[str, Any]:
    """Return the versions and the number of BLAS threads, which decide the last bits of a sum."""
    from threadpoolctl import threadpool_info

    threads = [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]
    return {
        "ann": version("ann-cli"),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "pandas": version("pandas"),
        "threads": max(threads, default=1),
    }


def limit_threads(threads: int) -> None:
    """Keep NumPy's matrix products to a number of threads, for the rest of the process."""
    import numpy  # noqa: F401  # a library can be limited once it is loaded
    from threadpoolctl import threadpool_limits

    threadpool_limits(threads)
