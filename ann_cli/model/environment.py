"""What a result depends on besides config and data: versions and threads."""

import platform
from importlib.metadata import version
from typing import Any


def environment(engine: str) -> dict[str, Any]:
    """Return the versions and the number of BLAS threads, which decide the last bits of a sum."""
    from threadpoolctl import threadpool_info

    blas = [one for one in threadpool_info() if one["user_api"] == "blas"]
    threads = [one["num_threads"] for one in blas]
    found = {
        "ann": version("ann-cli"),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "pandas": version("pandas"),
        "threads": max(threads, default=1),
    }
    for one in blas[:1]:  # which of its kernels run is a matter of the processor
        names = (one["internal_api"], one["version"], one.get("architecture"))
        found["blas"] = " ".join(filter(None, names))
    return found | ({"numba": version("numba")} if engine == "numba" else {})


def limit_threads(threads: int) -> None:
    """Keep NumPy's matrix products to a number of threads, for the rest of the process."""
    import numpy  # noqa: F401  # a library can be limited once it is loaded
    from threadpoolctl import threadpool_limits

    threadpool_limits(threads)
