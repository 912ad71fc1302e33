"""Kills workers of a cluster at random moments: `python tests/faults/cluster_soak.py --kills 20`.

Trainings go on until so many were killed; each is to have the bytes of one in this process. Prints
each kill and training, and leaves with 1 where bytes differ.
"""

import argparse
import logging
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread

import numpy as np
from distributed import LocalCluster

from ann_cli.config.read import load
from ann_cli.run import begin

WORKERS, LONGEST = 3, 8.0
"""Workers at a time, and seconds between two kills, at most."""


def say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%X')} {text}\n")
    sys.stdout.flush()


def config(folder: Path, stream: bool, address: str | None = None) -> dict:
    return {
        "data": {"file": str(folder / "d.csv"), "target": "y", "stream": stream},
        "layers": [{"units": 8, "activation": "tanh", "dropout": 0.1}],
        "epochs": 40,
        "batch_size": 4,
        "cluster": {"replicas": 3, "address": address},
        "save_to": str(folder / "run"),
    }


def trained(keys: dict) -> bytes:
    with begin(load(keys), resume=False) as run:
        for _ in run.epochs():
            pass
        return run.finish().path.read_bytes()


def worker(address: str) -> subprocess.Popen:
    asked = ["--nthreads", "1", "--no-nanny", "--no-dashboard"]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", "dask", "worker", address, *asked], **silent)


class Killer(Thread):
    """Kills one of the workers again and again, and starts another in its place."""

    def __init__(self, address: str, draw: random.Random, kills: int) -> None:
        super().__init__(daemon=True)
        self.address, self.draw, self.left = address, draw, kills
        self.workers = [worker(address) for _ in range(WORKERS)]

    def run(self) -> None:
        while self.left:
            time.sleep(self.draw.uniform(0, LONGEST))
            place = self.draw.randrange(WORKERS)
            self.workers[place].kill()
            self.workers[place].wait()
            self.workers[place] = worker(self.address)
            self.left -= 1
            say(f"killed worker {place}, {self.left} to go")

    def end(self) -> None:
        for each in self.workers:
            each.kill()
            each.wait()


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=20)
    asked.add_argument("--seed", type=int, default=0)
    given, differing, trainings = asked.parse_args(), 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        folder, draw = Path(scratch), random.Random(given.seed)
        x = np.random.default_rng(3).normal(size=(2000, 2))
        rows = [f"{a:.5f},{b:.5f},{a * b + a:.5f}" for a, b in x]
        (folder / "d.csv").write_text("\n".join(["a,b,y", *rows, ""]))
        expected = {stream: trained(config(folder, stream)) for stream in (False, True)}
        with LocalCluster(
            n_workers=0, dashboard_address=None, silence_logs=logging.CRITICAL
        ) as scheduler:
            address = scheduler.scheduler_address
            killer = Killer(address, draw, given.kills)
            killer.start()
            try:
                while killer.is_alive():
                    stream = bool(trainings % 2)
                    found = trained(config(folder, stream, address))
                    trainings += 1
                    differing += found != expected[stream]
                    told = "the same" if found == expected[stream] else "OTHER"
                    say(f"training {trainings}, {told} bytes")
            finally:
                killer.end()
    say(f"{given.kills} kills, {trainings} trainings, {differing} with other bytes")
    return bool(differing)


if __name__ == "__main__":
    sys.exit(main())
