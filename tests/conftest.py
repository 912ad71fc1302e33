"""What holds for all tests: one thread, files in memory, equal examples, a cache of their own."""

import gc
import os
import signal
from pathlib import Path

# Each worker has a core: threads that wait for one another take processor time, too.
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # before NumPy is imported


def in_memory(place: str = "/dev/shm", enough: float = 6e9) -> bool:
    """Whether there are some gigabytes of memory for files, programs among them."""
    if not os.path.isdir(place):
        return False
    seen = os.statvfs(place)
    return seen.f_bavail * seen.f_frsize > enough and not seen.f_flag & os.ST_NOEXEC


if in_memory():
    # Each training waits until seven files are on a disk: in memory it need not.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", "/dev/shm")

# A shell's `&` and nohup let what they start ignore signals, and so the commands that tests send
# them to.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

import hypothesis  # noqa: E402
import pytest  # noqa: E402

# The same examples in each run, lest a change fail on what it did not touch; the soak draws anew.
hypothesis.settings.register_profile("suite", derandomize=True, deadline=None, max_examples=50)
hypothesis.settings.load_profile("suite")

pytest_plugins = ["browser", "commands", "examples"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Look for no garbage among what is collected: all of it stays to the end."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def checkout() -> Path:
    return Path(__file__).parents[1]


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The cache of all workers of this run: what is compiled once is there, and nothing older."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    where = {"XDG_CACHE_HOME": str(shared / "cache")}
    os.environ |= where
    return where
