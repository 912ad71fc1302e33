"""Whether two checkouts train the same weights, bit for bit, from each of the shipped configs.

    python tests/benchmarks/equal_bytes.py OLD NEW

OLD and NEW are folders that hold ann_cli/. Each config is trained by both engines, row by row, in
mini-batches and on all rows at once, in memory and streamed, for a few epochs. Prints what differs;
ends with 1 where anything does.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

EPOCHS = 3
VARIATIONS = [
    [f"engine={engine}", f"batch_size={batch}", f"data.stream={stream}"]
    for engine in ("numpy", "numba")
    for batch in (1, 32, "full")
    for stream in ("false", "true")
]
DIGESTS = """
import hashlib, json, sys
import numpy as np
import ann_cli
from ann_cli.errors import AnnError
for line in sys.stdin:
    config, overrides, folder = json.loads(line)
    try:
        run = ann_cli.train(config, [*overrides, f"save_to={folder}"])
        with np.load(run.path) as file:  # what the metadata tells may grow
            arrays = [(name, file[name].tobytes()) for name in sorted(file.files)]
        said = [(name, hashlib.sha256(each).hexdigest()) for name, each in arrays]
        said = [each for each in said if each[0] != "metadata"]
    except AnnError as error:
        said = error.problems[0].message
    print(json.dumps(said), flush=True)
"""


def digests(checkout: Path, cases: list[tuple[str, list[str]]], folder: str) -> list[object]:
    """Return what each case came to in one checkout: the arrays' digests, or the error."""
    import json

    lines = "".join(
        json.dumps([config, overrides, f"{folder}/{number}"]) + "\n"
        for number, (config, overrides) in enumerate(cases)
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DIGESTS],
        input=lines,
        text=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        cwd=folder,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def main(old: Path, new: Path) -> int:
    """Compare the checkouts; return the exit status."""
    configs = sorted([*new.glob("configs/*.yaml"), *new.glob("configs/article/*.yaml")])
    cases = [
        (str(config), [*overrides, f"epochs={EPOCHS}"])
        for config in configs
        for overrides in VARIATIONS
    ]
    found = []
    for checkout in (old, new):
        with tempfile.TemporaryDirectory() as folder:
            found.append(digests(checkout, cases, folder))
    differing = 0
    for (config, overrides), before, after in zip(cases, *found, strict=True):
        if before != after:
            differing += 1
            print(f"{Path(config).name} {' '.join(overrides)}: {before!s:.60} and {after!s:.60}")
    trained = sum(isinstance(each, list) for each in found[1])
    print(f"{len(cases):,} cases, {trained:,} trained, {differing:,} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(*(Path(each).resolve() for each in sys.argv[1:3])))
