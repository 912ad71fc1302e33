"""States a second of the playground, and its epochs a second beside those of `ann train`.

python tests/benchmarks/playground.py

A network 4-8-1 learns from the house prices: in turn as `ann train` does it, and as a tab of the
playground does, whose stream of states is read by another process. On a busy machine the processor
time of an epoch tells more than the epochs a second: the states and the server are in it.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage, struct_rusage
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[2]
ANN = str(Path(sys.executable).with_name("ann"))
DATA = ROOT / "datasets" / "house_prices.csv"
ROUNDS, SECONDS, SHORT, LONG = 7, 6.0, 50, 650
CONFIG = """\
data: {{file: {data}, target: price}}
layers: [{{units: 8, activation: tanh}}]
optimizer: {{name: adam, learning_rate: 0.01}}
engine: numpy
epochs: {epochs}
"""


def trained(folder: Path) -> tuple[float, float]:
    """Return the seconds of an epoch of `ann train`, and those of the processor.

    They are of the epochs that a longer training has more, so that no start is in them.
    """
    taken = []
    for epochs in (SHORT, LONG):
        (folder / "c.yaml").write_text(CONFIG.format(data=DATA, epochs=epochs))
        before = processor(getrusage(RUSAGE_CHILDREN))
        train = [ANN, "train", "c.yaml", "--restart", "-q"]
        subprocess.run(train, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        used = processor(getrusage(RUSAGE_CHILDREN)) - before
        told = json.loads((folder / "runs" / "c" / "metrics.json").read_text())
        taken.append((told["seconds"], used))
    short, long = taken
    return (long[0] - short[0]) / (LONG - SHORT), (long[1] - short[1]) / (LONG - SHORT)


def processor(used: struct_rusage) -> float:
    return used.ru_utime + used.ru_stime


def processor_of(pid: int) -> float:
    """Return the processor seconds of a process that is at work."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def played(folder: Path) -> tuple[float, float, float]:
    """Return the seconds of an epoch of a tab, those of the processor, and its states a second."""
    (folder / "c.yaml").write_text(CONFIG.format(data=DATA, epochs=10**6))
    command = [ANN, "playground", "c.yaml", "--no-open", "-q"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout
        address = started.stdout.readline().strip()
        with urlopen(f"{address}events") as stream:
            told = (json.loads(line[6:]) for line in stream if line.startswith(b"data: "))
            name = next(told)["session"]
            for action, value in (("settings", {}), ("play", None)):
                urlopen(Request(f"{address}{name}/{action}", json.dumps(value).encode())).read()
            states = (each["state"] for each in told if "state" in each)
            first = next(each for each in states if each["epoch"] > 2)["epoch"]
            begun, before, count, last = time.perf_counter(), processor_of(started.pid), 0, first
            while (passed := time.perf_counter() - begun) < SECONDS:
                last, count = next(states)["epoch"], count + 1
            used = processor_of(started.pid) - before
        started.terminate()
    return passed / (last - first), used / (last - first), count / passed


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        rounds = [(*trained(folder), *played(folder)) for _ in range(ROUNDS)]
    alone, alone_used, tab, tab_used, states = (
        statistics.median(each) for each in zip(*rounds, strict=True)
    )
    print(f"ann train: {1 / alone:.0f} epochs/s, {1e3 * alone_used:.1f} ms of processor an epoch")
    print(f"playground: {1 / tab:.0f} epochs/s, {1e3 * tab_used:.1f} ms of processor an epoch")
    print(f"of ann train's speed: {alone / tab:.0%}; by processor time {alone_used / tab_used:.0%}")
    print(f"states: {states:.1f} a second")


if __name__ == "__main__":
    main()
