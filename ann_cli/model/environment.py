"""What a result depends on besides config and data: versions and threads."""

import functools
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ann_cli.data.prefetch import cores
from ann_cli.engine.learner import Learner
from ann_cli.engine.parallel import use_threads


def environment(engine: str) -> dict[str, Any]:
    """Return the versions and the number of BLAS threads, which decide the last bits of a sum."""
    blas = _blas()
    found = {
        "ann": _version("ann-cli"),
        "python": platform.python_version(),
        "numpy": _version("numpy"),
        "pandas": _version("pandas"),
        "threads": _threads_of(blas),
    }
    for one in blas[:1]:  # which of its kernels run is a matter of the processor
        names = (one["internal_api"], one["version"], one.get("architecture"))
        found["blas"] = " ".join(filter(None, names))
    return found | ({"numba": _version("numba")} if engine == "numba" else {})


_version = functools.cache(version)
"""A package's version: to read it takes a millisecond."""


def _blas() -> list[dict[str, Any]]:
    from threadpoolctl import threadpool_info

    return _own([one for one in threadpool_info() if one["user_api"] == "blas"])


def _blas_threads() -> int:
    """Return how many threads matrix products have: the cores, or what the process was given."""
    return _threads_of(_blas())


def _threads_of(blas: list[dict[str, Any]]) -> int:
    return max((one["num_threads"] for one in blas), default=1)


def _own(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return NumPy's own BLAS of all that are loaded: SciPy brings another, for itself."""
    home = Path(np.__file__).parent
    own = [one for one in found if _lies_in(Path(one["filepath"]), home)]
    return own or found


def _lies_in(path: Path, package: Path) -> bool:
    """Whether a library came with a package, inside it or in the folder beside it, as in wheels."""
    return package in path.parents or package.with_name(f"{package.name}.libs") in path.parents


LARGE = 1 << 27
"""Multiplications of a matrix product from which a second thread wins.

Measured with OpenBLAS on two cores: below it, one thread took 0.4 to 1.0 of the time of two, and
beside another process that kept a core busy 0.4 to 1.2 of it.
"""

_asked: int | None = None
"""The number of threads that a person chose."""


class Threads(Protocol):
    """A limit on threads."""

    def restore(self) -> None:
        """Set them as they were."""


def limit_threads(threads: int) -> None:
    """Keep NumPy's matrix products to a number of threads, for the rest of the process."""
    global _asked
    _asked = threads
    _limit(threads)


def suited_threads(learner: Learner, rows: int) -> Threads | None:
    """Keep matrix products to one thread where two would take longer; return what restores them.

    What is chosen follows from what learns and the rows of a step alone, so that equal trainings
    give equal bits. A number that a person asked for stays. Where rows pass in parts, parts have
    the threads and each of their products one: how many they are changes no bit.
    """
    if learner.in_parts:
        before = use_threads(_asked or _blas_threads())
        return _Limited(_limit(1), before)
    return None if _asked or rows * learner.work >= LARGE else _Limited(_limit(1))


@contextmanager
def threads_side_by_side(learner: Learner, rows: int) -> Iterator[int]:
    """Yield how many threads predict at a time, so many rows each, with a thread a product.

    It is one where products are large: these take the threads. No result depends on it.
    """
    if rows * learner.work >= LARGE:
        yield 1
        return
    limits = _limit(1)
    try:
        yield _asked or cores()
    finally:
        limits.restore_original_limits()


@dataclass(frozen=True)
class _Limited:
    limits: Any
    before: int = 1
    """How many threads took parts of rows before."""

    def restore(self) -> None:
        self.limits.restore_original_limits()
        use_threads(self.before)


def _limit(threads: int) -> Any:
    import numpy  # noqa: F401  # a library can be limited once it is loaded
    from threadpoolctl import threadpool_limits

    return threadpool_limits(threads)
