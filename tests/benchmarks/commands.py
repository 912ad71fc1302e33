"""Seconds of whole commands, each beside what it is measured by, in turn.

python tests/benchmarks/commands.py
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[2]
ANN = str(Path(sys.executable).with_name("ann"))
ROUNDS, ROWS = 9, 3_000_000


def seconds(command: list[str], folder: str) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return time.perf_counter() - started


def peak_memory(command: list[str], folder: str) -> float:
    """Return the most megabytes that one run of the command held."""
    started = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    return os.wait4(started.pid, 0)[2].ru_maxrss / 1024


def compared(name: str, command: list[str], beside: list[str], folder: str) -> None:
    pairs = [(seconds(command, folder), seconds(beside, folder)) for _ in range(ROUNDS + 1)][1:]
    ours, other = (statistics.median(each) for each in zip(*pairs, strict=True))
    print(f"{name}: {ours:.3f} s, {ours / other:.2f} x {' '.join(beside)[-20:]}", flush=True)


def main() -> None:
    click = [sys.executable, "-c", "import click"]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        compared("ann --help", [ANN, "--help"], click, folder)
        (place / "wrong.yaml").write_text("data: {file: x.csv, targt: y}\n")
        compared("a config error", [ANN, "train", "wrong.yaml"], click, folder)
        config = str(ROOT / "configs" / "house_prices.yaml")
        trained = [seconds([ANN, "train", config], folder) for _ in range(5)]
        print(f"ann train configs/house_prices.yaml: {statistics.median(trained):.2f} s")
        for jobs in ("1", "2"):
            taken = min(seconds([ANN, "compare-activations", "--jobs", jobs], folder) for _ in "12")
            print(f"ann compare-activations --jobs {jobs}: {taken:.1f} s")
        houses = pd.read_csv(ROOT / "datasets" / "house_prices.csv")
        for rows in (ROWS // 10, ROWS):
            chosen = np.random.default_rng(0).integers(0, len(houses), rows)
            houses.iloc[chosen].to_csv(place / "large.csv", index=False)
            command = [ANN, "predict", "runs/house_prices/weights.npz", "large.csv"]
            taken = statistics.median(seconds(command, folder) for _ in range(3))
            rate, peak = rows / taken, peak_memory(command, folder)
            print(f"ann predict, {rows:,} rows: {rate:,.0f} rows/s, at most {peak:.0f} MB")


if __name__ == "__main__":
    main()
