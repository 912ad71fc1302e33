"""Breaks things for as long as it is let: `python tests/faults/soak.py --minutes 10`.

Prints the rounds of each kind and their failures, and leaves with 1 where there was one.
"""

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

import rounds
from test_hostile_config import HOSTILE

import ann_cli
from ann_cli.config.read import load as load_config
from ann_cli.errors import AnnError

MANY = settings(
    max_examples=100,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Soak:
    """Counts rounds and failures by kind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rounds: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.slowest = 0.0
        rounds.table(folder)

    def make(self, kind: str, round_of: Callable[[], object]) -> None:
        """Make one round, counted; print what fails."""
        self.rounds[kind] += 1
        try:
            found = round_of()
        except Exception:
            self.failures[kind] += 1
            traceback.print_exc()
        else:
            if found:
                self.rounds[f"{kind}, {found}"] += 1

    def kill(self) -> None:
        draw = random.Random()
        self.make("kills", lambda: "a mixture" if rounds.killed(self.folder, draw) else "")

    def resume(self) -> None:
        draw = random.Random()
        self.make("trainings resumed", lambda: rounds.resumed(self.folder, draw))

    def configs(self) -> None:
        @MANY
        @given(rounds.configs())
        def check(keys: dict[str, object]) -> None:
            self.make("configs", lambda: rounds.trains_or_is_refused(self.folder, keys))

        check()

    def weights(self) -> None:
        run = ann_cli.train(rounds.config(self.folder, save_to=f"{self.folder}/kept"))
        content, expected = run.path.read_bytes(), run.model.predict(rounds.ROWS)
        path = self.folder / "w.npz"

        @settings(MANY, max_examples=500)
        @given(rounds.EDITS)
        def check(edits: list[tuple[int, int]]) -> None:
            changed = rounds.flipped(content, edits)
            self.make(
                "weights",
                lambda: "refused" if rounds.same_or_refused(path, changed, expected) else "",
            )

        check()

    def tables(self) -> None:
        run = ann_cli.train(rounds.config(self.folder, save_to=f"{self.folder}/kept"))

        @settings(MANY, max_examples=500)
        @given(rounds.tables(), st.sampled_from(["", "", ".gz", ".zst"]))
        def check(content: bytes, ending: str) -> None:
            self.make(
                "tables",
                lambda: rounds.is_read_or_refused(self.folder, content, ending, run.model),
            )

        check()

    def hostile(self) -> None:
        path = self.folder / "hostile.yaml"
        for text, _, _ in HOSTILE.values():
            path.write_text(text)
            started = time.process_time()
            self.make("hostile configs", lambda: _refused(path))
            self.slowest = max(self.slowest, time.process_time() - started)

    def report(self) -> None:
        for kind, count in sorted(self.rounds.items()):
            failed = f", {self.failures[kind]} failed" if "," not in kind else ""
            print(f"{count:>8,} {kind}{failed}")
        if self.slowest:
            print(f"the slowest hostile config took {self.slowest:.2f} s of processor time")
        print(f"{sum(self.failures.values())} failures")


def _refused(path: Path) -> str:
    try:
        load_config(path)
    except AnnError as error:
        return f"status {error.exit_status}"
    raise AssertionError("it was not refused")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--kills", type=int, default=0, help="make these and nothing else")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder))
        for number in range(arguments.kills):
            soak.kill()
            if not number % 4:
                soak.resume()
        until = time.monotonic() + 60 * arguments.minutes
        while time.monotonic() < until:
            for part in (soak.hostile, soak.tables, soak.configs, soak.weights):
                part()
            for _ in range(20):
                soak.kill()
                soak.resume()
        soak.report()
    return bool(soak.failures)


if __name__ == "__main__":
    sys.exit(main())
