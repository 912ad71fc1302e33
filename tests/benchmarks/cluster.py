"""Replicas on a cluster: rounds as measured on two workers here, and as simulated on many machines.

    python tests/benchmarks/cluster.py [measured] [simulated]

Measured: an epoch in one process, and by two replicas on two workers of this machine, each process
on a core of its own (some kernels put two busy processes on one core, and leave the other idle).
Others at work change seconds more than processor seconds, so that both are told: on cores that are
free, so many times the speed is to be expected as two cores save of processor seconds.

Simulated: how long a round's averages take beside its steps, and the bytes that pass the busiest
link. Each machine sends and receives one vector at a time.
"""

import os
import sys
import time

import numpy as np
import psutil

from ann_cli.config.read import load
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.rounds import in_pairs
from ann_cli.run import begin
from ann_cli.run.cluster import Workers

FORMS = {
    "784-128-64-10, batches of 32, numpy": (
        120_000,
        784,
        10,
        {"layers": [{"units": 128}, {"units": 64}], "engine": "numpy"},
    ),
    "4-8-1, row by row, compiled": (
        20_000_000,
        4,
        1,
        {"layers": [{"units": 8}], "engine": "numba", "batch_size": 1, "optimizer": "sgd"},
    ),
}
EPOCHS = 3

LINK, DELAY = 1.25e9, 0.001
"""Bytes a second and seconds of each message: 10 Gbit/s within a building."""
TASK = 0.0005
"""Seconds that a scheduler takes for a task, one after the other."""
STEPS = 2.0
"""Seconds of the steps of a round."""
NUMBERS = 3 * 4
"""Bytes a parameter: itself, and two rows of Adam's state."""


def started(folder, inputs, outputs, keys, replicas=None):
    """Return a training of a few rows of that form, whose rows are then others."""
    generator = np.random.default_rng(0)
    path = os.path.join(folder, "d.csv")
    header = [f"x{at}" for at in range(inputs)]
    with open(path, "w") as file:
        print(*header, "y", sep=",", file=file)
        for at in range(100):
            label = f"c{at % outputs}" if outputs > 1 else f"{generator.normal():.3f}"
            print(*generator.normal(size=inputs).round(3), label, sep=",", file=file)
    cluster = {"cluster": {"replicas": replicas}} if replicas else {}
    data = {"file": path, "target": "y", "validation": 0, "scaling": "none"}
    return begin(load({"data": data, "epochs": EPOCHS, **keys, **cluster}), dry=True)


def seconds_of(rows, run, workers):
    """Return seconds, and processor seconds of all processes, of the epochs after the first."""
    trainer = run.trainer
    if workers:
        trainer.take_round = workers.rounds(lambda: trainer.replicas_of(rows))
    every = [psutil.Process(), *psutil.Process().children(recursive=True)]
    on_cores(every)

    def spent():
        return sum(each.cpu_times().user + each.cpu_times().system for each in every)

    begun = None
    with run:
        for _ in trainer.run(rows):
            begun = begun or (time.perf_counter(), spent())
    return time.perf_counter() - begun[0], spent() - begun[1]


def on_cores(processes):
    """Give this process a core, and each worker one."""
    workers = [each for each in processes if "spawn_main" in " ".join(each.cmdline())]
    for process, core in [(processes[0], 0), *zip(workers, range(os.cpu_count()), strict=False)]:
        for thread in process.threads():
            os.sched_setaffinity(thread.id, [core])


def measured(folder):
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for name, (count, inputs, outputs, keys) in FORMS.items():
        generator = np.random.default_rng(1)
        x = generator.normal(size=(count, inputs)).astype(np.float32)
        y = np.zeros((count, outputs), np.float32)
        if outputs > 1:
            y[np.arange(count), generator.integers(0, outputs, count)] = 1
        else:
            y[:, 0] = np.sin(x[:, 0])
        rows = Rows(x, y)
        workers = Workers("local:2", 2)
        try:
            found = [
                seconds_of(rows, started(folder, inputs, outputs, keys, replicas), each)
                for replicas, each in ((None, None), (2, workers), (None, None), (2, workers))
            ]
        finally:
            workers.close()
        for (plain, its), (shared, theirs) in zip(found[::2], found[1::2], strict=True):
            print(
                f"{name}: {plain:.1f} s alone, {shared:.1f} s by two, {plain / shared:.2f} ×; "
                f"{its:.1f} and {theirs:.1f} processor seconds, {2 * its / theirs:.2f} × if free"
            )


def transfers(moves, size, ready):
    """Let vectors of `size` bytes go between machines, in order; return when each is there.

    `ready` says when each machine has its vector; it changes to when it has what it received.
    """
    sending, receiving = dict(ready), dict(ready)
    for sender, receiver in moves:
        begun = max(sending[sender], receiving[receiver], ready[sender])
        ended = begun + DELAY + size / LINK
        sending[sender] = receiving[receiver] = ended
        ready[receiver] = max(ready[receiver], ended)
    return ready


def star(workers, size):
    """Return the seconds until a driver has all vectors, and all workers its average."""
    ready = dict.fromkeys(range(workers + 1), 0.0)
    ready = transfers([(each, workers) for each in range(workers)], size, ready)
    return max(transfers([(workers, each) for each in range(workers)], size, ready).values())


def tree(workers, size):
    """Return the same where neighbours are averaged on the workers, and whoever has it sends it."""
    ready = dict.fromkeys(range(workers + 1), 0.0)

    def joined(one, other):
        transfers([(other, one)], size, ready)
        return one

    top = in_pairs(list(range(workers)), joined)
    transfers([(top, workers), (workers, 0)], size, ready)
    having = [0]
    while len(having) < workers:
        more = range(len(having), min(2 * len(having), workers))
        began = dict.fromkeys(range(workers + 1), ready[having[0]])
        ended = transfers(list(zip(having, more, strict=False)), size, began)
        ready |= {each: ended[each] for each in more}
        ready[having[0]] = max(ended.values())
        having += more
    return max(ready.values())


def simulated():
    print("| parameters | workers | MB a vector | MB by the driver, star | tree |"
          " seconds, star | tree | with the scheduler | of a round |")  # fmt: skip
    print("|" + " ---: |" * 9)
    for parameters in (10**4, 10**5, 10**6, 10**7):
        for workers in (10, 100, 1000):
            size = parameters * NUMBERS
            one, other = star(workers, size), tree(workers, size)
            whole = other + 2 * workers * TASK
            print(
                f"| {parameters:,} | {workers:,} | {size / 1e6:,.2f} | "
                f"{2 * workers * size / 1e6:,.0f} | {2 * size / 1e6:,.1f} | {one:,.2f} | "
                f"{other:,.2f} | {whole:,.2f} | {STEPS / (STEPS + whole):.0%} |"
            )


if __name__ == "__main__":
    import tempfile

    asked = sys.argv[1:] or ["measured", "simulated"]
    if "measured" in asked:
        with tempfile.TemporaryDirectory() as scratch:
            measured(scratch)
    if "simulated" in asked:
        simulated()
