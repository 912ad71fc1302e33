"""Networks of images and of series beside PyTorch's: what a step takes, what they reach.

    python tests/benchmarks/families.py [--only conv_speed] [--threads 2] [--rounds 15]

PyTorch is measured where it is installed, in turn with ours and on as many threads. Where others
use the machine, the least of the times tells more than the median; with one thread, times are those
of the thread, which others hardly disturb.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from ann_cli.engine.activations import Relu, Softmax
from ann_cli.engine.layers.conv import Conv
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.layers.pool import Pool
from ann_cli.engine.losses import CrossEntropy
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.optimizers import Adam
from ann_cli.engine.output import Output
from ann_cli.engine.parallel import use_threads
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.back_propagation import BackPropagation

BATCH, STEPS = 64, 10
"""Rows of a step, and steps of an epoch that is measured."""


def in_turn(
    rivals: dict[str, Callable[[], object]], rounds: int, threads: int
) -> dict[str, list[float]]:
    """Return the milliseconds of each rival's epochs, a step; the first round is not counted."""
    clock = time.thread_time if threads == 1 else time.perf_counter
    found: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(rounds + 1):
        for name, epoch in rivals.items():
            started = clock()
            epoch()
            found[name].append((clock() - started) / STEPS * 1e3)
    return {name: times[1:] for name, times in found.items()}


def shown(found: dict[str, list[float]], beside: str) -> None:
    print("rival,least ms,median ms,ratio of least,ratio of medians")
    for name, times in found.items():
        ratios = [each(found[beside]) / each(times) for each in (min, statistics.median)]
        numbers = (min(times), statistics.median(times), *ratios)
        print(name, *(f"{number:.2f}" for number in numbers), sep=",", flush=True)


def conv_ours(x: np.ndarray, labels: np.ndarray, compiled: bool) -> Callable[[], object]:
    output = Output(Softmax(), CrossEntropy())
    layers = [Conv(16), Pool(2), Conv(32), Pool(2), Dense(64, Relu())]
    network = Network(chain_of(layers, (28, 28, 1), 10, output), output)
    network.initialize(np.random.default_rng(0))
    training = BackPropagation(
        network, Adam(), generators(0), 10_000, BATCH, compiled_pools=compiled
    )
    epochs = training.run(Rows(x, np.eye(10, dtype="float32")[labels]))
    return lambda: next(epochs)


def conv_torchs(x: np.ndarray, labels: np.ndarray, last: bool) -> Callable[[], object]:
    import torch
    from torch import nn

    layout = torch.channels_last if last else torch.contiguous_format
    rows = torch.from_numpy(x).reshape(-1, 1, 28, 28).to(memory_format=layout)
    actual = torch.from_numpy(labels)
    model = nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(32 * 7 * 7, 64), nn.ReLU(), nn.Linear(64, 10)),
    ).to(memory_format=layout)
    step, loss = torch.optim.Adam(model.parameters()), nn.CrossEntropyLoss()

    def epoch() -> None:
        order = torch.randperm(len(rows))
        for start in range(0, len(rows), BATCH):
            chosen = order[start : start + BATCH]
            step.zero_grad()
            loss(model(rows[chosen]), actual[chosen]).backward()
            step.step()

    return epoch


def conv_speed(rounds: int, threads: int) -> None:
    """28 × 28, conv 16 3 × 3, pool 2, conv 32, pool 2, dense 64, softmax; batch 64, Adam."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(BATCH * STEPS, 784)).astype("float32")
    labels = generator.integers(0, 10, len(x))
    rivals = {"numpy": conv_ours(x, labels, False), "with numba": conv_ours(x, labels, True)}
    if has_torch():
        rivals["torch"] = conv_torchs(x, labels, False)
        rivals["torch channels_last"] = conv_torchs(x, labels, True)
    shown(in_turn(rivals, rounds, threads), "torch" if has_torch() else "numpy")


def has_torch() -> bool:
    try:
        import torch  # noqa: F401
    except ImportError:
        print("PyTorch is not installed: only ours is measured", file=sys.stderr)
        return False
    return True


FIGURES = {"conv_speed": conv_speed}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=FIGURES)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    if has_torch():
        import torch

        torch.set_num_threads(given.threads)
    use_threads(given.threads)
    with threadpool_limits(1, "blas"):
        for name, figure in FIGURES.items():
            if given.only in (None, name):
                print(f"{name}: {figure.__doc__}")
                figure(given.rounds, given.threads)


if __name__ == "__main__":
    main()
