"""Three million rows from CSV to weights, in memory and streamed, beside pandas' reading of them.

    python tests/benchmarks/streaming.py [BATCH_SIZE …]

Whole commands in turn, medians of their ratios; then peak memory beside a tenth of the rows. Where
the compiled engine is installed, the first round, which does not count, has compiled it: with it,
batch size 1 is worth measuring.
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
ROUNDS, ROWS = 7, 3_000_000
CONFIG = """\
data: {file: large.csv, target: price}
layers: [{units: 8, activation: tanh}]
optimizer: sgd
epochs: 1
"""
STREAMED = ("--set", "data.stream=true")
UNCACHED = (*STREAMED, "--set", "data.cache=false")


def main(batch_sizes: list[str]) -> None:
    houses = pd.read_csv(ROOT / "datasets" / "house_prices.csv")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, rows in (("large", ROWS), ("tenth", ROWS // 10)):
            chosen = np.random.default_rng(0).integers(0, len(houses), rows)
            houses.iloc[chosen].to_csv(folder / f"{name}.csv", index=False)
        (folder / "config.yaml").write_text(CONFIG)
        pandas = [sys.executable, "-c", "import pandas; pandas.read_csv('large.csv')"]
        for batch_size in batch_sizes:
            train = [ANN, "train", "config.yaml", "-q", "--set", f"batch_size={batch_size}"]
            commands = {
                "pandas.read_csv": pandas,
                "in memory": train,
                "streamed": [*train, *STREAMED],
                "streamed, no cache": [*train, *UNCACHED],
            }
            found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
            for _ in range(ROUNDS):
                for name, command in commands.items():
                    found[name].append(measured(command, folder))
            print(f"batch_size {batch_size}, {ROWS:,} rows, 1 epoch:")
            for name, beside in (
                ("pandas.read_csv", "pandas.read_csv"),
                ("in memory", "pandas.read_csv"),
                ("streamed", "in memory"),
                ("streamed, no cache", "in memory"),
            ):
                pairs = zip(found[name][1:], found[beside][1:], strict=True)
                ratio = statistics.median(ours[0] / other[0] for ours, other in pairs)
                seconds = statistics.median(each[0] for each in found[name][1:])
                memory = max(each[1] for each in found[name])
                print(f"  {name}: {seconds:.2f} s, {ratio:.2f} x {beside}, {memory:.0f} MB")
            for name in ("streamed", "streamed, no cache"):
                # One engine for both, or the memory of numba itself would count as that of rows.
                command = [*commands[name], "--set", "engine=numba", "--set"]
                few, many = (
                    max(measured([*command, f"data.file={file}.csv"], folder)[1] for _ in range(3))
                    for file in ("tenth", "large")
                )
                print(f"  {name}: {many - few:+.0f} MB beside a tenth of the rows", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or ["1024"])
