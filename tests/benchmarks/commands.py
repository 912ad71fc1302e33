"""Seconds of whole commands, each beside what it is measured by, in turn.

python tests/benchmarks/commands.py
"""

import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from processes import measured

ROOT = Path(__file__).parents[2]
ANN = str(Path(sys.executable).with_name("ann"))
ROUNDS, ROWS = 9, 3_000_000
ENSEMBLE = """\
data: {file: large.csv, target: price}
layers: [{units: 64, activation: relu}, {units: 64, activation: relu}]
ensemble: {members: 25, folds: 5}
epochs: 1
batch_size: 1024
save_to: runs/ensemble
"""


def seconds(command: list[str], folder: Path) -> float:
    return measured(command, folder)[0]


def compared(name: str, command: list[str], beside: list[str], folder: Path) -> None:
    pairs = [(seconds(command, folder), seconds(beside, folder)) for _ in range(ROUNDS + 1)][1:]
    ours, other = (statistics.median(each) for each in zip(*pairs, strict=True))
    print(f"{name}: {ours:.3f} s, {ours / other:.2f} x {' '.join(beside)[-20:]}", flush=True)


def main() -> None:
    click = [sys.executable, "-c", "import click"]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        compared("ann --help", [ANN, "--help"], click, folder)
        (folder / "wrong.yaml").write_text("data: {file: x.csv, targt: y}\n")
        compared("a config error", [ANN, "train", "wrong.yaml"], click, folder)
        config = str(ROOT / "configs" / "house_prices.yaml")
        trained = [seconds([ANN, "train", config], folder) for _ in range(5)]
        print(f"ann train configs/house_prices.yaml: {statistics.median(trained):.2f} s")
        for jobs in ("1", "2"):
            taken = min(seconds([ANN, "compare-activations", "--jobs", jobs], folder) for _ in "12")
            print(f"ann compare-activations --jobs {jobs}: {taken:.1f} s")
        houses = pd.read_csv(ROOT / "datasets" / "house_prices.csv")
        (folder / "ensemble.yaml").write_text(ENSEMBLE)
        for rows in (ROWS // 10, ROWS):
            chosen = np.random.default_rng(0).integers(0, len(houses), rows)
            houses.iloc[chosen].to_csv(folder / "large.csv", index=False)
            if rows < ROWS:
                seconds([ANN, "train", "ensemble.yaml"], folder)
            for name, run in (("one network", "house_prices"), ("25 members", "ensemble")):
                command = [ANN, "predict", f"runs/{run}", "large.csv"]
                found = [measured(command, folder) for _ in range(5)]
                taken, peak = statistics.median(each[0] for each in found), max(found)[1]
                speed = f"{rows / taken:,.0f} rows/s, at most {peak:.0f} MB"
                print(f"ann predict, {name}, {rows:,} rows: {speed}", flush=True)


if __name__ == "__main__":
    main()
