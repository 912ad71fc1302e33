"""How often a network that has nothing to learn is said to beat a baseline: at most in 5 of 100.

python tests/benchmarks/noise.py [SEEDS]
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

import ann_cli

ROWS = 400
CHECKOUT = Path(__file__).parents[2]


def noise(seed: int, task: str) -> pd.DataFrame:
    """Return a table whose target has nothing to do with its columns."""
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(generator.normal(size=(ROWS, 4)), columns=list("abcd"))
    regression = task == "regression"
    frame["y"] = generator.normal(size=ROWS) if regression else generator.choice(list("xyz"), ROWS)
    return frame


def verdicts(data: dict, seed: int, **keys: object) -> dict[str, str]:
    """Train once; return what is said of each baseline."""
    with tempfile.TemporaryDirectory() as folder:
        run = ann_cli.train({"data": data, "seed": seed, "save_to": folder, **keys})
    return {name: each["verdict"] for name, each in run.metrics["verdict"].items()}


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for task in ("classification", "regression"):
        for test in (0, 0.2):
            said: Counter[str] = Counter()
            for seed in range(seeds):
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder) / "noise.csv"
                    noise(seed, task).to_csv(path, index=False)
                    data = {"file": str(path), "target": "y", "test": test}
                    layers = [{"units": 16}]
                    found = verdicts(data, seed, layers=layers, epochs=40, task=task)
                said.update(f"{verdict} {name}" for name, verdict in found.items())
                said["beats any"] += "beats" in found.values()
            print(f"noise, {task}, test {test}: {dict(sorted(said.items()))} of {seeds}")
    for name in ("house_prices", "penguins"):
        said = Counter()
        for seed in range(10):
            with tempfile.TemporaryDirectory() as folder:
                config = CHECKOUT / "configs" / f"{name}.yaml"
                run = ann_cli.train(config, [f"seed={seed}", f"save_to={folder}"])
            said.update(f"{each['verdict']} {of}" for of, each in run.metrics["verdict"].items())
        print(f"{name}: {dict(sorted(said.items()))} of 10")


if __name__ == "__main__":
    main()
