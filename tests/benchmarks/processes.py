"""Whole commands, measured from outside."""

import subprocess
import sys
from pathlib import Path

# A small process starts each command: one that is forked off a large one counts as large itself.
MEASURE = """
import os, sys, time
quiet = [(os.POSIX_SPAWN_OPEN, each, os.devnull, os.O_WRONLY, 0) for each in (1, 2)]
started = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
status, used = os.wait4(pid, 0)[1:]
print(time.perf_counter() - started, used.ru_maxrss / 1024)
"""


def measured(command: list[str], folder: Path) -> tuple[float, float]:
    """Return the seconds and the peak memory in MB of a command."""
    finished = subprocess.run(
        [sys.executable, "-c", MEASURE, *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, memory = finished.stdout.split()
    return float(seconds), float(memory)
