"""States a second of the playground, and its epochs a second beside those of `ann train`.

python tests/benchmarks/playground.py

A network 4-8-1 learns from the house prices: in turn as `ann train` does it, and as a tab of the
playground does, whose stream of states is read by another process. Processor time counts, too: it
is what a busy machine leaves comparable.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import Request, urlopen

from processes import measured

ROOT = Path(__file__).parents[2]
ANN = str(Path(sys.executable).with_name("ann"))
DATA = ROOT / "datasets" / "house_prices.csv"
ROUNDS, SECONDS, SHORT, LONG = 5, 8.0, 100, 500
CONFIG = """\
data: {{file: {data}, target: price}}
layers: [{{units: 8, activation: tanh}}]
optimizer: {{name: adam, learning_rate: 0.01}}
engine: numpy
epochs: {epochs}
"""


def trained(folder: Path) -> float:
    """Return the epochs a second of `ann train`: of the epochs that a longer training has more."""
    taken = []
    for epochs in (SHORT, LONG):
        (folder / "c.yaml").write_text(CONFIG.format(data=DATA, epochs=epochs))
        measured([ANN, "train", "c.yaml", "--restart", "-q"], folder)
        told = json.loads((folder / "runs" / "c" / "metrics.json").read_text())
        taken.append(told["seconds"])
    return (LONG - SHORT) / (taken[1] - taken[0])


def played(folder: Path) -> tuple[float, float]:
    """Return the epochs and the states a second of a tab."""
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
            begun, count, last = time.perf_counter(), 0, first
            while (passed := time.perf_counter() - begun) < SECONDS:
                last, count = next(states)["epoch"], count + 1
        started.terminate()
    return (last - first) / passed, count / passed


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        rounds = [(trained(folder), *played(folder)) for _ in range(ROUNDS)]
    train, epochs, states = (statistics.median(each) for each in zip(*rounds, strict=True))
    share = statistics.median(tab / alone for alone, tab, _ in rounds)
    print(f"ann train: {train:.0f} epochs/s; the playground: {epochs:.0f} epochs/s, {share:.0%}")
    print(f"states: {states:.1f} a second")


if __name__ == "__main__":
    main()
