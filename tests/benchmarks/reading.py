"""What checking every row costs: three million rows read with and without it.

    python tests/benchmarks/reading.py

Both cut the file into the same blocks and give these to the same pandas.read_csv. In turn, in
processor time; the medians of the ratios. Then the same file compressed. Then the file with a
column of quoted text, beside pandas.read_csv.
"""

import csv
import gzip
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import zstandard

from ann_cli.data.cells.conversion import Reading
from ann_cli.data.csv.blocks import SIZE, Block, Blocks
from ann_cli.data.csv.parsing import parse
from ann_cli.data.csv.source import open_source
from ann_cli.data.csv.table import CsvTable

ROOT = Path(__file__).parents[2]
ROUNDS, ROWS = 7, 3_000_000


def unchecked(path: Path, columns: list[str], kinds: dict[str, str]) -> None:
    """Read and cut the blocks of a file, and parse each."""
    with path.open("rb") as stream:
        stream.readline()
        pending = b""
        while fresh := stream.read(SIZE):
            pending += fresh
            end = pending.rfind(b"\n") + 1
            parse(Block(pending[:end], 1), columns, kinds, Reading({}))
            pending = pending[end:]


def checked(path: Path, kinds: dict[str, str]) -> None:
    """Read, cut and check the blocks of a file, and parse each."""
    stream, _ = open_source(path)
    with stream:
        blocks = Blocks(stream, str(path))
        for block in blocks:
            parse(block, blocks.columns, kinds, Reading({}))


def whole(path: Path) -> None:
    """Recognise and read a table, as a command does."""
    table = CsvTable(path)
    table.load(table.recognise())


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
        columns = list(houses)
        kinds = {
            name: "number" if houses[name].dtype.kind in "if" else "category" for name in columns
        }
        found: dict[str, list[float]] = {}
        times = []
        for _ in range(ROUNDS):
            plain = seconds(lambda: unchecked(path, columns, kinds))
            times.append(plain)
            for ending in ("", ".gz", ".zst"):
                one = Path(f"{path}{ending}")
                taken = seconds(lambda one=one: checked(one, kinds))
                found.setdefault(ending or "plain", []).append(taken / plain)
        notes = np.random.default_rng(1).choice(["fine, and new", "old", "sunny"], ROWS)
        quoted = Path(place) / "quoted.csv"
        several = houses.iloc[chosen].assign(note=notes)
        several.to_csv(quoted, index=False, quoting=csv.QUOTE_NONNUMERIC)
        beside = []
        for _ in range(ROUNDS):
            plain = seconds(lambda: pd.read_csv(quoted))
            beside.append(seconds(lambda: whole(quoted)) / plain)
        print(f"{ROWS:,} rows, {len(content) / 1e6:.0f} MB, {len(columns)} columns")
        print(f"  unchecked: {statistics.median(times):.2f} s")
        for name, ratios in found.items():
            print(f"  {name}, read and checked: {statistics.median(ratios):.2f} x unchecked")
        print(f"  with quoted text: {statistics.median(beside):.2f} x pandas.read_csv")


if __name__ == "__main__":
    main()
