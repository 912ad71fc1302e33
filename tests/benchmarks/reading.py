"""What checking every row costs: three million rows, checked and parsed, beside pandas alone.

    python tests/benchmarks/reading.py

The same blocks are given to pandas.read_csv with the same options, so that all that differs is the
checking. In turn, in processor time; the medians of the ratios. Then the same file compressed.
"""

import gzip
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import zstandard

from ann_cli.data.blocks import Block, Blocks
from ann_cli.data.parse import parse
from ann_cli.data.source import open_source

ROOT = Path(__file__).parents[2]
ROUNDS, ROWS = 7, 3_000_000


def parsed(blocks: list[Block], columns: list[str], kinds: dict[str, str]) -> None:
    """Parse blocks that were cut and checked before."""
    for block in blocks:
        parse(block, columns, kinds, "")


def checked(path: Path, kinds: dict[str, str]) -> None:
    """Read, cut and check the blocks of a file, and parse each."""
    stream, _ = open_source(path)
    with stream:
        blocks = Blocks(stream, str(path))
        for block in blocks:
            parse(block, blocks.columns, kinds, "")


def seconds(action: Callable[[], None]) -> float:
    started = time.process_time()
    action()
    return time.process_time() - started


def main() -> None:
    houses = pd.read_csv(ROOT / "datasets" / "house_prices.csv")
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "large.csv"
        chosen = np.random.default_rng(0).integers(0, len(houses), ROWS)
        houses.iloc[chosen].to_csv(path, index=False)
        content = path.read_bytes()
        for ending, compress in ((".gz", gzip.compress), (".zst", zstandard.compress)):
            Path(f"{path}{ending}").write_bytes(compress(content))
        with path.open("rb") as stream:
            cut = Blocks(stream, "")
            columns, blocks = list(cut.columns), list(cut)
        kinds = {
            name: "number" if houses[name].dtype.kind in "if" else "category" for name in columns
        }
        found: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            plain = seconds(lambda: parsed(blocks, columns, kinds))
            for ending in ("", ".gz", ".zst"):
                one = Path(f"{path}{ending}")
                taken = seconds(lambda one=one: checked(one, kinds))
                found.setdefault(ending or "plain", []).append(taken / plain)
        print(f"{ROWS:,} rows, {len(content) / 1e6:.0f} MB, {len(columns)} columns")
        print(f"  pandas.read_csv of the blocks: {plain:.2f} s")
        for name, ratios in found.items():
            print(f"  {name}, read and checked: {statistics.median(ratios):.2f} x pandas")


if __name__ == "__main__":
    main()
