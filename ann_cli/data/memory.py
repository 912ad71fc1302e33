"""How much memory there is for the rows."""

from contextlib import suppress
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")
"""Where Linux says what a container may use."""


def free_memory() -> float:
    """Return the bytes that can still be used; infinity where nothing says."""
    return min(_available(), _left_to_the_container(), _left_to_the_process())


def _available() -> float:
    with suppress(OSError):
        for line in MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return float("inf")


def _left_to_the_container() -> float:
    with suppress(OSError, ValueError):  # ValueError: "max", no limit
        limit = int((CGROUP / "memory.max").read_text())
        return limit - int((CGROUP / "memory.current").read_text())
    return float("inf")


def _left_to_the_process() -> float:
    with suppress(ImportError):  # Windows has none
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            return limit
    return float("inf")
