"""How much memory there is, asked before it is taken: a message is better than a killed process."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ann_cli.data.columns.encoder import Encoder
from ann_cli.errors import DataError

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")
CONTROL_GROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
FILES = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""A control group's limit, what is used of it, and what of that is a cache; versions 2 and 1."""


def available() -> float:
    """Return the bytes that this process may still take; infinity where nothing says so."""
    return min(
        (*_of_the_machine(), *_of_control_groups(), *_of_the_process()), default=float("inf")
    )


def shortage(needed: float) -> str:
    """Return "about 2.0 TB, and 16 GB are free" where memory does not suffice, else ""."""
    free = available()
    return f"about {readable(needed)}, and {readable(free)} are free" if needed > free else ""


def readable(size: float) -> str:
    """Return a size in the unit that suits it."""
    power = 0
    while size >= 1000 and power < len(UNITS) - 1:
        size, power = size / 1000, power + 1
    return f"{size:.3g} {UNITS[power]}"


def keep_freed() -> None:
    """Keep memory that is freed for the arrays to come: the kernel clears every page it hands out.

    What glibc's mallopt(3) offers; it is a setting of the whole process, and not for a library to
    make. Other C libraries stay as they are.
    """
    from ctypes import CDLL

    with suppress(AttributeError, OSError, TypeError):
        for option, size in ((M_MMAP_THRESHOLD, 1 << 24), (M_TRIM_THRESHOLD, 1 << 30)):
            CDLL(None).mallopt(option, size)


def check_rows(encoder: Encoder, rows: int, outputs: int, precision: str, place: str) -> None:
    """Raise DataError where the encoded rows would not fit into memory, before any is made."""
    width = len(encoder.inputs)
    lacking = shortage(rows * (width + outputs) * (8 if precision == "float64" else 4))
    if not lacking:
        return
    name = max(encoder.input_columns, key=encoder.inputs_of)
    widest = encoder.inputs_of(name)
    remedy = "train on fewer rows or columns"
    if encoder.shape:
        remedy = "train on fewer rows, or set data.stream: true"
    elif 2 * widest > width:
        remedy = (
            f"column {name} alone makes {widest:,} inputs; leave it out: data.exclude: [{name}]"
        )
    raise DataError(f"{rows:,} rows of {width:,} inputs take {lacking}", place=place, remedy=remedy)


def _of_the_machine() -> Iterator[float]:
    """Yield what the machine has free, swap included."""
    try:
        lines = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
        free = {words[0].rstrip(":"): int(words[1]) for words in lines}
        yield 1024.0 * (free["MemAvailable"] + free["SwapFree"])
    except (OSError, ValueError, LookupError):
        pass


def _of_control_groups() -> Iterator[float]:
    """Yield what each control group around this process has left, as containers have it."""
    try:
        lines = OWN.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, kinds, path = line.split(":", 2)
        if kinds and "memory" not in kinds.split(","):
            continue
        top = CONTROL_GROUPS / kinds
        # In a container the path may be the host's, and its own group lies at the top.
        inner = top / path.lstrip("/")
        for folder in {inner, *inner.parents, top} - set(top.parents):
            for limit, used, cache in FILES:
                try:
                    most, now = (int((folder / name).read_text()) for name in (limit, used))
                    words = (folder / "memory.stat").read_text().split()
                    yield most - now + float(words[words.index(cache) + 1])
                except (OSError, ValueError, LookupError):  # ValueError: the limit is "max"
                    continue


def _of_the_process() -> Iterator[float]:
    """Yield what `ulimit -v` leaves."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit

        limit, _ = getrlimit(RLIMIT_AS)
        if limit != RLIM_INFINITY:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            yield float(limit - pages * os.sysconf("SC_PAGE_SIZE"))
    except (ImportError, OSError, ValueError):
        pass
